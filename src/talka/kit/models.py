"""What the shared tools keep: long work, files between preview and confirmation, letters."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _


class WorkQuerySet(models.QuerySet["Work"]):
    def unfinished(self) -> Self:
        return self.filter(ended_at=None)

    def silent_since(self, moment: datetime) -> Self:
        """Begun, not ended, and no step since `moment`: its process is gone."""
        return self.unfinished().exclude(started_at=None).filter(stepped_at__lt=moment)


class Work(models.Model):
    """Something that takes longer than a page: who wants it, how far it is, how it ended. Safe to leave, found again by its address."""

    class Outcome(models.TextChoices):
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        INTERRUPTED = "interrupted", _("interrupted")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    stepped_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    unit = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    said = models.TextField(blank=True)
    report = models.JSONField(default=dict, blank=True)
    result_url = models.CharField(max_length=500, blank=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["by", "-asked_at"])]
        constraints = [
            CheckConstraint(
                condition=Q(ended_at=None, outcome="") | Q(ended_at__isnull=False) & ~Q(outcome=""), name="work_ends_with_an_outcome"
            ),
            CheckConstraint(condition=Q(total=None) | Q(done__lte=F("total")), name="work_never_above_all"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def share(self) -> float | None:
        """0 to 1, or None where the whole is not known."""
        return self.done / self.total if self.total else None

    def remaining(self, at: datetime) -> timedelta | None:
        """An estimate from the pace so far; None until there is a pace worth the name."""
        if not self.started_at or not self.total or self.done <= 0 or self.ended_at:
            return None
        elapsed = at - self.started_at
        if elapsed < timedelta(seconds=2):
            return None
        return elapsed * ((self.total - self.done) / self.done)


class Upload(models.Model):
    """A file that somebody sent, kept outside the public folders until it is confirmed or a day has passed; its report stays."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)  # pii: may name a person, gone with the upload
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return self.name


class Letter(models.Model):
    """One mail to one address, from the moment it was decided; what was not sent never looks sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        KEPT = "kept", _("kept as a file: no mail server is set up")
        FAILED = "failed", _("failed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.CharField(max_length=100)
    to = models.EmailField()  # pii: contact, deleted with the letter after a year
    subject = models.CharField(max_length=300)
    text = models.TextField()  # pii: may name people, deleted with the letter after a year
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    said = models.TextField(blank=True)
    at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "at"]), models.Index(fields=["to", "-at"])]
        constraints = [CheckConstraint(condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent"), name="sent_letters_say_when")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
