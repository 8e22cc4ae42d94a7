"""Results: score, success, response, duration."""

from typing import Any

from talka.records.rules import values
from talka.records.rules.statements.checks import want, want_extensions, want_only
from talka.records.rules.statements.clauses import Invalid, Json
from talka.records.rules.statements.exact import load
from talka.records.rules.statements.parts import Statement

_RESULT = frozenset({"score", "success", "completion", "response", "duration", "extensions"})
_SCORE = frozenset({"scaled", "raw", "min", "max"})


def _number(value: object, path: str) -> None:
    if type(value) not in {int, float}:
        raise Invalid(path, "must be a number", "result")


def _score(score: Any, here: str) -> None:
    want(score, dict, here, "result")
    want_only(score, _SCORE, here, "result")
    for name, number in score.items():
        _number(number, f"{here}.{name}")
    if "scaled" in score and not -1 <= score["scaled"] <= 1:
        raise Invalid(f"{here}.scaled", "must lie between -1 and 1", "result")
    low, high = score.get("min"), score.get("max")
    if low is not None and high is not None and low >= high:
        raise Invalid(f"{here}.min", "must be less than max", "result")
    if "raw" in score and ((low is not None and score["raw"] < low) or (high is not None and score["raw"] > high)):
        raise Invalid(f"{here}.raw", "must lie between min and max", "result")


def check_result(value: Any, path: str) -> float | None:
    """Checks a result; answers the seconds of its duration if it has one. Raises Invalid."""
    want(value, dict, path, "result")
    want_only(value, _RESULT, path, "result")
    if "score" in value:
        _score(value["score"], f"{path}.score")
    for name in ("success", "completion"):
        if name in value:
            want(value[name], bool, f"{path}.{name}", "result")
    if "response" in value:
        want(value["response"], str, f"{path}.response", "result")
    seconds = values.read_duration(value["duration"]) if "duration" in value else None
    if seconds is None and "duration" in value:
        raise Invalid(f"{path}.duration", "must be a duration of ISO 8601", "result")
    if "extensions" in value:
        want_extensions(value["extensions"], f"{path}.extensions")
    return seconds


_TIME_FROM = "https://w3id.org/xapi/video/extensions/time-from"
_TIME_TO = "https://w3id.org/xapi/video/extensions/time-to"
_TIME = "https://w3id.org/xapi/video/extensions/time"


def take_result(statement: Statement, raw: bytes) -> None:
    value = load(raw)
    statement.duration = check_result(value, "$.result")
    statement.success, statement.completion = value.get("success"), value.get("completion")
    statement.response = value.get("response")
    statement.score = _share(value.get("score", {}))
    extensions = value.get("extensions", {})
    if _TIME_FROM in extensions or _TIME_TO in extensions or _TIME in extensions:
        start, end = extensions.get(_TIME_FROM), extensions.get(_TIME_TO, extensions.get(_TIME))
        statement.position_from = float(start) if type(start) in {int, float} else None
        statement.position_to = float(end) if type(end) in {int, float} else None


def _share(score: Json) -> float | None:
    """The score on the scale from -1 to 1: as given, or worked out from raw, min and max."""
    if "scaled" in score:
        return float(score["scaled"])
    if "raw" in score and "max" in score:
        low = score.get("min", 0)
        return (score["raw"] - low) / (score["max"] - low) if score["max"] > low else None
    return None
