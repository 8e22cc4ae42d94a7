"""Many rows at once, each change to be taken back: the production board, and dates and times of topics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_date, parse_datetime

from talka.courses.models import BulkChange, Course, Production, ProductionPlan, ProductionStep, Topic
from talka.courses.rules.access import WRITE
from talka.people.actions import require
from talka.people.models import User

KEPT = "state"


@dataclass(frozen=True, slots=True)
class Undone:
    """How many rows are as before; `left` are names of those that somebody changed since, which stay as they are."""

    back: int
    left: tuple[str, ...]


@transaction.atomic
def plan_kinds(*, course: Course, wanted: Mapping[str, int], by: User, at: datetime) -> None:  # verbs carry their time
    """How many materials of each kind the course is to have; 0 takes a kind out of the plan. Raises NotAllowed."""
    require(by, WRITE, cluster=course.cluster_id)
    for kind, number in wanted.items():
        if number:
            ProductionPlan.objects.update_or_create(course=course, kind=kind, defaults={"wanted": number})
        else:
            ProductionPlan.objects.filter(course=course, kind=kind).delete()


@transaction.atomic
def change_productions(
    *, course: Course, rows: Sequence[Production], values: Mapping[str, Any], days: int = 0, by: User, at: datetime
) -> BulkChange | None:
    """`rows` of the board (each with its `state`) get `values` (state, partner_id, lesson_id, due_on); `days` moves their due dates.

    Answers the change, to take it back, or None where nothing was different. Raises NotAllowed.
    """
    require(by, WRITE, cluster=course.cluster_id)
    changes = []
    for row in rows:
        after = dict(values)
        if days and row.due_on:
            after["due_on"] = row.due_on + timedelta(days=days)
        differ = {name: [_plain(getattr(row, name)), _plain(value)] for name, value in after.items() if getattr(row, name) != value}
        if differ:
            _set(row, {name: after[name] for name in differ}, by=by, at=at)
            changes.append({"pk": row.pk, **differ})
    if not changes:
        return None
    return BulkChange.objects.create(course=course, what=BulkChange.What.PRODUCTION, at=at, by=by, changes={"rows": changes})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # One moment is written in one way, whatever zone it was typed in.
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _set(row: Production, values: Mapping[str, Any], *, by: User, at: datetime) -> None:
    if KEPT in values:
        ProductionStep.objects.create(production=row, state=ProductionStep.State(values[KEPT]), at=at, by=by)
    names = [name for name in values if name != KEPT]
    for name in names:
        setattr(row, name, values[name])
    if names:
        row.save(update_fields=[name.removesuffix("_id") for name in names])


@transaction.atomic
def undo_change(*, change: BulkChange, board: Sequence[Production], by: User, at: datetime) -> Undone:
    """The rows are as they were before `change`; one that was changed again since stays. `board` are the rows as they are now.

    Raises NotAllowed. Taking back twice does nothing.
    """
    require(by, WRITE, cluster=change.course.cluster_id)
    if change.undone_at is not None:
        return Undone(0, ())
    now_there = {row.pk: row for row in board}
    back, left = 0, []
    for one in change.changes["rows"]:
        row = now_there.get(one["pk"])
        if row is None:
            continue
        fields = {name: pair for name, pair in one.items() if name != "pk"}
        if any(_plain(getattr(row, name)) != pair[1] for name, pair in fields.items()):
            left.append(row.title)
            continue
        values = {name: parse_date(pair[0]) if name == "due_on" and pair[0] else pair[0] for name, pair in fields.items()}
        _set(row, values, by=by, at=at)
        back += 1
    change.undone_at = at
    change.save(update_fields=["undone_at"])
    return Undone(back, tuple(left))


@transaction.atomic
def set_times(*, course: Course, times: Mapping[Topic, Mapping[str, Any]], by: User, at: datetime) -> BulkChange | None:
    """Topics get other minutes, places of time to appear and to go (minutes, go_live_at, expire_at), drafts and published alike.

    A time to appear counts when the topic is published next: then it waits for it. Answers the change, to take it back, or None where
    nothing was different. Raises NotAllowed.
    """
    require(by, WRITE, cluster=course.cluster_id)
    changes = []
    for topic, values in times.items():
        newest = topic.get_latest_revision_as_object()
        differ = {name: [_plain(getattr(newest, name)), _plain(value)] for name, value in values.items() if getattr(newest, name) != value}
        if differ:
            _set_times(topic, newest, {name: values[name] for name in differ}, by=by)
            changes.append({"pk": topic.pk, **differ})
    if not changes:
        return None
    return BulkChange.objects.create(course=course, what=BulkChange.What.DATES, at=at, by=by, changes={"rows": changes})


def _set_times(topic: Topic, newest: Topic, values: Mapping[str, Any], *, by: User) -> None:
    for name, value in values.items():
        setattr(newest, name, value)
    if not topic.live or topic.has_unpublished_changes:
        # The draft's own newest version carries them, or the editor would bring the old ones back.
        newest.save_revision(user=by, clean=False)
    Topic.objects.filter(pk=topic.pk).update(**values)


@transaction.atomic
def undo_times(*, change: BulkChange, by: User, at: datetime) -> Undone:
    """The topics' minutes and times are as they were before `change`; a topic that was changed again since stays.

    Raises NotAllowed. Taking back twice does nothing.
    """
    require(by, WRITE, cluster=change.course.cluster_id)
    if change.undone_at is not None:
        return Undone(0, ())
    topics = change.course.topics.select_related("latest_revision").in_bulk([one["pk"] for one in change.changes["rows"]])
    back, left = 0, []
    for one in change.changes["rows"]:
        topic = topics.get(one["pk"])
        if topic is None:
            continue
        newest = topic.get_latest_revision_as_object()
        fields = {name: pair for name, pair in one.items() if name != "pk"}
        if any(_plain(getattr(newest, name)) != pair[1] for name, pair in fields.items()):
            left.append(topic.title)
            continue
        values = {name: parse_datetime(before) if isinstance(before, str) else before for name, (before, _after) in fields.items()}
        _set_times(topic, newest, values, by=by)
        back += 1
    change.undone_at = at
    change.save(update_fields=["undone_at"])
    return Undone(back, tuple(left))
