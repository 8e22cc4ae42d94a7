"""What people do in packages: a run begins, keeps its state, tells its statements. All in one transaction, so that nothing is told that is not kept."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.encoding import force_str

from talka.courses.actions.enrolling import scene
from talka.courses.actions.learning import notice_done
from talka.courses.models import Enrolment, Package, PackageRun, PackageUnit, Topic, TopicProgress
from talka.courses.packages import cmi, statements
from talka.records.actions import store
from talka.records.rules import Invalid

log = logging.getLogger("talka.courses")

# Statements of one run; a content that sends more is broken or hostile.
MOST_TOLD = 5_000
REMEMBERED = 400
LARGEST_USER_STATE = 500_000


class NotTaken(ValueError):
    """What the content sent was not taken; nothing of it was kept. The text says why."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One time that somebody has a unit open. `key` differs each time."""

    run: PackageRun
    unit: PackageUnit
    package: Package
    enrolment: Enrolment
    topic: Topic
    key: str

    @property
    def place(self) -> statements.Place:
        kind = "h5p" if self.package.kind == Package.Kind.H5P else "sco"
        return statements.Place(scene(self.enrolment, self.topic), self.unit.uuid, self.unit.title, kind)


@transaction.atomic
def begin_run(*, unit: PackageUnit, enrolment: Enrolment, at: datetime) -> PackageRun:
    """The person's run through the unit: begun now, or the one that is there."""
    run, made = PackageRun.objects.get_or_create(
        unit=unit, enrolment=enrolment, defaults={"started_at": at, "last_at": at, "registration": enrolment.uuid}
    )
    if not made:
        PackageRun.objects.filter(pk=run.pk).update(last_at=at)
    return run


def _locked(sitting: Sitting) -> PackageRun:
    return PackageRun.objects.select_for_update().get(pk=sitting.run.pk)


@transaction.atomic
def keep_scorm(*, sitting: Sitting, changes: Mapping[str, str], ends: bool, tells: bool, at: datetime) -> PackageRun:
    """SCORM elements that changed are kept. With `tells` (the content committed) what is new becomes statements; with `ends` the sitting is over.

    Sending the same twice changes nothing. Raises NotTaken.
    """
    run = _locked(sitting)
    state: dict[str, Any] = dict(run.state)
    tell: list[dict[str, Any]] = []
    if state.get("sitting") != sitting.key:
        state |= {"sitting": sitting.key, "before": run.seconds, "values": cmi.kept(state.get("values", {})), "ended": False}
        tell.append(statements.scorm_begun(sitting.place, sitting=sitting.key, at=at))
    try:
        values = state["values"] = cmi.merged(state["values"], changes)
    except cmi.BadState as bad:
        raise NotTaken(str(bad)) from bad
    if ends:
        values = state["values"] = cmi.at_the_end(values, kind=sitting.package.kind, settings=sitting.unit.settings)
    stands = cmi.outcome(values, kind=sitting.package.kind, settings=sitting.unit.settings)
    run.seconds = float(state["before"]) + stands.seconds
    if tells or ends:
        tell += _answers(sitting, state, values, at)
        tell += _verdict(sitting, run, state, stands, at)
    if ends and not state["ended"]:
        state["ended"] = True
        tell.append(statements.scorm_ended(sitting.place, sitting=sitting.key, seconds=stands.seconds, at=at))
    run.state, run.last_at = state, at
    run.save()
    _tell_what_can_be(run, tell, at)
    _note(sitting, run, at)
    return run


def _answers(sitting: Sitting, state: dict[str, Any], values: Mapping[str, str], at: datetime) -> list[dict[str, Any]]:
    told = list(state.get("told", ()))
    known = set(told)
    new = [one for one in cmi.interactions(values) if statements.fingerprint(one) not in known]
    state["told"] = (told + [statements.fingerprint(one) for one in new])[-4 * REMEMBERED :]
    return [statements.scorm_answered(sitting.place, one, sitting=sitting.key, at=at) for one in new]


def _verdict(sitting: Sitting, run: PackageRun, state: dict[str, Any], stands: cmi.Outcome, at: datetime) -> list[dict[str, Any]]:
    """Completed once; passed or failed whenever it is new or with another score."""
    tell = []
    if stands.completed and run.completed_at is None:
        tell.append(statements.scorm_outcome(sitting.place, "completed", stands, sitting=sitting.key, at=at))
    verdict = [stands.success, stands.score]
    if stands.success is not None and state.get("verdict") != verdict:
        tell.append(statements.scorm_outcome(sitting.place, "passed" if stands.success else "failed", stands, sitting=sitting.key, at=at))
        state["verdict"] = verdict
    _stand(run, stands, at)
    return tell


def _stand(run: PackageRun, stands: cmi.Outcome, at: datetime) -> None:
    """What was reached stays reached; the best score counts."""
    if stands.completed and run.completed_at is None:
        run.completed_at = at
    if stands.success is not None and run.success is not True:
        run.success = stands.success
    if stands.score is not None:
        run.score = max(stands.score, run.score if run.score is not None else -1.0)


@transaction.atomic
def see_page(*, sitting: Sitting, at: datetime) -> PackageRun:
    """A page of a SCORM package that reports nothing (an asset) is open: seen is done."""
    run = _locked(sitting)
    if run.completed_at is None:
        stands = cmi.Outcome(completed=True, success=None)
        tell = _verdict(sitting, run, {}, stands, at)
        run.save()
        _tell_what_can_be(run, tell, at)
        _note(sitting, run, at)
    return run


@transaction.atomic
def keep_user_state(*, sitting: Sitting, part: str, text: str, at: datetime) -> PackageRun:
    """What an H5P content wants to find again, by its part ("0" is the whole); an empty text forgets it. Raises NotTaken."""
    run = _locked(sitting)
    parts = {**run.state.get("parts", {}), part: text} if text else {k: v for k, v in run.state.get("parts", {}).items() if k != part}
    if len(part) > 60 or sum(map(len, parts.values())) > LARGEST_USER_STATE:
        raise NotTaken("more state than is kept for one content")
    run.state, run.last_at = {**run.state, "parts": parts}, at
    run.save(update_fields=["state", "last_at"])
    return run


@transaction.atomic
def tell_h5p(*, sitting: Sitting, message: str, statement: object, at: datetime) -> PackageRun:
    """What an H5P content says the person did. `message` names it, so that sending it twice is telling it once. Raises NotTaken."""
    run = _locked(sitting)
    told = list(run.state.get("told", ()))
    if message in told:
        return run
    try:
        made = statements.h5p(sitting.place, statement, key=f"{sitting.key}/{message}", at=at)
    except statements.NotSaid as bad:
        raise NotTaken(str(bad)) from bad
    if stands := statements.h5p_outcome(made, sitting.place):
        _stand(run, stands, at)
    run.state, run.last_at = {**run.state, "told": [*told, message][-REMEMBERED:]}, at
    run.save()
    _tell(run, [made], at)
    _note(sitting, run, at)
    return run


def _tell(run: PackageRun, tell: list[dict[str, Any]], at: datetime) -> None:
    """Raises NotTaken."""
    count = int(run.state.get("count", 0)) + len(tell)
    if count > MOST_TOLD:
        raise NotTaken(f"the content has sent more than {MOST_TOLD:,} statements")
    try:
        store(tell, source=None, at=at)
    except Invalid as bad:
        raise NotTaken(force_str(bad)) from bad
    run.state = {**run.state, "count": count}
    PackageRun.objects.filter(pk=run.pk).update(state=run.state)


def _tell_what_can_be(run: PackageRun, tell: list[dict[str, Any]], at: datetime) -> None:
    """A data model's odd answer must not cost the person the state that came with it: it is left out, and the log says so."""
    for one in tell:
        try:
            _tell(run, [one], at)
        except NotTaken as why:
            log.warning("A statement of package unit %s was left out: %s", run.unit_id, why)


def _note(sitting: Sitting, run: PackageRun, at: datetime) -> None:
    """The topic may be done now."""
    if run.completed_at is None:
        return
    row = TopicProgress.objects.filter(enrolment=sitting.enrolment, topic=sitting.topic).first()
    if row is not None:
        notice_done(sitting.enrolment, sitting.topic, row, at)
