"""A course is validated: a survey asks its testers topic by topic, and what is found becomes tasks for the author."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from talka.clusters.models import Affiliation, Cluster
from talka.courses import actions as courses
from talka.courses.models import Course, Enrolment, Topic
from talka.curriculum.models import ValidatedTopic, Validation, ValidationTask
from talka.people.actions import NotAllowed
from talka.people.models import User
from talka.surveys import actions as surveys
from talka.surveys.rules.times import state_of

TEMPLATE = "course-validation"
LONGEST_CODE = 60
# A survey without an end asks those who complete the course for a year.
ASKS = timedelta(days=365)


class NothingToValidate(Exception):
    """The course has no published topic, so there is nothing to ask about."""


class AlreadyATask(Exception):
    """This finding has been made a task before."""


@transaction.atomic
def begin_validation(*, course: Course, cluster: Cluster, by: User | None, at: datetime) -> Validation:
    """A survey of `cluster` on `course`, not open yet: the questions of the template, and two lists of topics per module.

    Raises NothingToValidate, NotAllowed.
    """
    topics = list(
        Topic.objects.filter(course=course, live=True)
        .select_related("lesson__module")
        .order_by("lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk")
    )
    if not topics:
        raise NothingToValidate(course.title)
    file = Path(settings.CONTENT) / "surveys" / "templates" / f"{TEMPLATE}.yaml"
    text: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    codes = _codes(topics)
    with translation.override(text["language"]):
        text["sections"][1:1] = _sections(topics, codes)
        title = _("Validation: {course}").format(course=course.title)[:200]
    survey = surveys.load_survey(text, cluster=cluster, by=by, at=at, title=title, is_sample=course.is_sample and by is None)
    made = Validation.objects.create(course=course, survey=survey, begun_at=at, begun_by=by)
    ValidatedTopic.objects.bulk_create(ValidatedTopic(validation=made, topic=topic, code=codes[topic.pk]) for topic in topics)
    return made


def _codes(topics: Iterable[Topic]) -> dict[int, str]:
    """A code per topic that files can show; two that are cut to the same get a number."""
    found: dict[int, str] = {}
    for topic in topics:
        base = topic.slug[:LONGEST_CODE].strip("-").lower().replace("_", "-") or "topic"
        taken = set(found.values())
        found[topic.pk] = next(c for n in range(1, len(taken) + 2) if (c := base if n == 1 else f"{base}-{n}") not in taken)
    return found


def _sections(topics: Sequence[Topic], codes: dict[int, str]) -> list[dict[str, Any]]:
    """Per module: what helped, what must change, and one open question for each topic that was named there."""
    sections = []
    modules = list(dict.fromkeys(t.lesson.module for t in topics))
    for n, module in enumerate(modules, 1):
        own = [t for t in topics if t.lesson.module == module]
        choices = [{"code": codes[t.pk], "text": t.title} for t in own]
        items: list[dict[str, Any]] = [
            {"code": f"helped-{n}", "kind": "choices", "text": _("Which of these topics helped you at work?"), "choices": choices},
            {
                "code": f"mend-{n}",
                "kind": "choices",
                "text": _("Which of them must be improved before others get them?"),
                "choices": choices,
            },
        ]
        items += [
            {
                "code": f"say-{codes[t.pk]}",
                "kind": "text",
                "text": _("“{topic}”: what should change?").format(topic=t.title),
                "condition": {"item": f"mend-{n}", "is": "has", "value": codes[t.pk]},
            }
            for t in own
        ]
        sections.append(
            {"title": module.title[:200], "text": _("Tick as many as you like. Leave out what you have not seen."), "items": items}
        )
    return sections


def testers_of(validation: Validation, *, at: datetime) -> list[str]:
    """Addresses of the cluster's people who have done at least one topic of the course."""
    cluster = validation.survey.cluster
    members = cluster.memberships.current(localdate(at)).values("organisation")
    here = Affiliation.objects.current(localdate(at)).filter(organisation__in=members).values("user")
    done = Enrolment.objects.filter(course=validation.course, user__in=here, user__is_active=True, progress__done_at__isnull=False)
    return list(done.order_by("user__email").values_list("user__email", flat=True).distinct())


@transaction.atomic
def invite_testers(*, validation: Validation, by: User, at: datetime) -> surveys.Invited:
    """A personal link for everybody of the cluster who has worked with the course; it is sent if the survey is open. From now on, whoever
    completes the course gets the link too, until the survey closes. Raises NotAllowed.
    """
    survey = validation.survey
    questionnaire = survey.questionnaires.all()[0]
    found = surveys.invite(questionnaire=questionnaire, addresses=testers_of(validation, at=at), by=by, at=at)
    Validation.objects.filter(pk=validation.pk).update(asks_until=survey.closes_at or at + ASKS)
    if state_of(survey.opens_at, survey.closes_at, at) == "open":
        surveys.send_links(survey=survey, by=by, at=at)
    return found


def ask_who_completed(*, at: datetime) -> int:
    """The link to everybody who has completed a validated course since the last time. Answers how many were asked. For the worker."""
    asked = 0
    going_on = Validation.objects.filter(asks_until__gt=at, begun_by__isnull=False).select_related("survey__cluster", "course", "begun_by")
    for validation in going_on:
        survey = validation.survey
        if state_of(survey.opens_at, survey.closes_at, at) != "open" or validation.begun_by is None:
            continue
        done = Enrolment.objects.filter(course=validation.course, completed_at__isnull=False).values("user__email")
        finished = {row["user__email"] for row in done}
        new = [address for address in testers_of(validation, at=at) if address in finished]
        try:
            made = surveys.invite(questionnaire=survey.questionnaires.all()[0], addresses=new, by=validation.begun_by, at=at)
            if made.made:
                surveys.send_links(survey=survey, by=validation.begun_by, at=at)
        except NotAllowed:
            # Who began it has left the cluster's staff: somebody else invites by hand.
            continue
        asked += made.made
    return asked


@transaction.atomic
def make_task(*, validation: Validation, topic: Topic, finding: str, title: str, kind: str, by: User, at: datetime) -> ValidationTask:
    """`finding` about `topic` stands on the course's production board as a material of `kind` to be made anew. Raises AlreadyATask, NotAllowed."""
    if ValidationTask.objects.filter(validation=validation, topic=topic, finding=finding).exists():
        raise AlreadyATask(title)
    production = courses.plan_material(
        course=validation.course, kind=kind, title=title[:200], lesson=topic.lesson, partner=None, due_on=None, by=by, at=at
    )
    return ValidationTask.objects.create(validation=validation, topic=topic, finding=finding, production=production, at=at, by=by)
