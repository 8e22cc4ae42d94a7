"""How people come into a course that they did not choose themselves: invited by somebody, or assigned by a rule."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster, Organisation
from talka.courses.models.content import Course
from talka.people.models import User
from talka.people.rules import Part
from talka.skills.models import Profile


class Invitation(models.Model):
    """An address, or whoever has the link (then `email` is empty), may enrol in a course. Taking it back is a date; so is taking it up."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="invitations")
    # The workspace it was sent from: its staff see it.
    cluster = models.ForeignKey(Cluster, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    email = models.EmailField(blank=True)  # pii: contact, kept until the invitation is taken up or back
    due_on = models.DateField(_("due on"), null=True, blank=True)
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField(_("open until"), null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["course", "email"], condition=Q(withdrawn_at=None), name="one_standing_invitation")]

    def __str__(self) -> str:
        return f"{self.email}: {self.course}"


class Assignment(models.Model):
    """A rule: everyone of an audience is enrolled in a course, those who come later too, until the rule ends."""

    PARTS = [(Part.MANAGER, _("cluster managers")), (Part.EDITOR, _("editors")), (Part.EVALUATOR, _("evaluators")), (Part.MEMBER, _("people of member organisations"))]  # fmt: skip

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="assignments")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    # Each of these narrows the audience; empty narrows nothing.
    part = models.CharField(_("only"), max_length=12, choices=PARTS, blank=True)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    newcomers_since = models.DateField(_("only those who came on or after"), null=True, blank=True)
    # Either one day for all, or so many days after somebody was reached.
    due_on = models.DateField(_("due on"), null=True, blank=True)
    due_days = models.PositiveSmallIntegerField(_("days to do it"), null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    # The workspace it was made in: its staff see it.
    made_in = models.ForeignKey(Cluster, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(cluster__isnull=False, organisation=None) | Q(cluster=None, organisation__isnull=False),
                name="assigned_to_a_cluster_or_an_organisation",
            ),
            CheckConstraint(condition=Q(due_on=None) | Q(due_days=None), name="due_on_a_day_or_after_days"),
            CheckConstraint(condition=Q(due_days=None) | Q(due_days__gte=1, due_days__lte=1000), name="due_after_1_to_1000_days"),
        ]

    def __str__(self) -> str:
        return f"{self.course} → {self.cluster or self.organisation}"
