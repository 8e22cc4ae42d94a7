"""The start card of a package with how far one person has come in it."""

from typing import Any

from talka.courses.models import Material, PackageUnit
from talka.courses.packages.queries import menu_of, shown_package
from talka.courses.queries import TopicPage


def package(material: Material, page: TopicPage) -> dict[str, Any]:
    material.topic = page.topic
    found = shown_package(material)
    lines = menu_of(found, page.enrolment) if found is not None else []
    playable = [line for line in lines if line.unit.kind != PackageUnit.Kind.BLOCK]
    return {
        # How far a person is decides what is shown, so the card is not kept for others.
        "ready": False,
        "intro_html": material.shown.get("intro_html", ""),
        "package": found,
        "lines": lines if len(playable) > 1 else [],
        "next": next((line for line in playable if not line.done and not line.waits), playable[0] if playable else None),
        "done": sum(line.done for line in playable),
        "total": len(playable),
    }
