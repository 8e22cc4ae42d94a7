"""What people should be able to do, what they say they can do, and what evidence shows."""

import uuid
from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from talka.people.models import User

HIGHEST = 5


class Framework(models.Model):
    """A set of competences with five levels each, and the profiles that name target levels for a role."""

    key = models.SlugField(_("key"), max_length=80)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=150)
    summary = models.TextField(_("summary"), blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    licence = models.CharField(_("licence"), max_length=60, blank=True)
    labels = models.JSONField(_("names of the levels 1 to 5"), default=list)
    loaded_at = models.DateTimeField(_("loaded"))
    loaded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["title", "-version"]
        constraints = [UniqueConstraint(fields=["key", "version"], name="one_framework_of_a_version")]

    def __str__(self) -> str:
        return self.title


class Competence(models.Model):
    """Something that people can be able to do, with five levels in words."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="competences")
    key = models.SlugField(_("key"), max_length=80)
    title = models.CharField(_("title"), max_length=150)
    description = models.TextField(_("description"), blank=True)
    group = models.CharField(_("group"), max_length=120, blank=True)
    order = models.PositiveSmallIntegerField(_("place"), default=0)
    levels = models.JSONField(_("levels 1 to 5 in words"), default=list)

    class Meta:
        ordering = ["framework", "order"]
        constraints = [UniqueConstraint(fields=["framework", "key"], name="one_competence_of_a_key")]

    def __str__(self) -> str:
        return self.title


class Profile(models.Model):
    """Target levels for a role, for example "initiating" or "running" a cluster."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="profiles")
    key = models.SlugField(_("key"), max_length=80)
    title = models.CharField(_("title"), max_length=150)
    description = models.TextField(_("description"), blank=True)
    order = models.PositiveSmallIntegerField(_("place"), default=0)

    class Meta:
        ordering = ["framework", "order"]
        constraints = [UniqueConstraint(fields=["framework", "key"], name="one_profile_of_a_key")]

    def __str__(self) -> str:
        return self.title


class ProfileTarget(models.Model):
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="targets")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, related_name="targets")
    level = models.PositiveSmallIntegerField(_("target level"), validators=[MaxValueValidator(HIGHEST)])

    class Meta:
        ordering = ["profile", "competence__order"]
        constraints = [
            UniqueConstraint(fields=["profile", "competence"], name="one_target_per_competence"),
            CheckConstraint(condition=Q(level__lte=HIGHEST), name="target_on_the_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.competence}: {self.level}"


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def until(self, at: datetime) -> Self:
        return self.filter(at__lte=at)


class Assessment(models.Model):
    """One look at what a person can do, measured against a profile. Its levels count as soon as they are given."""

    class Source(models.TextChoices):
        SELF = "self", _("own assessment")
        SURVEY = "survey", _("survey")
        MANAGER = "manager", _("assessment by a manager")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assessments")
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="assessments")
    at = models.DateTimeField(_("begun"))
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.SELF)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # Said by the person; the next time begins a new assessment, so that growth stays visible.
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            UniqueConstraint(fields=["user", "profile", "source"], condition=Q(finished_at=None), name="one_assessment_under_way"),
        ]
        indexes = [models.Index(fields=["user", "at"])]

    def __str__(self) -> str:
        return f"{self.user}: {self.profile}"


class Level(models.Model):
    """What one assessment says about one competence: 0 (nothing yet) to 5. pii: what a person says about their own abilities."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="levels")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(_("level"), validators=[MaxValueValidator(HIGHEST)])

    class Meta:
        constraints = [
            UniqueConstraint(fields=["assessment", "competence"], name="one_level_per_competence"),
            CheckConstraint(condition=Q(level__lte=HIGHEST), name="level_on_the_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.competence}: {self.level}"


class Outcome(models.Model):
    """What a learner can do afterwards; completes "Afterwards you can ..."."""

    class Bloom(models.TextChoices):
        REMEMBER = "remember", _("remember")
        UNDERSTAND = "understand", _("understand")
        APPLY = "apply", _("apply")
        ANALYSE = "analyse", _("analyse")
        EVALUATE = "evaluate", _("evaluate")
        CREATE = "create", _("create")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, null=True, blank=True, related_name="outcomes")
    key = models.SlugField(_("key"), max_length=80)
    text = models.CharField(_("afterwards you can"), max_length=400)
    bloom = models.CharField(_("Bloom's level"), max_length=12, choices=Bloom.choices, blank=True)
    eqf = models.PositiveSmallIntegerField(_("EQF level"), null=True, blank=True)
    competences = models.ManyToManyField(Competence, through="OutcomeCompetence", related_name="outcomes")

    class Meta:
        ordering = ["key"]
        constraints = [
            UniqueConstraint(fields=["framework", "key"], name="one_outcome_of_a_key"),
            UniqueConstraint(fields=["key"], condition=Q(framework=None), name="one_free_outcome_of_a_key"),
            CheckConstraint(condition=Q(eqf=None) | Q(eqf__range=(1, 8)), name="eqf_1_to_8"),
        ]

    def __str__(self) -> str:
        return self.text


class OutcomeCompetence(models.Model):
    outcome = models.ForeignKey(Outcome, on_delete=models.CASCADE, related_name="links")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, related_name="links")

    class Meta:
        constraints = [UniqueConstraint(fields=["outcome", "competence"], name="one_link_per_competence")]

    def __str__(self) -> str:
        return f"{self.outcome_id} builds {self.competence_id}"


class Evidence(models.Model):
    """Something that shows how far a person has reached an outcome. pii: results of a person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="evidence")
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="evidence")
    at = models.DateTimeField(_("on"))
    kind = models.CharField(_("kind"), max_length=20, default="exercise")
    score = models.FloatField(_("score, 0 to 1"), null=True, blank=True)
    mastered = models.BooleanField(_("shows mastery"), default=False)
    about = models.CharField(_("what was assessed"), max_length=300, blank=True)

    class Meta:
        ordering = ["at"]
        constraints = [CheckConstraint(condition=Q(score=None) | Q(score__range=(0, 1)), name="score_is_a_share")]
        indexes = [models.Index(fields=["user", "outcome", "at"])]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.outcome_id}"
