"""Where people stand in cmi5 packages: what learners see of their own, and staff of their learners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from talka.courses.cmi5 import rules
from talka.courses.models import Cmi5Registration, Cmi5Session, Cmi5Standing, Enrolment, Package, PackageRun, PackageUnit
from talka.people.models import User


@dataclass(frozen=True, slots=True)
class Line:
    """A unit or block as a menu shows it: how deep it stands, whether it is satisfied, and what was said of it, in words."""

    unit: PackageUnit
    depth: int
    done: bool
    says: str = ""
    run: PackageRun | None = None
    standing: Cmi5Standing | None = None
    waits: str = ""

    @property
    def percent(self) -> int | None:
        return None if self.standing is None or self.standing.score is None else round(self.standing.score * 100)

    @property
    def is_waivable(self) -> bool:
        return self.unit.kind == PackageUnit.Kind.AU and not self.done


def met_units(units: Sequence[PackageUnit], standings: Mapping[int, Cmi5Standing]) -> set[int]:
    """Keys of the units whose criterion is met."""
    found = set()
    for unit in units:
        row = standings.get(unit.pk)
        if unit.kind == PackageUnit.Kind.AU and rules.is_met(
            unit.settings["move_on"],
            completed=row is not None and row.completed_at is not None,
            passed=row is not None and row.passed_at is not None,
            waived=row is not None and row.waived_at is not None,
        ):
            found.add(unit.pk)
    return found


def says_of(row: Cmi5Standing | None) -> str:
    """What was said of a unit, in words; empty where nothing was."""
    if row is None:
        return ""
    said = [
        word
        for at, word in (
            (row.completed_at, _("completed")),
            (row.passed_at, _("passed")),
            (row.failed_at if row.passed_at is None else None, _("failed")),
            (row.waived_at, _("waived")),
        )
        if at is not None
    ]
    return ", ".join(said)


def lines_of(package: Package, enrolment: Enrolment | None) -> list[Line]:
    """All current units and blocks in order with how the person stands. Three queries."""
    units = list(package.units.current().order_by("order", "pk"))
    standings: dict[int, Cmi5Standing] = {}
    runs: dict[int, PackageRun] = {}
    if enrolment is not None:
        rows = Cmi5Standing.objects.filter(registration__enrolment=enrolment, registration__package=package)
        standings = {row.unit_id: row for row in rows}
        runs = {run.unit_id: run for run in PackageRun.objects.filter(enrolment=enrolment, unit__package=package)}
    return _lines(units, standings, runs)


def _lines(units: Sequence[PackageUnit], standings: dict[int, Cmi5Standing], runs: dict[int, PackageRun]) -> list[Line]:
    met = met_units(units, standings)
    depths: dict[int, int] = {}
    made = []
    for unit in units:
        depths[unit.pk] = depths.get(unit.parent_id, -1) + 1 if unit.parent_id else 0
        row = standings.get(unit.pk)
        done = unit.pk in met or (row is not None and row.satisfied_at is not None)
        made.append(Line(unit, depths[unit.pk], done, says_of(row), runs.get(unit.pk), row))
    return made


def is_satisfied(package: Package, enrolment: Enrolment) -> bool:
    """Whether the person has satisfied the whole course of the package."""
    return Cmi5Registration.objects.filter(package=package, enrolment=enrolment).exclude(satisfied_at=None).exists()


def session_of(uuid: UUID, *, viewer: User) -> Cmi5Session | None:
    """A session of the viewer's own."""
    return Cmi5Session.objects.filter(uuid=uuid, registration__enrolment__user=viewer).select_related("registration", "unit").first()


# ---- for staff -----------------------------------------------------------------------------------------------------------------


def registrations_of(package: Package) -> QuerySet[Cmi5Registration]:
    """Who is registered in a package, each with the number of `launches`, of `open_sessions` and of units `waived`. The caller has checked
    that the viewer may look after this course.
    """
    return (
        Cmi5Registration.objects.filter(package=package)
        .select_related("enrolment__user", "package")
        .annotate(
            launches=Count("sessions", distinct=True),
            open_sessions=Count("sessions", filter=Q(sessions__terminated_at=None, sessions__abandoned_at=None), distinct=True),
            waived=Count("standings", filter=Q(standings__waived_at__isnull=False), distinct=True),
        )
    )


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session as staff sees it."""

    session: Cmi5Session
    state: str
    minutes: float | None


@dataclass(slots=True)
class Sheet:
    """One person's registration: units with their state, and the sessions, newest first."""

    registration: Cmi5Registration
    lines: list[Line]
    sittings: list[Sitting]
    reasons: Sequence[str] = field(default=rules.REASONS)


MOST_SITTINGS = 100


def sheet_of(registration: Cmi5Registration, *, at: datetime) -> Sheet:
    """Four queries."""
    sessions = registration.sessions.select_related("unit")[:MOST_SITTINGS]
    return Sheet(registration, lines_of(registration.package, registration.enrolment), [_sitting(one, at) for one in sessions])


def _sitting(one: Cmi5Session, at: datetime) -> Sitting:
    if one.terminated_at is not None:
        state = _("ended")
    elif one.abandoned_at is not None:
        state = _("abandoned")
    elif one.initialized_at is None:
        state = _("launched")
    else:
        state = _("open")
    return Sitting(one, state, None if one.seconds is None else round(one.seconds / 60, 1))
