"""What people do in a course. A row about a person never vanishes because an author changed his mind."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from talka.courses.models.content import Course, Material, Topic
from talka.courses.models.entry import Assignment
from talka.people.models import User


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
    # The language this person chose to read the course in; empty: the interface's, where the course has it.
    language = models.CharField(max_length=10, blank=True)

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
    """Where a person stands with an exercise between attempts: hints taken, whether the solution was asked for, what is typed but not sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="states")
    hints = models.PositiveSmallIntegerField(default=0)
    gave_up_at = models.DateTimeField(null=True, blank=True)
    # An answer that is typed but not sent, so that it waits on every device.
    draft = models.JSONField(default=dict, blank=True)  # pii: content of the learner
    draft_at = models.DateTimeField(null=True, blank=True)

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
