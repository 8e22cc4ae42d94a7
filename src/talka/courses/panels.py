"""What this room shows on other rooms' pages."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.courses import queries
from talka.people.models import User


def topics_for_gap(request: HttpRequest, *, competence: Any, gap: Any = None, **_values: Any) -> str:
    """Beside a person's gap: the topics that close it."""
    user = request.user if isinstance(request.user, User) else None
    found = queries.topics_for_competences([competence.key], viewer=request.user, without=user, limit=3)
    return render_to_string("courses/gap.html", {"topics": [topic for topic, _key in found]}) if found else ""
