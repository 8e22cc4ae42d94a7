"""Discrepancy scores per item: Borich's weighted score and the ranked discrepancy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Floats, Ints
from talka.science.needs.scale import Scale, paired


@dataclass(frozen=True, slots=True)
class BorichScores:
    """Per item, all of shape (items,); NaN where an item has no answer (importance, ability) or no pair (score, share).

    score: mean weighted discrepancy, on the scale squared. share_of_highest: score / Scale.highest_borich, at most 1.
    """

    n_importance: Ints
    n_ability: Ints
    n_pairs: Ints
    importance: Floats
    ability: Floats
    discrepancy: Floats
    score: Floats
    share_of_highest: Floats


@dataclass(frozen=True, slots=True)
class RankedDiscrepancy:
    """Per item, all of shape (items,); NaN where no respondent answered both. Shares are 0 to 1, score is −100 to 100.

    The most negative score is the greatest need.
    """

    n_pairs: Ints
    below: Floats
    equal: Floats
    above: Floats
    score: Floats


def mean_of_valid(answers: Floats) -> tuple[Floats, Ints]:
    """Mean and number of valid answers per item, (items,) each; NaN where there is none."""
    valid = ~np.isnan(answers)
    n = valid.sum(axis=0)
    total = np.where(valid, answers, 0.0).sum(axis=0)
    return np.divide(total, n, out=np.full(answers.shape[1], np.nan), where=n > 0), n


def borich(importance: ArrayLike, ability: ArrayLike, scale: Scale) -> BorichScores:
    """Borich's mean weighted discrepancy score: mean of (I − A) times mean I.

    importance, ability: (respondents, items) on `scale`, NaN = missing. The difference uses the respondents who answered both,
    the weight every valid importance. Raises OffScale; ValueError if the shapes differ.
    Source: Borich (1980), A needs assessment model for conducting follow-up studies, Journal of Teacher Education 31(3), 39–42.
    """
    wanted, can = paired(importance, ability, scale)
    mean_wanted, n_wanted = mean_of_valid(wanted)
    mean_can, n_can = mean_of_valid(can)
    gap, n_pairs = mean_of_valid(wanted - can)
    score = mean_wanted * gap
    return BorichScores(n_wanted, n_can, n_pairs, mean_wanted, mean_can, gap, score, score / scale.highest_borich)


def borich_of_means(importance: float, ability: float) -> float:
    """The score from published means of complete data, Ī(Ī − Ā): 4.5 and 3.0 give 6.75. Source: as `borich`."""
    return importance * (importance - ability)


def influence(importance: Floats, ability: Floats) -> Floats:
    """Each respondent's first-order effect on each score, (respondents, items); columns sum to 0, NaN where a score is missing.

    The covariance of the scores is influenceᵀ·influence / respondents². Source: the delta method for a product of two means,
    each over its own valid answers; van der Vaart (1998), Asymptotic Statistics, chapter 20.
    """
    mean_wanted, n_wanted = mean_of_valid(importance)
    gap, n_pairs = mean_of_valid(importance - ability)
    with np.errstate(invalid="ignore", divide="ignore"):
        by_weight = np.nan_to_num(importance - mean_wanted) * (len(importance) / n_wanted) * gap
        by_gap = np.nan_to_num(importance - ability - gap) * (len(importance) / n_pairs) * mean_wanted
    effect: Floats = by_weight + by_gap
    effect[:, n_pairs == 0] = np.nan
    return effect


def ranked_discrepancy(importance: ArrayLike, ability: ArrayLike, scale: Scale) -> RankedDiscrepancy:
    """Shares of respondents whose ability is below, equal to and above importance, and above − below in points.

    Treats answers as ordinal. Arguments and errors as `borich`.
    Source: Narine & Harder (2021), Advancements in Agricultural Development 2(3), 96–111.
    """
    wanted, can = paired(importance, ability, scale)
    both = ~np.isnan(wanted - can)
    n = both.sum(axis=0)

    def share(where: np.ndarray) -> Floats:
        part: Floats = np.divide((where & both).sum(axis=0), n, out=np.full(len(n), np.nan), where=n > 0)
        return part

    below, equal, above = share(can < wanted), share(can == wanted), share(can > wanted)
    return RankedDiscrepancy(n, below, equal, above, 100 * (above - below))
