"""A choice of topics as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from talka.curriculum.models import Choice
from talka.science.curriculum import Why


@dataclass(frozen=True, slots=True)
class LeftOutTopic:
    """hours: it takes with what it builds on and is missing; gain: share of all weight that it would add."""

    key: int
    title: str
    why: str
    reason: str
    hours: float
    gain: float

    @property
    def points(self) -> float:
        return 100 * self.gain


@dataclass(frozen=True, slots=True)
class Reached:
    text: str
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class Result:
    """What the solver found, kept with the titles of that day. Shares are of the weight of all outcomes."""

    topics: Sequence[tuple[int, str, float]]
    hours: float
    share: float
    reached: Sequence[Reached]
    left_out: Sequence[LeftOutTopic]
    next_gain: float | None
    next_added: Sequence[str]
    next_removed: Sequence[str]
    gap: float
    proven: bool
    equal_weights: bool

    @property
    def gain_points(self) -> float:
        """What one more hour adds, in percentage points."""
        return 100 * (self.next_gain or 0.0)


def result_of(choice: Choice) -> Result | None:
    """None while nothing was found yet."""
    kept = choice.result
    if not kept.get("topics") and "hours" not in kept:
        return None
    highest = kept["highest"] or 1.0
    titles, hours = kept["titles"], kept["hours_of"]
    more = kept["next_hour"]
    return Result(
        topics=[(int(key), titles[key], hours[key]) for key in kept["topics"]],
        hours=kept["hours"],
        share=kept["value"] / highest,
        reached=sorted(
            (Reached(kept["outcomes"][key], share, kept["weights"][key]) for key, share in kept["reached"].items() if kept["weights"][key]),
            key=lambda r: (r.share, -r.weight),
        ),
        left_out=sorted((_left_out(row, titles, highest) for row in kept["left_out"]), key=lambda row: -row.gain),
        next_gain=more["gain"] / highest if more else None,
        next_added=[titles[key] for key in more["added"]] if more else (),
        next_removed=[titles[key] for key in more["removed"]] if more else (),
        gap=kept["gap"],
        proven=kept["proven"],
        equal_weights=kept["equal_weights"],
    )


def _left_out(row: dict[str, Any], titles: dict[str, str], highest: float) -> LeftOutTopic:
    return LeftOutTopic(int(row["topic"]), titles[row["topic"]], row["why"], reasons()[row["why"]], row["hours"], row["gain"] / highest)


def reasons() -> dict[str, str]:
    """Why a topic was left out, in words."""
    return {
        Why.BANNED: _("banned by hand"),
        Why.BUILDS_ON_BANNED: _("builds on a banned topic"),
        Why.ADDS_NOTHING: _("its outcomes are reached without it, or answer no need"),
        Why.NO_ROOM: _("does not fit any more; what was chosen is worth more"),
        Why.MODULE_FULL: _("its module is full"),
        Why.NOT_WORTH_IT: _("adds too little for its hours"),
        Why.NOT_PROVEN: _("would fit and help; the search ended before it was proven"),
    }
