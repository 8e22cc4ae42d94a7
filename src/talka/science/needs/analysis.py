"""One call for a survey: every score, interval, rank and picture of its items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Estimate, Floats, Ints, Reason, missing
from talka.science.needs.picture import CrossHair, Picture, Quadrant, place
from talka.science.needs.ranks import rank_intervals
from talka.science.needs.resample import Resampled, draws_for, quantiles, resample
from talka.science.needs.scale import Scale, paired
from talka.science.needs.scores import BorichScores, RankedDiscrepancy, borich, influence, ranked_discrepancy

CEILING = 0.5  # an item whose importance is the highest answer for half of the respondents can't rank much higher (ours)
ROUNDING = 1e-12  # a spread below this is rounding noise of equal answers


@dataclass(frozen=True, slots=True)
class NeedItem:
    """One item of a needs survey. `index` is its column. Every None goes with `reason`.

    importance, ability: means on the scale, over the n that answered each. score: Borich's mean weighted discrepancy with the
    percentile bootstrap interval. share_of_highest: score as a share of the greatest possible, for comparison across scales.
    rank: 1 = greatest need; rank_low to rank_high: simultaneous interval. could_be_top: may be among the first `tau`.
    ranked_discrepancy: −100 to 100, the most negative is the greatest need; below, equal, above: shares of the n_pairs.
    quadrant_probability: share of bootstrap draws in which the item stays in its quadrant.
    at_ceiling: at least half of the answers on importance are the highest one.
    """

    index: int
    n_importance: int
    n_ability: int
    n_pairs: int
    importance: float | None
    ability: float | None
    score: Estimate
    share_of_highest: float | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    could_be_top: bool | None
    ranked_discrepancy: float | None
    ranked_discrepancy_rank: int | None
    below: float | None
    equal: float | None
    above: float | None
    quadrant: Quadrant | None
    quadrant_probability: float | None
    at_ceiling: bool
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class NeedsAnalysis:
    """The survey's items in their own order; `ranking` lists their columns from the greatest need to the least.

    n: respondents with at least one answer. cross_hair: (importance, ability) of the picture's lines. ceiling: warn that
    importance is at its ceiling, `share_at_ceiling` of all importance answers being the highest. draws: used for the ranks;
    bootstrap_draws: used for intervals (fewer for very many respondents). reason: why there is no ranking.
    """

    n: int
    items: tuple[NeedItem, ...]
    ranking: tuple[int, ...]
    tau: int
    cross_hair: tuple[float, float] | None
    ceiling: bool
    share_at_ceiling: float | None
    scale: Scale
    level: float
    draws: int
    bootstrap_draws: int
    seed: int
    reason: Reason | None

    @property
    def ranked(self) -> tuple[NeedItem, ...]:
        """Items from the greatest need to the least; items without a score are left out."""
        return tuple(self.items[index] for index in self.ranking)


@dataclass(frozen=True, slots=True)
class _Ranks:
    rank: dict[int, int]
    low: dict[int, int]
    high: dict[int, int]
    reason: Reason | None


def analyse(
    importance: ArrayLike,
    ability: ArrayLike,
    scale: Scale,
    *,
    tau: int = 5,
    level: float = 0.95,
    draws: int = 10_000,
    cross_hair: CrossHair = "means",
    seed: int = 0,
) -> NeedsAnalysis:
    """Rank needs with their uncertainty, as design/methods.md §1 says. Same input and seed, same result.

    importance, ability: (respondents, items) on `scale`, NaN = missing. tau: how many count as "the top".
    Ranks: simultaneous intervals (see `rank_intervals`) from the scores' full covariance by influence functions, referred to a
    multivariate t with (fewest pairs − 1) degrees of freedom, so that small surveys claim less. Score intervals and quadrants:
    bootstrap over respondents. One respondent or equal answers: values without intervals, and the reason.
    Raises OffScale for an answer off the scale; ValueError for shapes that differ, tau < 1, draws < 1, level outside (0, 1).
    """
    wanted, can = paired(importance, ability, scale)
    if tau < 1 or draws < 1 or not 0 < level < 1:
        raise ValueError("tau and draws must be at least 1 and the level between 0 and 1")
    answered = ~(np.isnan(wanted) & np.isnan(can)).all(axis=1) if wanted.size else np.zeros(len(wanted), dtype=bool)
    wanted, can = wanted[answered], can[answered]
    scores, ordinal = borich(wanted, can, scale), ranked_discrepancy(wanted, can, scale)
    enough = draws_for(len(wanted), draws)
    again = resample(wanted, can, draws=enough, seed=seed) if len(wanted) else Resampled(wanted, can, wanted)
    effect = influence(wanted, can) if len(wanted) else wanted
    ranks = _ranks(scores, effect, draws=draws, level=level, seed=seed)
    seen = place((scores.importance, scores.ability), (again.importance, again.ability), scale, cross_hair)
    at_top = (wanted == scale.high).sum(axis=0)
    items = _items(scores, ordinal, again, effect, ranks, seen, at_top, tau=tau, level=level)
    answers = int(scores.n_importance.sum())
    share = float(at_top.sum() / answers) if answers else None
    return NeedsAnalysis(
        n=len(wanted),
        items=items,
        ranking=tuple(sorted(ranks.rank, key=lambda item: (ranks.rank[item], item))),
        tau=tau,
        cross_hair=seen.cross_hair,
        ceiling=share is not None and share >= CEILING,
        share_at_ceiling=share,
        scale=scale,
        level=level,
        draws=draws,
        bootstrap_draws=enough,
        seed=seed,
        reason=ranks.reason,
    )


def _ranks(scores: BorichScores, effect: Floats, *, draws: int, level: float, seed: int) -> _Ranks:
    """Ranks of the items that have a score; intervals only where more than one respondent stands behind every one of them."""
    which = np.flatnonzero(scores.n_pairs > 0)
    if not len(which):
        return _Ranks({}, {}, {}, Reason.NO_ANSWERS)
    theta = scores.score[which]
    people, fewest = len(effect), int(scores.n_pairs[which].min())
    columns = [int(item) for item in which]
    if people < 2:
        rank = 1 + (theta[:, None] < theta[None, :]).sum(axis=1)
        return _Ranks(dict(zip(columns, rank.tolist(), strict=True)), {}, {}, Reason.ONE_RESPONDENT)
    covariance = effect[:, which].T @ effect[:, which] / (people * (people - 1))
    if np.abs(covariance).max() < ROUNDING**2:
        rank = 1 + (theta[:, None] < theta[None, :]).sum(axis=1)
        return _Ranks(dict(zip(columns, rank.tolist(), strict=True)), {}, {}, Reason.ALL_EQUAL)
    found = rank_intervals(theta, covariance, draws=draws, level=level, df=max(1, fewest - 1), seed=seed)
    return _Ranks(
        dict(zip(columns, found.rank.tolist(), strict=True)),
        dict(zip(columns, found.low.tolist(), strict=True)),
        dict(zip(columns, found.high.tolist(), strict=True)),
        None,
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _why(n_pairs: int, spread: float) -> Reason | None:
    if n_pairs == 0:
        return Reason.NO_ANSWERS
    if n_pairs == 1:
        return Reason.ONE_RESPONDENT
    return Reason.ALL_EQUAL if spread < ROUNDING else None


def _items(
    scores: BorichScores,
    ordinal: RankedDiscrepancy,
    again: Resampled,
    effect: Floats,
    ranks: _Ranks,
    seen: Picture,
    at_top: Ints,
    *,
    tau: int,
    level: float,
) -> tuple[NeedItem, ...]:
    """The items' figures, side by side."""
    low, high = quantiles(again.score, level) if len(again.score) else (scores.score, scores.score)
    spread = np.abs(np.nan_to_num(effect)).max(axis=0, initial=0.0) if len(effect) else np.zeros(len(scores.score))
    items = []
    for i in range(len(scores.score)):
        n = int(scores.n_pairs[i])
        reason = _why(n, float(spread[i]))
        if reason is None:
            score = Estimate(float(scores.score[i]), float(low[i]), float(high[i]), n, level)
        elif n == 0:
            score = missing(reason, level=level)
        else:
            score = Estimate(float(scores.score[i]), None, None, n, level, reason)
        best = ranks.low.get(i)
        greater = int((ordinal.score < ordinal.score[i]).sum()) + 1
        items.append(
            NeedItem(
                index=i,
                n_importance=int(scores.n_importance[i]),
                n_ability=int(scores.n_ability[i]),
                n_pairs=n,
                importance=_number(scores.importance[i]),
                ability=_number(scores.ability[i]),
                score=score,
                share_of_highest=_number(scores.share_of_highest[i]),
                rank=ranks.rank.get(i),
                rank_low=best,
                rank_high=ranks.high.get(i),
                could_be_top=None if best is None else best <= tau,
                ranked_discrepancy=_number(ordinal.score[i]),
                ranked_discrepancy_rank=greater if n else None,
                below=_number(ordinal.below[i]),
                equal=_number(ordinal.equal[i]),
                above=_number(ordinal.above[i]),
                quadrant=seen.quadrant[i],
                quadrant_probability=seen.probability[i],
                at_ceiling=bool(scores.n_importance[i] and at_top[i] >= CEILING * scores.n_importance[i]),
                reason=reason or ranks.reason,
            )
        )
    return tuple(items)
