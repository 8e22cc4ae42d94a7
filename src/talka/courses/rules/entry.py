"""How people come into a course: addresses, due dates, who may say something about it. Pure decisions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]{2,}")
_SPLIT = re.compile(r"[\n,;]+")
MOST_ADDRESSES = 200
# Somebody who has done a fifth of the topics knows enough of a course to speak about it.
ENOUGH = 0.2
# No average over fewer voices than this: one cross person is no verdict.
FEWEST_VOICES = 5


@dataclass(frozen=True, slots=True)
class Addresses:
    """What somebody typed as addresses: those that are some, in order and once each, and what is none."""

    good: tuple[str, ...]
    bad: tuple[str, ...]


def addresses_in(text: str) -> Addresses:
    """Addresses separated by commas, semicolons or new lines; "Ada Lee <ada@x.org>" counts as ada@x.org."""
    good: dict[str, None] = {}
    bad: list[str] = []
    for part in _SPLIT.split(text):
        word = part.strip()
        if not word:
            continue
        inner = word[word.find("<") + 1 : -1].strip() if word.endswith(">") and "<" in word else word
        if _ADDRESS.fullmatch(inner) and len(inner) <= 254:
            good[inner.lower()] = None
        else:
            bad.append(word[:100])
    return Addresses(tuple(good), tuple(bad))


def due_for_one(*, due_on: date | None, due_days: int | None, reached: date) -> date | None:
    """When somebody who is reached on a day by a rule has to be done."""
    return reached + timedelta(days=due_days) if due_days else due_on


def may_speak(*, done: int, total: int) -> bool:
    """Whether somebody has done enough of a course (current topics) to review it."""
    return total > 0 and done >= 1 and done / total >= ENOUGH


@dataclass(frozen=True, slots=True)
class Voices:
    """The stars of a course: how many gave each number from 1 to 5. `mean` is None below the least number of voices."""

    counts: tuple[int, int, int, int, int]

    @property
    def n(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        if self.n < FEWEST_VOICES:
            return None
        return round(sum(stars * n for stars, n in enumerate(self.counts, 1)) / self.n, 1)


def voices(stars: Iterable[int]) -> Voices:
    given = list(stars)
    return Voices((given.count(1), given.count(2), given.count(3), given.count(4), given.count(5)))
