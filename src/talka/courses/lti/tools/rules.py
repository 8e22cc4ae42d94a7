"""What a tool is told: of the person, the place, the services. Pure builders: values in, claims out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from talka.courses.lti import claims as c


@dataclass(frozen=True, slots=True)
class Told:
    """What of a person goes to a tool; empty is not sent."""

    alias: UUID
    name: str = ""
    email: str = ""
    teaches: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Place:
    """The course and topic from which a tool is opened, as it may know them."""

    course: UUID
    course_title: str
    topic_url: str


def agreement(*, name: bool, email: bool) -> str:
    """What a person agrees to before a tool learns it, as it is kept."""
    return " ".join(word for word, sent in (("name", name), ("email", email)) if sent)


def roles(told: Told) -> list[str]:
    return [c.INSTRUCTOR] if told.teaches else [c.LEARNER]


def person(told: Told) -> dict[str, Any]:
    made: dict[str, Any] = {"sub": str(told.alias)}
    if told.name:
        given, _blank, family = told.name.rpartition(" ")
        made |= {"name": told.name, "given_name": given or told.name, "family_name": family}
    if told.email:
        made["email"] = told.email
    return made


def message(kind: str, *, told: Told, place: Place, deployment: str, target: str, base: str, custom: Mapping[str, str]) -> dict[str, Any]:
    """What every message to a tool says."""
    made = person(told) | {
        c.LTI + "message_type": kind,
        c.LTI + "version": "1.3.0",
        c.LTI + "deployment_id": deployment,
        c.LTI + "target_link_uri": target,
        c.LTI + "roles": roles(told),
        c.LTI + "context": {
            "id": str(place.course), "title": place.course_title, "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        },
        c.LTI + "tool_platform": {"guid": base, "name": "Talka", "url": base, "product_family_code": "talka"},
        c.LTI + "launch_presentation": {"document_target": "window", "return_url": place.topic_url, "locale": told.language},
    }  # fmt: skip
    if custom:
        made[c.LTI + "custom"] = dict(custom)
    return made


def services(*, items_url: str, item_url: str, members_url: str) -> dict[str, Any]:
    """Where a tool sends scores and asks for members."""
    return {
        c.AGS: {"scope": [c.LINE_ITEMS, c.LINE_ITEMS_READ, c.RESULTS, c.SCORES], "lineitems": items_url, "lineitem": item_url},
        c.NRPS: {"context_memberships_url": members_url, "service_versions": ["2.0"]},
    }


def deep_linking(*, back: str, data: str, title: str) -> dict[str, Any]:
    return {
        c.DL + "deep_linking_settings": {
            "deep_link_return_url": back, "accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["window"],
            "accept_multiple": False, "auto_create": False, "title": title, "data": data,
        }
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """Content of a tool that was chosen."""

    title: str
    address: str
    parameters: Mapping[str, str]


def chosen(items: object, *, origin: str) -> tuple[list[Item], list[str]]:
    """(what can be shown, in words what of the answer was not taken). Only links into the tool itself are. Raises NotTaken."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise c.NotTaken("content_items must be a list")
    taken, left = [], []
    for one in items[:20]:
        if not isinstance(one, Mapping):
            raise c.NotTaken("a content item is an object")
        kind, title, url = c.text(one, "type"), c.text(one, "title", 400), c.text(one, "url", 1_000)
        if kind != "ltiResourceLink":
            left.append(f"{kind or '?'}: {title or url}")
        elif url and c.origin_of(url) != origin:
            left.append(f"{title or kind}: {url}")
        else:
            taken.append(Item(title, url, c.parameters(one.get("custom"))))
    return taken, left
