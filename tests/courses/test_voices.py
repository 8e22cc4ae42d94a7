"""What learners say about a course."""

from datetime import timedelta

import pytest
from django.urls import reverse

from talka.courses import actions, queries
from talka.courses.models import CourseReview, Enrolment, Topic
from talka.courses.rules.entry import may_speak, voices
from talka.people.actions import NotAllowed
from tests.factories import clusters
from tests.factories import courses as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db
AT = make.WHEN


def test_no_average_of_few_voices():
    assert (voices([5, 4, 1, 5]).n, voices([5, 4, 1, 5]).mean) == (4, None)
    assert voices([5, 4, 1, 5, 4]).mean == 3.8


def test_who_has_done_enough():
    assert [may_speak(done=d, total=t) for d, t in ((0, 3), (1, 5), (1, 6), (10, 50), (0, 0))] == [False, True, False, True, False]


def learner_of(course, name, *, done=1):
    mine = make.enrolment(person(name), course)
    for topic in Topic.objects.filter(course=course)[:done]:
        actions.finish_topic(enrolment=mine, topic=topic, at=AT)
    return mine


def test_one_voice_a_person_shown_without_a_name(client):
    course = make.plain_course(visibility="public")
    mine = learner_of(course, "Lea Loud")
    client.force_login(mine.user)
    way = reverse("courses:review-write", args=[course.slug])
    client.post(way, {"stars": "2", "text": "<b>Too</b> long."})
    client.post(way, {"stars": "4", "text": "Better now."})
    (one,) = CourseReview.objects.all()
    assert (one.stars, one.text, one.hidden_at) == (4, "Better now.", None)
    client.logout()
    html = client.get(reverse("courses:course", args=[course.slug])).content.decode()
    assert "Better now." in html
    assert "1 review" in html
    assert "An average is shown once there are five reviews." in html
    assert "Lea Loud" not in html
    client.force_login(mine.user)
    client.post(way, {"remove": "1"})
    assert not CourseReview.objects.exists()


def test_too_early_or_no_stars_is_said_and_not_saved(client):
    course = make.plain_course(visibility="public", topics=6)
    mine = learner_of(course, "Early")
    client.force_login(mine.user)
    way = reverse("courses:review-write", args=[course.slug])
    assert "Do a fifth" in client.post(way, {"stars": "5"}, follow=True).content.decode()
    assert "one to five stars" in client.post(way, {"stars": "6"}, follow=True).content.decode()
    with pytest.raises(actions.TooEarly):
        actions.speak(enrolment=mine, stars=5, text="", at=AT)
    assert not CourseReview.objects.exists()


def test_staff_hide_with_a_reason_and_take_it_back(client):
    north = clusters.cluster("North")
    course = make.plain_course(cluster=north, visibility="public")
    mine = learner_of(course, "Lea")
    review = actions.speak(enrolment=Enrolment.objects.get(pk=mine.pk), stars=1, text="Names somebody.", at=AT)
    client.force_login(clusters.staff(north, "editor"))
    way = reverse("courses:review-desk", args=[north.slug, course.slug, review.pk])
    assert client.post(way, {"hide": "1", "because": " "}).status_code == 422
    assert client.post(way, {"hide": "1", "because": "It names a person."}).status_code == 302
    assert queries.reviews_shown(course)[0].n == 0
    client.force_login(mine.user)
    assert "It names a person." in client.get(reverse("courses:course", args=[course.slug])).content.decode()
    # Writing it anew does not get around the hiding.
    actions.speak(enrolment=mine, stars=1, text="Names them again.", at=AT + timedelta(days=1))
    assert queries.reviews_shown(course)[0].n == 0
    client.force_login(clusters.staff(north, "manager"))
    client.post(way, {"show": "1"})
    assert queries.reviews_shown(course)[0].n == 1
    with pytest.raises(NotAllowed):
        actions.hide_review(review=review, because="x", by=clusters.staff(clusters.cluster("South"), "manager"), at=AT)
