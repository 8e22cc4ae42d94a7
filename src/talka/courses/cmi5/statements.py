"""What Talka itself says as the learning platform of cmi5: launched, abandoned, waived, satisfied; and the launch data. Pure builders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from uuid import UUID

from talka.courses.cmi5 import rules
from talka.records.rules import actor_of


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose registration it is, on which site (`base`), in which of its courses (its IRI)."""

    base: str
    person: UUID
    registration: UUID
    course: str

    @property
    def actor(self) -> dict[str, Any]:
        return actor_of(self.person, self.base)

    def statement(
        self,
        verb: str,
        about: Mapping[str, Any],
        *,
        publisher: str,
        session: UUID,
        at: datetime,
        extensions: Mapping[str, Any] | None = None,
        result: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A cmi5 defined statement of the platform. `publisher` is the id that the course structure gives to what it is about (9.6.2.3)."""
        judged = result is not None and ("success" in result or "completion" in result)
        made: dict[str, Any] = {
            "actor": self.actor,
            "verb": {"id": rules.VERBS[verb], "display": {"en": verb}},
            "object": {"objectType": "Activity", **about},
            "context": {
                "registration": str(self.registration),
                "platform": "Talka",
                "contextActivities": {
                    "category": [{"id": rules.CMI5}] + [{"id": rules.MOVEON}] * judged,
                    "grouping": [{"id": self.course}, {"id": publisher}],
                },
                "extensions": {rules.SESSION_ID: str(session), **(extensions or {})},
            },
            "timestamp": at.isoformat(),
        }
        if result is not None:
            made["result"] = dict(result)
        return made


def unit_iri(base: str, uuid: UUID) -> str:
    """The activity of a unit or block, the same in all registrations, never the publisher's (8.1.5, 9.4)."""
    return f"{base}/id/unit/{uuid}"


def course_iri(base: str, uuid: UUID) -> str:
    return f"{base}/id/package/{uuid}"


def template(scene: Scene, *, publisher: str, activity: str, session: UUID) -> dict[str, Any]:
    """What every statement of the unit must hold (10.2.1). Beside the publisher's id stand our course and the unit's own activity, by which
    its statements are found and let in.
    """
    return {
        "contextActivities": {"grouping": [{"id": scene.course}, {"id": publisher}, {"id": activity}]},
        "extensions": {rules.SESSION_ID: str(session)},
    }


def launch_data(settings: Mapping[str, Any], *, context: Mapping[str, Any], mode: str, return_url: str) -> dict[str, Any]:
    """The document LMS.LaunchData (10.2) of a unit with these `settings` of its course structure."""
    made: dict[str, Any] = {
        "contextTemplate": context,
        "launchMode": mode,
        "launchMethod": settings["method"],
        "moveOn": settings["move_on"],
    }
    if settings.get("parameters") is not None:
        made["launchParameters"] = settings["parameters"]
    if settings.get("mastery") is not None:
        made["masteryScore"] = settings["mastery"]
    if return_url:
        made["returnURL"] = return_url
    if settings.get("entitlement") is not None:
        made["entitlementKey"] = {"courseStructure": settings["entitlement"]}
    return made


def launched(
    scene: Scene, *, activity: Mapping[str, Any], settings: Mapping[str, Any], session: UUID, mode: str, url: str, at: datetime
) -> dict[str, Any]:
    """The unit is about to begin (9.3.1); `url` is its address without what the launch adds."""
    extensions: dict[str, Any] = {rules.LAUNCH_MODE: mode, rules.LAUNCH_URL: url, rules.MOVE_ON: settings["move_on"]}
    if settings.get("mastery") is not None:
        extensions[rules.MASTERY_SCORE] = settings["mastery"]
    if settings.get("parameters") is not None:
        extensions[rules.LAUNCH_PARAMETERS] = settings["parameters"]
    return scene.statement("launched", activity, publisher=settings["id"], session=session, at=at, extensions=extensions)


def abandoned(scene: Scene, *, activity: str, publisher: str, session: UUID, seconds: float, at: datetime) -> dict[str, Any]:
    """The session ended without a word of the unit (9.3.6)."""
    result = {"duration": f"PT{max(0.0, seconds):.2f}S"}
    return scene.statement("abandoned", {"id": activity}, publisher=publisher, session=session, at=at, result=result)


def waived(scene: Scene, *, activity: str, publisher: str, session: UUID, reason: str, at: datetime) -> dict[str, Any]:
    """Somebody in charge decided that the learner needs not do this unit (9.3.7)."""
    result = {"success": True, "completion": True, "extensions": {rules.REASON: reason}}
    return scene.statement("waived", {"id": activity}, publisher=publisher, session=session, at=at, result=result)


def satisfied(scene: Scene, *, thing: str, kind: str, publisher: str, session: UUID, at: datetime) -> dict[str, Any]:
    """All units of a block, or of the course, have met their criterion (9.3.9). `kind` is the type of activity."""
    return scene.statement("satisfied", {"id": thing, "definition": {"type": kind}}, publisher=publisher, session=session, at=at)


def launch_address(url: str, parameters: Sequence[tuple[str, str]]) -> str:
    """The unit's address with the launch's parameters behind its own (8.1)."""
    split = urlsplit(url)
    query = "&".join(filter(None, [split.query, urlencode(parameters, quote_via=quote)]))
    return urlunsplit(split._replace(query=query))
