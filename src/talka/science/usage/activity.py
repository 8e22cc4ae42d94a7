"""Active people on rolling windows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Ints

DAILY, WEEKLY, MONTHLY = 1, 7, 28


@dataclass(frozen=True, slots=True)
class Activity:
    """Distinct active people in the 1, 7 and 28 days that end with each of `days`; all (days,).

    stickiness: daily / monthly, 0 to 1, None on a day whose month had nobody.
    """

    days: Ints
    daily: Ints
    weekly: Ints
    monthly: Ints
    stickiness: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Weeks:
    """Distinct active people per calendar week; mondays: day number of each week's Monday; both (weeks,), without gaps."""

    mondays: Ints
    people: Ints


def _pairs(people: ArrayLike, days: ArrayLike) -> tuple[Ints, Ints]:
    """Distinct (person, day) pairs, sorted by person and day; persons renumbered from 0."""
    who, when = np.asarray(people), np.asarray(days, dtype=np.int64)
    if who.shape != when.shape or who.ndim != 1:
        raise ValueError("people and days must be two lists of the same length")
    if not len(who):
        return np.zeros(0, dtype=np.int64), when
    _, number = np.unique(who, return_inverse=True)
    both = np.unique(np.column_stack([number, when]), axis=0)
    return both[:, 0], both[:, 1]


def _rolling(who: Ints, when: Ints, window: int, first: int, last: int) -> Ints:
    """Distinct people per window, in one pass: each active day counts until the window or the person's next active day ends it."""
    ends = when + window
    if len(when):
        same = who[1:] == who[:-1]
        ends[:-1][same] = np.minimum(ends[:-1][same], when[1:][same])
    size = last - first + 2
    change = np.zeros(size, dtype=np.int64)
    np.add.at(change, np.clip(when - first, 0, size - 1), 1)
    np.add.at(change, np.clip(ends - first, 0, size - 1), -1)
    return np.cumsum(change)[:-1]


def active(people: ArrayLike, days: ArrayLike, *, first: int | None = None, last: int | None = None) -> Activity:
    """Daily, weekly and monthly active people on rolling windows of 1, 7 and 28 days.

    people: (statements,) who; days: (statements,) whole day numbers, for example date.toordinal(). Count learning statements only;
    a login is none. first, last: days to report, by default those of the data. Days before `first` still fill its windows.
    Raises ValueError for lists of different length or last < first. Empty data without first and last give empty arrays.
    Source: design/methods.md §4.
    """
    who, when = _pairs(people, days)
    if not len(when) and (first is None or last is None):
        empty = np.zeros(0, dtype=np.int64)
        return Activity(empty, empty, empty, empty, ())
    begin, end = int(when.min()) if first is None else first, int(when.max()) if last is None else last
    if end < begin:
        raise ValueError("the last day is before the first")
    seen = (when <= end) & (when > begin - MONTHLY)
    daily, weekly, monthly = (_rolling(who[seen], when[seen], window, begin, end) for window in (DAILY, WEEKLY, MONTHLY))
    stickiness = tuple(float(d / m) if m else None for d, m in zip(daily.tolist(), monthly.tolist(), strict=True))
    return Activity(np.arange(begin, end + 1), daily, weekly, monthly, stickiness)


def weekly_active(people: ArrayLike, days: ArrayLike) -> Weeks:
    """Distinct active people per ISO week, Monday to Sunday; weeks without anybody in between count 0.

    people, days: as `active`, day numbers as date.toordinal(), where 1 is a Monday. Errors as `active`.
    """
    who, when = _pairs(people, days)
    if not len(when):
        return Weeks(when, when)
    mondays = when - (when - 1) % 7
    distinct = np.unique(np.column_stack([who, mondays]), axis=0)[:, 1]
    weeks = np.arange(distinct.min(), distinct.max() + 1, 7)
    return Weeks(weeks, np.bincount((distinct - weeks[0]) // 7, minlength=len(weeks)))
