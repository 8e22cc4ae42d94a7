"""Content that other programs made: packages, what can be played in them, and people's runs through it."""

from pathlib import Path
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from talka.courses.models.content import Course
from talka.courses.models.learning import Enrolment
from talka.people.models import User


class PackageQuerySet(models.QuerySet["Package"]):
    def ready(self) -> Self:
        return self.filter(state=Package.State.READY)


class Package(models.Model):
    """An uploaded package, unpacked. A newer version takes the place of the old one in the same row, so that people's runs stay."""

    class Kind(models.TextChoices):
        H5P = "h5p", "H5P"
        CMI5 = "cmi5", "cmi5"
        SCORM12 = "scorm12", "SCORM 1.2"
        SCORM2004 = "scorm2004", "SCORM 2004"

    class State(models.TextChoices):
        # Unpacked and looked at, but waiting for a yes to take the place of another.
        OFFERED = "offered", _("waiting for your yes")
        READY = "ready", _("ready")
        REMOVED = "removed", _("removed")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="packages")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=400)
    # Under TALKA_DATA/packages; each version has a folder of its own.
    folder = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    files = models.PositiveIntegerField()
    # What the reader found: {"findings": [...], ...}; the rest is the kind's own matter.
    manifest = models.JSONField(default=dict, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    replaces = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="offers")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PackageQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("package")
        verbose_name_plural = _("packages")
        constraints = [
            CheckConstraint(condition=Q(state="removed", removed_at__isnull=False) | (~Q(state="removed") & Q(removed_at=None)), name="removed_package_says_when"),
            CheckConstraint(condition=Q(state="offered", replaces__isnull=False) | (~Q(state="offered") & Q(replaces=None)), name="offered_package_replaces_one"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> Path:
        """Where the content lies."""
        return Path(settings.DATA) / "packages" / self.folder


class PackageUnitQuerySet(models.QuerySet["PackageUnit"]):
    def current(self) -> Self:
        return self.filter(retired_at=None)

    def playable(self) -> Self:
        return self.current().exclude(kind=PackageUnit.Kind.BLOCK)


class PackageUnit(models.Model):
    """Something in a package that can be played, or a block that holds such things. `key` names it through all versions.

    `href` leads to its first page inside the folder (a whole address where the content lives elsewhere). `settings` belong to the kind.
    """

    class Kind(models.TextChoices):
        CONTENT = "content", _("content")
        BLOCK = "block", _("block")
        AU = "au", _("unit")
        SCO = "sco", _("unit")

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="units")
    key = models.CharField(max_length=500)
    title = models.CharField(max_length=400)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    order = models.PositiveSmallIntegerField(default=0)
    href = models.CharField(max_length=2000, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    # A newer version of the package has it no more; people's runs speak of it still.
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = PackageUnitQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [UniqueConstraint(fields=["package", "key"], name="one_unit_of_a_key")]

    def __str__(self) -> str:
        return self.title


class PackageRun(models.Model):
    """A person's way through one unit. `state` is what the content keeps (SCORM's data model, H5P's user state); `score` runs from 0 to 1."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="package_runs")
    unit = models.ForeignKey(PackageUnit, on_delete=models.CASCADE, related_name="runs")
    registration = models.UUIDField(default=uuid4)
    state = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    success = models.BooleanField(null=True)
    score = models.FloatField(null=True, blank=True)
    seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["enrolment", "unit"], name="one_run_per_unit"),
            CheckConstraint(condition=Q(score=None) | Q(score__gte=-1, score__lte=1), name="score_of_a_run_within_one"),
        ]
        indexes = [models.Index(fields=["unit", "completed_at"])]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.unit_id}"
