"""A training contact assigns courses to the people of their own organisation."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from talka.clusters.models import Organisation
from talka.courses.actions.entry import NotVisible, draft_rule, reach
from talka.courses.models import Assignment, Course
from talka.courses.queries.at_work import courses_to_assign
from talka.courses.rules.access import ASSIGN
from talka.people.actions import require
from talka.people.models import User


@transaction.atomic
def assign_at_work(
    *,
    course: Course,
    organisation: Organisation,
    people: Sequence[User] = (),
    newcomers_since: date | None = None,
    due_on: date | None = None,
    due_days: int | None = None,
    by: User,
    at: datetime,
) -> Assignment:
    """The chosen `people` of the organisation take the course from now on. None chosen: a rule for everybody, those who come later too,
    which `apply_rule` then applies.

    Raises NotAllowed if `by` does not look after the organisation's people, NotVisible for a course that `by` may not assign.
    """
    require(by, ASSIGN, organisation=organisation.pk)
    if not courses_to_assign(by).filter(pk=course.pk).exists():
        raise NotVisible
    rule = draft_rule(course, None, organisation, "", None, newcomers_since, due_on, due_days)
    rule.made_at, rule.made_by = at, by
    if people:
        # For the chosen ones, once: it reaches nobody later.
        rule.ended_at, rule.ended_by = at, by
    rule.save()
    if people:
        reach(rule, at=at, people=people)
    return rule
