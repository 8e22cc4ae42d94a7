"""How many get how far?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Estimate
from talka.science.psychometrics.response import share

STAGES = ("enrolled", "started", "half-way", "completed", "certified")


@dataclass(frozen=True, slots=True)
class Step:
    """One stage. of_all: share of those at the first stage; of_previous: share of those at the stage before; with intervals."""

    stage: str
    people: int
    of_all: Estimate
    of_previous: Estimate


def funnel(reached: ArrayLike, *, stages: Sequence[str] = STAGES, level: float = 0.95) -> tuple[Step, ...]:
    """People per stage. reached: (people, stages) True where somebody reached a stage; a later stage implies those before it.

    Raises ValueError unless there is one column per stage. Intervals: Wilson.
    """
    marks = np.asarray(reached, dtype=bool)
    if not marks.size:
        marks = np.zeros((0, len(stages)), dtype=bool)
    if marks.ndim != 2 or marks.shape[1] != len(stages):
        raise ValueError(f"one column for each of {len(stages)} stages is needed, not {marks.shape}")
    at_least = np.maximum.accumulate(marks[:, ::-1], axis=1)[:, ::-1]
    people = [int(n) for n in at_least.sum(axis=0)]
    before = [people[0], *people[:-1]] if people else []
    return tuple(
        Step(stage, n, share(n, people[0], level=level), share(n, earlier, level=level))
        for stage, n, earlier in zip(stages, people, before, strict=True)
    )
