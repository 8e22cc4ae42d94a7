"""Who comes into a course, and how: learners, invitations, rules. For the staff of a workspace."""

from datetime import date

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from talka.clusters.models import Affiliation, Cluster, Membership, Role
from talka.courses.models import Assignment, Course, CourseReview, Enrolment, Invitation, TimeExtension
from talka.courses.rules.access import INVITE, WRITE
from talka.courses.rules.entry import Voices, voices
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import Part, Visibility, may


def _working(on: date) -> QuerySet[Affiliation]:
    return Affiliation.objects.current(on)


def people_in(cluster: Cluster | int, *, on: date) -> QuerySet[User]:
    """Everybody who has a part in the cluster or works for a member of it."""
    members = Membership.objects.current(on).filter(cluster=cluster).values("organisation")
    return User.objects.filter(
        Q(pk__in=Role.objects.current(on).filter(cluster=cluster).values("user"))
        | Q(pk__in=_working(on).filter(organisation__in=members).values("user")),
        is_active=True,
    )


def audience_of(rule: Assignment, *, on: date) -> QuerySet[User]:
    """Whom a rule reaches now: of its cluster or organisation, narrowed, and only those who may open the course."""
    works = _working(on)
    roles = Role.objects.none()
    if rule.organisation_id:
        works = works.filter(organisation=rule.organisation_id)
    else:
        members = Membership.objects.current(on).filter(cluster=rule.cluster_id)
        new = members.filter(joined_on__gte=rule.newcomers_since) if rule.newcomers_since else members.none()
        works = works.filter(organisation__in=members.values("organisation")).annotate(
            came_with=Exists(new.filter(organisation=OuterRef("organisation")))
        )
        roles = Role.objects.current(on).filter(cluster=rule.cluster_id)
    if rule.newcomers_since:
        since = Q(since__gte=rule.newcomers_since)
        works = works.filter(since | Q(came_with=True)) if rule.cluster_id else works.filter(since)
        roles = roles.filter(since)
    if rule.part == Part.MEMBER:
        roles = roles.filter(part=Part.MEMBER)
    elif rule.part:
        works = works.none() if rule.cluster_id else works.filter(user__cluster_roles__in=Role.objects.current(on).filter(part=rule.part))
        roles = roles.filter(part=rule.part)
    found = User.objects.filter(Q(pk__in=works.values("user")) | Q(pk__in=roles.values("user")), is_active=True)
    if rule.profile_id:
        found = found.filter(assessments__profile=rule.profile_id).distinct()
    if rule.course.visibility == Visibility.CLUSTER:
        found = found.filter(pk__in=people_in(rule.course.cluster_id or 0, on=on).values("pk"))
    return found.order_by("name", "email")


def still_to_enrol(rule: Assignment, *, on: date) -> QuerySet[User]:
    """Those of the audience whom the rule has not reached yet. Who left the course after the rule was made stays out."""
    known = Enrolment.objects.filter(user=OuterRef("pk"), course=rule.course_id)
    return audience_of(rule, on=on).exclude(Exists(known.filter(Q(left_at=None) | Q(left_at__gte=rule.made_at))))


def learners_of(course: Course, cluster: Cluster, *, viewer: Viewer, on: date) -> QuerySet[Enrolment]:
    """Enrolments that the workspace's managers and editors see: all of the cluster's own course, else those of the cluster's people.

    Each says how the person came (`came`), how it stands (`state`) and their extra time (`more_time`). No progress: that is the learner's.
    """
    if not may(standing_of(viewer), INVITE, cluster=cluster.pk):
        return Enrolment.objects.none()
    rows = Enrolment.objects.filter(course=course).select_related("user", "assignment")
    if course.cluster_id != cluster.pk:
        rows = rows.filter(user__in=people_in(cluster, on=on))
    invited = Invitation.objects.filter(course=course, accepted_by=OuterRef("user"))
    more = TimeExtension.objects.filter(user=OuterRef("user"), course=course, ended_at=None)
    return rows.annotate(
        came=Case(When(assignment__isnull=False, then=Value("rule")), When(Exists(invited), then=Value("invited")), default=Value("own")),
        state=Case(
            When(left_at__isnull=False, then=Value("left")), When(completed_at__isnull=False, then=Value("completed")), default=Value("learning")
        ),
        more_time=Subquery(more.values("percent")[:1]),
        workspace=Value(cluster.slug),
        course_slug=Value(course.slug),
    )  # fmt: skip


def invitations_of(course: Course, cluster: Cluster, *, viewer: Viewer, on: date) -> QuerySet[Invitation]:
    """Invitations sent from this workspace, each with its `state`."""
    if not may(standing_of(viewer), INVITE, cluster=cluster.pk):
        return Invitation.objects.none()
    mine = Q(cluster=cluster) | Q(cluster=None) if course.cluster_id == cluster.pk else Q(cluster=cluster)
    return (
        Invitation.objects.filter(mine, course=course)
        .select_related("invited_by", "accepted_by")
        .annotate(
            state=Case(
                When(withdrawn_at__isnull=False, then=Value("withdrawn")),
                When(accepted_at__isnull=False, email__gt="", then=Value("accepted")),
                When(expires_on__lt=on, then=Value("expired")),
                default=Value("open"),
            ),
            workspace=Value(cluster.slug),
            course_slug=Value(course.slug),
        )
    )


def rules_of(course: Course, cluster: Cluster, *, viewer: Viewer) -> QuerySet[Assignment]:
    """Rules of assignment that the workspace's managers and editors see."""
    if not may(standing_of(viewer), INVITE, cluster=cluster.pk):
        return Assignment.objects.none()
    here = Q(made_in=cluster) | Q(cluster=cluster)
    reached = Enrolment.objects.filter(assignment=OuterRef("pk"), left_at=None).order_by().values("assignment")
    return (
        Assignment.objects.filter(here, course=course)
        .select_related("cluster", "organisation", "profile", "made_by", "course")
        .annotate(
            state=Case(When(ended_at__isnull=False, then=Value("ended")), default=Value("live")),
            reached=Subquery(reached.annotate(n=Count("pk")).values("n")),
            workspace=Value(cluster.slug),
            course_slug=Value(course.slug),
            to=Case(When(organisation__isnull=False, then=F("organisation__name")), default=F("cluster__name")),
        )
    )


def extension_of(user: User, course: Course | int) -> TimeExtension | None:
    """The person's standing extra time in the timed quizzes of a course."""
    return TimeExtension.objects.filter(user=user, course=course, ended_at=None).first()


def reviews_shown(course: Course) -> tuple[Voices, list[CourseReview]]:
    """All visible reviews: the stars, and those with words, newest first. One query."""
    rows = list(CourseReview.objects.filter(course=course, hidden_at=None).order_by("-at"))
    return voices(row.stars for row in rows), [row for row in rows if row.text]


def review_of(user: User, course: Course) -> CourseReview | None:
    return CourseReview.objects.filter(user=user, course=course).first()


def reviews_for_staff(course: Course, cluster: Cluster, *, viewer: Viewer) -> QuerySet[CourseReview]:
    """All reviews, hidden ones too, for those who write the course. The list does not say who wrote them."""
    if not may(standing_of(viewer), WRITE, cluster=course.cluster_id):
        return CourseReview.objects.none()
    return CourseReview.objects.filter(course=course).annotate(
        state=Case(When(hidden_at__isnull=False, then=Value("hidden")), default=Value("shown")),
        workspace=Value(cluster.slug),
        course_slug=Value(course.slug),
    )
