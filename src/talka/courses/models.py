"""Courses and what people do in them. What was done is a row with its time; a row about a person never vanishes because an author changed his mind."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, Task, TaskState, WorkflowMixin

from talka.clusters.models import Cluster, Organisation
from talka.courses.blocks import BODY_BLOCKS, Body
from talka.people.models import Shared, SharedQuerySet, User
from talka.people.queries import standing_of
from talka.people.rules import Part
from talka.skills.models import Outcome


class CourseQuerySet(SharedQuerySet):
    def published(self) -> Self:
        return self.exclude(published_at=None).filter(retired_at=None)


class Course(Shared):
    """Something one can learn, made of modules, lessons and topics. A cluster's own course is closed to that cluster unless it says otherwise."""

    class Entry(models.TextChoices):
        OPEN = "open", _("everyone who sees it")
        INVITATION = "invitation", _("by invitation or assignment only")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, null=True, blank=True, related_name="courses", verbose_name=_("cluster"))
    key = models.SlugField(_("key in packs"), max_length=80)
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    title = models.CharField(_("title"), max_length=400)
    summary = models.TextField(_("in one or two sentences"), blank=True)
    audience = models.TextField(_("for whom"), blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    level = models.PositiveSmallIntegerField(_("EQF level"), null=True, blank=True)
    hours = models.FloatField(_("hours"), null=True, blank=True)
    licence = models.CharField(_("licence"), max_length=400, blank=True)
    authors = models.JSONField(_("authors"), default=list, blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    entry = models.CharField(_("who may enrol"), max_length=12, choices=Entry.choices, default=Entry.OPEN)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    is_sample = models.BooleanField(default=False, editable=False)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            UniqueConstraint(fields=["cluster", "key"], condition=Q(cluster__isnull=False), name="one_course_of_a_key_per_cluster"),
            UniqueConstraint(fields=["key"], condition=Q(cluster=None), name="one_course_of_a_key_in_the_network"),
            CheckConstraint(condition=Q(level=None) | Q(level__gte=1, level__lte=8), name="eqf_level_1_to_8"),
            CheckConstraint(condition=~Q(visibility="cluster") | Q(cluster__isnull=False), name="closed_course_has_a_cluster"),
            CheckConstraint(condition=~Q(visibility="organisation"), name="course_not_of_one_organisation"),
        ]

    def __str__(self) -> str:
        return self.title


class Module(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules", verbose_name=_("course"))
    order = models.PositiveSmallIntegerField(_("place"), default=0)
    slug = models.SlugField(_("key"), max_length=80)
    title = models.CharField(_("title"), max_length=400)
    summary = models.TextField(_("summary"), blank=True)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        constraints = [UniqueConstraint(fields=["course", "slug"], name="one_module_of_a_key")]

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="lessons", verbose_name=_("module"))
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons", editable=False)
    order = models.PositiveSmallIntegerField(_("place"), default=0)
    slug = models.SlugField(_("key"), max_length=80)
    title = models.CharField(_("title"), max_length=400)
    summary = models.TextField(_("summary"), blank=True)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        constraints = [UniqueConstraint(fields=["course", "slug"], name="one_lesson_of_a_key")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.course_id = self.module.course_id
        super().save(*args, **kwargs)


class CourseOutcome(models.Model):
    """What a learner can do after the course, in the course's own words; `competences` are keys of the competence framework."""

    class Bloom(models.TextChoices):
        REMEMBER = "remember", _("remember")
        UNDERSTAND = "understand", _("understand")
        APPLY = "apply", _("apply")
        ANALYSE = "analyse", _("analyse")
        EVALUATE = "evaluate", _("evaluate")
        CREATE = "create", _("create")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="outcomes")
    order = models.PositiveSmallIntegerField(default=0)
    key = models.SlugField(max_length=80)
    text = models.TextField(_("afterwards you can"))
    bloom = models.CharField(_("depth"), max_length=12, choices=Bloom.choices)
    level = models.PositiveSmallIntegerField(_("EQF level"), null=True, blank=True)
    competences = models.JSONField(_("competences"), default=list, blank=True)
    # The network's outcome that evidence is kept for; none where no framework knows the competences.
    outcome = models.ForeignKey(Outcome, on_delete=models.SET_NULL, null=True, blank=True, related_name="course_outcomes")

    class Meta:
        ordering = ["order", "pk"]
        constraints = [UniqueConstraint(fields=["course", "key"], name="one_course_outcome_of_a_key")]

    def __str__(self) -> str:
        return self.text


class Topic(PreviewableMixin, WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, models.Model):
    """The smallest thing one opens: a page of materials. `body` is what authors write; readers see the materials of its published state."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="topics", editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="topics", verbose_name=_("lesson"))
    order = models.PositiveSmallIntegerField(_("place"), default=0)
    slug = models.SlugField(_("address"), max_length=80)
    title = models.CharField(_("title"), max_length=400)
    summary = models.TextField(_("in one sentence"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes to learn"), default=10)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    body = Body(BODY_BLOCKS, verbose_name=_("materials"), blank=True)
    # What the published page says above the materials: {"outcomes": [texts], "requires": [keys of topics]}.
    shown = models.JSONField(default=dict, blank=True, editable=False)
    requires = models.ManyToManyField("self", through="Requirement", symmetrical=False, related_name="leads_to", blank=True)
    outcomes = models.ManyToManyField(CourseOutcome, through="TopicOutcome", related_name="topics", blank=True)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints = [
            UniqueConstraint(fields=["course", "slug"], name="one_topic_of_an_address"),
            CheckConstraint(condition=Q(minutes__gte=1), name="topic_takes_a_minute"),
        ]
        indexes = [models.Index(fields=["course", "live"])]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.course_id = self.lesson.course_id
        super().save(*args, **kwargs)

    @property
    def preview_sizes(self) -> list[dict[str, Any]]:
        """A phone first: that is where most read."""
        return [
            {"name": "phone", "icon": "mobile-alt", "device_width": 390, "label": _("Preview on a phone")},
            {"name": "desktop", "icon": "desktop", "device_width": 1280, "label": _("Preview on a wide screen")},
        ]

    @property
    def default_preview_size(self) -> str:
        return "phone"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:  # noqa: ARG002  # Wagtail's signature
        from talka.courses import preview

        return {"request": request} | preview.context(request, self)

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        return [("", _("as a learner sees it"))]

    def get_preview_template(self, request: Any, mode_name: str) -> str:  # noqa: ARG002  # Wagtail's signature
        return "courses/preview.html"


class ClusterApproval(Task):
    """A step of the review: `expert` may be any author of the topic's cluster but the one who wrote it, `publisher` a manager of that cluster."""

    class Step(models.TextChoices):
        EXPERT = "expert", _("an expert looks at it")
        PUBLISHER = "publisher", _("a manager publishes it")

    step = models.CharField(_("step"), max_length=10, choices=Step.choices)

    admin_form_fields = [*Task.admin_form_fields, "step"]

    class Meta:
        verbose_name = _("approval in the topic's cluster")
        verbose_name_plural = _("approvals in the topic's cluster")

    def decides(self, topic: "Topic", user: Any) -> bool:
        standing = standing_of(user)
        if standing.operator:
            return True
        parts = standing.clusters.get(topic.course.cluster_id or 0, frozenset())
        if self.step == self.Step.PUBLISHER:
            return Part.MANAGER in parts
        asked = topic.current_workflow_state
        wrote = asked is not None and asked.requested_by_id == user.pk
        return bool(parts & {Part.MANAGER, Part.EDITOR}) and (not wrote or Part.MANAGER in parts)

    def user_can_access_editor(self, obj: Any, user: Any) -> bool:
        return self.decides(obj, user)

    def locked_for_user(self, obj: Any, user: Any) -> bool:
        return not self.decides(obj, user)

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        if not self.decides(obj, user):
            return []
        return [("reject", _("Request changes"), True), ("approve", _("Approve"), False), ("approve", _("Approve with comment"), True)]

    def get_task_states_user_can_moderate(self, user: Any, **_kwargs: Any) -> Any:
        waiting = self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS).select_related("workflow_state")
        mine = [
            s.pk
            for s in waiting
            if isinstance(s.workflow_state.content_object, Topic) and self.decides(s.workflow_state.content_object, user)
        ]
        return TaskState.objects.filter(pk__in=mine)

    @classmethod
    def get_description(cls) -> Any:
        return _("Authors or managers of the cluster to which the topic belongs approve it.")


class Requirement(models.Model):
    """`topic` builds on `needs`."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="requirements")
    needs = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            UniqueConstraint(fields=["topic", "needs"], name="a_topic_is_required_once"),
            CheckConstraint(condition=~Q(topic=F("needs")), name="no_topic_requires_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} ← {self.needs}"


class TopicOutcome(models.Model):
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="topic_outcomes")
    outcome = models.ForeignKey(CourseOutcome, on_delete=models.CASCADE, related_name="topic_outcomes")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [UniqueConstraint(fields=["topic", "outcome"], name="an_outcome_is_listed_once")]

    def __str__(self) -> str:
        return f"{self.topic}: {self.outcome}"


class MaterialQuerySet(models.QuerySet["Material"]):
    def current(self) -> Self:
        return self.filter(retired_at=None)

    def pieces(self) -> Self:
        """Those that stand in a topic themselves: all but the questions of quizzes."""
        return self.filter(parent=None)


class Material(models.Model):
    """A published piece of a topic, derived from its body: what readers get, search finds and attempts refer to.

    Dropped from the body it is retired, not deleted, since attempts speak of it; back again it is the same row.
    """

    uuid = models.UUIDField(unique=True, editable=False)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="materials")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="questions")
    kind = models.CharField(max_length=12)
    key = models.SlugField(max_length=80)
    file = models.CharField(max_length=100)
    title = models.CharField(max_length=400, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    definition = models.JSONField(default=dict)
    # The definition as a page shows it: Markdown turned into safe HTML, drawings cleaned and inlined.
    shown = models.JSONField(default=dict)
    html = models.TextField(blank=True)
    plain = models.TextField(blank=True)
    words = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)
    published_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        constraints = [
            UniqueConstraint(fields=["topic", "key"], condition=Q(retired_at=None, parent=None), name="one_current_material_of_a_key"),
            UniqueConstraint(
                fields=["parent", "key"], condition=Q(retired_at=None, parent__isnull=False), name="one_current_question_of_a_key"
            ),
        ]
        indexes = [models.Index(fields=["topic", "retired_at", "order"])]

    def __str__(self) -> str:
        return self.title or f"{self.kind} {self.key}"


class CourseFile(models.Model):
    """A file of the course by its path in the pack: a picture, captions, a licence; or the source of a part as its author wrote it."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=250)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    is_source = models.BooleanField(default=False)
    added_at = models.DateTimeField(default=now)
    added_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["path"]
        constraints = [UniqueConstraint(fields=["course", "path"], name="one_file_of_a_path")]

    def __str__(self) -> str:
        return self.path


class GlossaryTerm(models.Model):
    """A term of the course's own glossary file; those of vocabulary sheets live in their materials."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="glossary")
    order = models.PositiveSmallIntegerField(default=0)
    key = models.SlugField(max_length=80)
    term = models.CharField(max_length=400)
    definition = models.TextField()
    source = models.CharField(max_length=400, blank=True)
    see = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [UniqueConstraint(fields=["course", "key"], name="one_glossary_term_of_a_key")]

    def __str__(self) -> str:
        return self.term


# What people do in a course


class Invitation(models.Model):
    """An address that may enrol in a course that is open by invitation only. Taking it back is a date."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()  # pii: contact, kept until the invitation is taken up or back
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["course", "email"], condition=Q(withdrawn_at=None), name="one_standing_invitation")]

    def __str__(self) -> str:
        return f"{self.email}: {self.course}"


class Assignment(models.Model):
    """A rule: everyone of a cluster or an organisation is enrolled in a course, until the rule ends."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="assignments")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    due_on = models.DateField(_("due on"), null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(cluster__isnull=False, organisation=None) | Q(cluster=None, organisation__isnull=False),
                name="assigned_to_a_cluster_or_an_organisation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.course} → {self.cluster or self.organisation}"


class Enrolment(models.Model):
    """A person's way through a course. Its uuid is the registration in statements. Leaving is a date."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrolments")
    started_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    assignment = models.ForeignKey(Assignment, on_delete=models.SET_NULL, null=True, blank=True, related_name="enrolments")
    completed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    last_topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    last_material = models.ForeignKey(Material, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    last_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "course"], name="one_enrolment_per_course")]
        indexes = [models.Index(fields=["course", "started_at"])]

    def __str__(self) -> str:
        return f"{self.user}: {self.course}"


class TopicProgress(models.Model):
    """What a person did with a topic: opened, and done, each with its time."""

    class How(models.TextChoices):
        NOTICED = "noticed", _("noticed")
        SAID = "said", _("said by hand")

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="progress")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="progress")
    opened_at = models.DateTimeField()
    # When a statement last told that the topic was opened, so that it is told at most once in ten minutes.
    told_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_how = models.CharField(max_length=8, choices=How.choices, blank=True)
    seconds = models.PositiveIntegerField(default=0)
    position = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["enrolment", "topic"], name="one_progress_per_topic"),
            CheckConstraint(condition=Q(done_at=None) | Q(done_at__gte=F("opened_at")), name="done_after_opened"),
            CheckConstraint(condition=Q(done_at=None, done_how="") | (Q(done_at__isnull=False) & ~Q(done_how="")), name="done_has_a_how"),
        ]
        indexes = [models.Index(fields=["topic", "done_at"])]

    def __str__(self) -> str:
        return f"{self.enrolment.user_id}: {self.topic_id}"


class QuizRun(models.Model):
    """One sitting of a quiz: which questions were drawn, when it began and must end, and how it went."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_runs")
    quiz = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="runs")
    n = models.PositiveSmallIntegerField()
    drawn = models.JSONField()
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    # Answers so far, by question: kept while the sitting is open, so that nothing is lost on a bad line.
    answers = models.JSONField(default=dict, blank=True)
    # What came after the deadline: kept, so that nothing is lost, but not counted.
    late = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    passed = models.BooleanField(null=True)

    class Meta:
        ordering = ["n"]
        constraints = [
            UniqueConstraint(fields=["user", "quiz", "n"], name="quiz_sittings_are_counted"),
            UniqueConstraint(fields=["user", "quiz"], condition=Q(finished_at=None), name="one_open_sitting"),
            CheckConstraint(condition=Q(score=None) | Q(score__gte=0, score__lte=1), name="quiz_score_0_to_1"),
            CheckConstraint(condition=Q(finished_at=None) | Q(passed__isnull=False), name="finished_quiz_is_marked"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.quiz_id} #{self.n}"


class Attempt(models.Model):
    """One answer to one exercise. `token` comes from the form, so that a form sent twice counts once. `score` is a share from 0 to 1."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="attempts")
    run = models.ForeignKey(QuizRun, on_delete=models.CASCADE, null=True, blank=True, related_name="attempts")
    n = models.PositiveIntegerField()
    at = models.DateTimeField()
    token = models.UUIDField()
    response = models.JSONField()
    score = models.FloatField()
    success = models.BooleanField(null=True)
    hints = models.PositiveSmallIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["n"]
        constraints = [
            UniqueConstraint(fields=["user", "token"], name="a_form_counts_once"),
            UniqueConstraint(fields=["user", "material", "n"], name="attempts_are_counted"),
            CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="score_0_to_1"),
        ]
        indexes = [models.Index(fields=["material", "at"])]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.material_id} #{self.n}"


class HandIn(models.Model):
    """A file that a learner handed in with an attempt, and what the reviewer said."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="hand_in")
    name = models.CharField(max_length=200)  # pii: content of the learner
    content = models.BinaryField()  # pii: content of the learner
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    accepted = models.BooleanField(null=True)
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [CheckConstraint(condition=Q(reviewed_at=None) | Q(accepted__isnull=False), name="a_review_says_yes_or_no")]

    def __str__(self) -> str:
        return self.name


class ExerciseState(models.Model):
    """Where a person stands with an exercise between attempts: hints taken, and whether the solution was asked for."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="states")
    hints = models.PositiveSmallIntegerField(default=0)
    gave_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "material"], name="one_state_per_exercise")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.material_id}"


class CasePath(models.Model):
    """The way a person takes through a branching case: the nodes visited, in order."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="paths")
    path = models.JSONField(default=list)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # Every end reached so far, over all walks.
    ends = models.JSONField(default=list)

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "material"], name="one_path_per_case")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.material_id}"


class SheetEntry(models.Model):
    """A tool sheet as one person filled it in. Every saving raises `version`, so that an old window never overwrites newer typing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sheets")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="entries")
    values = models.JSONField(default=dict)  # pii: content of the learner
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "material"], name="one_entry_per_sheet")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.material_id}"


class Watch(models.Model):
    """How much of a film a person has seen: where they stopped, and the parts played."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="watches")
    position = models.FloatField(default=0)
    # [[from, to], ...] in seconds, merged and in order.
    played = models.JSONField(default=list)
    at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["user", "material"], name="one_watch_per_film"),
            CheckConstraint(condition=Q(position__gte=0), name="films_begin_at_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.material_id} at {self.position}"


class Note(models.Model):
    """A person's private note on a topic."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notes")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()  # pii: content of the learner
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "topic"], name="one_note_per_topic")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.topic_id}"


class Bookmark(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="bookmarks")
    at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "topic"], name="one_bookmark_per_topic")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.topic_id}"


class TimeExtension(models.Model):
    """More time for one person in the timed quizzes of a course, in percent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="time_extensions")
    percent = models.PositiveSmallIntegerField()
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["user", "course"], condition=Q(ended_at=None), name="one_standing_extension"),
            CheckConstraint(condition=Q(percent__gte=1, percent__lte=300), name="extension_1_to_300_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: +{self.percent} %"


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
