"""Respondents drawn again and again: the nonparametric bootstrap of every item's means, without a loop over draws."""

from dataclasses import dataclass

import numpy as np

from talka.science.estimate import Floats

CELLS_AT_ONCE = 4_000_000
WORK = 20_000_000  # draws × respondents above this: fewer draws, since an interval from many respondents needs no more
FEWEST_DRAWS = 1_000


@dataclass(frozen=True, slots=True)
class Resampled:
    """Means under resampling, each (draws, items); NaN where a draw caught nobody who answered."""

    importance: Floats
    ability: Floats
    score: Floats


def draws_for(respondents: int, wanted: int) -> int:
    """`wanted` draws, or fewer (1,000 at least) when so many respondents answered that memory and time would run away."""
    return min(wanted, max(FEWEST_DRAWS, WORK // max(1, respondents)))


def resample(importance: Floats, ability: Floats, *, draws: int, seed: int) -> Resampled:
    """Draw respondents with replacement, whole rows, `draws` times, and compute means and Borich scores of each draw.

    importance, ability: (respondents, items), NaN = missing. Source: Efron & Tibshirani (1993), An introduction to the bootstrap, 13.
    """
    people, items = importance.shape
    gap = importance - ability
    layers = [part for answers in (importance, ability, gap) for part in (np.nan_to_num(answers), ~np.isnan(answers))]
    stacked = np.hstack(layers).astype(np.float64)
    sums = np.empty((draws, stacked.shape[1]))
    rng = np.random.default_rng(seed)
    block = max(1, CELLS_AT_ONCE // max(1, people))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        chosen = rng.integers(0, people, (size, people)) + np.arange(size)[:, None] * people
        times = np.bincount(chosen.ravel(), minlength=size * people).reshape(size, people)
        sums[start : start + size] = times.astype(np.float64) @ stacked
    totals = sums.reshape(draws, 6, items)
    with np.errstate(invalid="ignore", divide="ignore"):
        wanted, can, short = (totals[:, i] / totals[:, i + 1] for i in (0, 2, 4))
    return Resampled(wanted, can, wanted * short)


def quantiles(values: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentile interval per column of (draws, items); NaN draws left out; NaN for a column without any."""
    cut = [(1 - level) / 2, (1 + level) / 2]
    if not np.isnan(values).any():
        low, high = np.quantile(values, cut, axis=0)
        return low, high
    low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    for item, drawn in enumerate(values.T):
        valid = drawn[~np.isnan(drawn)]
        if len(valid):
            low[item], high[item] = np.quantile(valid, cut)
    return low, high
