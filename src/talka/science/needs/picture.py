"""The importance–performance picture: which quarter does an item lie in, and how sure is that?"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Floats
from talka.science.needs.resample import draws_for, resample
from talka.science.needs.scale import Scale, paired
from talka.science.needs.scores import mean_of_valid

CrossHair = Literal["means", "midpoint"]


class Quadrant(StrEnum):
    """Martilla & James' four quarters. On the line counts as high."""

    CONCENTRATE = "concentrate_here"  # important, little mastered
    KEEP_UP = "keep_up"  # important, well mastered
    LOW_PRIORITY = "low_priority"  # less important, little mastered
    OVERKILL = "possible_overkill"  # less important, well mastered


ORDER = (Quadrant.LOW_PRIORITY, Quadrant.OVERKILL, Quadrant.CONCENTRATE, Quadrant.KEEP_UP)


@dataclass(frozen=True, slots=True)
class Picture:
    """Quadrant per item with the share of bootstrap draws that agree; both None for an item without answers.

    cross_hair: (importance, ability) where the lines cross, None without any answer.
    """

    quadrant: tuple[Quadrant | None, ...]
    probability: tuple[float | None, ...]
    cross_hair: tuple[float, float] | None


def _quarter(importance: Floats, ability: Floats, cross: tuple[Floats | float, Floats | float]) -> np.ndarray:
    """Index into ORDER, −1 where a mean is missing. Rounding noise must not push a mean off its own line."""
    high, well = importance >= np.asarray(cross[0]) - 1e-12, ability >= np.asarray(cross[1]) - 1e-12
    return np.where(np.isnan(importance + ability), -1, 2 * high + well)


def _cross(importance: Floats, ability: Floats, scale: Scale, cross_hair: CrossHair) -> tuple[Floats, Floats]:
    """Where the lines cross, for each row of means (rows, items): each (rows, 1)."""
    if cross_hair == "midpoint":
        middle = np.full((len(importance), 1), scale.midpoint)
        return middle, middle
    both = ~np.isnan(importance + ability)
    n = np.maximum(both.sum(axis=1, keepdims=True), 1)
    return (
        np.where(both, importance, 0).sum(axis=1, keepdims=True) / n,
        np.where(both, ability, 0).sum(axis=1, keepdims=True) / n,
    )


def place(means: tuple[Floats, Floats], drawn: tuple[Floats, Floats], scale: Scale, cross_hair: CrossHair) -> Picture:
    """The picture of observed `means` (items,) and of bootstrapped ones (draws, items)."""
    importance, ability = means[0][None, :], means[1][None, :]
    cross = _cross(importance, ability, scale, cross_hair)
    seen = _quarter(importance, ability, cross)[0]
    if (seen < 0).all():
        return Picture((None,) * len(seen), (None,) * len(seen), None)
    again = _quarter(drawn[0], drawn[1], _cross(drawn[0], drawn[1], scale, cross_hair))
    valid = np.maximum((again >= 0).sum(axis=0), 1)
    agreed = (again == seen).sum(axis=0) / valid
    return Picture(
        tuple(None if q < 0 else ORDER[q] for q in seen),
        tuple(None if q < 0 else float(share) for q, share in zip(seen, agreed, strict=True)),
        (float(cross[0][0, 0]), float(cross[1][0, 0])),
    )


def picture(
    importance: ArrayLike,
    ability: ArrayLike,
    scale: Scale,
    *,
    cross_hair: CrossHair = "means",
    draws: int = 10_000,
    seed: int = 0,
) -> Picture:
    """Importance–performance quadrants of items, and the bootstrap probability that each lies in its quadrant.

    importance, ability: (respondents, items) on `scale`, NaN = missing. cross_hair: at the means of the item means (moved with
    each draw), or at the scale's midpoint. Raises OffScale, ValueError.
    Source: Martilla & James (1977), Importance-performance analysis, Journal of Marketing 41(1), 77–79.
    """
    wanted, can = paired(importance, ability, scale)
    means = mean_of_valid(wanted)[0], mean_of_valid(can)[0]
    if not len(wanted):
        return place(means, (means[0][None, :], means[1][None, :]), scale, cross_hair)
    again = resample(wanted, can, draws=draws_for(len(wanted), draws), seed=seed)
    return place(means, (again.importance, again.ability), scale, cross_hair)
