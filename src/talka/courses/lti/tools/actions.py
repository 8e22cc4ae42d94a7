"""What happens with outside tools: registered, opened, chosen from; and what they send."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from talka.clusters.models import Cluster
from talka.courses.actions.enrolling import scene, thing
from talka.courses.actions.learning import notice_done
from talka.courses.body import Piece, to_block
from talka.courses.lti import claims as c
from talka.courses.lti import keys
from talka.courses.lti.tools import queries, rules
from talka.courses.models import (
    Course,
    Enrolment,
    LtiAlias,
    LtiLaunch,
    LtiLineItem,
    LtiScore,
    LtiTool,
    Material,
    Topic,
    TopicProgress,
)
from talka.courses.queries import may_write
from talka.courses.rules import statements
from talka.courses.rules.access import CONNECT, WRITE
from talka.kit import outgoing
from talka.people.actions import require
from talka.people.models import User
from talka.records.actions import store

# A login that was begun is finished within this time; a choice of content may take an hour.
FINISHED_IN, CHOSEN_IN = timedelta(minutes=10), timedelta(hours=1)
TOKEN, TOKEN_LASTS = "talka.courses.lti.token", 3_600  # the name of a salt
DATA = "talka.courses.lti.deep"
MOST_ITEMS = 50


class BadTool(Exception):
    """The data of a tool cannot work. `field` is the form's field."""

    def __init__(self, field: str, says: str) -> None:
        self.field = field
        super().__init__(says)


# ---- registrations -------------------------------------------------------------------------------------------------------------


def _check(said: Mapping[str, Any]) -> None:
    for field in ("login_url", "launch_url", "deep_link_url", "keys_url"):
        if said[field]:
            try:
                outgoing.check_address(said[field])
            except outgoing.NotCalled as error:
                raise BadTool(field, str(error)) from error
    for url in said["redirects"]:
        if not c.origin_of(url):
            raise BadTool("redirects", _("{url} is not the address of a site.").format(url=url[:200]))
    if bool(said["keys_url"]) == bool(said["public_key"]):
        raise BadTool("keys_url", _("Give either the address of the public keys, or one public key."))


@transaction.atomic
def register(*, cluster: Cluster | None, by: User, at: datetime, **said: Any) -> LtiTool:
    """A tool that topics may open: name, login_url, launch_url, redirects, deep_link_url, keys_url or public_key, custom, sends_name, sends_email.

    Raises NotAllowed, BadTool.
    """
    require(by, CONNECT, cluster=cluster.pk if cluster else None)
    _check(said)
    return LtiTool.objects.create(cluster=cluster, client_id=secrets.token_hex(10), made_at=at, made_by=by, **said)


@transaction.atomic
def change(*, tool: LtiTool, by: User, **said: Any) -> LtiTool:
    """Raises NotAllowed, BadTool."""
    require(by, CONNECT, cluster=tool.cluster_id)
    _check(said)
    for field, value in said.items():
        setattr(tool, field, value)
    tool.save()
    return tool


@transaction.atomic
def revoke(*, tool: LtiTool, by: User, at: datetime) -> None:
    """Nobody opens it any more, and it can send nothing. Raises NotAllowed."""
    require(by, CONNECT, cluster=tool.cluster_id)
    LtiTool.objects.filter(pk=tool.pk, revoked_at=None).update(revoked_at=at, revoked_by=by)


# ---- opening -------------------------------------------------------------------------------------------------------------------


def alias_of(tool: LtiTool, user: User) -> LtiAlias:
    return LtiAlias.objects.get_or_create(tool=tool, user=user)[0]


def has_agreed(alias: LtiAlias, tool: LtiTool) -> bool:
    """Whether the person was told all that the tool learns now."""
    wanted = set(rules.agreement(name=tool.sends_name, email=tool.sends_email).split())
    return alias.agreed_at is not None and wanted <= set(alias.agreed.split())


@transaction.atomic
def agree(*, tool: LtiTool, by: User, at: datetime) -> None:
    """The person was told what the tool learns of them, and opens it."""
    said = rules.agreement(name=tool.sends_name, email=tool.sends_email)
    LtiAlias.objects.filter(pk=alias_of(tool, by).pk).update(agreed=said, agreed_at=at)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(*, tool: LtiTool, topic: Topic, material: Material | None, by: User, at: datetime) -> str:
    """Where the browser goes so that the tool opens for this person, here: its login, with a hint that counts once.

    Without a material an author chooses content of the tool. The caller has checked that `by` may open the material, or write the topic.
    """
    hint = secrets.token_urlsafe(32)
    LtiLaunch.objects.create(tool=tool, user=by, material=material, topic=topic, hint=_hash(hint), at=at)
    asked = {
        "iss": settings.SITE_URL, "login_hint": hint, "target_link_uri": target_of(tool, material), "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment, "lti_message_hint": str(material.uuid if material else topic.uuid),
    }  # fmt: skip
    return f"{tool.login_url}{'&' if urlsplit(tool.login_url).query else '?'}{urlencode(asked)}"


def target_of(tool: LtiTool, material: Material | None) -> str:
    if material is None:
        return tool.deep_link_url or tool.launch_url
    return material.definition.get("address") or tool.launch_url


@dataclass(frozen=True, slots=True)
class Form:
    """A form that the browser sends to the tool by itself."""

    action: str
    values: Mapping[str, str]
    tool: LtiTool


def authorise(given: Mapping[str, str], *, by: User, at: datetime) -> Form:
    """A tool asks who is there; the answer is signed. Nothing goes to an address that is not registered. Raises NotTaken."""
    tool = LtiTool.objects.filter(client_id=given.get("client_id", ""), revoked_at=None).first()
    if tool is None:
        raise c.NotTaken(_("The tool with this client id is not registered here."))
    wanted = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    if any(given.get(name) != value for name, value in wanted.items()) or not given.get("nonce"):
        raise c.NotTaken(_("The tool's request does not follow LTI 1.3."))
    hint = given.get("login_hint", "")
    row = (
        LtiLaunch.objects.select_related("material__topic__course", "topic__course", "topic__lesson")
        .filter(tool=tool, hint=_hash(hint), user=by)
        .first()
    )
    if row is None or at - row.at > FINISHED_IN:
        raise c.NotTaken(_("This link into the tool is unknown, too old or somebody else's. Open it again from the topic."))
    if not _may_go_to(given.get("redirect_uri", ""), tool, row.material):
        raise c.NotTaken(_("The tool wants the answer at an address that is not registered for it."))
    if not LtiLaunch.objects.filter(pk=row.pk, used_at=None).update(used_at=at):
        raise c.NotTaken(_("This link into the tool has already been used. Open it again from the topic."))
    said = _said(tool, row, at) | {
        "iss": settings.SITE_URL, "aud": tool.client_id, "azp": tool.client_id, "nonce": given["nonce"][:500], "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + 300,
    }  # fmt: skip
    values = {"id_token": keys.sign(said, platform=None, at=at)}
    if "state" in given:
        values["state"] = given["state"][:4_000]
    return Form(given["redirect_uri"], values, tool)


def _may_go_to(url: str, tool: LtiTool, material: Material | None) -> bool:
    """A registered address of return; or the very content that is opened, where its address is a registered one but for the query."""
    return url in tool.redirects or (url == target_of(tool, material) and url.partition("?")[0] in tool.redirects)


def told_of(alias: LtiAlias, tool: LtiTool, course: Course) -> rules.Told:
    """What goes to the tool: what is switched on for it, as far as the person agreed."""
    user, agreed = alias.user, set(alias.agreed.split())
    return rules.Told(
        alias.alias,
        name=user.name if tool.sends_name and "name" in agreed else "",
        # A made-up address is nobody's.
        email=user.email if tool.sends_email and "email" in agreed and not user.email.endswith(".invalid") else "",
        teaches=may_write(user, course),
        language=user.language or settings.LANGUAGE_CODE,
    )


def _said(tool: LtiTool, row: LtiLaunch, at: datetime) -> dict[str, Any]:
    course = row.topic.course
    place = rules.Place(course.uuid, course.title, settings.SITE_URL + reverse("courses:topic", args=[course.slug, row.topic.slug]))
    told = told_of(alias_of(tool, row.user), tool, course)
    custom = {**tool.custom, **(row.material.definition.get("parameters", {}) if row.material else {})}
    made = rules.message(
        c.RESOURCE if row.material else c.DEEP, told=told, place=place, deployment=tool.deployment, target=target_of(tool, row.material),
        base=settings.SITE_URL, custom=custom,
    )  # fmt: skip
    if row.material is None:
        data = signing.dumps(row.pk, salt=DATA)
        return made | rules.deep_linking(back=settings.SITE_URL + reverse("lti:chosen"), data=data, title=row.topic.title)
    made[c.LTI + "resource_link"] = {"id": str(row.material.uuid), "title": row.material.title or tool.name}
    item = own_item(tool, row.material, at=at)
    return made | rules.services(
        items_url=url_of("items", tool, course.uuid),
        item_url=url_of("item", tool, course.uuid, item.uuid),
        members_url=url_of("members", tool, course.uuid),
    )


def url_of(name: str, tool: LtiTool, *more: UUID) -> str:
    return settings.SITE_URL + reverse(f"lti:{name}", args=[tool.uuid, *more])


def own_item(tool: LtiTool, material: Material, *, at: datetime) -> LtiLineItem:
    """The material's own column for scores."""
    named = {"course": material.topic.course, "label": material.title or tool.name, "resource": str(material.uuid), "made_at": at}
    return LtiLineItem.objects.get_or_create(tool=tool, material=material, is_own=True, defaults=named)[0]


# ---- choosing content ----------------------------------------------------------------------------------------------------------


def take_choice(token: object, *, at: datetime) -> tuple[str, LtiLaunch]:
    """What the tool offers for an author's choice is kept, for the author who asked. Answers the mark of it. Raises NotTaken."""
    try:
        header = keys.header_of(token)
        issuer = _claimed(token, "iss")
        tool = LtiTool.objects.filter(client_id=issuer, revoked_at=None).first()
        if tool is None:
            raise c.NotTaken(_("The tool with this client id is not registered here."))  # beside the others of its kind
        said = keys.verified(
            str(token), keys_url=tool.keys_url, pem=tool.public_key, audience=settings.SITE_URL, issuer=tool.client_id, at=at
        )
    except keys.NotSigned as error:
        raise c.NotTaken(str(error)) from error
    if said.get(c.LTI + "message_type") != c.DEEP_ANSWER or said.get(c.LTI + "deployment_id") != tool.deployment:
        raise c.NotTaken(_("This does not answer a choice of content that began here."))
    if not said.get("nonce") or not keys.count_once(f"deep {tool.pk} {said['nonce']} {header.get('kid')}", until=at + CHOSEN_IN):
        raise c.NotTaken(_("This choice has already been received."))
    try:
        mark = str(said.get(c.DL + "data") or "")
        row = LtiLaunch.objects.filter(pk=signing.loads(mark, salt=DATA, max_age=CHOSEN_IN), tool=tool, material=None).first()
    except signing.BadSignature:
        row = None
    if row is None or row.answered_at is not None:
        raise c.NotTaken(_("This does not answer a choice of content that began here."))
    taken, left = rules.chosen(said.get(c.DL + "content_items", []), origin=c.origin_of(tool.launch_url))
    answer = [asdict(item) for item in taken] + [{"left": words} for words in left]
    LtiLaunch.objects.filter(hint=row.hint, answered_at=None).update(answered_at=at, answer=answer)
    return signing.dumps(row.pk, salt=DATA), row


def _claimed(token: object, name: str) -> str:
    """What a token says before it is believed: only to find the key with which to check it."""
    part = str(token).split(".")[1]
    try:
        found = json.loads(signing.b64_decode(part.encode()))
    except ValueError:
        raise keys.NotSigned(_("The token is missing or cannot be read.")) from None
    return str(found.get(name, "")) if isinstance(found, dict) else ""


@transaction.atomic
def show_tool(
    *, tool: LtiTool, topic: Topic, by: User, title: str = "", address: str = "", parameters: Mapping[str, str] | None = None
) -> str:
    """The tool, or content of it, becomes the last material of the topic's draft. Answers its key. Raises NotAllowed."""
    require(by, WRITE, cluster=topic.course.cluster_id)
    topic = Topic.objects.select_for_update().get(pk=topic.pk)
    draft = topic.get_latest_revision_as_object() if topic.latest_revision_id else topic
    body = list(draft.body.raw_data)
    taken = {block["value"].get("key") for block in body}
    stem = slugify(title or tool.name)[:70].strip("-") or "tool"
    key = next(k for k in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if k not in taken)
    name = title or tool.name
    value = {"title": name, "tool": str(tool.uuid), "address": address, "parameters": dict(parameters or {})}
    body.append(to_block(Piece(uuid4(), "outside", key, name, f"{key}.yaml", value)))
    draft.body = json.dumps(body)
    draft.save_revision(user=by, clean=False)
    return key


# ---- services ------------------------------------------------------------------------------------------------------------------


def give_token(given: Mapping[str, str], *, at: datetime) -> tuple[str, list[str]]:
    """An access token for an hour, for a tool that proves with its key who it is. Answers the token and its scopes. Raises NotTaken."""
    if given.get("grant_type") != "client_credentials":
        raise c.NotTaken("unsupported_grant_type")
    if given.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
        raise c.NotTaken("invalid_client")
    assertion = given.get("client_assertion")
    try:
        keys.header_of(assertion)
        tool = LtiTool.objects.filter(client_id=_claimed(assertion, "iss"), revoked_at=None).first()
        if tool is None:
            raise c.NotTaken("invalid_client")  # beside the others of its kind
        audience = settings.SITE_URL + reverse("lti:token")
        said = keys.verified(assertion, keys_url=tool.keys_url, pem=tool.public_key, audience=audience, issuer=tool.client_id, at=at)
    except keys.NotSigned as error:
        raise c.NotTaken(f"invalid_client: {error}") from error
    if said.get("sub") != tool.client_id:
        raise c.NotTaken("invalid_client")
    if not said.get("jti") or not keys.count_once(f"jti {tool.pk} {said['jti']}", until=at + timedelta(days=1)):
        raise c.NotTaken("invalid_client: this assertion was used already")
    scopes = [scope for scope in str(given.get("scope", "")).split() if scope in c.SCOPES]
    if not scopes:
        raise c.NotTaken("invalid_scope")
    return signing.dumps([tool.pk, scopes], salt=TOKEN, compress=True), scopes


def holder_of(token: str) -> tuple[LtiTool, list[str]] | None:
    """The tool that holds an access token, and the token's scopes; None for what opens nothing (any more)."""
    try:
        pk, scopes = signing.loads(token, salt=TOKEN, max_age=TOKEN_LASTS)
    except signing.BadSignature:
        return None
    tool = LtiTool.objects.filter(pk=pk, revoked_at=None).first()
    return (tool, scopes) if tool is not None else None


@transaction.atomic
def make_item(*, tool: LtiTool, course: Course, said: Mapping[str, Any], at: datetime) -> LtiLineItem:
    """A tool wants a further column for scores. One that belongs to a resource link, or names it as its resource, counts for that material.

    Raises NotTaken.
    """
    if tool.line_items.filter(course=course).count() >= MOST_ITEMS:
        raise c.NotTaken(f"a tool may have {MOST_ITEMS} line items in a course")
    label, link, resource = c.text(said, "label", 400), c.text(said, "resourceLinkId"), c.text(said, "resourceId")
    if not label:
        raise c.NotTaken("label is missing")
    mine = {str(m.uuid): m for m in queries.materials_of(tool).filter(topic__course=course)}
    if link and link not in mine:
        raise c.NotTaken("resourceLinkId is none of this tool's in this course")
    return LtiLineItem.objects.create(
        tool=tool, course=course, material=mine.get(link or resource), label=label, tag=c.text(said, "tag"), resource=resource,
        maximum=c.read_maximum(said), made_at=at,
    )  # fmt: skip


@transaction.atomic
def change_item(*, item: LtiLineItem, said: Mapping[str, Any]) -> LtiLineItem:
    """Label, tag and maximum of a line item. Raises NotTaken."""
    item.label, item.tag, item.maximum = c.text(said, "label", 400) or item.label, c.text(said, "tag"), c.read_maximum(said)
    item.save(update_fields=["label", "tag", "maximum"])
    return item


class Outdated(Exception):
    """A score of a later moment is known already."""


@transaction.atomic
def take_score(*, item: LtiLineItem, said: object, at: datetime) -> LtiScore:
    """A score for one person: kept, told as a statement, and counted towards the topic. Raises NotTaken, Outdated."""
    score = c.read_score(said)
    alias = LtiAlias.objects.select_related("user").filter(tool=item.tool_id, alias=_uuid(score.person)).first()
    enrolment = None
    if alias is not None and alias.user.is_active:
        rows = Enrolment.objects.select_for_update(of=("self",)).select_related("user", "course")
        enrolment = rows.filter(user=alias.user, course=item.course_id, left_at=None).first()
    if enrolment is None:
        raise c.NotTaken("userId is nobody who learns in this course")
    if score.at > at + keys.LEEWAY:
        raise c.NotTaken("timestamp is in the future")
    before = LtiScore.objects.filter(line_item=item, user=enrolment.user).first()
    if before is not None and before.said_at >= score.at:
        if before.said_at == score.at:
            return before
        raise Outdated
    row, _made = LtiScore.objects.update_or_create(
        line_item=item,
        user=enrolment.user,
        defaults={
            "enrolment": enrolment, "score": score.share, "activity": score.activity, "grading": score.grading, "comment": score.comment,
            "said_at": score.at, "at": at, "done_at": (before.done_at if before and before.done_at else at) if score.is_final else (before.done_at if before else None),
        },
    )  # fmt: skip
    if item.material_id is not None:
        _tell(item, enrolment, score, at)
    return row


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise c.NotTaken("userId is nobody who learns in this course") from None


def _tell(item: LtiLineItem, enrolment: Enrolment, score: c.Score, at: datetime) -> None:
    material = Material.objects.select_related("topic__course", "topic__lesson").get(lti_line_items=item)
    told = statements.outside_scored(
        scene(enrolment, material.topic), thing(material), share=score.share, maximum=item.maximum, done=score.is_final, label=item.label,
        key=f"{item.uuid}/{score.at.isoformat()}", at=score.at,
    )  # fmt: skip
    store([told], source=None, at=at)
    Enrolment.objects.filter(pk=enrolment.pk).update(last_topic=material.topic_id, last_material=material, last_at=at)
    row = TopicProgress.objects.filter(enrolment=enrolment, topic=material.topic_id).first()
    if row is not None:
        notice_done(enrolment, material.topic, row, at)
