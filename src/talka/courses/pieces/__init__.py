"""One material as a page shows it to one person: the published pieces, and what that person has done with them."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

from talka.courses.blocks import EXERCISE_NAMES, KIND_NAMES
from talka.courses.models import Material
from talka.courses.pieces.around import parts_around
from talka.courses.pieces.exercises import Trouble, exercise, unreadable, variant_of
from talka.courses.pieces.others import case, conflict, document_pdf, film, film_captions, sheet
from talka.courses.pieces.outside import outside
from talka.courses.pieces.packages import package
from talka.courses.pieces.quizzes import in_time, quiz, quiz_answers, quiz_questions, quiz_result
from talka.courses.queries import Doing, TopicPage, load_whole
from talka.courses.rendering import STATIC
from talka.kit import fragments

__all__ = [
    "Piece",
    "Trouble",
    "conflict",
    "document_pdf",
    "film_captions",
    "in_time",
    "of_page",
    "parts_around",
    "quiz_answers",
    "quiz_questions",
    "quiz_result",
    "unreadable",
]


# What differs from page to page in a material that nobody has touched yet; put in when the page goes out.
TOKEN, SINCE, WHO = (f"@@{name}-{secrets.token_hex(12)}@@" for name in ("token", "since", "who"))


def _key(material: Material, page: TopicPage, person: UUID) -> tuple[Any, ...]:
    """Everything on which an untouched material's HTML depends. Only an exercise differs from person to person, in a few orders."""
    variant = variant_of(person) if material.kind == "exercise" else None
    said = (material.spoken, material.translation, page.how.language, page.untranslated)
    return ("piece", material.pk, material.published_at, *said, page.course.slug, page.topic.slug, variant, get_language())


def _fresh(piece: "Piece", page: TopicPage) -> str:
    """The HTML of a material in which nobody has done anything yet, with marks where persons differ."""
    values = {
        "piece": piece,
        "material": piece.material,
        "page": page,
        "course": page.course,
        "topic": page.topic,
        "csrf_token": fragments.CSRF,
        "who": WHO,
    }
    piece.has |= {"token": TOKEN, "since": SINCE}
    return render_to_string("courses/section.html", values)


@dataclass(slots=True)
class Piece:
    """A material with everything that its template needs under its own names in `has`."""

    material: Material
    template: str
    name: str
    has: dict[str, Any] = field(default_factory=dict)
    # Ready-made, where nothing in it depends on the viewer.
    html: str = ""


def of_page(request: HttpRequest, page: TopicPage, trouble: Mapping[int, Trouble]) -> list[Piece]:
    """The page's materials in order, ready for their templates. No query where nothing was done in them and they were shown before."""
    person = request.user.uuid
    keys = {row.pk: _key(row, page, person) for row in page.materials if row.pk not in page.doing and row.pk not in trouble}
    kept = {pk: fragments.known(key) for pk, key in keys.items()}
    load_whole([row for row in page.materials if kept.get(row.pk) is None])
    marks = {fragments.CSRF: fragments.csrf_of(request), SINCE: str(int(time.time())), WHO: str(request.user.pk)}
    made = []
    for material in page.materials:
        piece = Piece(
            material, f"courses/pieces/{'plain' if material.kind in STATIC else material.kind}.html", str(KIND_NAMES[material.kind])
        )
        html = kept.get(material.pk)
        if html is None:
            _filled(piece, page, request, trouble)
            # A film that is still being made is looked for again on the next page; a preview is nobody's but its author's.
            if material.pk in keys and material.pk > 0 and piece.has.get("ready", True):
                html = fragments.kept(keys[material.pk], partial(_fresh, piece, page))
        if html is not None:
            # Each form has a token of its own: it counts once.
            piece.html = fragments.put_in(html, {**marks, TOKEN: str(uuid4())})
        made.append(piece)
    return made


def _filled(piece: Piece, page: TopicPage, request: HttpRequest, trouble: Mapping[int, Trouble]) -> Piece:
    """The piece with everything that its template needs."""
    material, doing = piece.material, page.doing.get(piece.material.pk) or Doing()
    match material.kind:
        case "exercise":
            piece.name = str(EXERCISE_NAMES[material.definition["type"]])
            piece.has = exercise(material, doing, person=request.user.uuid, trouble=trouble.get(material.pk))
        case "tool":
            piece.has = sheet(material, doing.sheet)
        case "case":
            piece.has = case(material, doing)
        case "film":
            piece.has = film(material, doing)
        case "video" | "audio":
            piece.has = {"watch": doing.watch, "tracks": _tracks(material)}
            piece.template = "courses/pieces/video.html"
        case "quiz":
            piece.has = quiz(material, doing)
        case "package":
            piece.has = package(material, page)
        case "outside":
            piece.has = outside(material, page)
        case _:
            pass
    return piece


def _tracks(material: Material) -> list[dict[str, Any]]:
    """Captions, with those on that are in the language of the page."""
    tracks = material.shown.get("tracks", [])
    on = next((n for n, track in enumerate(tracks) if track["language"] == material.spoken), 0)
    return [{**track, "on": n == on} for n, track in enumerate(tracks)]
