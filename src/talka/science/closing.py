"""Needs closed: of the competence gaps that were measured, which does evidence now show as closed?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talka.science.estimate import Bools, Estimate, Floats, Reason, missing
from talka.science.psychometrics.response import score_interval


class Status(IntEnum):
    """Where one person stands on one competence."""

    NOT_MEASURED = 0  # no target, or no self-assessment or survey answer
    NO_GAP = 1  # measured at the target level or above
    OPEN = 2  # a gap, nothing done yet
    IN_PROGRESS = 3  # a gap, and work on an outcome of the competence has begun
    CLOSED = 4  # an assessed outcome of the competence reached mastery


@dataclass(frozen=True, slots=True)
class NeedsClosed:
    """The number that the loop turns on. measured = open + in_progress + closed gaps; people: with at least one of them.

    share: closed / measured, 0 to 1, with Wilson's interval; several gaps of one person count as fewer than as many persons.
    """

    people: int
    measured: int
    open: int
    in_progress: int
    closed: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class Closing:
    """status: (people, competences) of Status. gap: target − measured level, (people, competences), NaN where not measured."""

    status: NDArray[np.int8]
    gap: Floats

    def total(self, *, level: float = 0.95) -> NeedsClosed:
        """Everybody and every competence together."""
        return _counted(self.status, level)

    def per_person(self) -> tuple[NeedsClosed, ...]:
        """Each person's own gaps, without an interval: a person's gaps are no sample."""
        return tuple(_counted(row[None, :], None) for row in self.status)

    def per_competence(self, *, level: float = 0.95) -> tuple[NeedsClosed, ...]:
        """Each competence over all people."""
        return tuple(_counted(column[:, None], level) for column in self.status.T)

    def per_group(self, groups: Sequence[str], *, level: float = 0.95) -> dict[str, NeedsClosed]:
        """Each group (organisation, cluster) of people, one label per person, in alphabetical order. Raises ValueError if lengths differ.

        Small groups are not hidden here: look at `people` and use `disclosure`.
        """
        labels = np.asarray(groups, dtype=object)
        if len(labels) != len(self.status):
            raise ValueError(f"{len(labels)} labels for {len(self.status)} people")
        return {name: _counted(self.status[labels == name], level) for name in sorted(set(groups))}


def _counted(status: NDArray[np.int8], level: float | None) -> NeedsClosed:
    per_person = (status >= Status.OPEN).sum(axis=1)
    closed_per_person = (status == Status.CLOSED).sum(axis=1)
    measured, closed, people = int(per_person.sum()), int(closed_per_person.sum()), int((per_person > 0).sum())
    open_, progress = int((status == Status.OPEN).sum()), int((status == Status.IN_PROGRESS).sum())
    if not measured:
        return NeedsClosed(people, 0, 0, 0, 0, missing(Reason.NO_ANSWERS, level=level or 0.95))
    part = closed / measured
    if level is None or people < 2:
        return NeedsClosed(people, measured, open_, progress, closed, Estimate(part, None, None, people, reason=Reason.ONE_RESPONDENT))
    low, high = score_interval(part, _effective(per_person, closed_per_person, part), level=level)
    return NeedsClosed(people, measured, open_, progress, closed, Estimate(part, low, high, people, level))


def _effective(gaps: NDArray[np.int64], closed: NDArray[np.int64], share: float) -> float:
    """How many independent gaps carry as much as these: the variance of the ratio with people as clusters (Cochran 1977, 6.5)."""
    measured, people = float(gaps.sum()), float((gaps > 0).sum())
    spread = float(((closed - share * gaps) ** 2).sum()) * people / (people - 1) / measured**2
    if spread <= 0:
        return people
    return float(np.clip(share * (1 - share) / spread, 1.0, measured))


def needs_closed(target: ArrayLike, measured: ArrayLike, *, started: ArrayLike, mastered: ArrayLike) -> Closing:
    """Where each person stands on each competence.

    target: wanted levels, (competences,) or (people, competences), NaN = not wanted; measured: levels from a self-assessment or
    survey, (people, competences), NaN = not measured; started: True where work on an outcome of the competence began; mastered:
    True where an assessed outcome of the competence reached mastery after the measurement. Levels share one scale.
    Raises ValueError if shapes don't fit. Source: design/methods.md §4.
    """
    found = np.asarray(measured, dtype=np.float64)
    if found.ndim != 2:
        raise ValueError("measured levels need two dimensions (people, competences)")
    begun, done = np.asarray(started, dtype=bool), np.asarray(mastered, dtype=bool)
    wanted = np.asarray(target, dtype=np.float64)
    if begun.shape != found.shape or done.shape != found.shape or wanted.shape not in {found.shape, found.shape[1:]}:
        raise ValueError(f"target {wanted.shape}, started {begun.shape} and mastered {done.shape} don't fit measured {found.shape}")
    gap = np.broadcast_to(wanted, found.shape) - found
    return Closing(_status(gap, begun, done), gap)


def _status(gap: Floats, begun: Bools, done: Bools) -> NDArray[np.int8]:
    kinds = [np.isnan(gap), gap <= 0, done, begun]
    values = [Status.NOT_MEASURED, Status.NO_GAP, Status.CLOSED, Status.IN_PROGRESS]
    return np.select(kinds, [np.int8(value) for value in values], default=np.int8(Status.OPEN)).astype(np.int8)


def closed_over_time(
    target: ArrayLike,
    measured: ArrayLike,
    *,
    measured_on: ArrayLike,
    started_on: ArrayLike,
    mastered_on: ArrayLike,
    days: ArrayLike,
    level: float = 0.95,
) -> tuple[NeedsClosed, ...]:
    """The state at the end of each day of `days` (days,).

    target, measured: as `needs_closed`; measured_on, started_on, mastered_on: day numbers, (people, competences), NaN = never.
    A gap counts from the day it was measured; mastery before that day doesn't close it. Raises ValueError if shapes don't fit.
    """
    found, on = np.asarray(measured, dtype=np.float64), np.asarray(measured_on, dtype=np.float64)
    begun_on, done_on = np.asarray(started_on, dtype=np.float64), np.asarray(mastered_on, dtype=np.float64)
    if on.shape != found.shape:
        raise ValueError(f"measured_on {on.shape} doesn't fit measured {found.shape}")
    states = []
    for day in np.asarray(days, dtype=np.float64).tolist():
        known = np.where(on <= day, found, np.nan)
        state = needs_closed(target, known, started=begun_on <= day, mastered=(done_on <= day) & (done_on >= on))
        states.append(state.total(level=level))
    return tuple(states)
