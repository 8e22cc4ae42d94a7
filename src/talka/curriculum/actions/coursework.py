"""From a course to its plan, and from a plan to the course."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from talka.clusters.models import Cluster
from talka.courses import actions as courses
from talka.courses.models import Course, CourseOutcome, Material, Topic
from talka.courses.rules.packs import OutcomeEntry
from talka.curriculum import rules
from talka.curriculum.actions.planning import changed, may_change, start
from talka.curriculum.models import (
    Cell,
    Curriculum,
    PlannedMaterial,
    PlannedModule,
    PlannedOutcome,
    PlannedTopic,
    Prerequisite,
)
from talka.curriculum.queries.plans import Plan, plan_of
from talka.people.models import User
from talka.skills.models import Competence
from talka.surveys.models import Survey


class NotReady(Exception):
    """The plan can't become a course as it is. The text says what to mend."""


# From a course


@transaction.atomic
def from_course(
    *,
    course: Course,
    cluster: Cluster,
    by: User | None,
    at: datetime,
    survey: Survey | None = None,
    title: str = "",
    is_sample: bool = False,
) -> Curriculum:
    """The plan that `course` carries out, for `cluster`: its outline, outcomes and hours, and the matrix as far as the course says it.

    A topic's minutes fall to its kinds of material by estimate. An outcome is introduced by the first topic that lists it, mastered in the
    last that assesses it, reinforced in between; it is assessed as high as the exercises that name it can show (rules.SHOWS). With `survey`
    the needs accepted there come in, each answered by the outcomes that build its competence. All of it is a first guess to be corrected.
    Raises NotAllowed, OtherCluster.
    """
    words = {
        "summary": course.summary,
        "audience": course.audience,
        "language": course.language,
        "eqf": course.level,
    }
    curriculum = start(
        cluster=cluster, title=title or course.title, by=by, at=at, survey=survey, is_sample=is_sample, course=course, **words
    )
    course_outcomes = list(course.outcomes.select_related("outcome").prefetch_related("outcome__competences"))
    outcomes = _outcomes(curriculum, course_outcomes)
    topics = _topics(curriculum, course)
    _tie_needs(curriculum, outcomes)
    _cells(curriculum, outcomes, topics, by=by, at=at)
    if curriculum.framework_id is None:
        framework = next((o.outcome.framework for o in course_outcomes if o.outcome and o.outcome.framework_id), None)
        Curriculum.objects.filter(pk=curriculum.pk).update(framework=framework)
    sources = dict.fromkeys(line for topic, _planned in topics for line in topic.sources)
    Curriculum.objects.filter(pk=curriculum.pk).update(literature="\n".join(sorted(sources)), partners="\n".join(course.authors))
    curriculum.refresh_from_db()
    return curriculum


def _outcomes(curriculum: Curriculum, rows: Sequence[CourseOutcome]) -> dict[str, PlannedOutcome]:
    made = {
        row.key: PlannedOutcome(
            curriculum=curriculum,
            key=row.key,
            text=row.text[:400],
            bloom=row.bloom,
            eqf=row.level,
            order=n,
            outcome=row.outcome,
            course_outcome=row,
        )
        for n, row in enumerate(rows)
    }
    PlannedOutcome.objects.bulk_create(made.values())
    link = PlannedOutcome.competences.through
    link.objects.bulk_create(
        link(plannedoutcome_id=made[row.key].pk, competence_id=competence.pk)
        for row in rows
        if row.outcome
        for competence in row.outcome.competences.all()
    )
    return made


def _topics(curriculum: Curriculum, course: Course) -> list[tuple[Topic, PlannedTopic]]:
    modules = {
        module.pk: PlannedModule(curriculum=curriculum, key=module.slug, title=module.title[:200], summary=module.summary, order=n)
        for n, module in enumerate(course.modules.all())
    }
    PlannedModule.objects.bulk_create(modules.values())
    rows = course.topics.select_related("lesson").defer("body").prefetch_related("requirements", "topic_outcomes__outcome")
    rows = rows.order_by("lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk")
    live = list(rows.filter(live=True)) or list(rows)
    planned = {
        topic.pk: PlannedTopic(
            curriculum=curriculum, module=modules[topic.lesson.module_id], lesson=topic.lesson.title[:200], key=topic.slug,
            title=topic.title[:300], summary=topic.summary, order=n, topic=topic,
        )
        for n, topic in enumerate(live)
    }  # fmt: skip
    PlannedTopic.objects.bulk_create(planned.values())
    Prerequisite.objects.bulk_create(
        Prerequisite(topic=planned[topic.pk], before=planned[row.needs_id])
        for topic in live
        for row in topic.requirements.all()
        if row.needs_id in planned
    )
    materials = Material.objects.current().pieces().filter(topic__in=live).order_by("order", "pk")
    by_topic: dict[int, list[Material]] = {}
    for material in materials:
        by_topic.setdefault(material.topic_id, []).append(material)
    PlannedMaterial.objects.bulk_create(
        line for topic in live for line in _lines(planned[topic.pk], topic.minutes, by_topic.get(topic.pk, []))
    )
    return [(topic, planned[topic.pk]) for topic in live]


def _lines(planned: PlannedTopic, minutes: int, materials: Sequence[Material]) -> list[PlannedMaterial]:
    """The topic's minutes by kind of material."""
    counts: dict[str, int] = {}
    estimates: dict[str, float] = {}
    for material in materials:
        definition: Mapping[str, Any] = material.definition
        questions = {"exercise": 1, "quiz": definition.get("draw") or len(definition.get("pool", ()))}.get(material.kind, 0)
        counts[material.kind] = counts.get(material.kind, 0) + 1
        estimates[material.kind] = estimates.get(material.kind, 0.0) + rules.estimated_minutes(
            material.kind, words=material.words, seconds=material.seconds or 0.0, questions=questions, exercise=definition.get("type", "")
        )
    if not counts:
        counts, estimates = {"text": 1}, {"text": 1.0}
    shares = rules.shared_minutes(minutes, estimates)
    return [PlannedMaterial(topic=planned, kind=kind, count=count, minutes=shares[kind]) for kind, count in counts.items()]


def _tie_needs(curriculum: Curriculum, outcomes: Mapping[str, PlannedOutcome]) -> None:
    needs = [need for need in curriculum.needs.all() if need.competence_id]
    builds: dict[int, list[int]] = {}
    link = PlannedOutcome.competences.through
    for outcome, competence in link.objects.filter(plannedoutcome__in=[o.pk for o in outcomes.values()]).values_list(
        "plannedoutcome_id", "competence_id"
    ):
        builds.setdefault(competence, []).append(outcome)
    # A repeated framework has a new version of the same competence, so keys count, not rows.
    keys = dict(Competence.objects.filter(pk__in=[*builds, *(n.competence_id for n in needs if n.competence_id)]).values_list("pk", "key"))
    by_key: dict[str, list[int]] = {}
    for competence, answering in builds.items():
        by_key.setdefault(keys[competence], []).extend(answering)
    through = PlannedOutcome.needs.through
    through.objects.bulk_create(
        through(plannedoutcome_id=outcome, curriculumneed_id=need.pk)
        for need in needs
        for outcome in sorted(set(by_key.get(keys[need.competence_id or 0], ())))
    )


def _cells(
    curriculum: Curriculum,
    outcomes: Mapping[str, PlannedOutcome],
    topics: Sequence[tuple[Topic, PlannedTopic]],
    *,
    by: User | None,
    at: datetime,
) -> None:
    assessing: dict[tuple[int, str], list[str]] = {}
    exercises = Material.objects.current().filter(topic__in=[topic.pk for topic, _p in topics], kind="exercise")
    for topic_pk, definition in exercises.values_list("topic_id", "definition"):
        for key in definition.get("assesses", ()):
            assessing.setdefault((topic_pk, key), []).append(definition["type"])
    cells = []
    for key, outcome in outcomes.items():
        wanted = rules.BLOOM[outcome.bloom]
        shown = {topic.pk: rules.level_shown(wanted, assessing.get((topic.pk, key), ())) for topic, _planned in topics}
        listed = [topic.pk for topic, _planned in topics if any(row.outcome.key == key for row in topic.topic_outcomes.all())]
        taught = rules.depths([rules.Treatment(pk, shown[pk]) for pk in listed])
        cells += [
            Cell(outcome=outcome, topic=planned, taught=taught.get(topic.pk), assessed=shown[topic.pk], changed_at=at, changed_by=by)
            for topic, planned in topics
            if topic.pk in taught or shown[topic.pk] is not None
        ]
    Cell.objects.bulk_create(cells)
    changed(curriculum, by, at)


# To a course


@transaction.atomic
def to_course(*, curriculum: Curriculum, by: User | None, at: datetime, course: Course | None = None) -> courses.Drafted:
    """The plan's topics are in a course: in `course`, in the one it came from, or in a new one. New topics are drafts with their productions.

    Topics that the course has stay as they are and get the planned outcomes besides their own. It can be repeated after the plan has grown.
    Raises NotReady, NotAllowed.
    """
    may_change(curriculum, by)
    plan = plan_of(curriculum)
    ready(plan)
    course = course or curriculum.course
    if course is None:
        course = courses.draft_course(
            cluster=curriculum.cluster, key=curriculum.slug, title=curriculum.title, by=by, at=at, summary=curriculum.summary,
            audience=curriculum.audience, language=curriculum.language, level=curriculum.eqf, hours=round(plan.workload.hours, 1),
        )  # fmt: skip
    drafted = courses.draft_topics(course=course, outcomes=_entries(plan), modules=_outline(plan, course), by=by, at=at)
    for planned in plan.topics:
        if planned.topic_id is None:
            PlannedTopic.objects.filter(pk=planned.pk).update(topic=drafted.topics[planned.key])
    for outcome in plan.outcomes:
        row = drafted.outcomes[outcome.key]
        PlannedOutcome.objects.filter(pk=outcome.pk).update(course_outcome=row, outcome=row.outcome)
    Curriculum.objects.filter(pk=curriculum.pk).update(course=course)
    curriculum.course = course
    changed(curriculum, by, at)
    return drafted


def ready(plan: Plan) -> None:
    """Raises NotReady, saying what is missing, unless the plan can become a course."""
    if not plan.topics:
        raise NotReady(_("No topic is in the plan yet. Plan topics first."))
    if not rules.in_order({topic.pk: plan.before(topic) for topic in plan.topics}):
        raise NotReady(_("Some topics depend on each other in a circle. Remove a prerequisite first; the findings name them."))


def _entries(plan: Plan) -> list[OutcomeEntry]:
    return [
        OutcomeEntry(
            key=outcome.key,
            text=outcome.text,
            bloom=cast("Any", outcome.bloom),
            level=outcome.eqf,
            competences=[competence.key for competence in outcome.competences.all()],
        )
        for outcome in plan.outcomes
    ]


def _outline(plan: Plan, course: Course) -> list[courses.DraftModule]:
    keys = {topic.pk: topic.key for topic in plan.topics}
    treats: dict[int, list[str]] = {}
    for outcome_pk, topic_pk in plan.cells:
        treats.setdefault(topic_pk, []).append(plan.outcome[outcome_pk].key)

    def draft(topic: PlannedTopic) -> courses.DraftTopic:
        there = topic.topic if topic.topic and topic.topic.course_id == course.pk else None
        return courses.DraftTopic(
            key=topic.key,
            title=topic.title,
            minutes=plan.minutes(topic),
            summary=topic.summary,
            outcomes=tuple(treats.get(topic.pk, ())),
            requires=tuple(keys[pk] for pk in plan.before(topic) if pk in keys),
            materials=tuple((line.kind, f"{topic.title}: {n}") for line in topic.materials.all() for n in range(1, line.count + 1)),
            topic=there,
        )

    outline = []
    for module, in_module in groupby(plan.topics, key=lambda t: t.module):
        lessons: dict[str, list[PlannedTopic]] = {}
        for topic in in_module:
            lessons.setdefault(topic.lesson or (module.title if module else plan.curriculum.title), []).append(topic)
        outline.append(
            courses.DraftModule(
                key=module.key if module else "topics",
                title=module.title if module else plan.curriculum.title,
                summary=module.summary if module else "",
                lessons=tuple(courses.DraftLesson(title, tuple(map(draft, rows))) for title, rows in lessons.items()),
            )
        )
    return outline
