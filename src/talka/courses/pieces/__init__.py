"""One material as a page shows it to one person: the published pieces, and what that person has done with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from talka.courses.blocks import EXERCISE_NAMES, KIND_NAMES
from talka.courses.models import Material
from talka.courses.pieces.exercises import Trouble, exercise, unreadable
from talka.courses.pieces.others import case, conflict, document_pdf, film, film_captions, sheet
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


@dataclass(slots=True)
class Piece:
    """A material with everything that its template needs under its own names in `has`."""

    material: Material
    template: str
    name: str
    has: dict[str, Any] = field(default_factory=dict)


def of_page(request: HttpRequest, page: TopicPage, trouble: Mapping[int, Trouble]) -> list[Piece]:
    """The page's materials in order, ready for their templates."""
    made = []
    for material in page.materials:
        doing = page.doing[material.pk]
        piece = Piece(
            material, f"courses/pieces/{'plain' if material.kind in STATIC else material.kind}.html", str(KIND_NAMES[material.kind])
        )
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
            case _:
                pass
        made.append(piece)
    return made
