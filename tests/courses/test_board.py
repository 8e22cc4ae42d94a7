"""The production board and whole courses at once: filtered, changed in many rows, taken back; published only if whole."""

import re
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.utils.timezone import now

from talka.courses import actions, queries
from talka.courses.models import Topic
from talka.people.actions import NotAllowed
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return make_cluster("North")


@pytest.fixture
def course(north):
    return make.course(cluster=north)


@pytest.fixture
def editor(north):
    return staff(north, "editor")


def plan(course, by, *titles):
    return [
        actions.plan_material(course=course, kind="film", title=t, lesson=None, partner=None, due_on=date(2026, 5, 1), by=by, at=make.WHEN)
        for t in titles
    ]


def states(course):
    return [(r.title, r.state, r.due_on.day) for r in queries.production_rows(course).order_by("title")]


def test_many_rows_change_at_once_and_back(course, editor, noon):
    plan(course, editor, "a", "b", "c")
    rows = list(queries.production_rows(course).filter(title__in=["a", "b"]))
    change = actions.change_productions(course=course, rows=rows, values={"state": "work"}, days=7, by=editor, at=noon)
    assert states(course) == [("a", "work", 8), ("b", "work", 8), ("c", "planned", 1)]
    actions.move_production(production=rows[1], state="done", by=editor, at=noon + timedelta(hours=1))
    done = actions.undo_change(change=change, board=list(queries.production_rows(course)), by=editor, at=noon + timedelta(hours=2))
    assert (done.back, done.left) == (1, ("b",))
    assert states(course) == [("a", "planned", 1), ("b", "done", 8), ("c", "planned", 1)]
    assert actions.undo_change(change=change, board=list(queries.production_rows(course)), by=editor, at=noon).back == 0


def test_a_change_that_changes_nothing_is_none(course, editor, noon):
    plan(course, editor, "a")
    rows = list(queries.production_rows(course))
    assert actions.change_productions(course=course, rows=rows, values={"state": "planned"}, by=editor, at=noon) is None


def test_counts_against_the_plan(course, editor, noon):
    actions.plan_kinds(course=course, wanted={"film": 53, "case": 3}, by=editor, at=noon)
    plan(course, editor, "a")
    counts = {
        c.kind: (c.wanted, c.board, c.done, c.published, c.missing)
        for c in queries.production_counts(course, list(queries.production_rows(course)))
    }
    assert counts["film"] == (53, 1, 0, 1, 52)
    assert counts["case"] == (3, 0, 0, 1, 2)


def test_the_board_on_its_page(course, north, editor, client):
    plan(course, editor, "a", "b")
    client.force_login(editor)
    url = f"/clusters/{north.slug}/courses/{course.slug}/production/"
    assert "2 rows" in client.get(f"{url}?state=planned").content.decode()
    assert b"".join(client.get(f"{url}?format=csv").streaming_content).decode().count("\n") == 3
    chosen = list(queries.production_rows(course).values_list("pk", flat=True))
    assert client.post(url, {"do": "many", "many-state": "review"}).status_code == 422
    assert client.post(url, {"do": "many", "pk": chosen, "many-state": "review"}).status_code == 302
    assert [s for _t, s, _d in states(course)] == ["review", "review"]
    page = client.get(url).content.decode()
    assert "Take it back" in page
    client.post(f"{url}undo/{course.bulk_changes.get().pk}/")
    assert [s for _t, s, _d in states(course)] == ["planned", "planned"]
    client.post(url, {"do": "plan", "plan-film": "x"})
    assert not course.planned_kinds.exists()
    client.post(url, {"do": "plan", "plan-film": "53"})
    assert course.planned_kinds.get().wanted == 53


@pytest.mark.parametrize("rows", [1, 3])
def test_the_board_costs_the_same_however_long(course, editor, rows, django_assert_num_queries):
    plan(course, editor, *"abc"[:rows])
    with django_assert_num_queries(1):
        assert len(list(queries.production_rows(course))) == rows


def draft(topic, **changes):
    for name, value in changes.items():
        setattr(topic, name, value)
    topic.save_revision(clean=False)


def test_drafts_that_are_whole_are_published_and_the_others_say_why(client, course, north, noon):
    manager = staff(north, "manager")
    draft(make.topic(course, "end"), title="The very end")
    broken = make.topic(course, "exercises")
    body = list(broken.body.raw_data)
    body[0]["value"]["choices"] = body[0]["value"]["choices"][:1]
    draft(broken, body=body)
    drafts = actions.drafts_of(course)
    assert [t.slug for t in drafts] == ["exercises", "end"]
    made = actions.publish_drafts(course=course, topics=drafts, by=manager, at=noon)
    assert ([t.slug for t in made.done], [(t.slug, f[0].says) for t, f in made.held]) == (
        ["end"],
        [("exercises", "At least 2 are needed here.")],
    )
    assert make.topic(course, "end").title == "The very end"
    # On the page by the names that the editor has for the material and its field.
    client.force_login(manager)
    assert (
        "Single choice “Who is in”, Choices</a>: At least 2"
        in client.get(f"/clusters/{north.slug}/courses/{course.slug}/release/").content.decode()
    )


def test_editors_submit_and_do_not_publish(course, editor, noon):
    draft(make.topic(course, "end"), title="The very end")
    drafts = actions.drafts_of(course)
    with pytest.raises(NotAllowed):
        actions.publish_drafts(course=course, topics=drafts, by=editor, at=noon)
    assert [t.slug for t in actions.submit_drafts(course=course, topics=drafts, by=editor, at=noon).done] == ["end"]
    assert make.topic(course, "end").current_workflow_state is not None


def test_what_is_due_appears_by_itself(course, north):
    topic = make.topic(course, "end")
    topic.unpublish()
    topic.refresh_from_db()
    draft(topic, go_live_at=now() + timedelta(hours=1))
    made = actions.publish_drafts(course=course, topics=actions.drafts_of(course), by=staff(north, "manager"), at=now())
    assert [t.slug for t in made.waiting] == ["end"]
    assert not make.topic(course, "end").live
    revision = make.topic(course, "end").latest_revision
    revision.approved_go_live_at = now() - timedelta(minutes=1)
    revision.content["go_live_at"] = None
    revision.save()
    call_command("publish_scheduled", verbosity=0)
    assert make.topic(course, "end").live


def test_times_of_all_topics_on_one_page(course, north, editor, client):
    client.force_login(editor)
    url = f"/clusters/{north.slug}/courses/{course.slug}/times/"
    end, start = make.topic(course, "end"), make.topic(course, "start")
    draft(start, summary="Not out yet.")
    bad = client.post(url, {f"minutes-{end.pk}": "1.234,5", f"minutes-{start.pk}": "25"})
    assert bad.status_code == 422
    assert "1.234,5" in bad.content.decode()
    assert (
        client.post(url, {f"minutes-{end.pk}": "12", f"minutes-{start.pk}": "25", f"go_live_at-{end.pk}": "2026-12-01T08:00"}).status_code
        == 302
    )
    end, start = make.topic(course, "end"), make.topic(course, "start")
    assert (end.minutes, end.go_live_at.day, start.minutes) == (12, 1, 25)
    assert (start.get_latest_revision_as_object().minutes, start.get_latest_revision_as_object().summary) == (25, "Not out yet.")
    client.post(url, {f"minutes-{end.pk}": "12", f"minutes-{start.pk}": "30", f"go_live_at-{end.pk}": "2026-12-01T08:00", "days": "7"})
    assert make.topic(course, "end").go_live_at.day == 8

    # One click takes the newest change back, in drafts too; a topic that was changed again since stays.
    Topic.objects.filter(pk=start.pk).update(minutes=31)
    newest = make.topic(course, "start").get_latest_revision_as_object()
    newest.minutes = 31
    newest.save_revision(clean=False)
    undo = re.search(r'action="([^"]*/times/undo/\d+/)"', client.get(url).content.decode())[1]
    told = client.post(undo, follow=True).content.decode()
    assert "1 row is as it was before." in told
    assert "What a cluster is" in told.split("left as they are:")[1][:40]
    end, start = make.topic(course, "end"), make.topic(course, "start")
    assert (end.minutes, end.go_live_at.day, start.minutes) == (12, 1, 31)
    # Then the one before can be taken back too, and a second time does nothing.
    before = re.search(r'action="([^"]*/times/undo/\d+/)"', told)[1]
    assert before != undo
    client.post(before)
    end = make.topic(course, "end")
    assert (end.minutes, end.go_live_at) == (1, None)
    client.post(before)
    assert make.topic(course, "end").minutes == 1


def test_the_network_s_course_is_copied_by_authors_of_a_cluster(north, editor, noon):
    source = make.course(cluster=None)
    copy = actions.copy_course(source, cluster=north, title="Ours", by=editor, at=noon)
    assert Topic.objects.filter(course=copy, live=False).count() == 3
    with pytest.raises(NotAllowed):
        actions.copy_course(source, cluster=make_cluster("South"), title="Ours", by=editor, at=noon)
