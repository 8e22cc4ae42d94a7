"""The sample network as a whole, on a small plan: tables, statements and lake agree, and it goes without a trace."""

from collections import Counter
from dataclasses import replace

import pytest
from django.db.models import Count

from talka.courses.models import Attempt, Course, Enrolment, Stack, StackQuestion, TopicProgress
from talka.curriculum.models import Curriculum, Validation
from talka.curriculum.queries import said_by_topic
from talka.home import actions
from talka.home.sample import blueprint
from talka.insight import actions as insight
from talka.insight.ask import Scope, answers
from talka.insight.dimensions import activity
from talka.people.models import User
from talka.records.models import Source, Statement
from talka.skills.models import Assessment, Evidence, Framework
from talka.surveys.models import Response, Survey
from talka.surveys.queries import waves_of
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch, settings, tmp_path):
    """The plan with one of fifteen people and fewer statements: the same code in a fifteenth of the time."""
    whole = blueprint.blueprint()
    few = tuple(
        replace(c, people=c.people // 15, organisations=c.organisations[: max(10, len(c.organisations) // 4)]) for c in whole.clusters
    )
    plan = replace(whole, clusters=few, statements=10_000)
    monkeypatch.setattr(blueprint, "blueprint", lambda **_asked: plan)
    settings.DATA = tmp_path
    return plan


def people_have_spoken():
    asked = Survey.objects.order_by("pk")
    # Needs of both pilots; validation, feedback on a module, behaviour at work, and the first pilot's needs once more.
    assert [Response.objects.filter(survey=s).count() for s in asked] == [146, 46, 35, 58, 59, 87]
    assert [s.needs.exclude(rank=None).count() for s in asked] == [20, 20, 0, 0, 0, 20]
    manager = User.objects.get(email__startswith="manager@")
    waves = waves_of(asked[5], viewer=manager)
    assert waves.changes[0].code == "business-model", "what the course teaches shrank most"
    said = said_by_topic(Validation.objects.get(), viewer=manager)
    assert {t.topic.slug for t in said if t.mend * 5 > t.people} >= {"measuring-needs", "business-model"}
    assert any(t.quotes for t in said)


def test_tables_statements_and_lake_tell_the_same_and_removal_leaves_only_what_is_real(small, noon):
    told = []
    sample = actions.build_sample(at=noon, progress=lambda text, share: told.append((text, share)))
    assert [share for _text, share in told] == sorted(share for _text, share in told)
    assert sample.counts["statements"] == Statement.objects.count() == pytest.approx(10_000, rel=0.1)

    course = Course.objects.get(is_sample=True)
    everything = Scope(zone="UTC", until=noon.date(), course=activity("course", course.uuid))
    found = answers(insight.the_lake(), everything, "funnel", "use-by-unit", "exercises")
    enrolled, started, _half, completed, _certified = found["funnel"].rows[0]
    assert enrolled == Enrolment.objects.count()
    assert started == Enrolment.objects.filter(progress__isnull=False).distinct().count()
    assert completed == Enrolment.objects.exclude(completed_at=None).count()
    done = dict(
        TopicProgress.objects.exclude(done_at=None).values_list("topic__title").annotate(n=Count("pk")).values_list("topic__title", "n")
    )
    assert {r["title"]: r["completed"] for r in found["use-by-unit"] if r["completed"]} == done
    first = Attempt.objects.filter(n=1).exclude(success=None)
    tried = dict(first.values_list("material__uuid").annotate(n=Count("pk")).values_list("material__uuid", "n"))
    counted = {r["unit"].rpartition("/")[2]: r["people"] for r in found["exercises"]}
    assert {str(uuid): n for uuid, n in tried.items()}.items() <= counted.items()

    people_have_spoken()
    assert Curriculum.objects.get().needs.exists()
    assert Assessment.objects.exists()
    assert sorted(Stack.objects.values_list("language", flat=True)) == ["de", "en", "en"]
    assert Counter(StackQuestion.objects.values_list("answered_by__is_sample", flat=True)) == {True: 2, None: 1}
    hoist = Stack.objects.get(title__contains="hoist")
    signs = answers(insight.the_lake(), replace(everything, course=activity("stack", hoist.uuid)), "stack-signs")["stack-signs"]
    assert sum(row["openings"] for row in signs) == 130
    assert {row["sign"] for row in signs} == {activity("sign", uuid) for uuid in hoist.signs.values_list("uuid", flat=True)}
    assert Evidence.objects.filter(mastered=True).exists()
    assert not Enrolment.objects.exclude(user__is_sample=True).exists()

    real = person("Real")
    Enrolment.objects.create(user=real, course=course, started_at=noon)
    report = actions.remove_sample(by=None, at=noon)
    assert report.kept == [course.title]
    assert (User.objects.get(), Enrolment.objects.get().user) == (real, real)
    assert not Statement.objects.exists()
    assert not Survey.objects.exists()
    assert not Stack.objects.exists()
    assert not Source.objects.filter(is_sample=True).exists()
    assert insight.the_lake().manifest().rows == 0
    assert Framework.objects.exists(), "the framework is no sample"
    Enrolment.objects.all().delete()
    Course.objects.update(is_sample=True)
    assert actions.remove_sample(by=None, at=noon).gone["courses"] == 1
    assert not Course.objects.exists()
