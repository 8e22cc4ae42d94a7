"""What packages report as xAPI statements of this person: the content says what happened, the site says who, where and in which course."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from talka.courses.packages import cmi
from talka.courses.rules.statements import Scene
from talka.records.rules import actor_of

ADL = "http://adlnet.gov/expapi/verbs/"
TYPES = {
    "h5p": "http://adlnet.gov/expapi/activities/media",
    "sco": "http://adlnet.gov/expapi/activities/lesson",
    "interaction": "http://adlnet.gov/expapi/activities/cmi.interaction",
}
SCORM = "https://w3id.org/xapi/scorm"
# A content may say what a learner did; that somebody enrolled, launched or abandoned something is the site's to say.
SAID = frozenset(
    ADL + verb
    for verb in (
        "answered", "asked", "attempted", "attended", "commented", "completed", "exited", "experienced", "failed", "initialized",
        "interacted", "mastered", "passed", "preferred", "progressed", "responded", "resumed", "scored", "shared", "suspended", "terminated",
    )
) | {"http://activitystrea.ms/schema/1.0/consume", "http://activitystrea.ms/consume", "https://w3id.org/xapi/dod-isd/verbs/downloaded"}  # fmt: skip
PART = re.compile(r"[?&]subContentId=([0-9a-fA-F-]{36})")
LIBRARY = re.compile(r"https?://h5p\.org/libraries/[\w.-]{1,100}")
DEFINITION = ("name", "description", "type", "interactionType", "correctResponsesPattern", "choices", "scale", "source", "target", "steps")
RESULT = ("score", "success", "completion", "response", "duration")
LARGEST = 100_000


class NotSaid(ValueError):
    """The content sent something that is no statement of its learner. The text says what."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was played: `unit` is its identifier, title and type."""

    scene: Scene
    unit: UUID
    title: str
    type: str

    @property
    def iri(self) -> str:
        return f"{self.scene.base}/id/unit/{self.unit}"

    @property
    def activity(self) -> dict[str, Any]:
        return {
            "objectType": "Activity",
            "id": self.iri,
            "definition": {"type": TYPES[self.type], "name": {self.scene.language: self.title}},
        }


def _context(place: Place, *, parent: Mapping[str, Any] | None, categories: Sequence[str]) -> dict[str, Any]:
    scene = place.scene
    made: dict[str, Any] = {
        "grouping": [scene.course.described(scene.base, scene.language)],
        "category": [{"objectType": "Activity", "id": one} for one in (f"{scene.base}/id/profile", *categories)],
    }
    if parent is None and scene.topic is not None:
        parent = scene.topic.described(scene.base, scene.language)
    if parent is not None:
        made["parent"] = [dict(parent)]
    return {"registration": str(scene.registration), "platform": "Talka", "language": scene.language, "contextActivities": made}


def _statement(
    place: Place,
    verb: str,
    *,
    key: str,
    at: datetime,
    about: Mapping[str, Any] | None = None,
    result: Mapping[str, Any] | None = None,
    parent: Mapping[str, Any] | None = None,
    categories: Sequence[str] = (),
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": str(uuid5(place.scene.registration, f"{place.unit}/{key}")),
        "actor": actor_of(place.scene.person, place.scene.base),
        "verb": {"id": verb, "display": {"en": verb.rstrip("/").rsplit("/", 1)[-1]}},
        "object": dict(about or place.activity),
        "context": _context(place, parent=parent, categories=categories),
        "timestamp": at.isoformat(),
    }
    if result:
        made["result"] = dict(result)
    return made


# H5P


def h5p(place: Place, sent: object, *, key: str, at: datetime) -> dict[str, Any]:
    """A statement that an H5P content sent, with this person as actor and this course as context. Raises NotSaid."""
    if not isinstance(sent, Mapping):
        raise NotSaid("a statement is an object")
    verb, about = sent.get("verb"), sent.get("object")
    if not isinstance(verb, Mapping) or verb.get("id") not in SAID:
        raise NotSaid(f"the verb {str(verb.get('id') if isinstance(verb, Mapping) else verb)[:100]} is not a content's to say")
    if not isinstance(about, Mapping):
        raise NotSaid("object is missing")
    part = PART.search(str(about.get("id", "")))
    definition = about.get("definition")
    described = {k: definition[k] for k in DEFINITION if k in definition} if isinstance(definition, Mapping) else {}
    described.setdefault("name", {place.scene.language: place.title})
    described.setdefault("type", TYPES["h5p"])
    activity = {
        "objectType": "Activity",
        "id": f"{place.iri}?subContentId={part[1].lower()}" if part else place.iri,
        "definition": described,
    }
    result = sent.get("result")
    kept = {k: result[k] for k in RESULT if k in result} if isinstance(result, Mapping) else {}
    return _statement(
        place, verb["id"], key=key, at=at, about=activity, result=_score_in_order(kept), parent=place.activity if part else None,
        categories=_libraries(sent),
    )  # fmt: skip


def _score_in_order(result: dict[str, Any]) -> dict[str, Any]:
    """Some contents send more points than there are, or an empty score."""
    score = result.get("score")
    if not isinstance(score, Mapping):
        result.pop("score", None)
        return result
    numbers = {
        k: v for k, v in score.items() if k in {"raw", "min", "max", "scaled"} and isinstance(v, int | float) and not isinstance(v, bool)
    }
    if "scaled" in numbers:
        numbers["scaled"] = max(-1, min(1, numbers["scaled"]))
    if numbers.get("max", 1) <= numbers.get("min", 0):
        numbers = {k: v for k, v in numbers.items() if k == "scaled"}
    elif "raw" in numbers:
        numbers["raw"] = max(numbers.get("min", numbers["raw"]), min(numbers.get("max", numbers["raw"]), numbers["raw"]))
    if numbers:
        result["score"] = numbers
    else:
        result.pop("score")
    return result


def _libraries(sent: Mapping[str, Any]) -> list[str]:
    context = sent.get("context")
    activities = context.get("contextActivities") if isinstance(context, Mapping) else None
    rows = activities.get("category") if isinstance(activities, Mapping) else None
    return [
        row["id"] for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping) and LIBRARY.fullmatch(str(row.get("id")))
    ][:3]


def h5p_outcome(statement: Mapping[str, Any], place: Place) -> cmi.Outcome | None:
    """How the content as a whole stands after this statement; None if it speaks of a part, or of no end."""
    verb, result = statement["verb"]["id"].rsplit("/", 1)[-1], statement.get("result", {})
    if statement["object"]["id"] != place.iri:
        return None
    over = (
        verb in {"completed", "passed", "failed", "mastered", "consume"}
        or (verb == "answered" and bool(result))
        or bool(result.get("completion"))
    )
    if not over:
        return None
    score = result.get("score", {})
    scaled = score.get("scaled")
    if scaled is None and "raw" in score:
        low, high = score.get("min", 0), score.get("max", 0)
        scaled = (score["raw"] - low) / (high - low) if high > low else None
    success = result.get("success", {"passed": True, "mastered": True, "failed": False}.get(verb))
    return cmi.Outcome(
        completed=True,
        success=success if isinstance(success, bool) else None,
        score=scaled,
        raw=score.get("raw"),
        low=score.get("min"),
        high=score.get("max"),
    )


# SCORM


def scorm_begun(place: Place, *, sitting: str, at: datetime) -> dict[str, Any]:
    return _statement(place, ADL + "initialized", key=f"{sitting}/initialized", at=at, categories=[SCORM])


def scorm_ended(place: Place, *, sitting: str, seconds: float, at: datetime) -> dict[str, Any]:
    result = {"duration": cmi.duration(seconds)} if seconds else None
    return _statement(place, ADL + "terminated", key=f"{sitting}/terminated", at=at, result=result, categories=[SCORM])


def scorm_answered(place: Place, one: cmi.Interaction, *, sitting: str, at: datetime) -> dict[str, Any]:
    about: dict[str, Any] = {
        "objectType": "Activity",
        "id": f"{place.iri}/interaction/{quote(one.id, safe='')}",
        "definition": {"type": TYPES["interaction"], "interactionType": one.type, "name": {place.scene.language: one.words or one.id}},
    }
    if one.patterns:
        about["definition"]["correctResponsesPattern"] = list(one.patterns)
    result: dict[str, Any] = {"completion": True}
    if one.response:
        result["response"] = one.response
    if one.success is not None:
        result["success"] = one.success
    if one.seconds:
        result["duration"] = cmi.duration(one.seconds)
    return _statement(
        place,
        ADL + "answered",
        key=f"{sitting}/{fingerprint(one)}",
        at=at,
        about=about,
        result=result,
        parent=place.activity,
        categories=[SCORM],
    )


def fingerprint(one: cmi.Interaction) -> str:
    """The same answer told twice has the same; another answer to the same question another."""
    return str(uuid5(UUID(int=0), f"{one.number}/{one.id}/{one.response}/{one.success}"))


def scorm_outcome(place: Place, verb: str, stands: cmi.Outcome, *, sitting: str, at: datetime) -> dict[str, Any]:
    """`verb`: completed, passed or failed."""
    result: dict[str, Any] = {"completion": stands.completed}
    if verb != "completed":
        result["success"] = verb == "passed"
    if stands.score is not None:
        score: dict[str, float] = {"scaled": round(stands.score, 4)}
        if (
            stands.raw is not None
            and stands.high is not None
            and (stands.low or 0) <= stands.raw <= stands.high
            and stands.high > (stands.low or 0)
        ):
            score |= {"raw": stands.raw, "min": stands.low or 0, "max": stands.high}
        result["score"] = score
    return _statement(place, ADL + verb, key=f"{sitting}/{verb}/{stands.score}", at=at, result=result, categories=[SCORM])
