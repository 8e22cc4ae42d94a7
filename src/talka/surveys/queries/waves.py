"""Two waves of one survey: which needs shrank?"""

from dataclasses import dataclass

import numpy as np

from talka.people.queries import Viewer
from talka.science.needs import ItemChange, Scale, compare_waves
from talka.surveys.models import Survey
from talka.surveys.queries.items import scale_of
from talka.surveys.queries.matrices import matrix_of
from talka.surveys.queries.surveys import may_read
from talka.surveys.rules.privacy import threshold


@dataclass(frozen=True, slots=True)
class WaveChange:
    """One need in both waves; a negative change is a need that shrank."""

    code: str
    text: str
    change: ItemChange


@dataclass(frozen=True, slots=True)
class Waves:
    """The comparison. `why` says why there is none: "scale" (different steps), "few" (too few answers), "items" (nothing in common)."""

    before: Survey
    after: Survey
    n_before: int
    n_after: int
    changes: tuple[WaveChange, ...]
    why: str = ""


def waves_of(survey: Survey, *, viewer: Viewer) -> Waves | None:
    """`survey` against the one that it follows; None if there is none or `viewer` may not read both. Items are matched by their code."""
    before = survey.follows
    if before is None or not may_read(survey, viewer=viewer) or not may_read(before, viewer=viewer):
        return None
    old, new = scale_of(before), scale_of(survey)
    if (old.low, old.high) != (new.low, new.high):
        return Waves(before, survey, 0, 0, (), "scale")
    first, second = matrix_of(before, old), matrix_of(survey, new)
    counts = len(first.audience), len(second.audience)
    if counts[0] < threshold(before.identity) or counts[1] < threshold(survey.identity):
        return Waves(before, survey, *counts, (), "few")
    place = {item.code: n for n, item in enumerate(first.items)}
    both = [(place[item.code], n, item) for n, item in enumerate(second.items) if item.code in place]
    if not both:
        return Waves(before, survey, *counts, (), "items")
    was, now = [b[0] for b in both], [b[1] for b in both]
    found = compare_waves(
        (np.asarray(first.importance[:, was]), np.asarray(first.ability[:, was])),
        (np.asarray(second.importance[:, now]), np.asarray(second.ability[:, now])),
        Scale(new.low, new.high),
    )
    least = max(threshold(before.identity), threshold(survey.identity))
    changes = [
        WaveChange(item.code, item.text, change)
        for (_was, _now, item), change in zip(both, found, strict=True)
        if change.before is not None and min(change.n_before, change.n_after) >= least
    ]
    return Waves(before, survey, *counts, tuple(sorted(changes, key=lambda c: c.change.change.value or 0)))
