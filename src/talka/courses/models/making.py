"""How a course is made: imports, and the board of materials that it needs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Organisation
from talka.courses.models.content import Course, Lesson, Material
from talka.people.models import User


class ImportReport(models.Model):
    """What an import of a pack did, to keep."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="imports")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    report = models.JSONField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.course} {self.at:%Y-%m-%d}"


class Production(models.Model):
    """A material that the course needs, who is responsible, and until when. Its state is the newest of its steps."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="productions")
    lesson = models.ForeignKey(Lesson, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lesson"))
    kind = models.CharField(_("kind"), max_length=12)
    title = models.CharField(_("what"), max_length=200)
    partner = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("partner"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    material = models.ForeignKey(Material, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.title


class ProductionPlan(models.Model):
    """How many materials of a kind the course is to have."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="planned_kinds")
    kind = models.CharField(_("kind"), max_length=12)
    wanted = models.PositiveSmallIntegerField(_("planned"))

    class Meta:
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["course", "kind"], name="one_plan_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.course}: {self.wanted} {self.kind}"


class BulkChange(models.Model):
    """Many rows changed at once by one person, with what they were before, so that it can be taken back."""

    class What(models.TextChoices):
        PRODUCTION = "production", _("production")
        DATES = "dates", _("dates and times")
        # Topics, lessons and modules that were deleted: {"title", "module", "lessons", "rows"}, all that is needed to make them again.
        REMOVED = "removed", _("deleted")

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="bulk_changes")
    what = models.CharField(max_length=12, choices=What.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    # {"rows": [{"pk": ..., field: [before, after], ...}]}
    changes = models.JSONField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.course} {self.what} {self.at:%Y-%m-%d}"


class TriedLink(models.Model):
    """What came of an address on another site that a course names, when it was last tried."""

    class Outcome(models.TextChoices):
        FINE = "fine"
        GONE = "gone"
        TROUBLE = "trouble"
        SILENT = "silent"
        INNER = "inner"
        NO_ADDRESS = "none"
        NOT_TRIED = "untried"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="tried_links")
    url = models.CharField(max_length=1_000)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    # The status of its answer; 0 where none came.
    status = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "url"], name="one_outcome_for_a_link")]

    def __str__(self) -> str:
        return self.url


class ProductionStep(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        WORK = "work", _("in work")
        REVIEW = "review", _("in review")
        DONE = "done", _("done")

    production = models.ForeignKey(Production, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=8, choices=State.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.production_id}: {self.state}"
