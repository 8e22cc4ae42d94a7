"""A course's validation: what its testers said about each topic, beside how the topic is used and how its exercises work."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from talka.courses.models import Topic
from talka.curriculum.models import Validation, ValidationTask
from talka.curriculum.queries import said_by_topic, tasks_of
from talka.insight import dimensions
from talka.insight.queries import audiences_of, usage_of
from talka.insight.rules import Period, exercise_flags, topic_findings
from talka.people.queries import Viewer


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a topic that deserves work: what it is in words, the kind of material it concerns, and the task it became."""

    key: str
    says: str
    kind: str
    task: ValidationTask | None


@dataclass(frozen=True, slots=True)
class TopicVerdict:
    """A topic as its testers and its users found it. Numbers are None where too few people stand behind them.

    people, helped, mend: of the testers who said something about its module. reached, stopped, completed: people who used it.
    exercises: (title, share correct, discrimination, people). pressing: the more, the sooner it should be mended.
    """

    topic: Topic
    people: int | None
    helped: int | None
    mend: int | None
    quotes: tuple[str, ...]
    reached: int | None
    stopped: int | None
    completed: int | None
    exercises: tuple[tuple[str, float, float | None, int], ...]
    findings: tuple[Finding, ...]

    @property
    def pressing(self) -> float:
        share = (self.mend or 0) / self.people if self.people else 0.0
        return 2 * share + len(self.findings)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All topics in the course's order. `minimum`: fewer people than that are not shown."""

    topics: Sequence[TopicVerdict]
    minimum: int
    computed_at: datetime | None

    @property
    def pressing(self) -> list[TopicVerdict]:
        """What should be mended first."""
        return sorted((t for t in self.topics if t.findings), key=lambda t: -t.pressing)


def verdict_on(validation: Validation, *, viewer: Viewer, at: datetime) -> Verdict | None:
    """What testers and use say about each topic; None if `viewer` may not read the survey.

    Use is that of the cluster's own people, of the last year, with the privacy threshold of a cluster.
    """
    said = said_by_topic(validation, viewer=viewer)
    if not said:
        return None
    cluster = validation.survey.cluster_id
    audience = next((a for a in audiences_of(validation.course, viewer=viewer) if a.cluster == cluster), None)
    if audience is None:
        return None
    used = usage_of(validation.course, viewer=viewer, audience=audience, period=Period(None, localdate(at)))
    by_unit = {r["unit"]: r for r in used["use-by-unit"]}
    stops = {r["unit"]: r for r in used["stops"]}
    exercises: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in used["exercises"]:
        exercises[row["topic_title"]].append(row)
    known = tasks_of(validation)
    topics = []
    for one in said:
        unit = dimensions.activity("topic", one.topic.uuid)
        use, stop = by_unit.get(unit, {}), stops.get(unit, {})
        items = [e for e in exercises.get(one.topic.title, ()) if e["people"] >= audience.minimum]
        reached = _shown(stop.get("reached", 0), audience.minimum)
        stopped = _shown(stop.get("stopped", 0), audience.minimum) if reached is not None else None
        flags = [(e["title"], flag) for e in items for flag in exercise_flags(e["share"], e["discrimination"])]
        keys = topic_findings(one.people, one.mend, reached, stopped) + tuple(dict.fromkeys(flag for _title, flag in flags))
        topics.append(
            TopicVerdict(
                topic=one.topic,
                people=one.people,
                helped=one.helped,
                mend=one.mend,
                quotes=one.quotes,
                reached=reached,
                stopped=stopped,
                completed=_shown(use.get("completed", 0), audience.minimum),
                exercises=tuple((e["title"] or "", e["share"], e["discrimination"], e["people"]) for e in items),
                findings=tuple(
                    Finding(
                        key,
                        words(key),
                        "text" if key in {"mend", "stops"} else "exercise",
                        known.get((one.topic.pk, key)),
                    )
                    for key in keys
                ),
            )
        )
    return Verdict(topics, audience.minimum, used.computed_at)


def _shown(n: int, minimum: int) -> int | None:
    return n if n == 0 or n >= minimum else None


def words(finding: str) -> str:
    """A finding as the page and the production board say it."""
    return {
        "mend": _("testers ask for changes"),
        "stops": _("many stop here"),
        "hard": _("an exercise is too hard"),
        "easy": _("an exercise is too easy"),
        "key": _("the key of an exercise may be wrong"),
        "weak": _("an exercise does not show who can do it"),
    }[finding]
