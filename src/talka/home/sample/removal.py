"""Taking the sample network away, and leaving what real people have done since.

Whatever real people hang on stays, without the mark of the sample: a sample cluster that a real organisation has joined, a sample organisation
that a real person works for. Everything else of the sample goes, with what its people did.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet

from talka.clusters.models import Affiliation, Cluster, Membership, Organisation, Service, ServiceUse
from talka.clusters.models import Role as ClusterRole
from talka.courses.models import Course, Stack, StackQuestion
from talka.curriculum.models import Curriculum
from talka.home.sample.blueprint import Blueprint
from talka.people.models import User
from talka.records import actions as records
from talka.records.models import Source
from talka.records.rules import actor_of
from talka.skills.models import Outcome
from talka.surveys.models import Survey


@dataclass(slots=True)
class Removal:
    """How many of each went, and what stayed because real people hang on it."""

    gone: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def remove(plan: Blueprint, *, by: User | None, at: datetime) -> Removal:
    """Removes all of the sample: statements, surveys, the course, people, organisations, clusters."""
    report = Removal()
    report.gone["statements"] = _forget_statements(by=by, at=at)
    _remove_curricula(report)
    _remove_surveys(report)
    _remove_stacks(report)
    people = User.objects.filter(is_sample=True)
    _remove_places(plan, report, people)
    _remove_courses(report)
    return report


def _forget_statements(*, by: User | None, at: datetime) -> int:
    """Those that were generated, and those that visitors of the demo left as one of its people."""
    count = records.remove_sample(by=by, at=at)
    for uuid in User.objects.filter(is_sample=True, last_login__isnull=False).values_list("uuid", flat=True):
        count += records.delete(agent=actor_of(uuid, settings.NAMES_URL), by=None, at=at).statements
    return count


def _remove_curricula(report: Removal) -> None:
    """A curriculum that a real person has changed stays, and with it its cluster."""
    report.kept += _keep(Curriculum.objects.filter(is_sample=True, changed_by__is_sample=False))
    gone = Curriculum.objects.filter(is_sample=True)
    report.gone["curricula"] = gone.count()
    gone.delete()


def _remove_surveys(report: Removal) -> None:
    """A survey that real people answered or decided on stays, and with it its cluster."""
    surveys = Survey.objects.filter(is_sample=True)
    real = surveys.filter(
        Q(responses__source="page") | Q(responses__user__is_sample=False) | Q(needs__decisions__by__is_sample=False)
    ).distinct()
    report.kept += _keep(real)
    gone = Survey.objects.filter(is_sample=True)
    report.gone["surveys"] = gone.count()
    for survey in gone:
        # Answers hold their questions, responses their questionnaires: from the leaves inwards.
        survey.needs.all().delete()
        survey.responses.all().delete()
        survey.delete()


def _remove_stacks(report: Removal) -> None:
    """A stack that a real person asked something from, or answered in, stays, and with it its cluster."""
    asked = StackQuestion.objects.filter(Q(asked_by=None) | Q(asked_by__is_sample=False) | Q(answered_by__is_sample=False))
    report.kept += _keep(Stack.objects.filter(is_sample=True, tiles__questions__in=asked).distinct())
    gone = Stack.objects.filter(is_sample=True)
    report.gone["stacks"] = gone.count()
    gone.delete()


def _remove_courses(report: Removal) -> None:
    """A course in which a real person learns stays; so does one that something real refers to."""
    report.gone["courses"] = 0
    for course in Course.objects.filter(is_sample=True):
        outcomes = list(course.outcomes.exclude(outcome=None).values_list("outcome", flat=True))
        if not _deleted(course):
            report.kept += _keep([course])
            continue
        Outcome.objects.filter(pk__in=outcomes, course_outcomes=None, evidence=None).delete()
        report.gone["courses"] += 1


def _deleted(course: Course) -> bool:
    """Whether nothing held the course, so that it is gone."""
    try:
        with transaction.atomic():
            course.delete()
    except ProtectedError:
        return False
    return True


def _remove_places(plan: Blueprint, report: Removal, people: QuerySet[User]) -> None:
    """Clusters, organisations and people. What hangs on a person (progress, answers, roles) goes with them."""
    clusters, organisations = Cluster.objects.filter(is_sample=True), Organisation.objects.filter(is_sample=True)
    needed = _needed_clusters(plan, clusters)
    firms = _needed_organisations(organisations, {c.run_by_id for c in needed if c.run_by_id})
    report.kept += _keep([*needed, *firms])

    clusters, organisations = Cluster.objects.filter(is_sample=True), Organisation.objects.filter(is_sample=True)
    # Away with what would hold them, narrow to wide.
    ServiceUse.objects.filter(Q(organisation__in=organisations) | Q(service__cluster__in=clusters)).delete()
    Membership.objects.filter(Q(organisation__in=organisations) | Q(cluster__in=clusters)).delete()
    Affiliation.objects.filter(Q(organisation__in=organisations) | Q(user__is_sample=True)).delete()
    Cluster.objects.filter(run_by__in=organisations).update(run_by=None)
    report.gone["people"] = people.count()
    people.delete()
    report.gone["clusters"] = clusters.count()
    clusters.delete()
    report.gone["organisations"] = organisations.count()
    organisations.delete()


def _needed_clusters(plan: Blueprint, clusters: QuerySet[Cluster]) -> list[Cluster]:
    """Sample clusters with a real member, a real person's part, or a service, survey, stack, course or source that the sample did not bring."""
    ours = {service.name for cluster in plan.clusters for service in cluster.services}
    real: set[int | None] = (
        set(Membership.objects.filter(cluster__in=clusters, organisation__is_sample=False).values_list("cluster", flat=True))
        | set(ClusterRole.objects.filter(cluster__in=clusters, user__is_sample=False).values_list("cluster", flat=True))
        | set(Service.objects.filter(cluster__in=clusters).exclude(name__in=ours).values_list("cluster", flat=True))
        | set(Survey.objects.filter(cluster__in=clusters, is_sample=False).values_list("cluster", flat=True))
        | set(Course.objects.filter(cluster__in=clusters, is_sample=False).values_list("cluster", flat=True))
        | set(Stack.objects.filter(cluster__in=clusters, is_sample=False).values_list("cluster", flat=True))
        | set(Curriculum.objects.filter(cluster__in=clusters).values_list("cluster", flat=True))
        | set(Source.objects.filter(cluster__in=clusters, is_sample=False).values_list("cluster", flat=True))
    )
    return list(clusters.filter(pk__in=real - {None}))


def _needed_organisations(organisations: QuerySet[Organisation], offices: set[int]) -> list[Organisation]:
    """Sample organisations that a real person works for, that a real cluster has admitted, or that run a cluster that stays."""
    real = (
        set(Affiliation.objects.filter(organisation__in=organisations, user__is_sample=False).values_list("organisation", flat=True))
        | set(Membership.objects.filter(organisation__in=organisations, cluster__is_sample=False).values_list("organisation", flat=True))
        | set(Cluster.objects.filter(is_sample=False, run_by__in=organisations).values_list("run_by", flat=True))
    )
    return list(organisations.filter(pk__in=real | offices))


def _keep(things: Iterable[Cluster | Organisation | Survey | Stack | Course | Curriculum]) -> list[str]:
    names = []
    for thing in things:
        thing.is_sample = False
        thing.save(update_fields=["is_sample"])
        names.append(str(thing))
    return names
