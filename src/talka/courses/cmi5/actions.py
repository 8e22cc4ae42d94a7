"""What Talka does as the learning platform of cmi5: register, launch, hand out the token, judge, waive, abandon."""

import hashlib
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from talka.courses.actions.learning import notice_done
from talka.courses.cmi5 import rules, statements
from talka.courses.cmi5.queries import met_units
from talka.courses.cmi5.rules import NotConforming, Standing
from talka.courses.models import (
    Cmi5Registration,
    Cmi5Session,
    Cmi5Standing,
    Enrolment,
    Material,
    Package,
    PackageRun,
    PackageUnit,
    TopicProgress,
)
from talka.courses.rules.access import WAIVE
from talka.people.actions import require
from talka.people.models import User
from talka.records.actions import browser_token, documents, store
from talka.records.rules import agent_key
from talka.records.signals import NotAdmitted

log = logging.getLogger("talka.courses")

# A session is believed for this long; the next launch abandons it in any case.
LASTS = timedelta(hours=12)


class NotWaivable(Exception):
    """The unit is satisfied or waived already."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A session that is about to begin: `url` is where the browser goes."""

    session: Cmi5Session
    url: str


def scene_of(registration: Cmi5Registration) -> statements.Scene:
    enrolment = registration.enrolment
    course = f"{settings.NAMES_URL}/id/course/{enrolment.course.uuid}"
    return statements.Scene(settings.NAMES_URL, enrolment.user.uuid, registration.uuid, course)


def locked(**where: Any) -> Cmi5Registration:
    """The registration, held until the transaction ends: sessions and satisfaction of one person in one course go one after the other."""
    return (
        Cmi5Registration.objects.select_for_update(of=("self",))
        .select_related("enrolment__user", "enrolment__course", "package")
        .get(**where)
    )


# ---- registration and launch ---------------------------------------------------------------------------------------------------


@transaction.atomic
def register(*, enrolment: Enrolment, package: Package, at: datetime) -> Cmi5Registration:
    """The person's registration for this cmi5 course, made where there is none; moveOn is evaluated with it (9.6.1)."""
    made, new = Cmi5Registration.objects.get_or_create(enrolment=enrolment, package=package, defaults={"made_at": at})
    registration = locked(pk=made.pk)
    if new:
        _satisfy(registration, session=uuid4(), at=at)
    return registration


@transaction.atomic
def launch(*, enrolment: Enrolment, unit: PackageUnit, url: str, return_url: str, at: datetime, mode: str = rules.NORMAL) -> Launch:
    """A new session of `unit`, whose content lies at `url`. An open session of the registration is abandoned before (9.3.6).

    The caller has checked that the person may open the unit.
    """
    registration = register(enrolment=enrolment, package=unit.package, at=at)
    for open_one in registration.sessions.open().select_related("unit"):
        _abandon(registration, open_one, at)
    scene, of_unit, secret = scene_of(registration), unit.settings, secrets.token_urlsafe(32)
    activity, uuid = statements.unit_iri(settings.NAMES_URL, unit.uuid), uuid4()
    context = statements.template(scene, publisher=of_unit["id"], activity=activity, session=uuid)
    session = Cmi5Session.objects.create(
        uuid=uuid, registration=registration, unit=unit, mode=mode, fetch_hash=_hashed(secret), launch_url=url[:4_000],
        move_on=of_unit["move_on"], mastery=of_unit.get("mastery"), template=context, launched_at=at,
    )  # fmt: skip
    agent = agent_key(scene.actor)
    data = statements.launch_data(of_unit, context=context, mode=mode, return_url=return_url)
    documents.lay(place=documents.Place("state", 0, activity, agent, str(registration.uuid), rules.LAUNCH_DATA), document=data)
    preferences = {"languagePreference": enrolment.user.language or settings.LANGUAGE_CODE, "audioPreference": "on"}
    documents.lay(place=documents.Place("agent", 0, agent=agent, key=rules.PREFERENCES), document=preferences, replace=False)
    about = {"id": activity, "definition": _definition(unit)}
    told = statements.launched(scene, activity=about, settings=of_unit, session=uuid, mode=mode, url=url, at=at)
    store([told], source=None, at=at)
    _note_run(registration, unit, at)
    parameters = [
        ("endpoint", f"{settings.SITE_URL}/xapi/"),
        ("fetch", settings.SITE_URL + reverse("cmi5:fetch", args=[secret])),
        ("actor", orjson.dumps(scene.actor).decode()),
        ("registration", str(registration.uuid)),
        ("activityId", activity),
    ]
    return Launch(session, statements.launch_address(url, parameters))


def _definition(unit: PackageUnit) -> dict[str, Any]:
    made: dict[str, Any] = {"type": unit.settings.get("activity_type") or "http://adlnet.gov/expapi/activities/lesson"}
    if names := {tag: words for tag, words in unit.settings.get("titles", {}).items() if words}:
        made["name"] = names
    return made


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def fetch_token(*, secret: str, at: datetime) -> dict[str, str]:
    """What the fetch address answers: the token of the session, once; afterwards, and for what is unknown, an error object (8.2)."""
    session = Cmi5Session.objects.filter(fetch_hash=_hashed(secret)).select_related("registration__enrolment__user").first()
    if session is None:
        return {"error-code": "2", "error-text": "There is no such session."}
    if session.is_over or at - session.launched_at > LASTS:
        return {"error-code": "1", "error-text": "The session is over."}
    if not Cmi5Session.objects.filter(pk=session.pk, fetched_at=None).update(fetched_at=at):
        return {"error-code": "1", "error-text": "The authorization token has already been returned."}
    token = browser_token(
        user_uuid=session.registration.enrolment.user.uuid,
        activity=statements.unit_iri(settings.NAMES_URL, session.unit.uuid),
        registration=session.registration.uuid,
        session=str(session.uuid),
        at=at,
        lasts=LASTS,
    )
    return {"auth-token": token}


# ---- what a unit asks and says -------------------------------------------------------------------------------------------------


def admit(*, session: str, method: str, kind: str, key: str, content_type: str, body: bytes, at: datetime) -> None:
    """A unit's request, before it is answered. Notes that the learner's preferences were read. Raises NotAdmitted."""
    row = Cmi5Session.objects.filter(uuid=session).only("prefs_at", "launched_at", "terminated_at", "abandoned_at").first()
    if row is None or row.is_over or at - row.launched_at > LASTS:
        raise NotAdmitted("The session is over. [cmi5 8.2]")
    if kind == "agent" and key == rules.PREFERENCES and method == "GET" and row.prefs_at is None:
        Cmi5Session.objects.filter(pk=row.pk, prefs_at=None).update(prefs_at=at)
    document = None
    if content_type.partition(";")[0].strip().lower() == "application/json":
        try:
            document = orjson.loads(body) if body else None
        except ValueError:
            document = None
    try:
        rules.check_document(kind, key, method, document)
    except NotConforming as e:
        raise NotAdmitted(str(e)) from e


def standing_of(session: Cmi5Session, registration: Cmi5Registration, row: Cmi5Standing) -> Standing:
    """What the rules ask about a session before its next statement."""
    return Standing(
        session=str(session.uuid),
        actor=scene_of(registration).actor,
        registration=str(registration.uuid),
        activity=statements.unit_iri(settings.NAMES_URL, session.unit.uuid),
        template=session.template,
        mode=session.mode,
        mastery=session.mastery,
        own=f"{settings.NAMES_URL}/",
        prefs_read=session.prefs_at is not None,
        over=session.is_over,
        begun=session.begun,
        used=frozenset(session.used),
        completed=row.completed_at is not None,
        passed=row.passed_at is not None,
    )


def take(*, session: str, said: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Statements of a unit, before they are stored, in the same transaction. Raises NotAdmitted for what cmi5 does not allow."""
    registration = locked(sessions__uuid=session)
    row = registration.sessions.select_related("unit").get(uuid=session)
    standing, _made = Cmi5Standing.objects.get_or_create(registration=registration, unit=row.unit)
    try:
        events = rules.take(said, standing_of(row, registration, standing))
    except NotConforming as e:
        raise NotAdmitted(str(e)) from e
    for event in events:
        _apply(event, row, standing, at)
    row.last_at = at
    row.save(update_fields=["used", "begun", "initialized_at", "last_at", "score", "seconds", "terminated_at"])
    if events:
        standing.save(update_fields=["completed_at", "passed_at", "failed_at", "score"])


def _apply(event: rules.Event, row: Cmi5Session, standing: Cmi5Standing, at: datetime) -> None:
    row.used = [*row.used, event.verb]
    match event.verb:
        case "initialized":
            row.begun, row.initialized_at = event.at, datetime.fromtimestamp(event.at / 1e6, UTC)
        case "completed" | "passed" | "failed":
            setattr(standing, f"{event.verb}_at", at)
            if event.score is not None:
                row.score = standing.score = event.score
        case _:
            row.terminated_at = at
            row.seconds = event.seconds


def follow(*, session: str, said: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """After a unit's statements were stored, in the same transaction: what is satisfied by them, and how far the person has come."""
    verbs = {s["verb"]["id"] for s in said}
    if not verbs & rules.OF_UNITS.keys():
        return
    registration = locked(sessions__uuid=session)
    row = registration.sessions.select_related("unit").get(uuid=session)
    _satisfy(registration, session=row.uuid, at=at)
    ended = rules.VERBS["terminated"] in verbs and row.seconds is not None
    _note_run(registration, row.unit, at, seconds=row.seconds or 0.0 if ended else 0.0)


# ---- satisfaction --------------------------------------------------------------------------------------------------------------


def _nodes(units: Sequence[PackageUnit]) -> list[rules.Node]:
    below: dict[int | None, list[PackageUnit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)

    def made(unit: PackageUnit) -> rules.Node:
        return rules.Node(unit.pk, unit.settings.get("move_on", ""), tuple(made(child) for child in below.get(unit.pk, ())))

    return [made(unit) for unit in below.get(None, ())]


def _satisfy(registration: Cmi5Registration, *, session: UUID, at: datetime) -> None:
    """Tells what is satisfied now and was not before: units quietly, blocks and the course as statements, each once in a registration."""
    units = list(registration.package.units.current().order_by("order", "pk"))
    by_key = {unit.pk: unit for unit in units}
    standings = {row.unit_id: row for row in registration.standings.all()}
    met = met_units(units, standings)
    fresh = [row.pk for key, row in standings.items() if key in met and row.satisfied_at is None]
    Cmi5Standing.objects.filter(pk__in=fresh).update(satisfied_at=at)
    before = {key for key, row in standings.items() if row.satisfied_at is not None}
    if registration.satisfied_at is not None:
        before.add(rules.COURSE)
    scene, told = scene_of(registration), []
    for key in rules.newly_satisfied(_nodes(units), met=met, before=before):
        if key == rules.COURSE:
            registration.satisfied_at = at
            registration.save(update_fields=["satisfied_at"])
            thing, kind = statements.course_iri(settings.NAMES_URL, registration.package.uuid), rules.COURSE_TYPE
            publisher = registration.package.manifest["id"]
        else:
            Cmi5Standing.objects.update_or_create(registration=registration, unit=by_key[key], defaults={"satisfied_at": at})
            thing, kind = statements.unit_iri(settings.NAMES_URL, by_key[key].uuid), rules.BLOCK_TYPE
            publisher = by_key[key].settings["id"]
        told.append(statements.satisfied(scene, thing=thing, kind=kind, publisher=publisher, session=session, at=at))
    if told:
        store(told, source=None, at=at)


def _note_run(registration: Cmi5Registration, unit: PackageUnit, at: datetime, *, seconds: float = 0.0) -> None:
    """The same in the terms of all packages: the person's run of the unit."""
    run, _made = PackageRun.objects.get_or_create(
        enrolment=registration.enrolment, unit=unit,
        defaults={"registration": registration.uuid, "started_at": at, "last_at": at},
    )  # fmt: skip
    row = Cmi5Standing.objects.filter(registration=registration, unit=unit).first()
    run.last_at = at
    if row is not None:
        if run.completed_at is None and row.satisfied_at is not None:
            run.completed_at = at
        run.success = True if row.passed_at or row.waived_at else False if row.failed_at else None
        run.score = row.score
    run.seconds += seconds
    run.save(update_fields=["last_at", "completed_at", "success", "score", "seconds"])
    if row is not None and row.satisfied_at is not None:
        _notice_topics(registration, at)


def _notice_topics(registration: Cmi5Registration, at: datetime) -> None:
    """Topics that show the package may be done now."""
    enrolment = registration.enrolment
    shown = Material.objects.current().pieces().filter(kind="package", definition__package=str(registration.package.uuid))
    rows = TopicProgress.objects.filter(enrolment=enrolment, done_at=None, topic__materials__in=shown).select_related(
        "topic__lesson__module"
    )
    for row in rows.distinct():
        notice_done(enrolment, row.topic, row, at)


# ---- waive and abandon ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def waive(*, registration: Cmi5Registration, unit: PackageUnit, reason: str, by: User, at: datetime) -> None:
    """`by` decides that the learner needs not do this unit, and says why. Raises NotAllowed; NotWaivable where it is satisfied already."""
    require(by, WAIVE, cluster=registration.package.course.cluster_id)
    registration = locked(pk=registration.pk)
    standing, _made = Cmi5Standing.objects.get_or_create(registration=registration, unit=unit)
    if met_units([unit], {unit.pk: standing}):
        raise NotWaivable
    standing.waived_at, standing.waived_by, standing.reason = at, by, reason[:200]
    standing.save(update_fields=["waived_at", "waived_by", "reason"])
    session, activity = uuid4(), statements.unit_iri(settings.NAMES_URL, unit.uuid)
    told = statements.waived(
        scene_of(registration), activity=activity, publisher=unit.settings["id"], session=session, reason=standing.reason, at=at
    )
    store([told], source=None, at=at)
    _satisfy(registration, session=session, at=at)
    _note_run(registration, unit, at)


@transaction.atomic
def abandon(*, session: Cmi5Session, by: User, at: datetime) -> None:
    """`by` ends a session that its unit left open. One that is over stays as it is. Raises NotAllowed."""
    require(by, WAIVE, cluster=session.registration.package.course.cluster_id)
    registration = locked(pk=session.registration_id)
    row = registration.sessions.select_related("unit").get(pk=session.pk)
    if not row.is_over:
        _abandon(registration, row, at)


def _abandon(registration: Cmi5Registration, session: Cmi5Session, at: datetime) -> None:
    session.abandoned_at = at
    session.seconds = ((session.last_at or session.launched_at) - session.launched_at).total_seconds()
    session.save(update_fields=["abandoned_at", "seconds"])
    told = statements.abandoned(
        scene_of(registration),
        activity=statements.unit_iri(settings.NAMES_URL, session.unit.uuid),
        publisher=session.unit.settings["id"],
        session=session.uuid,
        seconds=session.seconds,
        at=at,
    )
    store([told], source=None, at=at)
