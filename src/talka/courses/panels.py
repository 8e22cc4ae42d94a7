"""What this room shows on other rooms' pages."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from talka.clusters.models import Cluster
from talka.courses import queries
from talka.courses.models import Course
from talka.courses.rules.access import INVITE
from talka.people.models import User
from talka.people.queries import standing_of
from talka.people.rules import may


def topics_for_gap(request: HttpRequest, *, competence: Any, gap: Any = None, **_values: Any) -> str:
    """Beside a person's gap: the topics that close it."""
    user = request.user if isinstance(request.user, User) else None
    found = queries.topics_for_competences([competence.key], viewer=request.user, without=user, limit=3)
    return render_to_string("courses/gap.html", {"topics": [topic for topic, _key in found]}) if found else ""


def way_to_learners(request: HttpRequest, *, course: Course, cluster: Cluster, **_values: Any) -> str:
    """On a course's desk: who learns in it, and how people come in, for those who may invite."""
    if not may(standing_of(request.user), INVITE, cluster=cluster.pk):
        return ""
    return render_to_string("courses/desk/way.html", {"course": course, "cluster": cluster})
