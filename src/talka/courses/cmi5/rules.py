"""What cmi5 demands of the statements and documents of a unit, and when units, blocks and courses are satisfied. Pure decisions.

Source: cmi5 specification, Quartz 1st edition. `[9.3.2]` in a refusal is the section.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from talka.records.rules.values import is_language_tag, read_duration, read_instant

ADL = "http://adlnet.gov/expapi/verbs/"
W3ID = "https://w3id.org/xapi/adl/verbs/"
VERBS = {
    "launched": ADL + "launched",
    "initialized": ADL + "initialized",
    "completed": ADL + "completed",
    "passed": ADL + "passed",
    "failed": ADL + "failed",
    "terminated": ADL + "terminated",
    "abandoned": W3ID + "abandoned",
    "waived": W3ID + "waived",
    "satisfied": W3ID + "satisfied",
}
VOIDED = ADL + "voided"
OF_UNITS = {VERBS[name]: name for name in ("initialized", "completed", "passed", "failed", "terminated")}
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVEON = "https://w3id.org/xapi/cmi5/context/categories/moveon"
_CONTEXT = "https://w3id.org/xapi/cmi5/context/extensions/"
SESSION_ID = _CONTEXT + "sessionid"
MASTERY_SCORE = _CONTEXT + "masteryscore"
LAUNCH_MODE = _CONTEXT + "launchmode"
LAUNCH_URL = _CONTEXT + "launchurl"
MOVE_ON = _CONTEXT + "moveon"
LAUNCH_PARAMETERS = _CONTEXT + "launchparameters"
REASON = "https://w3id.org/xapi/cmi5/result/extensions/reason"
BLOCK_TYPE = "https://w3id.org/xapi/cmi5/activitytype/block"
COURSE_TYPE = "https://w3id.org/xapi/cmi5/activitytype/course"
LAUNCH_DATA = "LMS.LaunchData"
PREFERENCES = "cmi5LearnerPreferences"
# 9.5.5.2
REASONS = ("Tested Out", "Equivalent AU", "Equivalent Outside Activity", "Administrative")

NORMAL, BROWSE, REVIEW = "Normal", "Browse", "Review"
MODES = (NORMAL, BROWSE, REVIEW)
JUDGED = frozenset({"completed", "passed", "failed"})
Json = Mapping[str, Any]


class NotConforming(Exception):
    """The unit may not do this. The text names the section of the specification."""


def _refuse(section: str, text: str) -> NotConforming:
    return NotConforming(f"{text} [cmi5 {section}]")


# ---- statements ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store knows of a session before the next statement. `used` are the verbs of this session, `completed` and `passed` those
    of the whole registration. `begun` is the time of the unit's first statement, in microseconds. `own` is the site's address of
    activities, about which a unit may not speak but for its own.
    """

    session: str
    actor: Json
    registration: str
    activity: str
    template: Json
    mode: str = NORMAL
    mastery: float | None = None
    own: str = ""
    prefs_read: bool = False
    over: bool = False
    begun: int | None = None
    used: frozenset[str] = frozenset()
    completed: bool = False
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A cmi5 defined statement that was let in: its verb, when (microseconds since 1970), its score and length in seconds."""

    verb: str
    at: int
    score: float | None = None
    seconds: float | None = None


def take(statements: Sequence[Json], standing: Standing) -> list[Event]:
    """What these statements of one request say about the session, in the order of their times. Raises NotConforming for the first wrong one.

    They have been checked as xAPI statements before; here only what cmi5 asks beyond that is judged.
    """
    if not standing.prefs_read:
        raise _refuse("11.0", "Read the learner's preferences (agent profile cmi5LearnerPreferences) first.")
    timed = []
    for statement in statements:
        if not isinstance(statement.get("id"), str):
            raise _refuse("9.1", "A statement needs an id.")
        timed.append((_instant(statement), statement))
    events = []
    for at, statement in sorted(timed, key=lambda pair: pair[0]):
        event = _take_one(statement, at, standing)
        if event is not None:
            events.append(event)
            standing = after(standing, event)
    return events


def after(standing: Standing, event: Event) -> Standing:
    """The standing once `event` is in."""
    return replace(
        standing,
        used=standing.used | {event.verb},
        begun=event.at if event.verb == "initialized" else standing.begun,
        over=standing.over or event.verb == "terminated",
        completed=standing.completed or event.verb == "completed",
        passed=standing.passed or event.verb == "passed",
    )


def _instant(statement: Json) -> int:
    text = statement.get("timestamp")
    if not isinstance(text, str):
        raise _refuse("9.7", "A statement needs a timestamp.")
    if not re.search(r"(?:Z|z|\+00(?::?00)?)$", text):
        raise _refuse("9.7", "The timestamp must be in UTC.")
    at = read_instant(text)
    if at is None:
        raise _refuse("9.7", "The timestamp cannot be read.")
    return at


def _take_one(statement: Json, at: int, standing: Standing) -> Event | None:
    verb = statement["verb"]["id"]
    if verb == VOIDED:
        raise _refuse("6.3", "A unit cannot void statements.")
    if standing.over:
        raise _refuse("9.3.8", "The session is over: nothing follows terminated or abandoned.")
    context = _check_context(statement, standing)
    defined = CMI5 in _ids(context, "category")
    name = OF_UNITS.get(verb, "") if defined else ""
    if standing.begun is None and name != "initialized":
        raise _refuse("9.3.2", "The first statement must be initialized.")
    if standing.begun is not None and at < standing.begun and name != "initialized":
        raise _refuse("9.3", "The statement is older than initialized.")
    if not defined:
        if MOVEON in _ids(context, "category"):
            raise _refuse("9.6.2.2", "The category moveon belongs to cmi5 defined statements with success or completion only.")
        _check_foreign(statement, standing)
        return None
    if not name:
        raise _refuse("9.3", "This verb is none of those that a unit uses in cmi5 defined statements.")
    if statement["object"].get("id") != standing.activity or statement["object"].get("objectType", "Activity") != "Activity":
        raise _refuse("9.4", "The object must be the activity of the launch.")
    _check_order(name, standing)
    return _check_result(statement, name, at, context, standing)


def _ids(context: Json, place: str) -> list[str]:
    given = context.get("contextActivities", {}).get(place, [])
    return [a.get("id", "") for a in (given if isinstance(given, list) else [given])]


def _check_context(statement: Json, standing: Standing) -> Json:
    """Actor, registration, session and everything that the template holds (8.1.3, 9.2, 9.6, 10.2.1). Answers the context."""
    actor = statement["actor"]
    if actor.get("objectType", "Agent") != "Agent" or actor.get("account") != standing.actor["account"]:
        raise _refuse("9.2", "The actor must be the one of the launch.")
    context = statement.get("context")
    if not isinstance(context, Mapping):
        raise _refuse("9.6", "The context is missing.")
    if str(context.get("registration", "")).lower() != standing.registration:
        raise _refuse("9.6.1", "The registration must be the one of the launch.")
    if context.get("extensions", {}).get(SESSION_ID) != standing.session:
        raise _refuse("9.6.3.1", "The session id is missing, or another one.")
    _check_template(context, standing.template)
    return context


def _check_template(context: Json, template: Json) -> None:
    for place, wanted in template.get("contextActivities", {}).items():
        missing = {a["id"] for a in wanted} - set(_ids(context, place))
        if missing:
            raise _refuse("10.2.1", f"The context lacks what its template has in {place}: {min(missing)}")
    for name, value in template.get("extensions", {}).items():
        if context.get("extensions", {}).get(name) != value:
            raise _refuse("10.2.1", f"The context changes what its template says: {name}")
    for name in template.keys() - {"contextActivities", "extensions"}:
        if context.get(name) != template[name]:
            raise _refuse("10.2.1", f"The context changes what its template says: {name}")


def _check_foreign(statement: Json, standing: Standing) -> None:
    """A unit says nothing about other things of this site: who has completed them is not its to tell."""
    about = statement["object"].get("id", "")
    if standing.own and isinstance(about, str) and about.startswith(standing.own) and not is_below(about, standing.activity):
        raise _refuse("9.4", "The statement is about another activity of this site.")


def is_below(activity: str, root: str) -> bool:
    return activity == root or (activity.startswith(root) and activity[len(root)] in "/?#")


def _check_order(name: str, standing: Standing) -> None:
    """No verb twice in a session; completed and passed once in a registration; nothing judged outside Normal mode (9.3, 10.2.2)."""
    if standing.mode != NORMAL and name in JUDGED:
        raise _refuse("10.2.2", f"In the mode {standing.mode} nothing is judged.")
    if name in standing.used:
        raise _refuse("9.3", f"{name} was said in this session already.")
    if name in {"passed", "failed"} and standing.used & {"passed", "failed"}:
        raise _refuse("9.3", "Passed or failed is said once in a session.")
    if name == "completed" and standing.completed:
        raise _refuse("9.3", "completed was said in this registration already.")
    if name in {"passed", "failed"} and standing.passed:
        raise _refuse("9.3", "passed was said in this registration already.")


def _check_result(statement: Json, name: str, at: int, context: Json, standing: Standing) -> Event:
    result = statement.get("result") or {}
    success = {"passed": True, "failed": False}.get(name)
    if result.get("success") is not success:
        raise _refuse("9.5.2", f"success must be {_said(success)} with {name}.")
    completion = True if name == "completed" else None
    if result.get("completion") is not completion:
        raise _refuse("9.5.3", f"completion must be {_said(completion)} with {name}.")
    judged = name in JUDGED
    if judged != (MOVEON in _ids(context, "category")):
        raise _refuse("9.6.2.2", f"The category moveon {'is missing' if judged else 'cannot stand'} with {name}.")
    seconds = read_duration(result["duration"]) if isinstance(result.get("duration"), str) else None
    if name != "initialized" and seconds is None:
        raise _refuse("9.5.4", f"duration is missing with {name}.")
    score = _check_score(result.get("score"), name, context, standing)
    return Event(name, at, score, seconds)


def _said(value: bool | None) -> str:
    return "left out" if value is None else str(value).lower()


def _check_score(score: Any, name: str, context: Json, standing: Standing) -> float | None:
    given = context.get("extensions", {}).get(MASTERY_SCORE)
    if given is not None and given != standing.mastery:
        raise _refuse("9.6.3.2", "The extension masteryscore differs from the launch data.")
    if score is None:
        return None
    if name not in {"passed", "failed"}:
        raise _refuse("9.5.1", f"score cannot stand with {name}.")
    _check_raw(score)
    scaled = score.get("scaled")
    if scaled is not None and not 0 <= scaled <= 1:
        raise _refuse("9.5.1", "A scaled score runs from 0 to 1.")
    if standing.mastery is not None:
        if given is None:
            raise _refuse("9.6.3.2", "The extension masteryscore is missing beside a score.")
        if scaled is not None and (scaled >= standing.mastery) is not (name == "passed"):
            raise _refuse(
                "9.3.4" if name == "passed" else "9.3.5", f"{name} does not fit the score: the mastery score is {standing.mastery}."
            )
    return scaled


def _check_raw(score: Json) -> None:
    if "raw" not in score:
        return
    if "min" not in score or "max" not in score:
        raise _refuse("9.5.1", "A raw score needs min and max beside it.")
    if any(float(score[part]) != int(score[part]) for part in ("raw", "min", "max")):
        raise _refuse("9.5.1", "raw, min and max are whole numbers.")
    if not score["min"] <= score["raw"] <= score["max"]:
        raise _refuse("9.5.1", "raw must lie between min and max.")


# ---- documents -----------------------------------------------------------------------------------------------------------------


def check_document(kind: str, key: str, method: str, document: Any) -> None:
    """A unit may not touch its launch data, and writes the learner's preferences whole. Raises NotConforming.

    `kind` is state, agent or activity; `key` is empty where all documents of a place are meant; `document` is what the body says as JSON,
    None where it is none.
    """
    if method not in {"PUT", "POST", "DELETE"}:
        return
    if kind == "state" and key in {"", LAUNCH_DATA}:
        raise _refuse("10.2.1", "A unit cannot change or delete its launch data.")
    if kind != "agent" or key != PREFERENCES:
        return
    if method == "DELETE" or not isinstance(document, Mapping):
        raise _refuse("11.0", "The learner's preferences are a JSON object.")
    languages = document.get("languagePreference")
    if not isinstance(languages, str) or not all(is_language_tag(tag.strip()) for tag in languages.split(",")):
        raise _refuse("11.1", "languagePreference must be language tags with commas between them.")
    if document.get("audioPreference") not in {"on", "off"}:
        raise _refuse("11.2", "audioPreference must be on or off.")


# ---- satisfaction --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """A unit (with its `move_on`) or a block (with children) of a course, known by its key."""

    key: int
    move_on: str = ""
    children: "tuple[Node, ...]" = ()


COURSE = 0


def is_met(move_on: str, *, completed: bool, passed: bool, waived: bool = False) -> bool:
    """Whether a unit's moveOn criterion is met (13.1.4); a waived unit has met it (9.3.9)."""
    if waived:
        return True
    return {
        "Passed": passed,
        "Completed": completed,
        "CompletedAndPassed": completed and passed,
        "CompletedOrPassed": completed or passed,
    }.get(move_on, True)


def newly_satisfied(children: Sequence[Node], *, met: AbstractSet[int], before: AbstractSet[int]) -> list[int]:
    """Keys of the blocks that are satisfied now and were not `before`, inner ones first, and COURSE last if all is.

    A block once satisfied stays so.
    """
    found: list[int] = []

    def walk(node: Node) -> bool:
        if not node.children:
            return node.key in met
        whole = below(node.children)
        if node.key in before:
            return True
        if whole:
            found.append(node.key)
        return whole

    def below(nodes: Sequence[Node]) -> bool:
        # No short cut: each block is looked at.
        each = [walk(node) for node in nodes]
        return all(each)

    if below(children) and children and COURSE not in before:
        found.append(COURSE)
    return found
