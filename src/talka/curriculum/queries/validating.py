"""What testers said about each topic of a course; the viewer is an argument."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from talka.clusters.models import Cluster
from talka.courses.models import Course, Topic
from talka.curriculum.models import Validation, ValidationTask
from talka.people.queries import Viewer
from talka.surveys.models import Answer
from talka.surveys.queries import may_read, surveys_of
from talka.surveys.rules.privacy import threshold


@dataclass(frozen=True, slots=True)
class TopicSaid:
    """What testers said about a topic. `people`: those who said something about its module; None where they are too few to be shown.

    `quotes`: texts of those who allow it, in an order that tells nothing.
    """

    topic: Topic
    people: int | None
    helped: int | None
    mend: int | None
    quotes: tuple[str, ...]


def validations_of(cluster: Cluster, *, viewer: Viewer, course: Course | None = None) -> QuerySet[Validation]:
    """Validations by surveys of `cluster` whose results `viewer` may read, the newest first."""
    found = Validation.objects.filter(survey__in=surveys_of(cluster, viewer=viewer)).select_related("survey__cluster", "course")
    return found if course is None else found.filter(course=course)


def said_by_topic(validation: Validation, *, viewer: Viewer) -> Sequence[TopicSaid]:
    """Each topic in the course's order; empty if `viewer` may not read the survey. Three queries."""
    survey = validation.survey
    if not may_read(survey, viewer=viewer):
        return []
    rows = validation.topics.select_related("topic__lesson__module").order_by(
        "topic__lesson__module__order", "topic__lesson__module__pk", "topic__lesson__order", "topic__lesson__pk", "topic__order", "pk"
    )
    codes = {row.code: row.topic for row in rows}
    kinds = {"helped": Counter[str](), "mend": Counter[str]()}
    people: dict[str, set[int]] = defaultdict(set)
    quotes: dict[str, list[str]] = defaultdict(list)
    module: dict[str, str] = {}
    for code, choices in survey.items.filter(code__startswith="helped-").values_list("code", "options"):
        module |= {choice["code"]: code.removeprefix("helped-") for choice in choices.get("choices", ())}
    handed_in = Answer.objects.filter(response__survey=survey, response__submitted_at__isnull=False, value__isnull=False)
    for response, may_quote, item, value in handed_in.values_list("response_id", "response__may_quote", "item__code", "value"):
        kind, _hyphen, rest = item.partition("-")
        if kind in kinds and isinstance(value, list):
            kinds[kind].update(value)
            people[rest].add(response)
        elif kind == "say" and may_quote and isinstance(value, str):
            quotes[rest].append(value)
    least = threshold(survey.identity)
    found = []
    for code, topic in codes.items():
        n = len(people[module.get(code, "")])
        enough = n >= least
        found.append(
            TopicSaid(
                topic=topic,
                people=n if enough or not n else None,
                helped=kinds["helped"][code] if enough else None,
                mend=kinds["mend"][code] if enough else None,
                quotes=tuple(sorted(quotes[code])) if enough else (),
            )
        )
    return found


def tasks_of(validation: Validation) -> dict[tuple[int, str], ValidationTask]:
    """What was made a task already, by topic and finding."""
    return {(t.topic_id, t.finding): t for t in validation.tasks.select_related("production")}
