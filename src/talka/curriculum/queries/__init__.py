"""Reads about curricula; the viewer is an argument."""

from talka.curriculum.queries.choosing import LeftOutTopic, Result, result_of
from talka.curriculum.queries.document import Document, document_of
from talka.curriculum.queries.findings import Found, found_in, kinds
from talka.curriculum.queries.plans import (
    Plan,
    courses_to_plan_from,
    curricula_of,
    may_plan,
    needs_of_topic,
    needs_to_take,
    plan_of,
    surveys_to_take_from,
    with_counts,
)
from talka.curriculum.queries.validating import TopicSaid, said_by_topic, tasks_of, validations_of

__all__ = [
    "Document",
    "Found",
    "LeftOutTopic",
    "Plan",
    "Result",
    "TopicSaid",
    "courses_to_plan_from",
    "curricula_of",
    "document_of",
    "found_in",
    "kinds",
    "may_plan",
    "needs_of_topic",
    "needs_to_take",
    "plan_of",
    "result_of",
    "said_by_topic",
    "surveys_to_take_from",
    "tasks_of",
    "validations_of",
    "with_counts",
]
