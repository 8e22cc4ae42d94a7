"""Who may see figures of use, and how many people must stand behind one. Pure decisions."""

from dataclasses import dataclass
from datetime import date, timedelta

from talka.people.rules import STAFF, Ability

SEE_USE = Ability("see how people use this", STAFF)

# Ways to narrow a page to the last so many days; 0 is everything.
PERIODS = (28, 91, 182, 364, 0)
STANDARD = 364


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` (None: from the beginning) to `until`, both counted."""

    since: date | None
    until: date

    @property
    def days(self) -> int | None:
        return None if self.since is None else (self.until - self.since).days + 1


def period(asked_since: date | None, asked_until: date | None, days: int | None, *, today: date) -> Period:
    """What was asked, within reason: an end in the future is today, a beginning after the end is dropped."""
    until = min(asked_until or today, today)
    since = asked_since
    if since is None and days is None:
        days = STANDARD
    if since is None and days:
        since = until - timedelta(days=days - 1)
    return Period(since if since is None or since <= until else None, until)


def change(now: int, before: int, minimum: int) -> int | None:
    """How many more people now than before; None if one of the two is a small group that the difference would give away."""
    return None if 0 < now < minimum or 0 < before < minimum else now - before


def few(n: int, minimum: int) -> bool:
    """Whether `n` people are a group too small to show. Nobody is no group: a zero may be shown."""
    return 0 < n < minimum


# Flags of design/methods.md §3 for exercises.
def exercise_flags(share: float, discrimination: float | None) -> tuple[str, ...]:
    """What deserves a look: "hard" below .2, "easy" above .9, "key" at zero or negative discrimination, "weak" below .2."""
    found = []
    if share < 0.2:
        found.append("hard")
    if share > 0.9:
        found.append("easy")
    if discrimination is not None:
        if discrimination <= 0:
            found.append("key")
        elif discrimination < 0.2:
            found.append("weak")
    return tuple(found)


# From here on a topic is a finding of a validation: a fifth of those who could have.
MANY = 0.2


def topic_findings(people: int | None, mend: int | None, reached: int | None, stopped: int | None) -> tuple[str, ...]:
    """What testers and use say against a topic: "mend" if a fifth of the testers ask for changes, "stops" if a fifth stop there.

    None: too few people to be told, so nothing follows.
    """
    found = []
    if people and mend is not None and mend / people >= MANY:
        found.append("mend")
    if reached and stopped is not None and stopped / reached >= MANY:
        found.append("stops")
    return tuple(found)
