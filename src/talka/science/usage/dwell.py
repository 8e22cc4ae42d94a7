"""How long did somebody stay with something? Estimated from the gaps between statements."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Floats, Ints, Reason

LONGEST_GAP = 300.0  # seconds: after five silent minutes somebody has left


@dataclass(frozen=True, slots=True)
class Dwell:
    """Seconds per person and activity; people, activities, seconds, sittings: (pairs,), people and activities as given, sorted.

    imputed: seconds added to each sitting for what came after its last statement: the median counted gap; 0 with `reason` if
    no two statements were close enough to tell.
    """

    people: np.ndarray
    activities: np.ndarray
    seconds: Floats
    sittings: Ints
    imputed: float
    reason: Reason | None


def dwell(people: ArrayLike, activities: ArrayLike, seconds: ArrayLike, *, longest_gap: float = LONGEST_GAP) -> Dwell:
    """Time that each person spent on each activity: the sum of gaps of at most `longest_gap` between their statements on it.

    people, activities: (statements,) numbers or names; seconds: (statements,) moment of each, from any zero. A longer gap ends a
    sitting; the unseen gap after each sitting's last statement is imputed by the median of all counted gaps.
    Raises ValueError for lists of different length or NaN. Source: design/methods.md §4; compare Kovanović et al. (2015),
    Penetrating the black box of time-on-task estimation, LAK '15, 184–193.
    """
    when = np.asarray(seconds, dtype=np.float64)
    names, who = np.unique(np.asarray(people), return_inverse=True)
    titles, what = np.unique(np.asarray(activities), return_inverse=True)
    if not len(who) == len(what) == len(when):
        raise ValueError("people, activities and seconds must have the same length")
    if np.isnan(when).any():
        raise ValueError("every statement needs its moment")
    if not len(when):
        return Dwell(names, titles, np.zeros(0), np.zeros(0, dtype=np.int64), 0.0, Reason.NO_ANSWERS)
    pair = who.astype(np.int64) * len(titles) + what
    order = np.lexsort((when, pair))
    pair, when = pair[order], when[order]
    gap, same = np.diff(when), pair[1:] == pair[:-1]
    counted = same & (gap <= longest_gap)
    positive = gap[counted & (gap > 0)]
    imputed = float(np.median(positive)) if len(positive) else 0.0
    pairs, place = np.unique(pair, return_inverse=True)
    stayed = np.bincount(place[:-1][counted], weights=gap[counted], minlength=len(pairs))
    sittings = np.bincount(place, minlength=len(pairs)) - np.bincount(place[:-1][counted], minlength=len(pairs))
    reason = None if len(positive) else Reason.TOO_FEW
    return Dwell(names[pairs // len(titles)], titles[pairs % len(titles)], stayed + sittings * imputed, sittings, imputed, reason)
