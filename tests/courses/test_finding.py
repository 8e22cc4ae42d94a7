"""The catalogue narrowed to one's own needs; words in quotation marks, mistyped words, nothing found."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from lxml import html as lxml_html

from talka.courses import queries
from talka.courses.models import CourseOutcome
from talka.people.models import User
from tests.factories import courses as make
from tests.factories import skills
from tests.factories.people import person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def course():
    return make.course(visibility="public")


def kinds(text, **also):
    return sorted(hit.material_key for hit in queries.search(text, viewer=AnonymousUser(), **also))


def test_words_between_quotation_marks_stand_together(course):
    assert kinds('"saws oak"') == kinds("„saws oak“") == ["infographic", "video"]
    assert kinds("oak saws") == ["infographic", "video"]
    assert kinds('"oak saws"') == []
    assert kinds('"saws oak') == ["infographic", "video"]


def test_a_mistyped_word_is_guessed_and_only_where_something_is_found(course):
    anyone = AnonymousUser()
    assert queries.search("cluter", viewer=anyone) == []
    assert queries.meant("cluter", viewer=anyone) == "cluster"
    assert queries.meant("saws Oack", viewer=anyone) == "saws oak"
    assert queries.meant("qqqqqq", viewer=anyone) == ""
    # Every word stands somewhere, but never together: nothing to guess.
    assert queries.meant("dries poet", viewer=anyone) == ""
    course.visibility = "network"
    course.save()
    assert queries.meant("cluter", viewer=anyone) == ""


@pytest.mark.parametrize(("address", "link"), [("/learn/", "?q=cluster"), ("/learn/small/", "?q=cluster#outline")])
def test_the_page_offers_the_word_that_was_meant(client, course, address, link):
    page = lxml_html.fromstring(client.get(address, {"q": "cluter"}).content)
    assert page.xpath("//a[text()='cluster']/@href") == [link]
    assert "Try fewer or different words" in client.get(address, {"q": "qqqqqq"}).content.decode()


def test_courses_for_my_own_gaps(client, course):
    plain = make.plain_course(visibility="public")
    user = person()
    client.force_login(user)
    assert "need=mine" not in client.get("/learn/").content.decode()
    profile = skills.framework().profiles.get()
    competence = profile.targets.first().competence
    CourseOutcome.objects.create(course=course, outcome=skills.outcome(competence), key="gap", text="close it")
    skills.assessment(user, profile, **{competence.key: 0})
    user = User.objects.get(pk=user.pk)
    assert [c.pk for c in queries.catalogue(user, need=queries.MINE, at=NOON)] == [course.pk]
    assert queries.catalogue(person("Other"), need=queries.MINE, at=NOON).count() == 0
    page = client.get("/learn/", {"need": "mine"}).content.decode()
    assert "need=mine" in client.get("/learn/").content.decode()
    assert course.title in page
    assert f">{plain.title}<" not in page
