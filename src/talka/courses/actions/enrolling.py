"""Coming into a course and leaving it; and how a statement names the person, the course and the place."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, F, OuterRef, Subquery

from talka.courses.languages.queries import language_of, titles_in
from talka.courses.models import Assignment, Course, Enrolment, Material, Topic, TopicProgress
from talka.courses.rules import statements
from talka.people.models import User
from talka.records.actions import store


class NotOpen(Exception):
    """One may enrol in this course by invitation or assignment only."""


def thing(of: Course | Topic | Material | Any, kind: str = "") -> statements.Thing:
    return statements.Thing(kind or getattr(of, "kind", type(of).__name__.lower()), of.uuid, of.title, getattr(of, "definition", None))


def scene(enrolment: Enrolment, topic: Topic | None = None) -> statements.Scene:
    course = enrolment.course
    read_in = language_of(course, enrolment=enrolment)
    return statements.Scene(
        base=settings.NAMES_URL,
        person=enrolment.user.uuid,
        registration=enrolment.uuid,
        course=thing(course),
        lesson=thing(topic.lesson) if topic else None,
        topic=thing(topic) if topic else None,
        language=course.language,
        read_in=read_in if read_in != course.language else "",
        names=titles_in(course, read_in, topic),
    )


@transaction.atomic
def enrol(
    *, course: Course, by: User, at: datetime, assignment: Assignment | None = None, due_on: date | None = None, let_in: bool = False
) -> Enrolment:
    """`by` learns in `course` from now on; coming back after leaving goes on where one was. Enrolling twice changes nothing.

    The caller has checked that `by` sees the course. Raises NotOpen where neither invitation (`let_in`: by a link) nor assignment lets `by` in.
    """
    found = Enrolment.objects.select_for_update().filter(user=by, course=course).first()
    if found is not None:
        if found.left_at is not None:
            found.left_at = None
            found.save(update_fields=["left_at"])
        return found
    if course.entry == Course.Entry.INVITATION and assignment is None and not let_in and not is_invited(by, course):
        raise NotOpen
    try:
        with transaction.atomic():
            made = Enrolment.objects.create(user=by, course=course, started_at=at, assignment=assignment, due_on=due_on)
    except IntegrityError:  # two clicks at once: the first one counts
        return Enrolment.objects.get(user=by, course=course)
    store([statements.enrolled(scene(made), at=at)], source=None, at=at)
    return made


def is_invited(by: User, course: Course) -> bool:
    return course.invitations.filter(email__iexact=by.email, withdrawn_at=None).exists()


@transaction.atomic
def leave(*, enrolment: Enrolment, by: User, at: datetime) -> None:
    """`by` stops learning here; nothing that was done is lost."""
    Enrolment.objects.filter(pk=enrolment.pk, user=by, left_at=None).update(left_at=at)


def settle_completions(*, at: datetime) -> int:
    """Completes those who have done every topic that a course has now, since its author took the rest away. Answers how many."""
    live = Topic.objects.filter(course=OuterRef("course"), live=True).order_by().values("course").annotate(n=Count("pk")).values("n")
    done = (
        TopicProgress.objects.filter(enrolment=OuterRef("pk"), topic__live=True, done_at__isnull=False)
        .order_by()
        .values("enrolment")
        .annotate(n=Count("pk"))
        .values("n")
    )
    waiting = (
        Enrolment.objects.filter(completed_at=None, left_at=None)
        .annotate(live=Subquery(live), done=Subquery(done))
        .filter(done=F("live"))
        .select_related("user", "course")
    )
    n = 0
    for enrolment in waiting:
        with transaction.atomic():
            if Enrolment.objects.filter(pk=enrolment.pk, completed_at=None).update(completed_at=at):
                store([statements.course_done(scene(enrolment), at=at)], source=None, at=at)
                n += 1
    return n
