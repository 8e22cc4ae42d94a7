"""A curriculum as a whole: its needs, outcomes, topics and cells, and what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Aggregate, Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from talka.clusters.models import Cluster
from talka.courses.models import Course, Topic
from talka.courses.queries import courses_of_workspace
from talka.curriculum.models import (
    Cell,
    Curriculum,
    CurriculumNeed,
    PlannedModule,
    PlannedOutcome,
    PlannedTopic,
    Prerequisite,
)
from talka.curriculum.rules import BLOOM, PLAN, SEE
from talka.people.queries import Viewer, standing_of
from talka.people.rules import may
from talka.science import curriculum as science
from talka.surveys.models import Need, Survey
from talka.surveys.queries import ranked_needs, surveys_of


def curricula_of(cluster: Cluster, *, viewer: Viewer) -> QuerySet[Curriculum]:
    """The curricula of `cluster`, if `viewer` may see them."""
    seen = Curriculum.objects.filter(cluster=cluster)
    if not may(standing_of(viewer), SEE, cluster=cluster.pk):
        seen = seen.none()
    return seen.select_related("cluster", "survey", "framework", "course")


def with_counts(curricula: QuerySet[Curriculum]) -> QuerySet[Curriculum]:
    """Each with `needs_n`, `outcomes_n`, `topics_n` and `minutes` of what is in the plan. Counted apart: joined, rows would multiply."""
    planned = PlannedTopic.objects.filter(left_out_at=None)
    return curricula.annotate(
        needs_n=_sum(CurriculumNeed.objects.all(), Count("pk")),
        outcomes_n=_sum(PlannedOutcome.objects.all(), Count("pk")),
        topics_n=_sum(planned, Count("pk")),
        minutes=_sum(planned, Sum("materials__minutes")),
    )


def _sum(rows: QuerySet[Any], what: Aggregate) -> Coalesce:
    """`what` of those `rows` that belong to the outer curriculum, 0 without any."""
    own = rows.filter(curriculum=OuterRef("pk")).order_by().values("curriculum").annotate(n=what).values("n")
    return Coalesce(Subquery(own, output_field=IntegerField()), 0)


def may_plan(viewer: Viewer, cluster: Cluster) -> bool:
    return may(standing_of(viewer), PLAN, cluster=cluster.pk)


def surveys_to_take_from(cluster: Cluster, *, viewer: Viewer) -> QuerySet[Survey]:
    """Surveys of the cluster that `viewer` may read and that have ranked needs."""
    return surveys_of(cluster, viewer=viewer).filter(needs__isnull=False).distinct()


def courses_to_plan_from(cluster: Cluster, *, viewer: Viewer) -> QuerySet[Course]:
    """Courses of the workspace that have topics."""
    return courses_of_workspace(cluster, viewer=viewer).filter(topics__isnull=False).distinct()


def needs_to_take(curriculum: Curriculum, *, viewer: Viewer) -> list[Need]:
    """Accepted needs of the curriculum's survey that it has not taken yet, greatest first."""
    if curriculum.survey is None:
        return []
    taken = set(curriculum.needs.values_list("measured_id", flat=True))
    return [need for need in ranked_needs(curriculum.survey, viewer=viewer) if need.pk not in taken and accepted(need)]


def accepted(need: Need) -> bool:
    """Whether the newest decision on `need` (fetched with its decisions, oldest first) accepts it."""
    decisions = list(need.decisions.all())
    return bool(decisions) and decisions[-1].verdict == "accept"


@dataclass(frozen=True)
class Plan:
    """Everything of one curriculum, as its pages show it. Topics in the order of the course; `cells` by (outcome's key, topic's key)."""

    curriculum: Curriculum
    needs: Sequence[CurriculumNeed]
    outcomes: Sequence[PlannedOutcome]
    modules: Sequence[PlannedModule]
    every_topic: Sequence[PlannedTopic]
    cells: dict[tuple[int, int], Cell]

    @cached_property
    def topics(self) -> list[PlannedTopic]:
        """Those in the plan, without what was left out."""
        return [topic for topic in self.every_topic if topic.left_out_at is None]

    @cached_property
    def left_out(self) -> list[PlannedTopic]:
        return [topic for topic in self.every_topic if topic.left_out_at is not None]

    @cached_property
    def outcome(self) -> dict[int, PlannedOutcome]:
        return {outcome.pk: outcome for outcome in self.outcomes}

    @cached_property
    def topic(self) -> dict[int, PlannedTopic]:
        return {topic.pk: topic for topic in self.every_topic}

    @cached_property
    def need(self) -> dict[int, CurriculumNeed]:
        return {need.pk: need for need in self.needs}

    @cached_property
    def module(self) -> dict[int, PlannedModule]:
        return {module.pk: module for module in self.modules}

    def minutes(self, topic: PlannedTopic) -> int:
        return sum(material.minutes for material in topic.materials.all())

    def before(self, topic: PlannedTopic) -> list[int]:
        """Keys of the topics that must come before it."""
        return [row.before_id for row in topic.prerequisites.all()]

    def for_science(self, *, every: bool = False) -> tuple[list[str], list[science.Outcome], list[science.Topic], list[science.Cell]]:
        """Needs, outcomes, topics and cells with their database keys as names; with `every`, topics that were left out too."""
        topics = list(self.every_topic if every else self.topics)
        known = {topic.pk for topic in topics}
        return (
            [str(need.pk) for need in self.needs],
            [science.Outcome(str(o.pk), BLOOM[o.bloom], tuple(sorted(str(need.pk) for need in o.needs.all()))) for o in self.outcomes],
            [
                science.Topic(
                    key=str(t.pk),
                    hours=self.minutes(t) / 60,
                    module=str(t.module_id or ""),
                    lesson=t.lesson,
                    prerequisites=tuple(str(pk) for pk in self.before(t) if pk in known),
                )
                for t in topics
            ],
            [
                science.Cell(
                    outcome=str(o),
                    topic=str(t),
                    taught=science.Depth(cell.taught) if cell.taught else None,
                    assessed=science.Bloom(cell.assessed) if cell.assessed else None,
                )
                for (o, t), cell in self.cells.items()
                if t in known
            ],
        )

    @cached_property
    def workload(self) -> science.Workload:
        """Hours of what is in the plan."""
        return science.workload(self.for_science()[2])

    @cached_property
    def hours_by_kind(self) -> dict[str, float]:
        """Hours of what is in the plan by kind of material, most first."""
        found: dict[str, int] = {}
        for topic in self.topics:
            for material in topic.materials.all():
                found[material.kind] = found.get(material.kind, 0) + material.minutes
        return {kind: minutes / 60 for kind, minutes in sorted(found.items(), key=lambda pair: -pair[1])}

    @cached_property
    def chains(self) -> dict[int, science.Chain]:
        """What each need leads to, by the need's key."""
        needs, outcomes, _topics, cells = self.for_science()
        return {int(chain.need): chain for chain in science.chains(needs, outcomes, cells)}


def plan_of(curriculum: Curriculum) -> Plan:
    """Everything of a curriculum that was fetched for a viewer. Nine queries, however large it is."""
    outcomes = curriculum.outcomes.prefetch_related("needs", "competences")
    topics = (
        curriculum.topics.select_related("module", "mark", "topic__course")
        .defer("topic__body")
        .prefetch_related("materials", Prefetch("prerequisites", Prerequisite.objects.order_by("pk")))
    )
    return Plan(
        curriculum=curriculum,
        needs=list(curriculum.needs.select_related("measured__item", "measured__survey__cluster", "competence")),
        outcomes=list(outcomes),
        modules=list(curriculum.modules.all()),
        every_topic=list(topics),
        cells={(cell.outcome_id, cell.topic_id): cell for cell in Cell.objects.filter(topic__curriculum=curriculum)},
    )


def needs_of_topic(topic: Topic, *, viewer: Viewer) -> QuerySet[CurriculumNeed]:
    """The needs behind a topic of a course, over all curricula that `viewer` may see: those answered by outcomes that it treats.

    One query; none for who sees no curriculum at all.
    """
    standing = standing_of(viewer)
    mine = standing.clusters_as(*SEE.parts)
    if not mine and not standing.operator:
        return CurriculumNeed.objects.none()
    seen = CurriculumNeed.objects.filter(outcomes__cells__topic__topic=topic)
    if not standing.operator:
        seen = seen.filter(curriculum__cluster__in=mine)
    return seen.select_related("curriculum__cluster").distinct().order_by("-weight", "pk")
