"""Attempts and quizzes: how often one may try, which questions one gets, how long one has."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from talka.courses.rules import materials as m

_Key = TypeVar("_Key")
# A form on its way when the time runs out still counts.
GRACE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands with an exercise. `left` is None for as many attempts as one likes."""

    tried: int
    solved: bool
    left: int | None
    gave_up: bool = False

    @property
    def open(self) -> bool:
        """Whether another answer counts."""
        return not self.solved and not self.gave_up and self.left != 0

    @property
    def explains(self) -> bool:
        """Whether the explanation is shown."""
        return self.solved or self.gave_up or self.left == 0


def standing(exercise: m.Exercise, *, tried: int, solved: bool, gave_up: bool) -> Standing:
    left = max(0, exercise.attempts - tried) if exercise.attempts else None
    return Standing(tried=tried, solved=solved, left=left, gave_up=gave_up)


def _chance(*seed: object) -> random.Random:
    digest = hashlib.sha256("/".join(map(str, seed)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311  # the same order for the same person, nothing secret


def shuffled(keys: Sequence[_Key], *seed: object) -> list[_Key]:
    """`keys` in an order that is always the same for the same seed (person, exercise), and never the given order if there is another."""
    made = list(keys)
    chance = _chance(*seed)
    chance.shuffle(made)
    if made == list(keys) and len(set(made)) > 1:
        made = [*made[1:], made[0]]
    return made


def drawn(pool: Sequence[str], draw: int, *seed: object) -> list[str]:
    """The questions that somebody gets: `draw` of the pool (0: all) in an order of their own."""
    return _chance(*seed).sample(list(pool), len(pool) if not draw else min(draw, len(pool)))


def deadline(started: datetime, minutes: int, *, extension: int = 0) -> datetime | None:
    """When a timed quiz ends; `extension` is extra time in percent. None for one without a limit."""
    return started + timedelta(minutes=minutes * (1 + extension / 100)) if minutes else None


def in_time(at: datetime, ends: datetime | None) -> bool:
    return ends is None or at <= ends + GRACE


@dataclass(frozen=True, slots=True)
class Result:
    score: float
    passed: bool


def quiz_result(points: Mapping[str, float], scores: Mapping[str, float], pass_mark: float) -> Result:
    """The share of all drawn questions' points that was earned; a question without an answer earns none."""
    total = sum(points.values())
    earned = sum(points[key] * scores.get(key, 0.0) for key in points)
    share = earned / total if total else 0.0
    # 4 of 5 must pass 0.8, whatever the sum of floats says.
    return Result(score=min(1.0, share), passed=share + 1e-9 >= pass_mark)
