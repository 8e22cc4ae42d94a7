"""What learning looks like as xAPI statements. Pure builders: rows in, dictionaries out; `actions` hand them to `records` in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from talka.courses.rules import materials as m
from talka.courses.rules.marking import Mark
from talka.records.rules import actor_of

ADL = "http://adlnet.gov/expapi/verbs/"
VIDEO_VERBS = "https://w3id.org/xapi/video/verbs/"
TYPES = {
    "course": "http://adlnet.gov/expapi/activities/course",
    "module": "http://adlnet.gov/expapi/activities/module",
    "lesson": "http://adlnet.gov/expapi/activities/lesson",
    "topic": "http://id.tincanapi.com/activitytype/chapter",
    "exercise": "http://adlnet.gov/expapi/activities/cmi.interaction",
    "quiz": "http://adlnet.gov/expapi/activities/assessment",
    "film": "https://w3id.org/xapi/video/activity-type/video",
    "video": "https://w3id.org/xapi/video/activity-type/video",
    "document": "http://id.tincanapi.com/activitytype/document",
}
VERBS = {
    "registered": ADL + "registered",
    "initialized": ADL + "initialized",
    "completed": ADL + "completed",
    "answered": ADL + "answered",
    "passed": ADL + "passed",
    "failed": ADL + "failed",
    "interacted": ADL + "interacted",
    "experienced": ADL + "experienced",
    "played": VIDEO_VERBS + "played",
    "paused": VIDEO_VERBS + "paused",
    "seeked": VIDEO_VERBS + "seeked",
    "downloaded": "http://id.tincanapi.com/verb/downloaded",
}
# The interaction types of xAPI; what has none of its own is "other" or the nearest.
INTERACTIONS = {
    "single": "choice", "multiple": "choice", "truefalse": "true-false", "number": "numeric", "short": "fill-in", "cloze": "long-fill-in",
    "match": "matching", "order": "sequencing", "categorise": "matching", "hotspot": "choice", "scale": "likert", "open": "long-fill-in",
    "upload": "other",
}  # fmt: skip
VIDEO = "https://w3id.org/xapi/video"


@dataclass(frozen=True, slots=True)
class Thing:
    """An activity: `kind` is course, module, lesson, topic, or a material's kind."""

    kind: str
    uuid: UUID
    title: str = ""
    definition: Mapping[str, Any] | None = None

    def iri(self, base: str) -> str:
        # A quiz, film, sheet ... is a material; an exercise has a door of its own.
        door = self.kind if self.kind in {"course", "module", "lesson", "topic", "exercise"} else "material"
        return f"{base}/id/{door}/{self.uuid}"

    def described(self, base: str, language: str, also: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The activity; `also` are its titles in other languages."""
        made: dict[str, Any] = {"type": TYPES.get(self.kind, f"{base}/id/kind/{self.kind}")}
        if self.title:
            made["name"] = {language: self.title, **(also or {})}
        if self.kind == "exercise" and self.definition:
            made |= _interaction(self.definition, language)
        return {"objectType": "Activity", "id": self.iri(base), "definition": made}


def _interaction(definition: Mapping[str, Any], language: str) -> dict[str, Any]:  # noqa: C901  # one short case per type
    kind = definition["type"]
    made: dict[str, Any] = {"interactionType": INTERACTIONS[kind]}

    def parts(rows: list[Any], text: str) -> list[dict[str, Any]]:
        return [{"id": row["key"], "description": {language: row[text]}} for row in rows]

    match kind:
        case "single" | "multiple":
            made["choices"] = parts(definition["choices"], "text")
            made["correctResponsesPattern"] = ["[,]".join(c["key"] for c in definition["choices"] if c.get("right"))]
        case "hotspot":
            made["choices"] = parts(definition["spots"], "label")
            made["correctResponsesPattern"] = [s["key"] for s in definition["spots"] if s.get("right")]
        case "truefalse":
            made["correctResponsesPattern"] = ["true" if definition["right"] else "false"]
        case "number":
            low, high = definition["right"] - definition.get("tolerance", 0), definition["right"] + definition.get("tolerance", 0)
            made["correctResponsesPattern"] = [f"{low:g}[:]{high:g}"]
        case "short":
            made["correctResponsesPattern"] = list(definition["accepted"])
        case "order":
            made["choices"] = parts(definition["items"], "text")
            made["correctResponsesPattern"] = ["[,]".join(i["key"] for i in definition["items"])]
        case "match":
            made["source"] = parts(definition["pairs"], "left")
            made["target"] = [{"id": p["key"], "description": {language: p["right"]}} for p in definition["pairs"]]
            made["correctResponsesPattern"] = ["[,]".join(f"{p['key']}[.]{p['key']}" for p in definition["pairs"])]
        case "categorise":
            made["source"] = parts(definition["items"], "text")
            made["target"] = parts(definition["categories"], "label")
            made["correctResponsesPattern"] = ["[,]".join(f"{i['key']}[.]{i['category']}" for i in definition["items"])]
        case "scale":
            labels = definition.get("labels", {})
            steps = range(definition.get("min", 0), definition.get("max", 10) + 1)
            made["scale"] = [{"id": str(n), "description": {language: labels.get(str(n), str(n))}} for n in steps]
        case _:
            pass
    return made


def response_text(exercise: m.Exercise, response: Mapping[str, Any]) -> str:  # noqa: C901, PLR0911  # one line per type
    """The answer in xAPI's own notation. What a person wrote in free words stays in the course and is not told."""
    match exercise:
        case m.Single() | m.TrueFalse():
            return str(response["choice"])
        case m.Multiple():
            return "[,]".join(response["choices"])
        case m.Hotspot():
            return str(response["spot"])
        case m.Number():
            return str(response["number"])
        case m.Short():
            return str(response["text"])
        case m.Cloze():
            return "[,]".join(map(str, response["gaps"]))
        case m.Order():
            return "[,]".join(response["order"])
        case m.Match():
            rights = {p.right: p.key for p in exercise.pairs}
            return "[,]".join(f"{left}[.]{rights.get(right, 'other')}" for left, right in response["pairs"].items() if right)
        case m.Categorise():
            return "[,]".join(f"{item}[.]{category}" for item, category in response["items"].items() if category)
        case m.Scale():
            return str(response["value"])
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Who learns, where in which course: what every statement of one request shares."""

    base: str
    person: UUID
    registration: UUID
    course: Thing
    lesson: Thing | None = None
    topic: Thing | None = None
    language: str = "en"
    # The language it is read in where that is another, and titles in it by uuid. The activities stay the same.
    read_in: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def described(self, thing: Thing) -> dict[str, Any]:
        title = self.names.get(str(thing.uuid), "")
        return thing.described(self.base, self.language, {self.read_in: title} if title and self.read_in else None)

    def statement(
        self,
        verb: str,
        thing: Thing,
        *,
        at: datetime,
        parent: Thing | None = None,
        result: Mapping[str, Any] | None = None,
        extensions: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> dict[str, Any]:
        """A statement of this person. With `key` its id follows from person, thing and key, so that telling it twice is telling it once."""
        activities: dict[str, Any] = {"category": [{"objectType": "Activity", "id": f"{self.base}/id/profile"}]}
        if parent is not None:
            activities["parent"] = [self.described(parent)]
        if thing.kind != "course":
            activities["grouping"] = [self.described(self.course)]
        made: dict[str, Any] = {
            "actor": actor_of(self.person, self.base),
            "verb": {"id": VERBS[verb], "display": {"en": verb}},
            "object": self.described(thing),
            "context": {
                "registration": str(self.registration),
                "platform": "Talka",
                "language": self.read_in or self.language,
                "contextActivities": activities,
            },
            "timestamp": at.isoformat(),
        }
        if key:
            made["id"] = str(uuid5(self.person, f"{thing.uuid}/{verb}/{key}"))
        if result:
            made["result"] = dict(result)
        if extensions:
            made["context"]["extensions"] = dict(extensions)
        return made


def enrolled(scene: Scene, *, at: datetime) -> dict[str, Any]:
    return scene.statement("registered", scene.course, at=at, key=str(scene.registration))


def opened(scene: Scene, topic: Thing, *, at: datetime) -> dict[str, Any]:
    return scene.statement("experienced", topic, at=at, parent=scene.lesson)


def topic_done(scene: Scene, topic: Thing, *, at: datetime) -> dict[str, Any]:
    return scene.statement("completed", topic, at=at, parent=scene.lesson, result={"completion": True})


def course_done(scene: Scene, *, at: datetime) -> dict[str, Any]:
    return scene.statement("completed", scene.course, at=at, result={"completion": True})


def answered(
    scene: Scene,
    exercise: Thing,
    definition: m.Exercise,
    response: Mapping[str, Any],
    mark: Mark,
    *,
    at: datetime,
    seconds: float | None = None,
    parent: Thing | None = None,
) -> dict[str, Any]:
    """An exercise was answered: how well, what, and in how much time."""
    points = definition.points
    result: dict[str, Any] = {
        "completion": True,
        "score": {"scaled": round(mark.score, 4), "raw": round(mark.score * points, 4), "min": 0, "max": points},
    }
    if mark.success is not None:
        result["success"] = mark.success
    if text := response_text(definition, response):
        result["response"] = text
    if seconds:
        result["duration"] = f"PT{seconds:.1f}S"
    return scene.statement("answered", exercise, at=at, parent=parent or scene.topic, result=result)


def quiz_finished(scene: Scene, quiz: Thing, *, score: float, passed: bool, seconds: float, at: datetime) -> dict[str, Any]:
    result = {"completion": True, "success": passed, "score": {"scaled": round(score, 4)}, "duration": f"PT{seconds:.1f}S"}
    return scene.statement("passed" if passed else "failed", quiz, at=at, parent=scene.topic, result=result)


def interacted(scene: Scene, thing: Thing, *, at: datetime, completed: bool = False) -> dict[str, Any]:
    """A sheet was saved, a case taken a step further (or, `completed`, to an end)."""
    result = {"completion": True} if completed else None
    return scene.statement("completed" if completed else "interacted", thing, at=at, parent=scene.topic, result=result)


def outside_scored(
    scene: Scene, tool: Thing, *, share: float | None, maximum: float, done: bool, label: str, key: str, at: datetime
) -> dict[str, Any]:
    """An outside tool sent a score (`share` of `maximum`) for one of its columns; `done` where it is final. The same score told twice is one."""
    result: dict[str, Any] = {"completion": done}
    if share is not None:
        result["score"] = {"scaled": round(share, 4), "raw": round(share * maximum, 4), "min": 0, "max": maximum}
    extensions = {f"{scene.base}/id/extension/line-item": label}
    verb = "completed" if done else "interacted"
    return scene.statement(verb, tool, at=at, parent=scene.topic, result=result, extensions=extensions, key=key)


def downloaded(scene: Scene, thing: Thing, *, at: datetime) -> dict[str, Any]:
    return scene.statement("downloaded", thing, at=at, parent=scene.topic)


def film(scene: Scene, thing: Thing, verb: str, *, position: float, length: float, played: list[list[float]], share: float, at: datetime, session: str) -> dict[str, Any]:  # fmt: skip
    """A statement of the xAPI Video Profile: played, paused, seeked, completed, initialized."""
    extensions: dict[str, Any] = {f"{VIDEO}/extensions/time": round(position, 3)}
    result: dict[str, Any] = {"extensions": extensions}
    if verb in {"paused", "completed"}:
        extensions[f"{VIDEO}/extensions/progress"] = round(share, 3)
        extensions[f"{VIDEO}/extensions/played-segments"] = "[,]".join(f"{a:g}[.]{b:g}" for a, b in played)
    if verb == "completed":
        result["completion"] = True
    context = {f"{VIDEO}/extensions/length": length, f"{VIDEO}/extensions/session-id": session}
    made = scene.statement(verb, thing, at=at, parent=scene.topic, result=result, extensions=context)
    made["context"]["contextActivities"]["category"].append({"objectType": "Activity", "id": VIDEO})
    return made
