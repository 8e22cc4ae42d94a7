"""How every computed figure says what it is: a value, its interval, how many it rests on, and why something is missing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


class Reason(StrEnum):
    """Why a figure, or its interval, is None. A code for the caller to put into words of the reader's language."""

    NO_ANSWERS = "no_answers"  # nothing valid to compute from
    ONE_RESPONDENT = "one_respondent"  # a value, but no interval
    ALL_EQUAL = "all_equal"  # every answer is the same: no spread, so no interval, correlation or reliability
    TOO_FEW = "too_few"  # fewer respondents than the method needs
    TOO_FEW_ITEMS = "too_few_items"  # fewer items than the method needs
    NOT_IDENTIFIED = "not_identified"  # the model has no unique or finite answer for these data
    NOT_REACHED = "not_reached"  # a curve that never comes down to the level asked for
    AT_THE_END = "at_the_end"  # nothing left to gain: everybody began at the end of the scale


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure. `value`, `low` and `high` share one unit; a None among them is explained by `reason`.

    n: respondents (or cases) that the figure rests on. level: confidence level of [low, high].
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    level: float = 0.95
    reason: Reason | None = None


def missing(reason: Reason, *, n: int = 0, level: float = 0.95) -> Estimate:
    """An estimate without a value, and why."""
    return Estimate(None, None, None, n, level, reason)


def column(values: ArrayLike) -> Floats:
    """`values` as a float vector without its missing entries, shape (n,). Raises ValueError if not one-dimensional or infinite."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"one dimension is needed, not {vector.ndim}")
    vector = vector[~np.isnan(vector)]
    if not np.isfinite(vector).all():
        raise ValueError("an infinite value is no answer")
    return vector


def table(values: ArrayLike, name: str = "answers") -> Floats:
    """`values` as a float matrix, shape (respondents, items), NaN = missing. Raises ValueError naming `name` otherwise."""
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.size == 0 and matrix.ndim < 2:
        matrix = matrix.reshape(0, 0)
    if matrix.ndim != 2:
        raise ValueError(f"{name}: two dimensions (respondents, items) are needed, not {matrix.ndim}")
    if np.isinf(matrix).any():
        raise ValueError(f"{name}: an infinite value is no answer")
    return matrix


def normal_quantile(level: float) -> float:
    """The two-sided standard normal quantile, 1.96 for level 0.95. Raises ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level}")
    return float(stats.norm.ppf(0.5 + level / 2))


def mean_with_t_interval(values: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Mean of `values` (n,) with Student's interval, in the unit of `values`."""
    vector = column(values)
    n = len(vector)
    if n == 0:
        return missing(Reason.NO_ANSWERS, level=level)
    mean = float(vector.mean())
    if n == 1:
        return Estimate(mean, None, None, 1, level, Reason.ONE_RESPONDENT)
    if np.ptp(vector) == 0:
        return Estimate(mean, None, None, n, level, Reason.ALL_EQUAL)
    half = float(stats.t.ppf(0.5 + level / 2, n - 1) * vector.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, mean - half, mean + half, n, level)
