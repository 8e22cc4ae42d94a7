"""Long work: how far it is, who sees it, how it ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import get_language

from talka.kit import actions, queries, tasks
from talka.kit.models import Work
from tests.factories.kit import break_down, count_up
from tests.factories.people import operator, person


@pytest.fixture
def at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default", "slow"]}}


@pytest.fixture
def owner(db):
    return person("Ada")


def started(owner, **more):
    return actions.start_work(kind="test", title="Count", by=owner, at=now(), **more)


def test_a_long_task_runs_with_its_row(owner, at_once, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        work = tasks.start(count_up, title="Count", by=owner, at=now(), unit="steps", to=5)
        assert not work.started_at
    work.refresh_from_db()
    assert (work.outcome, work.done, work.total, work.said, work.report) == ("done", 5, 5, "Counted to 5 for Ada.", {"counted": 5})


def test_a_task_that_breaks_says_what_was_kept(owner, at_once, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        work = tasks.start(break_down, title="Break", by=owner, at=now())
    work.refresh_from_db()
    assert work.outcome == "failed"
    assert "stays saved" in work.said
    assert "cable" not in work.said


def test_what_a_task_says_is_in_the_language_of_who_asked(owner, at_once, django_capture_on_commit_callbacks):
    owner.language = "de"
    owner.save(update_fields=["language"])
    with django_capture_on_commit_callbacks(execute=True):
        work = tasks.start(break_down, title="Break", by=owner, at=now())
    work.refresh_from_db()
    assert "bleibt gespeichert" in work.said
    assert get_language() == "en"


def test_steps_are_written_once_a_second_and_never_above_all(owner, django_assert_num_queries):
    at = now()
    work = actions.start_work(kind="test", title="Count", by=owner, at=at, total=100)
    with django_assert_num_queries(1):
        actions.step(work, done=1, at=at)
        actions.step(work, done=2, at=at + timedelta(seconds=1))
        actions.step(work, done=3, at=at + timedelta(seconds=1.5))
    actions.step(work, done=400, at=at + timedelta(seconds=3))
    work.refresh_from_db()
    assert (work.done, work.share) == (100, 1)


def test_the_estimate_follows_the_pace(owner):
    at = now()
    work = actions.start_work(kind="test", title="Count", by=owner, at=at, total=100)
    assert work.remaining(at + timedelta(seconds=10)) is None
    work.done = 25
    assert work.remaining(at + timedelta(seconds=10)) == timedelta(seconds=30)


def test_an_end_has_an_outcome(owner):
    work = started(owner)
    work.ended_at = now()
    with pytest.raises(IntegrityError), transaction.atomic():
        work.save()


def test_work_whose_process_is_gone_is_called_interrupted(owner):
    started(owner)
    waiting = actions.start_work(kind="test", title="Waits", by=owner, at=now() - timedelta(days=1), begun=False)
    assert actions.interrupt_silent(at=now()) == 0
    assert actions.interrupt_silent(at=now() + timedelta(minutes=11)) == 1
    waiting.refresh_from_db()
    assert waiting.outcome == ""


def test_only_its_owner_and_operators_see_it(client, owner):
    work = started(owner, total=10, unit="rows")
    url = f"/work/{work.uuid}/"
    assert client.get(url).status_code == 404
    client.force_login(person())
    assert client.get(url).status_code == 404
    client.force_login(operator())
    assert client.get(url).status_code == 200
    client.force_login(owner)
    page, part = client.get(url).content.decode(), client.get(url + "?part=1").content.decode()
    assert "0 of 10 rows" in page
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part


def test_the_card_stops_asking_when_it_ends(client, owner):
    work = actions.finish(started(owner), at=now(), said="42 rows.", result_url="/style/")
    client.force_login(owner)
    html = client.get(f"/work/{work.uuid}/").content.decode()
    assert "42 rows." in html
    assert "hx-get" not in html
    assert list(queries.works_of(owner)) == [Work.objects.get()]
