"""A delivery is taken in: each thing once, in order, each in a transaction of its own."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from talka.courses import actions, forms, queries
from talka.courses.models import Delivery, Enrolment, Material, Topic
from talka.courses.offline.rules import KINDS, Item
from talka.courses.rules import marking
from talka.courses.rules import materials as m
from talka.people.models import User

log = logging.getLogger("talka.courses")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an item: `taken`, `known` (it had arrived before) or `refused` with the reason."""

    item: Item
    outcome: str
    why: str = ""


class Refused(Exception):
    """This cannot be taken, now or later. The text says why, in the person's language."""


def deliver(items: Iterable[Item], *, by: User, at: datetime) -> list[Taken]:
    """Everything in order. What cannot be taken is noted with its reason and holds up nothing after it."""
    return [_one(item, by, at) for item in items]


def _one(item: Item, by: User, at: datetime) -> Taken:
    if (known := Delivery.objects.filter(user=by, uuid=item.uuid).first()) is not None:
        return Taken(item, "refused" if known.refused else "known", known.refused)
    why = ""
    try:
        with transaction.atomic():
            kind, do = _deed(item, by)
            row = Delivery.objects.create(user=by, uuid=item.uuid, kind=kind, happened_at=item.happened_at, received_at=at)
            try:
                with transaction.atomic():
                    do()
            except Refused as refused:
                why = str(refused)
            except (LookupError, TypeError, ValueError, AttributeError):
                # One thing that cannot be done must not hold up all that came after it.
                log.exception("A delivery could not be done: %s", item.path)
                why = _("This could not be done here. Tell us what it was.")
            if why:
                row.refused = why = why[:300]
                row.save(update_fields=["refused"])
    except IntegrityError:  # the same delivery twice at once: the other one counts
        return Taken(item, "known")
    return Taken(item, "refused" if why else "taken", why)


def _deed(item: Item, by: User) -> tuple[str, Any]:
    """(kind, what to do). Everything that can go wrong goes wrong in doing it, after the item is noted."""
    try:
        found = resolve(item.path)
    except Resolver404:
        found = None
    kind = KINDS.get(found.view_name, "") if found else ""

    def do() -> None:
        if found is None or not kind:
            raise Refused(_("This needs a connection."))
        _do(kind, item, by, **found.kwargs)

    return kind or "unknown", do


def _do(kind: str, item: Item, by: User, *, course: str, topic: str, material: str = "") -> None:
    found = queries.topic_for(course, topic, viewer=by)
    if found is None:
        raise Refused(_("The topic is not there any more, or not open to you."))
    post = QueryDict(mutable=True)
    for name, value in item.fields:
        post.appendlist(name, value)
    enrolment = _enrolment(found, by, item, begin=kind in {"answer", "done"})
    if enrolment is None:
        return
    match kind:
        case "answer":
            _answer(found, _material(found, material, "exercise"), enrolment, post, item)
        case "done" if "undo" in post:
            actions.reopen_topic(enrolment=enrolment, topic=found)
        case "done":
            actions.finish_topic(enrolment=enrolment, topic=found, at=item.happened_at)
        case "seen":
            actions.open_topic(enrolment=enrolment, topic=found, at=item.happened_at)
            actions.see_topic(enrolment=enrolment, topic=found, at=item.happened_at, **forms.seen_from(post))
        case "watch":
            if (report := forms.watched_from(post)) is not None:
                row = _material(found, material, "film", "video", "audio")
                actions.watch(enrolment=enrolment, material=row, at=item.happened_at, **report)


def _enrolment(topic: Topic, by: User, item: Item, *, begin: bool) -> Enrolment | None:
    """The person's enrolment; answering in an open course enrols, as it does with a line."""
    found = queries.enrolment_of(by, topic.course)
    if found is None and begin:
        try:
            found = actions.enrol(course=topic.course, by=by, at=item.happened_at)
        except actions.NotOpen:
            raise Refused(_("This course is open by invitation only.")) from None
    if found is not None:
        found.course, found.user = topic.course, by
    return found


def _material(topic: Topic, key: str, *kinds: str) -> Material:
    found = Material.objects.current().pieces().filter(topic=topic, key=key, kind__in=kinds).first()
    if found is None:
        raise Refused(_("The author has taken this out of the topic."))
    found.topic = topic
    return found


def _answer(topic: Topic, material: Material, enrolment: Enrolment, post: QueryDict, item: Item) -> None:
    exercise = m.parse("exercise", material.definition)
    if isinstance(exercise, m.Upload):
        raise Refused(_("Handing in a file needs a connection."))
    seconds = forms.seconds_since(post, item.happened_at.timestamp())
    try:
        actions.answer(
            enrolment=enrolment,
            material=material,
            response=forms.response_from(exercise, post),  # type: ignore[arg-type]
            token=forms.token_from(post),
            at=item.happened_at,
            seconds=seconds,
        )
    except (marking.NoAnswer, marking.Unreadable):
        raise Refused(_("The answer to “{title}” was empty or could not be read.").format(title=material.title)) from None
    except actions.Closed:
        raise Refused(_("“{title}” takes no further answers.").format(title=material.title)) from None
