"""What is taught: courses, modules, lessons, topics and their published materials."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, Task, TaskState, WorkflowMixin

from talka.clusters.models import Cluster
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
    # Languages besides its own in which something of it can be read, so that a page of a course that has none asks nothing.
    languages = models.JSONField(default=list, blank=True, editable=False)

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
        before = Topic.objects.filter(pk=self.pk).values_list("slug", flat=True).first() if self.pk else None
        super().save(*args, **kwargs)
        fields = kwargs.get("update_fields")
        if before is not None and before != self.slug and (fields is None or "slug" in fields):
            # The topic's files follow it to its new address.
            for file in CourseFile.objects.filter(course=self.course_id, path__startswith=f"topics/{before}/").only("path"):
                file.path = f"topics/{self.slug}/{file.path.rsplit('/', 1)[-1]}"
                file.save(update_fields=["path"])

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

    # A reader of another language gets other words: laid over by `languages.queries`, never stored. The language of what is shown, the
    # translation's row with its time, and the definition in its words.
    spoken: str = ""
    translation: tuple[int, Any] | None = None
    worded: dict[str, Any] | None = None

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

    @property
    def wording(self) -> dict[str, Any]:
        """The definition as it is read here: in the translation's words, where there are some."""
        return self.definition if self.worded is None else self.worded


class CourseFile(models.Model):
    """A file of the course by its path in the pack: a picture, captions, a licence; or the source of a part as its author wrote it.

    A large file lies on disk under its `sha256`; `content` is then empty, and `kept` reads it (`files.py`).
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=250)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    on_disk = models.BooleanField(default=False)
    # What an upload was called, what it was found to be, how long it plays (films and recordings).
    name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    seconds = models.FloatField(null=True, blank=True)
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
