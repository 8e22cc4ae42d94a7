"""What a training contact sees of assignments to the people of their own organisation."""

from datetime import date

from django.db.models import Case, F, QuerySet, Value, When

from talka.clusters.models import Affiliation, Organisation
from talka.courses.models import Assignment, Course
from talka.courses.models.content import CourseQuerySet
from talka.courses.queries.courses import courses_for
from talka.people.models import User
from talka.people.queries import Viewer, standing_of


def courses_to_assign(viewer: Viewer) -> CourseQuerySet:
    """Courses that a training contact may give to their people: those that they see and that everybody who sees them may take."""
    return courses_for(viewer).filter(entry=Course.Entry.OPEN).order_by("title")


def colleagues_of(organisation: Organisation, *, viewer: Viewer, on: date) -> QuerySet[User]:
    """The people of the organisation, for its training contact; nobody for all others."""
    if organisation.pk not in standing_of(viewer).contacts:
        return User.objects.none()
    here = Affiliation.objects.current(on).filter(organisation=organisation)
    return User.objects.filter(pk__in=here.values("user"), is_active=True).order_by("name", "email")


def rules_at_work(organisation: Organisation, *, viewer: Viewer) -> QuerySet[Assignment]:
    """Rules for this organisation's people alone, its own and those of its clusters' managers, for its training contact.

    Each with its `state` (live, ended, once). Whom it brought in, and how far they are, it does not say: that is theirs.
    """
    if organisation.pk not in standing_of(viewer).contacts:
        return Assignment.objects.none()
    return (
        Assignment.objects.filter(organisation=organisation)
        .select_related("course", "organisation", "profile", "made_by", "made_in")
        .annotate(
            state=Case(
                When(ended_at=F("made_at"), then=Value("once")), When(ended_at__isnull=False, then=Value("ended")), default=Value("live")
            )
        )
    )
