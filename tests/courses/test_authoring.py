"""Authors: what is published reaches readers, copies are their own, borders hold in the editor."""

import json
import re

import pytest

from talka.courses import actions, queries
from talka.courses.models import Material
from talka.courses.review import ensure_workflow
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


def edit(topic, **changes):
    for name, value in changes.items():
        setattr(topic, name, value)
    return topic.save_revision(clean=False)


def test_a_draft_is_not_seen_until_it_is_published(course):
    topic = make.topic(course, "end")
    body = [
        {
            "type": "text",
            "id": str(make.material(course, "last").uuid),
            "value": {"key": "last", "title": "", "file": "last.md", "text": "A new end."},
        }
    ]
    revision = edit(topic, body=json.dumps(body))
    assert make.material(course, "last").html == "<p>The end.</p>"
    revision.publish()
    assert make.material(course, "last").html == "<p>A new end.</p>"


def test_what_cannot_be_shown_leaves_readers_the_version_before(course):
    topic = make.topic(course, "exercises")
    body = list(topic.body.raw_data)
    body[0]["value"]["choices"] = body[0]["value"]["choices"][:1]
    edit(topic, body=json.dumps(body)).publish()
    assert len(make.material(course, "single").definition["choices"]) == 3


def test_unpublishing_takes_the_materials_away(course):
    make.topic(course, "end").unpublish()
    assert not Material.objects.filter(key="last", retired_at=None).exists()
    assert [t.slug for t in queries.outline_of(course).topics] == ["start", "exercises"]


def test_yesterdays_version_comes_back(course):
    topic = make.topic(course, "end")
    first = topic.latest_revision
    edit(topic, title="Changed").publish()
    topic.refresh_from_db()
    first.as_object().save_revision(clean=False).publish()
    topic.refresh_from_db()
    assert topic.title == "The end"


def test_copies_are_drafts_with_materials_of_their_own(course, north, noon):
    manager = staff(north, "manager")
    target = actions.begin_course(cluster=north, title="Another", language="en", by=manager, at=noon)
    (copy,) = actions.copy_topics([make.topic(course, "exercises")], into=target.lessons.get(), by=manager, at=noon)
    assert (copy.course, copy.live, copy.slug) == (target, False, "exercises")
    copy.latest_revision.publish()
    ours, theirs = (
        set(Material.objects.filter(topic__course=c, topic__slug="exercises").values_list("uuid", flat=True)) for c in (course, target)
    )
    assert len(ours) == len(theirs) == 17
    assert not ours & theirs


def test_a_whole_course_is_copied(course, north, noon):
    copy = actions.copy_course(course, cluster=north, title="Copy", by=staff(north, "editor"), at=noon)
    assert list(copy.topics.order_by("slug").values_list("slug", "live")) == [("end", False), ("exercises", False), ("start", False)]
    assert list(copy.topics.get(slug="end").requirements.values_list("needs__slug", flat=True)) == []


def test_nobody_copies_into_or_out_of_another_cluster(course, noon):
    south = make_cluster()
    manager = staff(south, "manager")
    own = actions.begin_course(cluster=south, title="Own", language="en", by=manager, at=noon)
    with pytest.raises(NotAllowed):
        actions.copy_topics([make.topic(course, "end")], into=own.lessons.get(), by=manager, at=noon)
    with pytest.raises(NotAllowed):
        actions.begin_course(cluster=course.cluster, title="X", language="en", by=manager, at=noon)


@pytest.mark.parametrize("address", ["edit/{}/", "history/{}/", "delete/{}/", "usage/{}/", "preview/{}/"])
def test_the_editor_knows_no_topic_of_another_cluster(client, course, address):
    pk = make.topic(course, "end").pk
    client.force_login(staff(make_cluster(), "manager"))
    assert client.get(f"/staff/snippets/courses/topic/{address.format(pk)}").status_code == 404


def test_members_and_evaluators_do_not_reach_the_editor(client, north):
    for part in ("member", "evaluator"):
        client.force_login(staff(north, part))
        assert client.get("/staff/").status_code == 404
        assert client.get("/staff/snippets/courses/topic/").status_code in {302, 404}


def test_an_editor_may_not_publish(client, course, north):
    editor = staff(north, "editor")
    client.force_login(editor)
    html = client.get(f"/staff/snippets/courses/topic/edit/{make.topic(course, 'end').pk}/").content.decode()
    assert 'name="action-publish"' not in html
    assert 'name="action-submit"' in html


def test_the_editor_s_walls_are_ours(client, course, north):
    client.force_login(staff(north, "editor"))
    html = client.get(f"/staff/snippets/courses/topic/edit/{make.topic(course, 'end').pk}/").content.decode()
    assert "whats-new-in-wagtail" not in html
    assert "editor-guide" not in html
    assert "wagtail.org" not in html
    assert ('data-side-panel="preview"' in html, 'data-side-panel="checks"' in html) == (True, False)
    assert "Submit to review" in html
    assert client.get("/staff/").url == f"/clusters/{north.slug}/courses/"
    assert client.get("/staff/account/").url == "/me/"
    missing = client.get("/staff/snippets/courses/topic/edit/999999/")
    assert (missing.status_code, "There is no such page" in missing.content.decode()) == (404, True)


def test_what_waits_for_a_review_stands_on_the_desk(client, course, north):
    author, topic = staff(north, "editor"), make.topic(course, "end")
    edit(topic, title="Reviewed")
    ensure_workflow().start(topic, author)
    desk = f"/clusters/{north.slug}/courses/"
    for viewer, waits in ((author, False), (staff(north, "editor"), True), (staff(north, "evaluator"), False)):
        client.force_login(viewer)
        assert ("Waiting for your review" in client.get(desk).content.decode()) is waits
    client.force_login(author)
    assert "in review" in client.get(f"{desk}{course.slug}/").content.decode()


def test_the_review_goes_from_author_to_expert_to_manager(course, north):
    author, expert, manager = staff(north, "editor"), staff(north, "editor"), staff(north, "manager")
    topic = make.topic(course, "end")
    edit(topic, title="Reviewed")
    state = ensure_workflow().start(topic, author)
    task = state.current_task_state.task.specific
    assert not task.decides(topic, author)
    assert task.decides(topic, expert)
    assert not task.decides(topic, staff(make_cluster(), "manager"))
    state.current_task_state.approve(user=expert)
    state.refresh_from_db()
    task = state.current_task_state.task.specific
    assert not task.decides(topic, expert)
    assert task.decides(topic, manager)
    state.current_task_state.approve(user=manager)
    topic.refresh_from_db()
    assert topic.title == "Reviewed"


def test_what_authors_should_mend(course):
    topic = make.topic(course, "end")
    row = make.material(course, "last")
    body = [
        {
            "type": "text",
            "id": str(row.uuid),
            "value": {"key": "last", "file": "last.md", "text": "See [there](/learn/small-x/nowhere/) and [here](page.html)."},
        }
    ]
    edit(topic, body=json.dumps(body)).publish()
    says = {(f.topic, f.says) for f in queries.findings_in(course)}
    assert ("end", "leads to page.html; write a whole address that begins with https://") in says
    assert ("end", "has nothing to do in it: add an exercise, a sheet or a case.") in says


def test_versions_are_compared_word_by_word(client, course, north):
    client.force_login(staff(north, "manager"))
    topic = make.topic(course, "exercises")
    before = topic.latest_revision
    body = [dict(block) for block in topic.body.raw_data]
    body[0] = body[0] | {"value": body[0]["value"] | {"prompt": "Who belongs to **our** cluster, <b>and</b> who not?", "points": "2"}}
    body.append(
        {
            "type": "text",
            "id": "0f1f4f5e-7a52-4d5c-8f0c-0c7a5f3c1d11",
            "value": {"key": "new", "title": "More", "file": "", "text": "A new end."},
        }
    )
    after = edit(topic, body=json.dumps(body))
    page = client.get(f"/staff/snippets/courses/topic/history/{topic.pk}/revisions/compare/{before.pk}...{after.pk}/").content.decode()
    told = page[page.index('class="comparison"') :]
    changed, new = (
        told[told.index(f">{name}</h3>") :].split("</h3>", 1)[1].split("<h3", 1)[0] for name in ("Single choice: Who is in", "Text: More")
    )
    assert re.findall("<dt>(.*?)</dt>", changed) == ["Task", "Points"]
    assert '<span class="deletion">the</span><span class="addition">our' in changed
    assert "&lt;b&gt;and&lt;/b&gt;" in changed
    assert re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", new) == [("Title", "More"), ("Text", "A new end."), ("Key", "new")]
    assert "{&quot;" not in told
