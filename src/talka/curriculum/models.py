"""What a curriculum is made of. Hours are stored as minutes; keys point down to needs, competences and courses."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.courses.models import Course, CourseOutcome, Production, Topic
from talka.people.models import User
from talka.skills.models import Competence, Framework, Outcome
from talka.surveys.models import Need, Survey


class Curriculum(models.Model):
    """A cluster's plan of what a course teaches, for whom, and which needs that answers."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="curricula", verbose_name=_("cluster"))
    slug = models.SlugField(_("address"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("in one or two sentences"), blank=True)
    audience = models.TextField(_("for whom"), blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    eqf = models.PositiveSmallIntegerField(
        _("EQF level"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(8)], help_text=_("1 to 8")
    )
    budget = models.FloatField(
        _("hours budget"), null=True, blank=True, help_text=_("Learner hours that the course may take."), validators=[MinValueValidator(0)]
    )
    assessment = models.TextField(_("assessment"), blank=True, help_text=_("How learners show what they can do, in words. Markdown."))
    literature = models.TextField(_("literature"), blank=True, help_text=_("One entry per line."))
    partners = models.TextField(_("partners"), blank=True, help_text=_("Who contributes what, one per line."))
    framework = models.ForeignKey(
        Framework, on_delete=models.PROTECT, null=True, blank=True, related_name="curricula", verbose_name=_("competence framework")
    )
    survey = models.ForeignKey(
        Survey, on_delete=models.SET_NULL, null=True, blank=True, related_name="curricula", verbose_name=_("needs from the survey")
    )
    course = models.ForeignKey(Course, on_delete=models.SET_NULL, null=True, blank=True, related_name="curricula", verbose_name=_("course"))
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    changed_at = models.DateTimeField(_("changed"), default=now, editable=False)
    changed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["title"]
        verbose_name = _("curriculum")
        verbose_name_plural = _("curricula")
        constraints = [
            UniqueConstraint(fields=["cluster", "slug"], name="one_curriculum_of_an_address"),
            CheckConstraint(condition=Q(eqf=None) | Q(eqf__range=(1, 8)), name="curriculum_eqf_1_to_8"),
            CheckConstraint(condition=Q(budget=None) | Q(budget__gte=0), name="curriculum_budget_not_negative"),
        ]

    def __str__(self) -> str:
        return self.title


class CurriculumNeed(models.Model):
    """A need that the curriculum is to answer: one that a survey measured, or one of its own. `weight` is what choosing topics rests on."""

    curriculum = models.ForeignKey(Curriculum, on_delete=models.CASCADE, related_name="needs")
    # The measured need; its text and score were copied, so that the plan stays as decided when the survey is repeated.
    measured = models.ForeignKey(Need, on_delete=models.SET_NULL, null=True, blank=True, related_name="planned")
    title = models.CharField(_("need"), max_length=400)
    competence = models.ForeignKey(
        Competence, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("competence")
    )
    weight = models.FloatField(
        _("weight"),
        default=1,
        validators=[MinValueValidator(0)],
        help_text=_("The greater, the more an answer to it counts. 0 counts nothing."),
    )
    order = models.PositiveSmallIntegerField(default=0)
    added_at = models.DateTimeField(default=now)
    added_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            UniqueConstraint(fields=["curriculum", "measured"], condition=Q(measured__isnull=False), name="a_need_is_taken_once"),
            CheckConstraint(condition=Q(weight__gte=0), name="need_weight_not_negative"),
        ]

    def __str__(self) -> str:
        return self.title


class PlannedOutcome(models.Model):
    """What a learner can do afterwards. `outcome` is the network's, for which evidence is kept; set when the plan becomes a course."""

    curriculum = models.ForeignKey(Curriculum, on_delete=models.CASCADE, related_name="outcomes")
    key = models.SlugField(max_length=80)
    text = models.CharField(
        _("afterwards you can"), max_length=400, help_text=_('Begin with what one does: "compare three offers and choose one".')
    )
    bloom = models.CharField(_("Bloom's level"), max_length=12, choices=Outcome.Bloom.choices, default=Outcome.Bloom.APPLY)
    eqf = models.PositiveSmallIntegerField(_("EQF level"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(8)])
    order = models.PositiveSmallIntegerField(default=0)
    competences = models.ManyToManyField(Competence, related_name="planned_outcomes", blank=True, verbose_name=_("competences it builds"))
    needs = models.ManyToManyField(CurriculumNeed, related_name="outcomes", blank=True, verbose_name=_("needs it answers"))
    outcome = models.ForeignKey(Outcome, on_delete=models.SET_NULL, null=True, blank=True, related_name="planned")
    course_outcome = models.ForeignKey(CourseOutcome, on_delete=models.SET_NULL, null=True, blank=True, related_name="planned")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            UniqueConstraint(fields=["curriculum", "key"], name="one_planned_outcome_of_a_key"),
            CheckConstraint(condition=Q(eqf=None) | Q(eqf__range=(1, 8)), name="planned_eqf_1_to_8"),
        ]

    def __str__(self) -> str:
        return self.text


class PlannedModule(models.Model):
    """A part of the course, with the least and the most hours that a choice of topics may give it."""

    curriculum = models.ForeignKey(Curriculum, on_delete=models.CASCADE, related_name="modules")
    key = models.SlugField(max_length=80)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), blank=True)
    order = models.PositiveSmallIntegerField(_("place"), default=0)
    min_hours = models.FloatField(_("at least (hours)"), null=True, blank=True, validators=[MinValueValidator(0)])
    max_hours = models.FloatField(_("at most (hours)"), null=True, blank=True, validators=[MinValueValidator(0)])

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            UniqueConstraint(fields=["curriculum", "key"], name="one_planned_module_of_a_key"),
            CheckConstraint(
                condition=Q(min_hours=None) | Q(max_hours=None) | Q(min_hours__lte=F("max_hours")), name="module_hours_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PlannedTopic(models.Model):
    """A topic as planned. Left out is a date: a choice of topics never deletes what was planned. Its minutes are the sum of its materials'."""

    curriculum = models.ForeignKey(Curriculum, on_delete=models.CASCADE, related_name="topics")
    module = models.ForeignKey(
        PlannedModule, on_delete=models.SET_NULL, null=True, blank=True, related_name="topics", verbose_name=_("module")
    )
    lesson = models.CharField(_("lesson"), max_length=200, blank=True)
    key = models.SlugField(max_length=80)
    title = models.CharField(_("title"), max_length=300)
    summary = models.TextField(_("in one sentence"), blank=True)
    order = models.PositiveSmallIntegerField(_("place"), default=0)
    topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="planned", verbose_name=_("topic of the course")
    )
    builds_on = models.ManyToManyField("self", through="Prerequisite", symmetrical=False, related_name="leads_to", blank=True)
    left_out_at = models.DateTimeField(null=True, blank=True)
    left_out_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = [F("module__order").asc(nulls_last=True), "module", "order", "pk"]
        constraints = [
            UniqueConstraint(fields=["curriculum", "key"], name="one_planned_topic_of_a_key"),
            UniqueConstraint(fields=["curriculum", "topic"], condition=Q(topic__isnull=False), name="a_topic_is_planned_once"),
        ]

    def __str__(self) -> str:
        return self.title


class PlannedMaterial(models.Model):
    """So many materials of one kind in a topic, and how long learners work with them together."""

    topic = models.ForeignKey(PlannedTopic, on_delete=models.CASCADE, related_name="materials")
    kind = models.CharField(_("kind"), max_length=12)
    count = models.PositiveSmallIntegerField(_("how many"), default=1, validators=[MinValueValidator(1)])
    minutes = models.PositiveIntegerField(_("minutes"), default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["topic", "kind"], name="one_line_per_kind_of_material"),
            CheckConstraint(condition=Q(count__gte=1), name="at_least_one_material"),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.kind}"


class Prerequisite(models.Model):
    """`topic` builds on `before`. A cycle is possible while one plans; it is a finding."""

    topic = models.ForeignKey(PlannedTopic, on_delete=models.CASCADE, related_name="prerequisites")
    before = models.ForeignKey(PlannedTopic, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["topic", "before"], name="a_prerequisite_once"),
            CheckConstraint(condition=~Q(topic=F("before")), name="no_planned_topic_before_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} ← {self.before_id}"


class Cell(models.Model):
    """One cell of the matrix that is not empty."""

    class Depth(models.IntegerChoices):
        INTRODUCED = 1, _("introduced")
        REINFORCED = 2, _("reinforced")
        MASTERED = 3, _("mastered")

    outcome = models.ForeignKey(PlannedOutcome, on_delete=models.CASCADE, related_name="cells")
    topic = models.ForeignKey(PlannedTopic, on_delete=models.CASCADE, related_name="cells")
    taught = models.PositiveSmallIntegerField(_("taught"), null=True, blank=True, choices=Depth.choices)
    # Bloom's level, 1 to 6.
    assessed = models.PositiveSmallIntegerField(_("assessed"), null=True, blank=True)
    changed_at = models.DateTimeField(default=now)
    changed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["outcome", "topic"], name="one_cell"),
            CheckConstraint(condition=Q(taught=None) | Q(taught__range=(1, 3)), name="cell_taught_1_to_3"),
            CheckConstraint(condition=Q(assessed=None) | Q(assessed__range=(1, 6)), name="cell_assessed_1_to_6"),
            CheckConstraint(condition=Q(taught__isnull=False) | Q(assessed__isnull=False), name="empty_cells_are_no_rows"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome_id} × {self.topic_id}: {self.taught} {self.assessed}"


class Mark(models.Model):
    """A topic that a choice must take, or must not."""

    class Kind(models.TextChoices):
        PIN = "pin", _("pinned")
        BAN = "ban", _("banned")

    topic = models.OneToOneField(PlannedTopic, on_delete=models.CASCADE, related_name="mark")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [CheckConstraint(condition=Q(kind__in=["pin", "ban"]), name="mark_is_pin_or_ban")]

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.kind}"


class Choice(models.Model):
    """A run of "choose for me": what was asked, what came out, and whether it was taken over into the plan."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    curriculum = models.ForeignKey(Curriculum, on_delete=models.CASCADE, related_name="choices")
    hours = models.FloatField(_("hours budget"))
    seconds = models.FloatField(default=5)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The plan as it was chosen from and what the solver found (queries.Result reads it); {"impossible": ...} if nothing fits.
    result = models.JSONField(default=dict)
    solved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [CheckConstraint(condition=Q(hours__gte=0), name="choice_hours_not_negative")]

    def __str__(self) -> str:
        return f"{self.curriculum_id}: {self.hours:g} h"


class Validation(models.Model):
    """A survey that asks the testers of a course, topic by topic, what helped and what must change before it is offered."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="validations")
    survey = models.OneToOneField(Survey, on_delete=models.CASCADE, related_name="validation")
    begun_at = models.DateTimeField(default=now)
    begun_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # Until then, whoever completes the course while the survey is open gets the link by letter.
    asks_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-begun_at"]

    def __str__(self) -> str:
        return f"{self.course_id}: {self.survey_id}"


class ValidatedTopic(models.Model):
    """Where the survey speaks of a topic: its choice in the lists of the module, and the end of the code of its open question."""

    validation = models.ForeignKey(Validation, on_delete=models.CASCADE, related_name="topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    code = models.SlugField(max_length=70)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["validation", "topic"], name="a_topic_is_validated_once"),
            UniqueConstraint(fields=["validation", "code"], name="one_validated_topic_of_a_code"),
        ]

    def __str__(self) -> str:
        return self.code


class ValidationTask(models.Model):
    """What a validation found about a topic became a task for the author: a row on the course's production board."""

    validation = models.ForeignKey(Validation, on_delete=models.CASCADE, related_name="tasks")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    finding = models.SlugField(max_length=40)
    production = models.ForeignKey(Production, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [UniqueConstraint(fields=["validation", "topic", "finding"], name="a_finding_becomes_one_task")]

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.finding}"
