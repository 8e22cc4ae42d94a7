"""SCORM's data model: what a unit reports, as facts. Pure: element names and texts in, values out.

Elements are kept flat, as the content sets them: {"cmi.core.lesson_status": "passed", "cmi.interactions.0.id": "q1", ...}.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ELEMENT = re.compile(r"(?:cmi|adl)(?:\.[A-Za-z_]\w{0,40}|\.\d{1,4}){1,7}")
LONGEST_VALUE = 70_000
MOST_ELEMENTS = 6_000
LARGEST_STATE = 1_000_000
# Of one sitting only; the next begins without them.
PASSING = frozenset({"cmi.core.exit", "cmi.core.session_time", "cmi.exit", "cmi.session_time", "cmi.core.total_time", "cmi.total_time"})
_CLOCK = re.compile(r"(\d{1,4}):(\d{1,2}):(\d{1,2}(?:\.\d{1,2})?)")
_ISO = re.compile(
    r"P(?:(?P<years>\d+(?:\.\d+)?)Y)?(?:(?P<months>\d+(?:\.\d+)?)M)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"years": 31_557_600, "months": 2_629_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
LONGEST_SITTING = 24 * 3_600.0
_PART = re.compile(r"cmi\.interactions\.(\d+)\.(.+)")


class BadState(ValueError):
    """What the content sent is no data of SCORM. The text says what."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a unit stands. `score` from -1 to 1; `raw`, `low`, `high` as the content counts; `seconds` of this sitting."""

    completed: bool
    success: bool | None
    score: float | None = None
    raw: float | None = None
    low: float | None = None
    high: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Interaction:
    """One answer, in xAPI's notation. `type` is one of xAPI's interaction types."""

    number: int
    id: str
    type: str = "other"
    response: str = ""
    success: bool | None = None
    words: str = ""
    patterns: tuple[str, ...] = field(default=())
    seconds: float = 0.0


def changes_of(sent: object) -> dict[str, str]:
    """The elements that a content set. Raises BadState."""
    if not isinstance(sent, Mapping) or len(sent) > MOST_ELEMENTS:
        raise BadState("values are a list of elements with their texts")
    made = {}
    for name, value in sent.items():
        if not isinstance(name, str) or not ELEMENT.fullmatch(name):
            raise BadState(f"{str(name)[:80]} is no element of SCORM's data model")
        text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else None
        if text is None or len(text) > LONGEST_VALUE or "\x00" in text:
            raise BadState(f"{name} is no text or too long")
        made[name] = text
    return made


def merged(before: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Raises BadState if it grows beyond what is kept."""
    made = {**before, **changes}
    if len(made) > MOST_ELEMENTS or sum(len(k) + len(v) for k, v in made.items()) > LARGEST_STATE:
        raise BadState("more data than is kept for one unit")
    return made


def kept(values: Mapping[str, str]) -> dict[str, str]:
    """What the next sitting begins with."""
    return {k: v for k, v in values.items() if k not in PASSING and not k.startswith("adl.")}


def at_the_end(values: Mapping[str, str], *, kind: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """A unit that ended and never said how it stands is completed: so both versions want it of the platform.

    In SCORM 2004 the manifest may say that only the content decides.
    """
    made = dict(values)
    if kind == "scorm12" and made.get("cmi.core.lesson_status", "not attempted") == "not attempted":
        made["cmi.core.lesson_status"] = "completed"
    if kind == "scorm2004" and made.get("cmi.completion_status", "unknown") == "unknown" and not settings.get("content_decides"):
        made["cmi.completion_status"] = "completed"
    return made


def number(text: str | None) -> float | None:
    try:
        made = float(text) if text not in {None, ""} else None
    except ValueError:
        return None
    return made if made is not None and abs(made) < 1e12 else None


def seconds_of(text: str | None) -> float:
    """Of 00:01:30.5 (1.2) or PT1M30.5S (2004); 0 for anything else."""
    if found := _CLOCK.fullmatch(text or ""):
        made = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
    elif (found := _ISO.fullmatch(text or "")) and any(found.groups()):
        made = sum(float(v) * _SECONDS[k] for k, v in found.groupdict().items() if v)
    else:
        return 0.0
    return min(made, LONGEST_SITTING)


def clock(seconds: float) -> str:
    """Total time as SCORM 1.2 writes it."""
    whole = int(seconds)
    return f"{min(whole // 3600, 9999):04}:{whole // 60 % 60:02}:{whole % 60:02}.{int(seconds * 100) % 100:02}"


def duration(seconds: float) -> str:
    """As SCORM 2004 and xAPI write it."""
    return f"PT{seconds:.2f}S".replace(".00S", "S")


def outcome(values: Mapping[str, str], *, kind: str, settings: Mapping[str, Any]) -> Outcome:
    """What the elements say about completion, success and score, with the manifest's mastery score or passing measure."""
    return _outcome12(values, settings) if kind == "scorm12" else _outcome2004(values, settings)


def _scaled(raw: float | None, low: float | None, high: float | None) -> float | None:
    if raw is None:
        return None
    least, most = low or 0.0, high if high is not None else 100.0
    return max(-1.0, min(1.0, (raw - least) / (most - least))) if most > least else None


def _outcome12(values: Mapping[str, str], settings: Mapping[str, Any]) -> Outcome:
    raw, low, high = (number(values.get(f"cmi.core.score.{part}")) for part in ("raw", "min", "max"))
    status = values.get("cmi.core.lesson_status", "")
    success = {"passed": True, "failed": False}.get(status)
    mastery = number(str(settings.get("mastery", "")))
    # The manifest's mastery score decides once there is a score and the unit says that it is over.
    if mastery is not None and raw is not None and status in {"passed", "failed", "completed"}:
        success = raw >= mastery
    return Outcome(
        completed=status in {"passed", "completed", "failed"},
        success=success,
        score=_scaled(raw, low, high),
        raw=raw,
        low=low,
        high=high,
        seconds=seconds_of(values.get("cmi.core.session_time")),
    )


def _outcome2004(values: Mapping[str, str], settings: Mapping[str, Any]) -> Outcome:
    raw, low, high = (number(values.get(f"cmi.score.{part}")) for part in ("raw", "min", "max"))
    scaled = number(values.get("cmi.score.scaled"))
    scaled = _scaled(raw, low, high) if scaled is None else max(-1.0, min(1.0, scaled))
    completed = values.get("cmi.completion_status") == "completed"
    threshold, measure = number(str(settings.get("completion_threshold", ""))), number(values.get("cmi.progress_measure"))
    if threshold is not None and measure is not None:
        completed = measure >= threshold
    success = {"passed": True, "failed": False}.get(values.get("cmi.success_status", ""))
    passing = number(str(settings.get("passing", "")))
    if passing is not None:
        success = scaled >= passing if scaled is not None else success
    return Outcome(completed, success, scaled, raw, low, high, seconds_of(values.get("cmi.session_time")))


def interactions(values: Mapping[str, str]) -> list[Interaction]:
    """All answers that are there with an id and either a response or a result, in their order."""
    parts: dict[int, dict[str, str]] = {}
    for name, value in values.items():
        if found := _PART.fullmatch(name):
            parts.setdefault(int(found[1]), {})[found[2]] = value
    made = []
    for n, row in sorted(parts.items()):
        response = row.get("learner_response", row.get("student_response", ""))
        if not row.get("id") or not (response or row.get("result")):
            continue
        kind = row.get("type", "")
        kind = kind if kind in TYPES else "other"
        patterns = [row[k] for k in sorted(row, key=_pattern_number) if k.startswith("correct_responses.") and k.endswith(".pattern")]
        made.append(
            Interaction(
                number=n,
                id=row["id"][:500],
                type=kind,
                response=notation(response, kind)[:4_000],
                success={"correct": True, "incorrect": False, "wrong": False}.get(row.get("result", "")),
                words=row.get("description", "")[:1_000],
                patterns=tuple(notation(p, kind)[:2_000] for p in patterns[:20]),
                seconds=seconds_of(row.get("latency")),
            )
        )
    return made


TYPES = frozenset({
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric", "other",
})  # fmt: skip


def _pattern_number(name: str) -> int:
    found = re.search(r"\.(\d+)\.", name)
    return int(found[1]) if found else 0


def notation(text: str, kind: str) -> str:
    """SCORM 1.2 writes `a,b` and `1.a,2.b` where SCORM 2004 and xAPI write `a[,]b` and `1[.]a[,]2[.]b`."""
    if kind == "true-false":
        return {"t": "true", "1": "true", "f": "false", "0": "false"}.get(text.lower(), text)
    if kind not in {"choice", "matching", "sequencing", "performance"} or "[,]" in text or "[.]" in text:
        return text
    parts = [p.strip() for p in text.strip("{}").split(",")]
    if kind == "matching":
        parts = [p.replace(".", "[.]", 1) for p in parts]
    return "[,]".join(parts)
