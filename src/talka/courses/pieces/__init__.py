"""One material as a page shows it to one person: the published pieces, and what that person has done with them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language

from talka.courses.blocks import EXERCISE_NAMES, KIND_NAMES
from talka.courses.models import Material
from talka.courses.pieces.exercises import Trouble, exercise, unreadable, variant_of
from talka.courses.pieces.others import case, conflict, document_pdf, film, film_captions, sheet
from talka.courses.pieces.packages import package
from talka.courses.pieces.quizzes import in_time, quiz, quiz_answers, quiz_questions, quiz_result
from talka.courses.queries import TopicPage
from talka.courses.rendering import STATIC

__all__ = [
    "Piece",
    "Trouble",
    "conflict",
    "document_pdf",
    "film_captions",
    "in_time",
    "of_page",
    "quiz_answers",
    "quiz_questions",
    "quiz_result",
    "unreadable",
]


# What differs from page to page in a material that nobody has touched yet; put in when the page goes out.
MARKS = {"csrf": "@@csrf@@", "token": "@@token@@", "since": "@@since@@", "who": "@@who@@"}
KEPT = 4_000
_fresh: dict[tuple[Any, ...], str] = {}


def fresh(piece: "Piece", page: TopicPage, request: HttpRequest, fill: Callable[[], object]) -> str:
    """The HTML of a material in which the viewer has done nothing: made once per publication, order of options and language, then kept."""
    material = piece.material
    key = (material.pk, material.published_at, variant_of(request.user.uuid), get_language())
    html = _fresh.get(key)
    if html is None:
        fill()
        values = {
            "piece": piece,
            "page": page,
            "course": page.course,
            "topic": page.topic,
            "csrf_token": MARKS["csrf"],
            "who": MARKS["who"],
        }
        piece.has |= {"token": MARKS["token"], "since": MARKS["since"]}
        html = render_to_string("courses/section.html", values)
        if len(_fresh) >= KEPT:
            _fresh.clear()
        _fresh[key] = html
    for mark, value in (
        ("csrf", get_token(request)),
        ("token", str(uuid4())),
        ("since", str(int(time.time()))),
        ("who", str(request.user.pk)),
    ):
        html = html.replace(MARKS[mark], value)
    return html


def _untouched(kind: str, doing: Any) -> bool:
    match kind:
        case "exercise":
            return not doing.tried and not doing.hints and not doing.gave_up
        case "tool":
            return doing.sheet is None
        case "case":
            return doing.case is None
        case "quiz":
            return not doing.runs
        case _:
            return False


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
    """The page's materials in order, ready for their templates."""
    made = []
    for material in page.materials:
        doing = page.doing[material.pk]
        piece = Piece(
            material, f"courses/pieces/{'plain' if material.kind in STATIC else material.kind}.html", str(KIND_NAMES[material.kind])
        )
        if material.pk not in trouble and _untouched(material.kind, doing):
            piece.html = fresh(piece, page, request, lambda piece=piece: _filled(piece, page, request, trouble))
        else:
            _filled(piece, page, request, trouble)
        made.append(piece)
    return made


def _filled(piece: Piece, page: TopicPage, request: HttpRequest, trouble: Mapping[int, Trouble]) -> Piece:
    """The piece with everything that its template needs."""
    material, doing = piece.material, page.doing[piece.material.pk]
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
            piece.has = {"watch": doing.watch}
            piece.template = "courses/pieces/video.html"
        case "quiz":
            piece.has = quiz(material, doing)
        case "package":
            piece.has = package(material, page)
        case _:
            pass
    return piece
