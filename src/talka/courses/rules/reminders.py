"""When somebody is reminded, and of what. Pure decisions: at most one letter a day, nothing twice within a week."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The letter comes when the working day begins, and not at all late in the day: then tomorrow's does.
FROM_HOUR, TO_HOUR = 8, 12
DUE_WITHIN = timedelta(days=7)
STOPPED_FROM, STOPPED_TO = timedelta(days=7), timedelta(days=60)
FRESH = timedelta(days=14)
QUIET = timedelta(days=7)
MOST_OF_EACH = 3


def zone_of(name: str, default: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or default)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(default)


def day_for(at: datetime, zone: ZoneInfo, *, weekly: bool) -> date | None:
    """The day of the digest that may go to somebody in this zone now; None outside the morning hours, and but for Mondays if weekly."""
    here = at.astimezone(zone)
    if not FROM_HOUR <= here.hour < TO_HOUR or (weekly and here.weekday() != 0):
        return None
    return here.date()


@dataclass(frozen=True, slots=True)
class Begun:
    """A course that somebody has begun and not finished."""

    key: int
    due_on: date | None
    last_at: datetime | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    due: bool = True
    stopped: bool = True
    fresh: bool = True


def is_due(course: Begun, *, on: date) -> bool:
    """Due within a week, or over for less than two."""
    return course.due_on is not None and on - 2 * DUE_WITHIN <= course.due_on <= on + DUE_WITHIN


def is_stopped(course: Begun, *, at: datetime) -> bool:
    """Begun, then left alone for a week; after two months it is let be."""
    return course.last_at is not None and STOPPED_FROM <= at - course.last_at <= STOPPED_TO


def choose(
    courses: Sequence[Begun], fresh: Sequence[int], *, wanted: Wanted, said: AbstractSet[str], on: date, at: datetime
) -> tuple[list[int], list[int], list[int]]:
    """(due, stopped, fresh): keys of courses, courses and topics that today's digest speaks of; what was `said` within the week is left out.

    A course stands in one list only. On the due day itself it may be said once more.
    """
    due = [
        c.key
        for c in sorted(courses, key=lambda c: c.due_on or date.max)
        if wanted.due and is_due(c, on=on) and (f"due:{c.key}" not in said or (c.due_on == on and f"due-day:{c.key}" not in said))
    ][:MOST_OF_EACH]
    stopped = [
        c.key
        for c in sorted(courses, key=lambda c: c.last_at or c.started_at, reverse=True)
        if wanted.stopped and is_stopped(c, at=at) and c.key not in due and not said & {f"due:{c.key}", f"stopped:{c.key}"}
    ][:MOST_OF_EACH]
    new = [key for key in fresh if wanted.fresh and f"fresh:{key}" not in said][:MOST_OF_EACH]
    return due, stopped, new
