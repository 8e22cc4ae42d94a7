"""A topic as its author has it now, shown as a learner will see it."""

from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.timezone import now

from talka.courses import pieces as shown
from talka.courses import rendering
from talka.courses.actions.publishing import pieces_of, surroundings_of
from talka.courses.blocks import KIND_NAMES, LABELS
from talka.courses.body import Piece
from talka.courses.faults import faults_in
from talka.courses.media import MediaRefused
from talka.courses.models import Material, Topic
from talka.courses.queries import Outline, Reading, TopicPage
from talka.courses.rules import materials as m


def context(request: HttpRequest, topic: Topic) -> dict[str, Any]:
    """What the preview's template needs. What can't be shown yet says so in its place."""
    around = surroundings_of(topic.course, topic)
    made: list[dict[str, Any]] = []
    for n, piece in enumerate(pieces_of(topic)):
        material, trouble = _material(topic, piece, n, around)
        if material is None:
            made.append({"name": KIND_NAMES[piece.kind], "title": piece.title, "trouble": trouble, "piece": None})
            continue
        page = TopicPage(
            topic,
            topic.course,
            None,
            Outline(),
            frozenset(),
            [material],
            {},
            None,
            False,
            Reading(topic.course.language, topic.course.language),
        )
        (ready,) = shown.of_page(request, page, {})
        made.append({"name": ready.name, "title": material.title, "trouble": trouble, "piece": ready})
    return {"topic": topic, "course": topic.course, "previewed": made}


def _said(piece: Piece) -> str:
    """What is to mend in a material, in one line."""
    return " ".join(f"{LABELS.get(str(place[0]), '')}: {says}".removeprefix(": ") if place else says for place, says in faults_in(piece))


def _material(topic: Topic, piece: Piece, n: int, around: rendering.Surroundings) -> tuple[Material | None, str]:
    try:
        definition = piece.definition()
        made = rendering.render(piece.kind, piece.key, definition, around)
    except msgspec.ValidationError:
        return None, _said(piece)
    except (MediaRefused, KeyError) as error:
        return None, str(error)
    says = _said(piece)
    row = Material(
        pk=-n - 1, uuid=piece.uuid, topic=topic, kind=piece.kind, key=piece.key, file=piece.file, title=piece.title, order=n,
        definition=m.plain(definition), shown=made.shown, html=made.html, plain=made.plain, seconds=made.seconds, published_at=now(),
    )  # fmt: skip
    row.spoken = topic.course.language
    return row, says
