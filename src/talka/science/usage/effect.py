"""Did those who used a material gain more than comparable people who didn't? An association, never called an effect."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Estimate, Floats, Reason, missing, normal_quantile
from talka.science.psychometrics.groups import shrink

STRATA = 4


@dataclass(frozen=True, slots=True)
class Association:
    """One material. difference: mean gain of users less that of comparable non-users, with interval, in the gain's unit.

    shrunk: the same pulled towards all materials' mean, the more the less is known; None where difference is None.
    users, others: people compared, those without a counterpart in their stratum left out.
    """

    index: int
    users: int
    others: int
    difference: Estimate
    shrunk: float | None


def association(used: ArrayLike, gain: ArrayLike, before: ArrayLike, *, fewest: int = 10, level: float = 0.95) -> tuple[Association, ...]:
    """Difference in gain between users and non-users of each material, within quarters of the score before.

    used: (people, materials) True = used it; gain: (people,); before: (people,) score before, NaN in either = left out. Strata are
    weighted by their users. Fewer than `fewest` users or others: None and the reason. Raises ValueError if lengths differ.
    Source: Cochran (1968), Biometrics 24, 295–313 (subclassification); shrinkage: see `psychometrics.shrink`.
    """
    marks, gained, was = np.asarray(used, dtype=bool), np.asarray(gain, dtype=np.float64), np.asarray(before, dtype=np.float64)
    if marks.ndim != 2 or not len(marks) == len(gained) == len(was):
        raise ValueError("used needs one row per person, as gain and before")
    valid = ~np.isnan(gained) & ~np.isnan(was)
    marks, gained, was = marks[valid], gained[valid], was[valid]
    borders = np.quantile(was, np.arange(1, STRATA) / STRATA) if len(was) else np.zeros(0)
    stratum = np.searchsorted(borders, was, "right")
    found = [_compared(marks[:, material], gained, stratum, fewest, level) for material in range(marks.shape[1])]
    known = [i for i, (*_, variance) in enumerate(found) if variance is not None]
    values = [found[i][2].value or 0.0 for i in known]
    pulled = dict(zip(known, shrink(values, [found[i][3] or 0.0 for i in known]).tolist(), strict=True)) if known else {}
    return tuple(Association(i, users, others, value, pulled.get(i)) for i, (users, others, value, _) in enumerate(found))


def _compared(used: np.ndarray, gain: Floats, stratum: np.ndarray, fewest: int, level: float) -> tuple[int, int, Estimate, float | None]:
    """Users, others, their stratified difference and its variance (None without one)."""
    parts = []
    for number in np.unique(stratum):
        inside = stratum == number
        with_it, without = gain[inside & used], gain[inside & ~used]
        if len(with_it) > 1 and len(without) > 1:
            spread = with_it.var(ddof=1) / len(with_it) + without.var(ddof=1) / len(without)
            parts.append((len(with_it), len(without), float(with_it.mean() - without.mean()), float(spread)))
    users, others = sum(part[0] for part in parts), sum(part[1] for part in parts)
    n = users + others
    if min(users, others) < max(2, fewest):
        return users, others, missing(Reason.TOO_FEW if n else Reason.NO_ANSWERS, n=n, level=level), None
    difference = sum(part[0] * part[2] for part in parts) / users
    variance = sum(part[0] ** 2 * part[3] for part in parts) / users**2
    if variance <= 0:
        return users, others, Estimate(difference, None, None, n, level, Reason.ALL_EQUAL), None
    half = normal_quantile(level) * variance**0.5
    return users, others, Estimate(difference, difference - half, difference + half, n, level), variance
