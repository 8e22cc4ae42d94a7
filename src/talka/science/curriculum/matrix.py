"""The matrix of outcomes and topics, and what it lacks."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Bloom(IntEnum):
    """Levels of the revised taxonomy (Anderson & Krathwohl 2001)."""

    REMEMBER = 1
    UNDERSTAND = 2
    APPLY = 3
    ANALYSE = 4
    EVALUATE = 5
    CREATE = 6


class Depth(IntEnum):
    """How a topic treats an outcome."""

    INTRODUCED = 1
    REINFORCED = 2
    MASTERED = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a learner can do afterwards: its level, and the keys of the needs it answers."""

    key: str
    level: Bloom
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its learner hours, its place, and the keys of topics that must come before it."""

    key: str
    hours: float = 0.0
    module: str = ""
    lesson: str = ""
    prerequisites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: how deeply the topic teaches the outcome, at which level it assesses it; None = it doesn't."""

    outcome: str
    topic: str
    taught: Depth | None = None
    assessed: Bloom | None = None


class Kind(StrEnum):
    """What a finding is about."""

    NOT_COVERED = "outcome_not_covered"
    ASSESSED_NOT_TAUGHT = "assessed_not_taught"
    TAUGHT_NOT_ASSESSED = "taught_not_assessed"
    ASSESSED_BELOW_LEVEL = "assessment_below_level"
    CYCLE = "prerequisite_cycle"
    NEED_WITHOUT_OUTCOME = "need_without_outcome"
    TOPIC_WITHOUT_NEED = "topic_without_need"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at, with the keys it concerns. topics: where (a cycle in its order). wanted, found: levels, when too low."""

    kind: Kind
    outcome: str | None = None
    topics: tuple[str, ...] = ()
    need: str | None = None
    wanted: Bloom | None = None
    found: Bloom | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """What a need leads to: the outcomes that answer it, the topics that teach those, the topics that assess them."""

    need: str
    outcomes: tuple[str, ...]
    taught: tuple[str, ...]
    assessed: tuple[str, ...]


def _known(keys: Iterable[str], known: Mapping[str, object] | set[str], what: str) -> None:
    if strangers := sorted(set(keys) - set(known)):
        raise ValueError(f"unknown {what}: {', '.join(strangers)}")


def _checked(needs: Sequence[str], outcomes: Sequence[Outcome], topics: Sequence[Topic], cells: Sequence[Cell]) -> None:
    for what, keys in (("need", list(needs)), ("outcome", [o.key for o in outcomes]), ("topic", [t.key for t in topics])):
        if doubled := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"{what} named twice: {', '.join(doubled)}")
    _known((need for outcome in outcomes for need in outcome.needs), set(needs), "need")
    _known((cell.outcome for cell in cells), {o.key for o in outcomes}, "outcome")
    _known((cell.topic for cell in cells), {t.key for t in topics}, "topic")
    _known((key for topic in topics for key in topic.prerequisites), {t.key for t in topics}, "prerequisite")


def findings(needs: Sequence[str], outcomes: Sequence[Outcome], topics: Sequence[Topic], cells: Sequence[Cell]) -> tuple[Finding, ...]:
    """What the matrix lacks, in the order of needs, outcomes, topics. An outcome not covered isn't also called untaught.

    needs: keys of accepted needs. Raises ValueError naming keys that are unknown or named twice. Source: design/methods.md §2.
    """
    _checked(needs, outcomes, topics, cells)
    answered = {need for outcome in outcomes for need in outcome.needs}
    found = [Finding(Kind.NEED_WITHOUT_OUTCOME, need=need) for need in needs if need not in answered]
    for outcome in outcomes:
        found += _of_outcome(outcome, [cell for cell in cells if cell.outcome == outcome.key])
    wanted = {outcome.key for outcome in outcomes if outcome.needs}
    useful = {cell.topic for cell in cells if cell.outcome in wanted and (cell.taught or cell.assessed)}
    found += [Finding(Kind.TOPIC_WITHOUT_NEED, topics=(topic.key,)) for topic in topics if topic.key not in useful]
    return (*found, *(Finding(Kind.CYCLE, topics=cycle) for cycle in _cycles(topics)))


def _of_outcome(outcome: Outcome, cells: Sequence[Cell]) -> list[Finding]:
    taught = tuple(cell.topic for cell in cells if cell.taught)
    assessed = tuple(cell.topic for cell in cells if cell.assessed)
    if not taught and not assessed:
        return [Finding(Kind.NOT_COVERED, outcome.key)]
    found = []
    if assessed and not taught:
        found.append(Finding(Kind.ASSESSED_NOT_TAUGHT, outcome.key, assessed))
    if taught and not assessed:
        found.append(Finding(Kind.TAUGHT_NOT_ASSESSED, outcome.key, taught))
    highest = max((cell.assessed for cell in cells if cell.assessed), default=None)
    if highest is not None and highest < outcome.level:
        found.append(Finding(Kind.ASSESSED_BELOW_LEVEL, outcome.key, assessed, wanted=Bloom(outcome.level), found=Bloom(highest)))
    return found


def _cycles(topics: Sequence[Topic]) -> list[tuple[str, ...]]:
    """A shortest cycle through each topic that is on one and on none reported before, first topic first."""
    before = {topic.key: topic.prerequisites for topic in topics}
    reported: set[str] = set()
    cycles = []
    for topic in topics:
        if topic.key not in reported and (cycle := _way_back(topic.key, before)):
            reported.update(cycle)
            cycles.append(cycle)
    return cycles


def _way_back(start: str, before: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest way from `start` along prerequisites back to it, without the repeated end; empty if there is none."""
    came: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in before[here]:
            if there == start:
                way = [here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return tuple(reversed(way))
            if there not in came:
                came[there] = here
                queue.append(there)
    return ()


def chains(needs: Sequence[str], outcomes: Sequence[Outcome], cells: Sequence[Cell]) -> tuple[Chain, ...]:
    """For each need: its outcomes, and the topics that teach and assess them, each once, in the order given."""
    found = []
    for need in needs:
        answering = tuple(outcome.key for outcome in outcomes if need in outcome.needs)
        taught = dict.fromkeys(cell.topic for cell in cells if cell.outcome in answering and cell.taught)
        assessed = dict.fromkeys(cell.topic for cell in cells if cell.outcome in answering and cell.assessed)
        found.append(Chain(need, answering, tuple(taught), tuple(assessed)))
    return tuple(found)
