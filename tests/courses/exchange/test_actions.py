import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from talka.courses import queries
from talka.courses.actions import pack_of, publish_materials
from talka.courses.exchange import actions
from talka.courses.exchange.actions import Place, Sent
from talka.courses.exchange.formats import OUT
from talka.courses.models import Course, Topic
from talka.kit.imports import State
from talka.kit.models import Upload
from talka.people.actions import NotAllowed
from tests.factories import clusters, courses

pytestmark = pytest.mark.django_db
GIFT = b"$CATEGORY: Wood/Trees/Oak\n\n::A::Is oak wood?{T}\n\n::B::Two?{=two =%50%2}\n\n::C::Broken {=a\n"


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def editor(north):
    return clusters.staff(north, "editor")


@pytest.fixture
def gift():
    return Sent("wood.gift", GIFT)


def states(rows):
    return [(row.key, row.state) for row in rows]


def test_a_preview_writes_nothing(north, editor, gift):
    seen = actions.preview_exchange(gift, Place(north), by=editor)
    assert states(seen.rows) == [("A", State.NEW), ("B", State.CHANGED), ("C", State.REFUSED)]
    assert not Course.objects.exists()


def test_a_new_course_is_whole_and_unpublished(north, editor, gift, noon):
    actions.import_exchange(gift, Place(north), by=editor, at=noon, only_good=True)
    course = Course.objects.get()
    assert (course.title, course.cluster, course.published_at) == ("wood", north, None)
    assert [(t.title, t.lesson.title, t.lesson.module.title) for t in course.topics.all()] == [("Oak", "Trees", "Wood")]
    assert [d.title for d in pack_of(course).definitions.values()] == ["A", "B"]
    assert not queries.courses_for(editor).exists()
    assert list(queries.courses_written_by(editor)) == [course]


def test_without_leave_a_thing_not_understood_stops_everything(north, editor, gift, noon):
    report = actions.import_exchange(gift, Place(north), by=editor, at=noon, only_good=False)
    assert report.trouble
    assert not Course.objects.exists()


def test_the_same_file_again_changes_nothing(north, editor, gift, noon):
    actions.import_exchange(gift, Place(north), by=editor, at=noon, only_good=True)
    again = actions.import_exchange(gift, Place(north), by=editor, at=noon, only_good=True)
    assert states(again.rows) == [("A", State.SAME), ("B", State.SAME), ("C", State.REFUSED)]
    assert Course.objects.count() == 1


def test_another_file_of_the_same_title_becomes_another_course(north, editor, noon):
    for text in (b"One?{T}", b"Two?{T}"):
        actions.import_exchange(Sent("wood.gift", text), Place(north), by=editor, at=noon, only_good=True)
    assert list(Course.objects.order_by("pk").values_list("key", flat=True)) == ["wood", "wood-2"]


def test_drafts_in_a_lesson_stay_unseen_until_published(north, editor, gift, noon):
    course = courses.plain_course("ours", cluster=north)
    lesson = course.lessons.get()
    actions.import_exchange(gift, Place(north, lesson), by=editor, at=noon, only_good=True)
    draft = Topic.objects.get(title="Oak")
    assert (draft.live, draft.lesson, draft.order) == (False, lesson, 3)
    assert [t.title for t in queries.outline_of(course).topics] == ["Topic t0", "Topic t1", "Topic t2"]
    draft.live = True
    draft.save()
    publish_materials(course, at=noon)
    assert [x.title for x in draft.materials.all()] == ["A", "B"]


def test_a_changed_file_becomes_a_new_draft_of_the_same_topic(north, editor, gift, noon):
    place = Place(north, courses.plain_course("ours", cluster=north).lessons.get())
    actions.import_exchange(gift, place, by=editor, at=noon, only_good=True)
    assert states(actions.preview_exchange(gift, place, by=editor).rows)[:2] == [("A", State.SAME), ("B", State.SAME)]
    mended = Sent("wood.gift", GIFT.replace(b"Broken {=a", b"Mended {=a}"))
    actions.import_exchange(mended, place, by=editor, at=noon, only_good=True)
    draft = Topic.objects.get(title="Oak")
    assert len(draft.body) == 3
    assert draft.revisions.count() == 2


def test_outcomes_that_the_course_has_are_kept_and_others_named(north, editor):
    course = courses.course(cluster=north)
    content = actions.export_course(course, "moodle", site="")
    there = actions.preview_exchange(Sent("x.xml", content), Place(north, course.lessons.first()), by=editor)
    assert not [row for row in there.rows if "outcome" in row.why]
    elsewhere = actions.preview_exchange(Sent("x.xml", content), Place(north), by=editor)
    assert [row.why for row in elsewhere.rows if row.key == "Who is in"] == ["The course has no outcome with the key tell-apart."] * 2


def test_an_evaluator_imports_nothing(north, gift, noon):
    with pytest.raises(NotAllowed):
        actions.import_exchange(gift, Place(north), by=clusters.staff(north, "evaluator"), at=noon, only_good=True)
    assert not Course.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.gift", b"", "a.gift: is empty"),
        ("a.gift", b"hello", "a.gift: has none of the formats that can be imported here: GIFT,"),
        ("a.xml", b"<html></html>", "a.xml: has none of the formats that can be imported here"),
        ("a.gift", b"\x00\x01{}", "a.gift: has none of the formats that can be imported here"),
        ("a.gift", b"// {} only a note", "There is nothing in this file that can be imported."),
    ],
)
def test_a_file_that_is_nothing_of_ours_gets_one_clear_sentence(north, editor, name, content, says):
    assert actions.preview_exchange(Sent(name, content), Place(north), by=editor).trouble.startswith(says)


def test_the_page_previews_imports_and_keeps_the_report(client, north, editor):
    client.force_login(editor)
    address = reverse("exchange:import", args=[north.slug])
    page = client.post(address, {"file": SimpleUploadedFile("wood.gift", GIFT)})
    assert (page.status_code, page.context["preview"].good, page.context["preview"].refused) == (200, 2, 1)
    report = client.post(address, {"upload": str(page.context["upload"].uuid), "only_good": "1"}, follow=True)
    assert report.status_code == 200
    assert "wood.gift, line 7" in report.content.decode()
    assert Course.objects.get().title == "wood"


def test_a_refused_file_is_kept_for_a_second_try(client, north, editor):
    client.force_login(editor)
    page = client.post(reverse("exchange:import", args=[north.slug]), {"file": SimpleUploadedFile("bad.xml", b"<quiz><q>")})
    assert page.status_code == 422
    assert "bad.xml: Line 1, column" in page.content.decode()
    assert Upload.objects.get().name == "bad.xml"


def test_the_course_page_offers_every_format_and_lesson(client, north, editor):
    course = courses.plain_course("ours", cluster=north)
    client.force_login(editor)
    page = client.get(reverse("exchange:course", args=[north.slug, course.slug])).content.decode()
    for form in OUT:
        assert reverse("exchange:export", args=[north.slug, course.slug, form]) in page
    assert reverse("exchange:import-lesson", args=[north.slug, course.slug, "only"]) in page
