"""How much work is a curriculum?"""

from collections.abc import Sequence
from dataclasses import dataclass

from talka.science.curriculum.matrix import Topic

HOURS_PER_ECTS = (25.0, 30.0)
WORDS_PER_MINUTE = 180.0  # reading to learn, on a screen: below the 238 of plain reading (Brysbaert 2019, 10.1016/j.jml.2019.104047)
PER_PLAYED_MINUTE = 1.5  # pausing, going back and taking notes (ours)
MINUTES_PER_QUESTION = 2.0  # reading, answering and reading the feedback (ours)


@dataclass(frozen=True, slots=True)
class Ects:
    """Credits that hours of work are worth: low at 30 hours a credit, high at 25."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Workload:
    """Learner hours: in all, by module and by lesson (keyed by module and lesson), in the order the topics come."""

    hours: float
    ects: Ects
    modules: dict[str, float]
    lessons: dict[tuple[str, str], float]


def ects(hours: float) -> Ects:
    """Credits of `hours` of work at 25 to 30 hours each. Raises ValueError for hours below 0.

    Source: European Commission, ECTS users' guide (2015), 10; 60 hours are 2.0 to 2.4 credits.
    """
    if not hours >= 0:
        raise ValueError("hours are not negative")
    fewest, most = HOURS_PER_ECTS
    return Ects(hours / most, hours / fewest)


def learner_minutes(*, words: int = 0, played_minutes: float = 0.0, questions: int = 0, activity_minutes: float = 0.0) -> float:
    """Estimated minutes a learner needs for a material: words read, minutes played, questions answered, and work set by the author.

    Raises ValueError for anything below 0. A stated duration is better than this estimate.
    """
    if min(words, played_minutes, questions, activity_minutes) < 0:
        raise ValueError("nothing of a material is negative")
    return words / WORDS_PER_MINUTE + played_minutes * PER_PLAYED_MINUTE + questions * MINUTES_PER_QUESTION + activity_minutes


def workload(topics: Sequence[Topic]) -> Workload:
    """Sums of the topics' hours. Raises ValueError for negative hours."""
    modules: dict[str, float] = {}
    lessons: dict[tuple[str, str], float] = {}
    for topic in topics:
        if not topic.hours >= 0:
            raise ValueError(f"{topic.key} has {topic.hours} hours")
        modules[topic.module] = modules.get(topic.module, 0.0) + topic.hours
        lessons[topic.module, topic.lesson] = lessons.get((topic.module, topic.lesson), 0.0) + topic.hours
    total = sum(modules.values())
    return Workload(total, ects(total), modules, lessons)
