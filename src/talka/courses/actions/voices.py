"""What learners say about a course, and who may hide it."""

from datetime import datetime

from django.db import transaction

from talka.courses.models import Course, CourseReview, Enrolment
from talka.courses.queries.courses import outline_with_progress
from talka.courses.rules import entry
from talka.courses.rules.access import WRITE
from talka.people.actions import require
from talka.people.models import User

LONGEST_REVIEW = 2_000


class TooEarly(Exception):
    """The person has not done enough of the course to speak about it."""


class NoReason(Exception):
    """Hiding a review needs a reason that its writer can read."""


@transaction.atomic
def speak(*, enrolment: Enrolment, stars: int, text: str, at: datetime) -> CourseReview:
    """The learner's stars (1 to 5) and words about the course; the newest count. A hidden one stays hidden until staff show it. Raises TooEarly."""
    outline, done = outline_with_progress(enrolment.course, enrolment)
    if not entry.may_speak(done=len(done), total=len(outline.topics)):
        raise TooEarly
    share = len(done) / len(outline.topics)
    values = {"stars": stars, "text": text.strip()[:LONGEST_REVIEW], "at": at, "done": share}
    made, _new = CourseReview.objects.update_or_create(user_id=enrolment.user_id, course=enrolment.course, defaults=values)
    return made


@transaction.atomic
def take_back(*, user: User, course: Course) -> None:
    """The learner's review is gone."""
    CourseReview.objects.filter(user=user, course=course).delete()


@transaction.atomic
def hide_review(*, review: CourseReview, because: str, by: User, at: datetime) -> None:
    """The review is shown to nobody but its writer and staff, with the reason. Raises NoReason."""
    require(by, WRITE, cluster=review.course.cluster_id)
    if not because.strip():
        raise NoReason
    CourseReview.objects.filter(pk=review.pk).update(hidden_at=at, hidden_by=by, hidden_because=because.strip()[:300])


@transaction.atomic
def show_review(*, review: CourseReview, by: User) -> None:
    """Takes the hiding back."""
    require(by, WRITE, cluster=review.course.cluster_id)
    CourseReview.objects.filter(pk=review.pk).update(hidden_at=None, hidden_by=None, hidden_because="")
