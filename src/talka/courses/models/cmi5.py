"""cmi5 as a learning platform keeps it: registrations, where people stand with each unit and block, and the sessions of units."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from talka.courses.models.learning import Enrolment
from talka.courses.models.packages import Package, PackageUnit
from talka.people.models import User


class Cmi5Registration(models.Model):
    """A person's way through one cmi5 course. Its uuid is the registration in all statements of the units."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="cmi5_registrations")
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="cmi5_registrations")
    made_at = models.DateTimeField()
    satisfied_at = models.DateTimeField(_("satisfied"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [UniqueConstraint(fields=["enrolment", "package"], name="one_cmi5_registration_per_package")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.package_id}"


class Cmi5Standing(models.Model):
    """Where a person stands with one unit or block: what was said of it, or that it was waived, each with its time."""

    registration = models.ForeignKey(Cmi5Registration, on_delete=models.CASCADE, related_name="standings")
    unit = models.ForeignKey(PackageUnit, on_delete=models.CASCADE, related_name="cmi5_standings")
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    passed_at = models.DateTimeField(_("passed"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    waived_at = models.DateTimeField(_("waived"), null=True, blank=True)
    waived_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    satisfied_at = models.DateTimeField(_("satisfied"), null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["registration", "unit"], name="one_cmi5_standing_per_unit"),
            CheckConstraint(condition=Q(waived_at=None, reason="") | (Q(waived_at__isnull=False) & ~Q(reason="")), name="waived_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.unit_id}"


class Cmi5SessionQuerySet(models.QuerySet["Cmi5Session"]):
    def open(self) -> Self:
        return self.filter(terminated_at=None, abandoned_at=None)


class Cmi5Session(models.Model):
    """One launch of a unit until it says terminated, or is abandoned. Its uuid is the session id in statements."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    registration = models.ForeignKey(Cmi5Registration, on_delete=models.CASCADE, related_name="sessions")
    unit = models.ForeignKey(PackageUnit, on_delete=models.CASCADE, related_name="cmi5_sessions")
    mode = models.CharField(_("mode"), max_length=8, default="Normal")
    # The secret in the address where the unit fetches its token, once; only its hash is kept.
    fetch_hash = models.CharField(max_length=64, unique=True)
    launch_url = models.CharField(max_length=4_000)
    move_on = models.CharField(max_length=20)
    mastery = models.FloatField(null=True, blank=True)
    template = models.JSONField()
    launched_at = models.DateTimeField(_("launched"))
    fetched_at = models.DateTimeField(null=True, blank=True)
    prefs_at = models.DateTimeField(null=True, blank=True)
    # The unit's own time of its first statement, in microseconds since 1970.
    begun = models.BigIntegerField(null=True, blank=True)
    initialized_at = models.DateTimeField(_("begun"), null=True, blank=True)
    last_at = models.DateTimeField(_("last heard of"), null=True, blank=True)
    # What the unit has said of itself so far.
    used = models.JSONField(default=list, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    seconds = models.FloatField(_("duration"), null=True, blank=True)
    terminated_at = models.DateTimeField(_("ended"), null=True, blank=True)
    abandoned_at = models.DateTimeField(_("abandoned"), null=True, blank=True)

    objects = Cmi5SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-launched_at", "-pk"]
        constraints = [
            UniqueConstraint(fields=["registration"], condition=Q(terminated_at=None, abandoned_at=None), name="one_open_cmi5_session"),
            CheckConstraint(condition=Q(terminated_at=None) | Q(abandoned_at=None), name="cmi5_session_ends_once"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def is_over(self) -> bool:
        return self.terminated_at is not None or self.abandoned_at is not None
