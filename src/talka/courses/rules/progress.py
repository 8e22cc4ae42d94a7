"""How far somebody has come, and where they go on."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` current topics. `percent` is 100 exactly when all are done, and never more."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        # Rounded down, so that 199 of 200 is not yet all.
        return self.done * 100 // self.total if self.total else 0

    @property
    def complete(self) -> bool:
        return self.total > 0 and self.done == self.total


def progress_of(done: AbstractSet[int], current: Sequence[int]) -> Progress:
    """Progress over the topics that the course has now; topics that were done and have since gone do not count."""
    topics = set(current)
    return Progress(done=len(topics & done), total=len(topics))


def resume_at(current: Sequence[int], done: AbstractSet[int], last: int | None) -> int | None:
    """The topic to go on with: the last one opened while it is not done, else the next undone one after it, else the first undone one.

    None when there is no topic. When all are done, the first one.
    """
    if not current:
        return None
    if last in current and last not in done:
        return last
    after = current[current.index(last) + 1 :] if last in current else []
    return next((t for t in [*after, *current] if t not in done), current[0])


def is_done(*, exercises: AbstractSet[int], tried: AbstractSet[int], read: bool) -> bool:
    """A topic is done when its end was reached and every exercise was tried."""
    return read and exercises <= tried


def merge_played(played: Sequence[Sequence[float]], segment: tuple[float, float], *, length: float) -> list[list[float]]:
    """The parts of a film that were played, merged and in order, after one more segment (seconds)."""
    start, end = round(max(0.0, min(segment)), 3), round(min(max(segment), length), 3)
    parts = sorted([[float(a), float(b)] for a, b in played] + ([[start, end]] if end > start else []))
    merged: list[list[float]] = []
    for a, b in parts:
        # Half a second between two segments is the player's, not the viewer's.
        if merged and a <= merged[-1][1] + 0.5:
            merged[-1][1] = max(merged[-1][1], b)
        else:
            merged.append([a, b])
    return [[round(a, 3), round(b, 3)] for a, b in merged]


def played_share(played: Sequence[Sequence[float]], length: float) -> float:
    """Union of played segments over the length; [0,12], [8,20], [30,35] of 50 is 0.5. At most 1."""
    total = sum(b - a for a, b in merge_played(played, (0, 0), length=length))
    return min(1.0, total / length) if length > 0 else 0.0
