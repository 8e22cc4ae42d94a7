"""The names that LTI 1.3 gives to things, and the small decisions about them. Pure: values in, values out.

Source: LTI Core 1.3, Deep Linking 2.0, Assignment and Grade Services 2.0, Names and Role Provisioning Services 2.0 of 1EdTech.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
RESOURCE, DEEP, DEEP_ANSWER = "LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiDeepLinkingResponse"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER, INSTRUCTOR = MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"
TEACHES = frozenset({INSTRUCTOR, MEMBERSHIP + "ContentDeveloper", MEMBERSHIP + "Administrator"})
_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEMS, LINE_ITEMS_READ = _AGS + "lineitem", _AGS + "lineitem.readonly"
RESULTS, SCORES = _AGS + "result.readonly", _AGS + "score"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = (LINE_ITEMS, LINE_ITEMS_READ, RESULTS, SCORES, MEMBERS)
ACTIVITY = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
GRADING = ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
# A score of more than the maximum is allowed by the service, as a bonus; ours ends there.
LARGEST_MAXIMUM = 1_000_000


class NotTaken(ValueError):
    """What came in is none that is taken. The text says why, in words for whoever runs the other side."""


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; "" for what is none."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if right else ""


def object_in(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A claim that is an object; an empty one where it is missing or something else."""
    value = said.get(name)
    return value if isinstance(value, Mapping) else {}


def teaches(roles: object) -> bool:
    """Whether one of the roles is that of somebody who puts content into a course there. It opens the choice of content, nothing else."""
    return isinstance(roles, Sequence) and any(
        isinstance(r, str) and r.partition("#")[2] in {t.partition("#")[2] for t in TEACHES} for r in roles
    )


@dataclass(frozen=True, slots=True)
class Score:
    """A score as a tool sent it: `share` of the maximum from 0 to 1, None where it says none."""

    person: str
    share: float | None
    activity: str
    grading: str
    at: datetime
    comment: str = ""

    @property
    def is_final(self) -> bool:
        return self.activity in {"Completed", "Submitted"} and self.grading == "FullyGraded"


def _number(said: Mapping[str, Any], name: str) -> float | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise NotTaken(f"{name} must be a number")
    return float(value)


def read_score(said: object) -> Score:
    """What a tool posted to a line item. Raises NotTaken."""
    if not isinstance(said, Mapping):
        raise NotTaken("a score is an object")
    person, activity, grading = said.get("userId"), said.get("activityProgress"), said.get("gradingProgress")
    if not isinstance(person, str) or not person:
        raise NotTaken("userId is missing")
    if activity not in ACTIVITY:
        raise NotTaken(f"activityProgress must be one of {', '.join(ACTIVITY)}")
    if grading not in GRADING:
        raise NotTaken(f"gradingProgress must be one of {', '.join(GRADING)}")
    given, most = _number(said, "scoreGiven"), _number(said, "scoreMaximum")
    share = None
    if given is not None:
        if most is None or not 0 < most <= LARGEST_MAXIMUM:
            raise NotTaken("scoreMaximum must be more than 0 where there is a scoreGiven")
        if not 0 <= given <= most:
            raise NotTaken(f"scoreGiven {given:g} is not between 0 and scoreMaximum {most:g}")
        share = given / most
    return Score(person, share, str(activity), str(grading), _moment(said.get("timestamp")), str(said.get("comment") or "")[:2_000])


def _moment(value: object) -> datetime:
    try:
        made = datetime.fromisoformat(str(value))
    except ValueError:
        raise NotTaken("timestamp must be an ISO 8601 time with a zone") from None
    if made.tzinfo is None:
        raise NotTaken("timestamp must be an ISO 8601 time with a zone")
    return made


def read_maximum(said: Mapping[str, Any]) -> float:
    """The maximum of a line item that a tool makes. Raises NotTaken."""
    most = _number(said, "scoreMaximum")
    if most is None or not 0 < most <= LARGEST_MAXIMUM:
        raise NotTaken(f"scoreMaximum must be more than 0 and at most {LARGEST_MAXIMUM}")
    return most


def text(said: Mapping[str, Any], name: str, most: int = 255) -> str:
    value = said.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NotTaken(f"{name} must be text")
    return value[:most]


def parameters(said: object) -> dict[str, str]:
    """Custom parameters: at most 50 short texts. Raises NotTaken."""
    if said is None:
        return {}
    if not isinstance(said, Mapping) or len(said) > 50:
        raise NotTaken("custom must be an object with at most 50 entries")
    made = {}
    for name, value in said.items():
        if not isinstance(value, str | int | float | bool):
            raise NotTaken("custom parameters must be texts")
        made[str(name)[:100]] = str(value)[:1_000]
    return made
