"""Two waves of the same survey: which needs shrank?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from talka.science.estimate import Estimate, Floats, Reason, missing
from talka.science.needs.scale import Scale, paired
from talka.science.needs.scores import borich, influence
from talka.science.psychometrics.groups import holm


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item in two waves: scores before and after (None without pairs), their difference after − before with its interval.

    A negative change is a need that shrank. p: two-sided, corrected over the items by Holm; None where change has no interval.
    """

    index: int
    n_before: int
    n_after: int
    before: float | None
    after: float | None
    change: Estimate
    p: float | None


def compare_waves(
    before: tuple[ArrayLike, ArrayLike],
    after: tuple[ArrayLike, ArrayLike],
    scale: Scale,
    *,
    paired_rows: bool = False,
    level: float = 0.95,
) -> tuple[ItemChange, ...]:
    """Change of Borich's score per item between two waves.

    before, after: (importance, ability), each (respondents, items) on the same `scale`, NaN = missing. paired_rows: row r is the
    same person in both waves, so that the waves' covariance counts. Interval and test: normal, from influence functions.
    Raises OffScale; ValueError if the items differ, or the rows in paired waves. Source: as `borich` and `influence`.
    """
    first, second = paired(*before, scale), paired(*after, scale)
    if first[0].shape[1] != second[0].shape[1]:
        raise ValueError("the two waves must have the same items")
    if paired_rows and len(first[0]) != len(second[0]):
        raise ValueError("paired waves must have the same respondents, row by row")
    was, now = borich(*first, scale), borich(*second, scale)
    variance = _variance(first, second, together=paired_rows)
    changes: list[tuple[int, Estimate, float | None]] = []
    for i in range(len(was.score)):
        n = int(min(was.n_pairs[i], now.n_pairs[i]))
        if n == 0:
            changes.append((i, missing(Reason.NO_ANSWERS, level=level), None))
            continue
        difference = float(now.score[i] - was.score[i])
        if n < 2 or not variance[i] > 0:
            reason = Reason.ONE_RESPONDENT if n < 2 else Reason.ALL_EQUAL
            changes.append((i, Estimate(difference, None, None, n, level, reason), None))
            continue
        error = float(np.sqrt(variance[i]))
        half = float(stats.norm.ppf(0.5 + level / 2)) * error
        p = float(2 * stats.norm.sf(abs(difference) / error))
        changes.append((i, Estimate(difference, difference - half, difference + half, n, level), p))
    corrected = iter(holm([p for _, _, p in changes if p is not None]))
    return tuple(
        ItemChange(
            index=i,
            n_before=int(was.n_pairs[i]),
            n_after=int(now.n_pairs[i]),
            before=None if np.isnan(was.score[i]) else float(was.score[i]),
            after=None if np.isnan(now.score[i]) else float(now.score[i]),
            change=change,
            p=None if p is None else next(corrected),
        )
        for i, change, p in changes
    )


def _variance(first: tuple[Floats, Floats], second: tuple[Floats, Floats], *, together: bool) -> Floats:
    """Variance of the difference of scores per item, (items,)."""
    was, now = influence(*first), influence(*second)
    if together:
        return _of_mean(now - was)
    return _of_mean(was) + _of_mean(now)


def _of_mean(effect: Floats) -> Floats:
    """Variance of the mean of influences (respondents, items), (items,); 0 from a single respondent."""
    n = len(effect)
    squares: Floats = (effect**2).sum(axis=0) / max(1, n * (n - 1))
    return squares
