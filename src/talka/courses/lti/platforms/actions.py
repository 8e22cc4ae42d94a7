"""What happens with platforms: registered, changed, revoked; their people log in, arrive, and are told of there."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import requests
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from pylti1p3.assignments_grades import AssignmentsGradesService
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.exception import LtiException, LtiServiceException
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem

from talka.clusters.models import Affiliation, Cluster, Organisation
from talka.courses.actions.enrolling import enrol
from talka.courses.actions.entry import Invited, invite
from talka.courses.lti import claims as c
from talka.courses.lti import keys
from talka.courses.lti.platforms import queries
from talka.courses.lti.platforms.messages import Asking, Known, Launch
from talka.courses.models import Course, Enrolment, Lesson, LtiGrade, LtiLink, LtiLogin, LtiOnce, LtiPerson, LtiPlatform, Topic
from talka.courses.rules.access import CONNECT, INVITE
from talka.kit import outgoing
from talka.people.actions import require
from talka.people.models import User
from talka.records.actions.forwarding import pause

log = logging.getLogger("talka.courses")

# A login that was begun is finished within this time.
FINISHED_IN = timedelta(minutes=10)
# What was done in transactions that were under way at the last look is seen by looking back this far.
OVERLAP = timedelta(minutes=5)
# While one process sends a grade, no other does.
SENDING = timedelta(minutes=5)
# Pauses double from a minute to six hours: after so many failures, some days have passed.
GIVEN_UP = 20
A_TURN = 200
LONGEST_ERROR = 500


class BadRegistration(Exception):
    """The data of a registration cannot work. `field` is the form's field."""

    def __init__(self, field: str, says: str) -> None:
        self.field = field
        super().__init__(says)


# ---- registrations -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def register(*, name: str, cluster: Cluster | None, organisation: Organisation | None, by: User, at: datetime) -> LtiPlatform:
    """A registration with a key pair of its own; what the other side gives comes in later, since each needs the other's data. Raises NotAllowed."""
    require(by, CONNECT, cluster=cluster.pk if cluster else None)
    made = LtiPlatform.objects.create(name=name, cluster=cluster, organisation=organisation, made_at=at, made_by=by)
    keys.make_key(platform=made, at=at)
    return made


@transaction.atomic
def change(*, platform: LtiPlatform, by: User, deployments: list[str], **said: Any) -> LtiPlatform:
    """What the other side gave: issuer, client_id, login_url, token_url, keys_url; and our name and organisation. Raises NotAllowed, BadRegistration."""
    require(by, CONNECT, cluster=platform.cluster_id)
    for field in ("login_url", "token_url", "keys_url"):
        if said.get(field):
            try:
                outgoing.check_address(said[field])
            except outgoing.NotCalled as error:
                raise BadRegistration(field, str(error)) from error
    for field, value in said.items():
        setattr(platform, field, value)
    platform.deployments = deployments
    try:
        with transaction.atomic():
            platform.save()
    except IntegrityError as clash:
        raise BadRegistration("client_id", _("This issuer and client id are already registered.")) from clash
    return platform


@transaction.atomic
def change_key(*, platform: LtiPlatform, by: User, at: datetime) -> None:
    """A new key pair; the other side fetches it by itself, and the old one stays public for a day. Raises NotAllowed."""
    require(by, CONNECT, cluster=platform.cluster_id)
    keys.make_key(platform=platform, at=at)


@transaction.atomic
def revoke(*, platform: LtiPlatform, by: User, at: datetime) -> None:
    """Nobody comes from there any more and nothing is sent there; what people did here stays. Raises NotAllowed."""
    require(by, CONNECT, cluster=platform.cluster_id)
    LtiPlatform.objects.filter(pk=platform.pk, revoked_at=None).update(revoked_at=at, revoked_by=by)


# ---- login and launch ----------------------------------------------------------------------------------------------------------


def begin_login(given: Mapping[str, str], *, at: datetime) -> tuple[str, LtiLogin]:
    """Where the browser goes to be recognised by its platform, and the row that its return is checked against. Raises NotTaken."""
    issuer, client = given.get("iss", ""), given.get("client_id", "")
    if not issuer or not given.get("login_hint"):
        raise c.NotTaken(_("This address is for learning platforms. The login lacks its issuer or its hint."))
    found = [row for row in LtiPlatform.objects.filter(revoked_at=None, issuer=issuer) if row.is_complete and client in {"", row.client_id}]
    if len(found) != 1:
        raise c.NotTaken(
            _("The platform {issuer} with the client id “{client}” is not registered here.").format(
                issuer=issuer[:200], client=client[:100]
            )
        )
    if c.origin_of(given.get("target_link_uri", "")) != settings.SITE_URL:
        raise c.NotTaken(_("The link leads to another site."))
    login = LtiLogin.objects.create(platform=found[0], state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), at=at)
    asked = {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none", "client_id": found[0].client_id,
        "redirect_uri": settings.SITE_URL + reverse("lti:launch"), "state": login.state, "nonce": login.nonce,
        "login_hint": given["login_hint"][:2_000],
    }  # fmt: skip
    if hint := given.get("lti_message_hint"):
        asked["lti_message_hint"] = hint[:4_000]
    glue = "&" if urlsplit(found[0].login_url).query else "?"
    return f"{found[0].login_url}{glue}{urlencode(asked)}", login


def known(platform: LtiPlatform, *, at: datetime) -> Known:
    return Known(platform, keys.key_of(platform, at=at))


def take_launch(given: Mapping[str, str], *, at: datetime) -> tuple[LtiLogin, dict[str, Any]]:
    """The claims of a launch in which all is right: state and nonce, signature, audience, deployment, times. Raises NotTaken."""
    state = given.get("state", "")
    login = LtiLogin.objects.select_related("platform__organisation", "platform__cluster").filter(state=state).first() if state else None
    if login is None or at - login.at > FINISHED_IN:
        raise c.NotTaken(_("This login is unknown or too old. Go back to your platform and open the link again."))
    if not LtiLogin.objects.filter(pk=login.pk, used_at=None).update(used_at=at):
        raise c.NotTaken(_("This login has already been used. Go back to your platform and open the link again."))
    if login.platform.revoked_at is not None:
        raise c.NotTaken(_("This platform is not registered here any more."))
    if given.get("error"):
        raise c.NotTaken(_("Your platform did not recognise you: {why}").format(why=given["error"][:200]))
    launch = Launch(given, login, known(login.platform, at=at))
    try:
        keys.header_of(given.get("id_token"))
        said = dict(launch.validate().get_launch_data())
        keys.check_times(said, at=at)
    except keys.NotSigned as error:
        raise c.NotTaken(str(error)) from error
    except (
        LtiException,
        requests.RequestException,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        AssertionError,
        RecursionError,
    ) as error:
        raise c.NotTaken(_("What your platform sent is not accepted: {why}").format(why=str(error)[:300])) from error
    if said[c.LTI + "message_type"] not in {c.RESOURCE, c.DEEP}:
        raise c.NotTaken(_("This kind of message is not understood here."))
    return login, said


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody at the door: from which platform, under which name, to which link."""

    platform: int
    subject: str
    name: str
    link: int


@transaction.atomic
def note_link(platform: LtiPlatform, said: Mapping[str, Any], *, at: datetime) -> LtiLink:
    """The place at the platform from which a launch came, and where its grades and its roster are. Raises NotTaken."""
    resource = said[c.LTI + "resource_link"]
    wanted = [
        str(said.get(c.LTI + "target_link_uri") or ""),
        f"{settings.SITE_URL}/id/{c.object_in(said, c.LTI + 'custom').get('talka', '')}",
    ]
    target = next((found for address in wanted if (found := queries.target_of(address, platform=platform)) is not None), None)
    if target is None:
        raise c.NotTaken(
            _("The link leads to no course that is open to people from {name}. Choose the content there again.").format(name=platform.name)
        )
    grades, roster, context = (c.object_in(said, name) for name in (c.AGS, c.NRPS, c.LTI + "context"))
    scopes = grades.get("scope")
    link, _made = LtiLink.objects.update_or_create(
        platform=platform,
        deployment=str(said[c.LTI + "deployment_id"])[:255],
        resource=str(resource["id"])[:255],
        defaults={
            "context": str(context.get("id") or "")[:255], "title": str(resource.get("title") or "")[:255], "course": target.course,
            "lesson": target.lesson, "topic": target.topic, "line_item": _address(grades.get("lineitem")),
            "scopes": [str(s)[:200] for s in scopes[:20]] if isinstance(scopes, list) else [],
            "roster": _address(roster.get("context_memberships_url")), "seen_at": at,
        },
    )  # fmt: skip
    return link


def _address(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 1_000 and c.origin_of(value) else ""


def name_in(said: Mapping[str, Any]) -> str:
    whole = said.get("name") or " ".join(str(said.get(part) or "") for part in ("given_name", "family_name"))
    return " ".join(str(whole).split())[:150]


def person_of(arrival: Arrival) -> LtiPerson | None:
    """Whom the platform means, if that is known here."""
    rows = LtiPerson.objects.select_related("user").filter(platform=arrival.platform, subject=arrival.subject)
    return rows.filter(user__is_active=True).first()


@transaction.atomic
def bind(*, arrival: Arrival, user: User | None, at: datetime) -> LtiPerson:
    """The platform's person is `user` from now on, by that user's own word; or (None) a new account is made.

    The new account has no address: what a platform says of somebody's address is not proven, and must not take an account over, now or later.
    """
    known = LtiPerson.objects.select_for_update().filter(platform=arrival.platform, subject=arrival.subject).first()
    if known is not None and known.user.is_active:
        return known
    made = user or User.objects.create_user(f"lti-{uuid4()}@lti.invalid", name=arrival.name)
    if known is not None:
        known.user, known.is_made, known.bound_at = made, user is None, at
        known.save(update_fields=["user", "is_made", "bound_at"])
        return known
    return LtiPerson.objects.create(
        platform_id=arrival.platform, subject=arrival.subject, user=made, bound_at=at, is_made=user is None, seen_at=at
    )


@transaction.atomic
def enter(*, person: LtiPerson, link: LtiLink, at: datetime) -> Enrolment:
    """The person learns in the course of the link, and belongs to the registration's organisation. Raises NotTaken."""
    platform = link.platform
    if platform.revoked_at is not None:
        raise c.NotTaken(_("This platform is not registered here any more."))
    if not queries.covered_by(platform).filter(pk=link.course_id).exists():
        raise c.NotTaken(
            _("The link leads to no course that is open to people from {name}. Choose the content there again.").format(name=platform.name)
        )
    if platform.organisation is not None:
        current = Affiliation.objects.filter(user=person.user, organisation=platform.organisation, until=None)
        if not current.exists():
            Affiliation.objects.create(user=person.user, organisation=platform.organisation, since=at.date())
    enrolment = enrol(course=link.course, by=person.user, at=at, let_in=True)
    LtiPerson.objects.filter(pk=person.pk).update(seen_at=at)
    if queries.may_be_told(link):
        LtiGrade.objects.get_or_create(link=link, person=person, defaults={"enrolment": enrolment})
    return enrolment


# ---- choosing content ----------------------------------------------------------------------------------------------------------


def answer_choice(
    *, platform: LtiPlatform, deployment: str, asked: Mapping[str, Any], chosen: Course | Lesson | Topic, at: datetime
) -> str:
    """The signed answer that puts `chosen` into the other platform, with a line item of 100 points."""
    line = LineItem().set_score_maximum(100).set_label(chosen.title).set_resource_id(str(chosen.uuid))
    resource = DeepLinkResource().set_url(queries.address_of(chosen)).set_title(chosen.title).set_lineitem(line).set_target("window")
    resource.set_custom_params({"talka": f"{type(chosen).__name__.lower()}/{chosen.uuid}"})
    message = DeepLink(known(platform, at=at), deployment, cast("Any", dict(asked))).get_message_jwt([resource])
    if asked.get("data") is None:
        message.pop(c.DL + "data")
    return keys.sign(message, platform=platform, at=at)


# ---- grades back ---------------------------------------------------------------------------------------------------------------


def reckon_grades(*, at: datetime) -> int:
    """Looks at those who did something since the last time. Answers how many grades are others now."""
    changed = 0
    for grade in queries.grades_to_reckon()[: A_TURN * 5]:
        score, done = queries.reckoned(grade.link, grade.enrolment)
        moved = (score, done) != (grade.score, grade.is_done)
        LtiGrade.objects.filter(pk=grade.pk).update(score=score, is_done=done, reckoned_at=at - OVERLAP)
        changed += moved
    return changed


def send_grades(*, at: datetime) -> int:
    """Tells platforms what is new. Answers how many grades went out. The worker calls this every few seconds."""
    sent, connectors = 0, {}
    for grade in queries.grades_to_send(at=at)[:A_TURN]:
        free = LtiGrade.objects.waiting().filter(pk=grade.pk, failures=grade.failures, next_at=grade.next_at)
        if not free.update(next_at=at + SENDING):
            continue
        platform = grade.link.platform
        try:
            if platform.pk not in connectors:
                connectors[platform.pk] = Asking(known(platform, at=at))
            _send(grade, connectors[platform.pk], at)
        except (LtiException, requests.RequestException, ValueError, KeyError, TypeError) as error:
            _failed(grade, error, at)
        else:
            # Only now is it noted: after a crash here the same state goes out again, with the same effect.
            LtiGrade.objects.filter(pk=grade.pk).update(
                sent_score=grade.score, sent_done=grade.is_done, sent_at=at, failures=0, next_at=None, last_error=""
            )
            sent += 1
    return sent


def _send(grade: LtiGrade, connector: Asking, at: datetime) -> None:
    said = Grade().set_score_given(round((grade.score or 0.0) * 100, 2)).set_score_maximum(100).set_user_id(grade.person.subject)
    said.set_timestamp(at.isoformat(timespec="milliseconds")).set_activity_progress("Completed" if grade.is_done else "InProgress")
    said.set_grading_progress("FullyGraded")
    service = AssignmentsGradesService(connector, cast("Any", {"scope": [c.SCORES], "lineitem": grade.link.line_item}))
    service.put_grade(said)


def _failed(grade: LtiGrade, error: Exception, at: datetime) -> None:
    failures = grade.failures + 1
    status = error.response.status_code if isinstance(error, LtiServiceException) else 0
    # The place at the platform is gone, or it was tried for days: no patience helps.
    over = status in {404, 410} or failures >= GIVEN_UP
    LtiGrade.objects.filter(pk=grade.pk).update(
        failures=failures, last_error=str(error)[:LONGEST_ERROR], next_at=at + pause(failures), stopped_at=at if over else None
    )
    log.warning("A grade could not be sent to %s (%s times): %s", grade.link.platform, failures, str(error)[:200])


@transaction.atomic
def send_again(*, platform: LtiPlatform, by: User, at: datetime) -> int:
    """What failed is tried at once. Answers how many. Raises NotAllowed."""
    require(by, CONNECT, cluster=platform.cluster_id)
    stuck = LtiGrade.objects.filter(link__platform=platform, failures__gt=0)
    return stuck.update(stopped_at=None, failures=0, next_at=at)


def tidy(*, at: datetime) -> None:
    """What can never be used again goes."""
    LtiOnce.objects.filter(until__lt=at).delete()
    LtiLogin.objects.filter(at__lt=at - timedelta(days=1)).delete()


# ---- roster --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the platform's course. `state`: learning, known (came once, learns nothing here), invitable (has an address), unknown."""

    subject: str
    name: str
    email: str
    teaches: bool
    state: str
    user: User | None


def roster_page(link: LtiLink, *, page: str = "", at: datetime) -> tuple[list[Member], str]:
    """One page of the platform's people, and the address of the next. Raises NotTaken where it cannot be had."""
    url = page or link.roster
    if not link.roster or c.origin_of(url) != c.origin_of(link.roster):
        raise c.NotTaken(_("The platform gives no roster for this place."))
    try:
        accept = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
        body, following = Asking(known(link.platform, at=at)).page([c.MEMBERS], url, accept)
    except (LtiException, requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise c.NotTaken(_("The roster cannot be fetched: {why}").format(why=str(error)[:300])) from error
    rows = body.get("members") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        raise c.NotTaken(_("The roster cannot be fetched: {why}").format(why=_("the answer is not a list of members")))
    active = [row for row in rows[:1_000] if isinstance(row, Mapping) and row.get("user_id") and row.get("status", "Active") == "Active"]
    bound = {p.subject: p.user for p in link.platform.people.filter(subject__in=[str(r["user_id"]) for r in active]).select_related("user")}
    learning = set(Enrolment.objects.filter(course=link.course_id, left_at=None, user__in=bound.values()).values_list("user", flat=True))
    following = following if c.origin_of(following) == c.origin_of(link.roster) else ""
    return [_member(row, bound.get(str(row["user_id"])), learning) for row in active], following


def _member(row: Mapping[str, Any], user: User | None, learning: set[int]) -> Member:
    email = str(row.get("email") or "").strip()
    state = "unknown" if user is None else "learning" if user.pk in learning else "known"
    if state == "unknown" and "@" in email:
        state = "invitable"
    return Member(str(row["user_id"])[:255], name_in(row), email[:254], c.teaches(row.get("roles")), state, user)


@transaction.atomic
def take_in(*, link: LtiLink, cluster: Cluster, members: list[Member], by: User, at: datetime) -> tuple[int, Invited]:
    """Those who came before are enrolled; those with an address get an invitation. Answers (how many enrolled, what became of the addresses)."""
    require(by, INVITE, cluster=cluster.pk)
    known = [m.user for m in members if m.state == "known" and m.user is not None]
    for user in known:
        enrol(course=link.course, by=user, at=at, let_in=True)
    addresses = [m.email for m in members if m.state == "invitable"]
    return len(known), invite(course=link.course, cluster=cluster, addresses=addresses, by=by, at=at)
