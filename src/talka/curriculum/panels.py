"""What this room shows on a course's pages."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.curriculum.queries import needs_of_topic


def needs_behind(request: HttpRequest, *, topic: Any, **values: Any) -> str:
    """On a topic: the needs that it helps to close, for staff of the cluster that planned it. Costs everybody else no query."""
    needs = needs_of_topic(topic, viewer=request.user)
    return render_to_string("curriculum/needs_behind.html", {"needs": needs}, request) if needs else ""
