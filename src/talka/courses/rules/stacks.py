"""What a tile is made of, and what the use of a stack looks like as xAPI. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from talka.people.rules import Ability, Part
from talka.records.rules import actor_of

MAKE = Ability("make stacks of this cluster", frozenset({Part.MANAGER, Part.EDITOR}))

# The fields of each kind; those that it cannot do without come first in NEEDED.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": ("title", "text"),
    "picture": ("title", "upload", "alt", "text"),
    "film": ("title", "upload", "url", "text"),
    "file": ("title", "upload", "text"),
    "link": ("title", "url", "text"),
    "topic": ("topic", "title", "text"),
    "question": ("title", "text", "expert"),
    "stack": ("target", "title", "text"),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "picture": ("upload", "alt"),
    "film": ("title",),
    "file": ("title", "upload"),
    "link": ("title", "url"),
    "topic": ("topic",),
    "question": ("title",),
    "stack": ("target",),
}
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "picture": ("png", "jpg", "jpeg", "webp"),
    "film": ("mp4", "webm"),
    "file": ("pdf", "docx", "xlsx", "pptx", "odt", "ods"),
}
LARGEST: Mapping[str, int] = {"picture": 15_000_000, "film": 60_000_000, "file": 15_000_000}
MOST_TILES = 40
TYPE = "http://adlnet.gov/expapi/activities/media"
VERBS = {
    "experienced": "http://adlnet.gov/expapi/verbs/experienced",
    "interacted": "http://adlnet.gov/expapi/verbs/interacted",
    "downloaded": "http://id.tincanapi.com/verb/downloaded",
    "asked": "http://adlnet.gov/expapi/verbs/asked",
}


def visitor(visit: UUID) -> str:
    """The name of somebody signed out in statements: good for one opening, so that nobody is followed from one to the next."""
    return f"visitor-{visit}"


def activity(base: str, kind: str, uuid: UUID) -> str:
    """The identifier of a stack, a tile or a sign."""
    return f"{base}/id/{kind}/{uuid}"


def use(
    *,
    base: str,
    who: UUID | str,
    verb: str,
    stack: tuple[UUID, str],
    language: str,
    at: datetime,
    tile: tuple[UUID, str] | None = None,
    sign: tuple[UUID, str] | None = None,
) -> dict[str, Any]:
    """A stack was opened, or one of its tiles used: `stack`, `tile` and `sign` are (uuid, title). The sign stands as the parent.

    `who` is a person's uuid or `visitor(...)`.
    """

    def thing(kind: str, pair: tuple[UUID, str]) -> dict[str, Any]:
        made: dict[str, Any] = {"type": TYPE if kind == "stack" else f"{base}/id/kind/{kind}"}
        if pair[1]:
            made["name"] = {language: pair[1]}
        return {"objectType": "Activity", "id": activity(base, kind, pair[0]), "definition": made}

    around: dict[str, Any] = {"grouping": [thing("stack", stack)], "category": [{"objectType": "Activity", "id": f"{base}/id/profile"}]}
    if sign is not None:
        around["parent"] = [thing("sign", sign)]
    return {
        "actor": actor_of(who, base),
        "verb": {"id": VERBS[verb], "display": {"en": verb}},
        "object": thing("tile", tile) if tile else thing("stack", stack),
        "context": {"platform": "Talka", "language": language, "contextActivities": around},
        "timestamp": at.isoformat(),
    }


def verb_of(kind: str) -> str:
    """What using a tile of this kind is called."""
    return "downloaded" if kind == "file" else "asked" if kind == "question" else "interacted"
