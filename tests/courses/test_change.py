"""Progress while authors change the course, through the real tables."""

import random
from datetime import timedelta

import pytest

from talka.courses import actions, queries
from talka.courses.models import Enrolment, Topic
from talka.records.models import Statement
from tests.factories import courses as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
def test_never_above_a_hundred_and_a_hundred_exactly_when_all_is_done(seed):
    """Random additions, removals and reorderings of topics between what learners do."""
    chance = random.Random(seed)
    course = make.plain_course(topics=6, visibility="public")
    user = person()
    mine = make.enrolment(user, course)
    for step in range(25):
        topics = list(course.topics.all())
        one = chance.choice(topics)
        match chance.choice(["remove", "bring back", "reorder", "finish", "finish", "undo"]):
            case "remove":
                Topic.objects.filter(pk=one.pk).update(live=False)
            case "bring back":
                Topic.objects.filter(pk=one.pk).update(live=True)
            case "reorder":
                Topic.objects.filter(pk=one.pk).update(order=chance.randrange(20))
            case "finish":
                actions.finish_topic(enrolment=mine, topic=one, at=make.WHEN + timedelta(hours=step))
            case "undo":
                actions.reopen_topic(enrolment=mine, topic=one)
        (seen,) = queries.my_courses(user)
        live = set(course.topics.filter(live=True).values_list("pk", flat=True))
        done = queries.done_topics(mine) & live
        assert 0 <= seen.progress.percent <= 100
        assert (seen.progress.percent == 100) == bool(live and done == live)
        assert seen.progress.done == len(done)


def test_who_has_done_the_rest_is_complete_once_the_author_takes_a_topic_away():
    course = make.plain_course(topics=3, visibility="public")
    mine, other = make.enrolment(person("Ready"), course), make.enrolment(person("Not yet"), course)
    for slug in ("t0", "t1"):
        actions.finish_topic(enrolment=mine, topic=make.topic(course, slug), at=make.WHEN)
    actions.finish_topic(enrolment=other, topic=make.topic(course, "t0"), at=make.WHEN)
    assert actions.settle_completions(at=make.WHEN) == 0
    Topic.objects.filter(slug="t2").update(live=False)
    before = Statement.objects.count()
    assert [actions.settle_completions(at=make.WHEN + timedelta(days=1)) for _n in range(2)] == [1, 0]
    assert Statement.objects.count() == before + 1
    assert list(Enrolment.objects.exclude(completed_at=None)) == [mine]
