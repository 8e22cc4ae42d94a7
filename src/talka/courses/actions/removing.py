"""Deleting topics, lessons and modules: only where nobody has learned in them, and kept so that they can be brought back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from talka.courses.models import Attempt, BulkChange, Course, Lesson, Module, Requirement, Topic, TopicOutcome, TopicProgress
from talka.courses.rules.access import PUBLISH, WRITE
from talka.people.actions import require
from talka.people.models import User

Removable = Module | Lesson | Topic
PLAIN = ("slug", "title", "summary", "order")
OF_A_TOPIC = (*PLAIN, "minutes", "sources")


class LearnedIn(Exception):
    """People have worked in it, and what they did would be gone. Unpublishing its topics hides them and keeps that."""


def _topics_of(thing: Removable) -> Any:
    where = {Module: Q(lesson__module=thing.pk), Lesson: Q(lesson=thing.pk), Topic: Q(pk=thing.pk)}[type(thing)]
    return Topic.objects.filter(where).select_related("latest_revision", "lesson").order_by("lesson__order", "order", "pk")


def check_removable(things: Iterable[Removable]) -> None:
    """Raises LearnedIn where somebody opened or answered something in one of `things`."""
    for thing in things:
        topics = _topics_of(thing).values("pk")
        if TopicProgress.objects.filter(topic__in=topics).exists() or Attempt.objects.filter(material__topic__in=topics).exists():
            raise LearnedIn(str(thing))


@transaction.atomic
def remove(thing: Removable, *, by: User, at: datetime) -> BulkChange:
    """`thing` and what is in it are deleted; what its authors wrote is kept in the change. Raises LearnedIn; NotAllowed."""
    course = thing.course
    require(by, PUBLISH, cluster=course.cluster_id)
    check_removable([thing])
    topics = list(_topics_of(thing))
    lessons = list(thing.lessons.all()) if isinstance(thing, Module) else [thing] if isinstance(thing, Lesson) else []
    kept = {
        "title": str(thing),
        "module": _plain(thing) if isinstance(thing, Module) else None,
        "lessons": [_plain(lesson) | {"module": lesson.module.slug} for lesson in lessons],
        "rows": [_kept(topic) for topic in topics],
    }
    change = BulkChange.objects.create(course=course, what=BulkChange.What.REMOVED, at=at, by=by, changes=kept)
    thing.delete()
    return change


def _plain(row: Module | Lesson) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PLAIN} | {"uuid": str(row.uuid)}


def _kept(topic: Topic) -> dict[str, Any]:
    newest = topic.get_latest_revision_as_object()
    return {name: getattr(newest, name) for name in OF_A_TOPIC} | {
        "uuid": str(topic.uuid),
        "lesson": topic.lesson.slug,
        "body": list(newest.body.raw_data),
        "outcomes": list(topic.topic_outcomes.values_list("outcome__key", flat=True)),
        "requires": list(topic.requirements.values_list("needs__slug", flat=True)),
    }


@transaction.atomic
def bring_back(*, change: BulkChange, by: User, at: datetime) -> list[Topic]:
    """What was deleted is there again as drafts, with its identity; under another address where its own is taken. Raises NotAllowed.

    A lesson or module that is gone meanwhile too is made again. Bringing back twice does nothing.
    """
    course = change.course
    require(by, WRITE, cluster=course.cluster_id)
    if change.undone_at is not None:
        return []
    kept = change.changes
    if kept["module"]:
        _module(course, kept["module"])
    lessons = {one["slug"]: _lesson(course, one) for one in kept["lessons"]}
    made = []
    for one in kept["rows"]:
        key = one["lesson"]
        lessons[key] = lesson = (
            lessons.get(key) or course.lessons.filter(slug=key).first() or _lesson(course, _nameless(kept["title"], key))
        )
        topic = Topic(lesson=lesson, live=False, **{name: one[name] for name in OF_A_TOPIC} | {"slug": _free(course.topics, one["slug"])})
        if not Topic.objects.filter(uuid=one["uuid"]).exists():
            topic.uuid = one["uuid"]
        topic.body = one["body"]
        topic.save()
        for order, outcome in enumerate(course.outcomes.filter(key__in=one["outcomes"])):
            TopicOutcome.objects.create(topic=topic, outcome=outcome, order=order)
        for order, other in enumerate(course.topics.filter(slug__in=one["requires"]).exclude(pk=topic.pk)):
            Requirement.objects.create(topic=topic, needs=other, order=order)
        topic.save_revision(user=by, clean=False)
        made.append(topic)
    change.undone_at = at
    change.save(update_fields=["undone_at"])
    return made


def _nameless(title: str, key: str) -> dict[str, Any]:
    return {"slug": key, "title": title, "summary": "", "order": 0, "module": ""}


def _module(course: Course, one: dict[str, Any]) -> Module:
    values = {name: one[name] for name in PLAIN}
    return Module.objects.create(course=course, **values | {"slug": _free(course.modules, one["slug"])})


def _lesson(course: Course, one: dict[str, Any]) -> Lesson:
    module = course.modules.filter(slug=one["module"]).first() or course.modules.order_by("order", "pk").last()
    module = module or Module.objects.create(course=course, slug="module", title=course.title)
    values = {name: one[name] for name in PLAIN}
    return Lesson.objects.create(module=module, course=course, **values | {"slug": _free(course.lessons, one["slug"])})


def _free(rows: Any, slug: str) -> str:
    taken = set(rows.values_list("slug", flat=True))
    return next(s for n in range(1, len(taken) + 2) if (s := slug if n == 1 else f"{slug[:74]}-{n}") not in taken)
