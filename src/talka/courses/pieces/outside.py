"""The start card of an outside tool with what it sent for one person."""

from typing import Any

from talka.courses.lti.tools.queries import best_of, shown_tool
from talka.courses.models import Material
from talka.courses.queries import TopicPage


def outside(material: Material, page: TopicPage) -> dict[str, Any]:
    material.topic = page.topic
    score = best_of([material], page.enrolment.user_id).get(material.pk) if page.enrolment else None
    return {
        # What the tool sent decides what is shown, so the card is not kept for others.
        "ready": False,
        "intro_html": material.shown.get("intro_html", ""),
        "tool": shown_tool(material),
        "score": score,
        "percent": None if score is None or score.score is None else round(score.score * 100),
    }
