"""Planning by hand: needs, outcomes, modules, topics, cells."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Max
from django.utils.text import slugify

from talka.clusters.models import Cluster
from talka.curriculum.models import (
    Cell,
    Curriculum,
    CurriculumNeed,
    PlannedMaterial,
    PlannedModule,
    PlannedOutcome,
    PlannedTopic,
    Prerequisite,
)
from talka.curriculum.queries.plans import accepted
from talka.curriculum.rules import PLAN
from talka.people.actions import require
from talka.people.models import User
from talka.skills.models import Competence
from talka.surveys.models import Need, NeedDecision, Survey

Part = CurriculumNeed | PlannedOutcome | PlannedModule | PlannedTopic


class OtherCluster(ValueError):
    """The survey or course belongs to another cluster, or the two parts to different curricula."""


def may_change(curriculum: Curriculum, by: User | None) -> None:
    """Raises NotAllowed unless `by` may change the curriculum."""
    if by is not None:
        require(by, PLAN, cluster=curriculum.cluster_id)


def changed(curriculum: Curriculum, by: User | None, at: datetime) -> None:
    Curriculum.objects.filter(pk=curriculum.pk).update(changed_at=at, changed_by=by)


def free_key(rows: models.QuerySet[Any], title: str, *, field: str = "key", fallback: str = "part") -> str:
    """A key made of `title` that none of `rows` has; texts without Latin letters get a numbered one."""
    stem = slugify(title)[:70] or fallback
    if stem == "new":  # an address of its own
        stem = f"{stem}-{fallback}"
    taken = set(rows.filter(**{f"{field}__startswith": stem}).values_list(field, flat=True))
    return next(key for n in range(1, len(taken) + 2) if (key := stem if n == 1 else f"{stem}-{n}") not in taken)


def next_place(rows: models.QuerySet[Any]) -> int:
    last: int | None = rows.aggregate(last=Max("order"))["last"]
    return 0 if last is None else last + 1


@transaction.atomic
def start(
    *,
    cluster: Cluster,
    title: str,
    by: User | None,
    at: datetime,
    survey: Survey | None = None,
    is_sample: bool = False,
    **words: Any,
) -> Curriculum:
    """A new, empty curriculum of `cluster`; with `survey` it begins with the needs that were accepted there. `words` are its other fields.

    Raises NotAllowed, OtherCluster.
    """
    if by is not None:
        require(by, PLAN, cluster=cluster.pk)
    slug = free_key(Curriculum.objects.filter(cluster=cluster), title, field="slug", fallback="curriculum")
    if survey is not None and survey.framework_id and not words.get("framework"):
        words["framework"] = survey.framework
    curriculum = Curriculum.objects.create(
        cluster=cluster, slug=slug, title=title, created_at=at, created_by=by, changed_at=at, changed_by=by, is_sample=is_sample, **words
    )
    if survey is not None:
        take_needs(curriculum=curriculum, survey=survey, by=by, at=at)
    return curriculum


@transaction.atomic
def change(*, curriculum: Curriculum, by: User | None, at: datetime, **words: Any) -> Curriculum:
    """Title, audience, budget and the other words of a curriculum. Raises NotAllowed."""
    may_change(curriculum, by)
    for name, value in words.items():
        setattr(curriculum, name, value)
    curriculum.changed_at, curriculum.changed_by = at, by
    curriculum.save()
    return curriculum


@transaction.atomic
def remove(*, curriculum: Curriculum, by: User | None) -> None:
    """The plan is gone; courses and needs stay. Raises NotAllowed."""
    may_change(curriculum, by)
    curriculum.delete()


@transaction.atomic
def take_needs(*, curriculum: Curriculum, survey: Survey, by: User | None, at: datetime, only: Collection[Need] | None = None) -> int:
    """The needs accepted in `survey` (or `only` these of them) are in the curriculum, greatest first, with their scores as weights.

    What was taken before stays as it is. Answers how many came in. Raises NotAllowed, OtherCluster.
    """
    may_change(curriculum, by)
    if survey.cluster_id != curriculum.cluster_id:
        raise OtherCluster(str(survey))
    if curriculum.survey_id is None:
        Curriculum.objects.filter(pk=curriculum.pk).update(survey=survey)
        curriculum.survey = survey
    taken = set(curriculum.needs.values_list("measured_id", flat=True))
    wanted = None if only is None else {need.pk for need in only}
    rows = survey.needs.select_related("item", "competence").prefetch_related(
        models.Prefetch("decisions", NeedDecision.objects.order_by("at", "pk"))
    )
    fresh = [n for n in rows if n.pk not in taken and (wanted is None or n.pk in wanted) and accepted(n)]
    place = next_place(curriculum.needs.all())
    CurriculumNeed.objects.bulk_create(
        CurriculumNeed(
            curriculum=curriculum,
            measured=need,
            title=(need.competence.title if need.competence else need.item.text)[:400],
            competence=need.competence,
            weight=max(need.score or 0.0, 0.0),
            order=place + n,
            added_at=at,
            added_by=by,
        )
        for n, need in enumerate(fresh)
    )
    changed(curriculum, by, at)
    return len(fresh)


@transaction.atomic
def put_need(
    *,
    curriculum: Curriculum,
    title: str,
    by: User | None,
    at: datetime,
    weight: float = 1.0,
    competence: Competence | None = None,
    need: CurriculumNeed | None = None,
) -> CurriculumNeed:
    """A need of the curriculum's own, or `need` changed. Raises NotAllowed."""
    may_change(curriculum, by)
    if need is None:
        need = CurriculumNeed(curriculum=curriculum, order=next_place(curriculum.needs.all()), added_at=at, added_by=by)
    need.title, need.weight, need.competence = title, weight, competence
    need.save()
    changed(curriculum, by, at)
    return need


@transaction.atomic
def put_outcome(
    *,
    curriculum: Curriculum,
    text: str,
    bloom: str,
    by: User | None,
    at: datetime,
    eqf: int | None = None,
    needs: Iterable[CurriculumNeed] = (),
    competences: Iterable[Competence] = (),
    outcome: PlannedOutcome | None = None,
) -> PlannedOutcome:
    """A new outcome, or `outcome` changed. Raises NotAllowed."""
    may_change(curriculum, by)
    if outcome is None:
        key = free_key(curriculum.outcomes.all(), text, fallback="outcome")
        outcome = PlannedOutcome(curriculum=curriculum, key=key, order=next_place(curriculum.outcomes.all()))
    outcome.text, outcome.bloom, outcome.eqf = text, bloom, eqf
    outcome.save()
    outcome.needs.set(needs)
    outcome.competences.set(competences)
    changed(curriculum, by, at)
    return outcome


@transaction.atomic
def put_module(
    *, curriculum: Curriculum, title: str, by: User | None, at: datetime, module: PlannedModule | None = None, **words: Any
) -> PlannedModule:
    """A new module at the end, or `module` changed. `words`: summary, order, min_hours, max_hours. Raises NotAllowed."""
    may_change(curriculum, by)
    if module is None:
        key = free_key(curriculum.modules.all(), title, fallback="module")
        module = PlannedModule(curriculum=curriculum, key=key, order=next_place(curriculum.modules.all()))
    module.title = title
    for name, value in words.items():
        setattr(module, name, value)
    module.save()
    changed(curriculum, by, at)
    return module


@transaction.atomic
def put_topic(
    *,
    curriculum: Curriculum,
    title: str,
    by: User | None,
    at: datetime,
    materials: Mapping[str, tuple[int, int]],
    builds_on: Collection[PlannedTopic] = (),
    planned: PlannedTopic | None = None,
    **words: Any,
) -> PlannedTopic:
    """A new topic at the end of its module, or `planned` changed. `materials` maps kinds to (how many, minutes of all).

    `words`: summary, module, lesson, order, topic (of the course). Raises NotAllowed; OtherCluster for parts of another curriculum.
    """
    may_change(curriculum, by)
    if any(before.curriculum_id != curriculum.pk for before in builds_on):
        raise OtherCluster(title)
    module = words.get("module")
    if module is not None and module.curriculum_id != curriculum.pk:
        raise OtherCluster(str(module))
    if planned is None:
        key = free_key(curriculum.topics.all(), title, fallback="topic")
        planned = PlannedTopic(curriculum=curriculum, key=key, order=next_place(curriculum.topics.all()))
    planned.title = title
    for name, value in words.items():
        setattr(planned, name, value)
    planned.save()
    planned.materials.exclude(kind__in=list(materials)).delete()
    for kind, (count, minutes) in materials.items():
        PlannedMaterial.objects.update_or_create(topic=planned, kind=kind, defaults={"count": count, "minutes": minutes})
    planned.prerequisites.exclude(before__in=builds_on).delete()
    Prerequisite.objects.bulk_create(
        [Prerequisite(topic=planned, before=before) for before in builds_on if before.pk != planned.pk], ignore_conflicts=True
    )
    changed(curriculum, by, at)
    return planned


@transaction.atomic
def drop(*, part: Part, by: User | None, at: datetime) -> None:
    """A need, outcome, module or topic is no longer planned; topics of a dropped module stay without one. Raises NotAllowed."""
    may_change(part.curriculum, by)
    part.delete()
    changed(part.curriculum, by, at)


@transaction.atomic
def leave_out(*, topic: PlannedTopic, out: bool, by: User | None, at: datetime) -> None:
    """The topic leaves the plan, or comes back; its cells are kept. Raises NotAllowed."""
    may_change(topic.curriculum, by)
    topic.left_out_at, topic.left_out_by = (at, by) if out else (None, None)
    topic.save(update_fields=["left_out_at", "left_out_by"])
    changed(topic.curriculum, by, at)


@transaction.atomic
def set_cell(
    *, outcome: PlannedOutcome, topic: PlannedTopic, taught: int | None, assessed: int | None, by: User | None, at: datetime
) -> Cell | None:
    """How deeply `topic` treats `outcome` (1 to 3) and at which level it assesses it (1 to 6); with neither, the cell is empty again.

    Raises NotAllowed; OtherCluster if the two belong to different curricula; ValueError off the scales.
    """
    if outcome.curriculum_id != topic.curriculum_id:
        raise OtherCluster(str(outcome))
    if taught not in {None, 1, 2, 3} or assessed not in {None, 1, 2, 3, 4, 5, 6}:
        raise ValueError(f"taught {taught}, assessed {assessed}")
    may_change(outcome.curriculum, by)
    changed(outcome.curriculum, by, at)
    if taught is None and assessed is None:
        Cell.objects.filter(outcome=outcome, topic=topic).delete()
        return None
    values = {"taught": taught, "assessed": assessed, "changed_at": at, "changed_by": by}
    cell, _made = Cell.objects.update_or_create(outcome=outcome, topic=topic, defaults=values)
    return cell
