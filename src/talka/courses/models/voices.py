"""What learners say about a course, and what the site says to learners of its own accord."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from talka.courses.models.content import Course
from talka.people.models import User


class CourseReview(models.Model):
    """One learner's stars and words about a course, shown without a name. Hiding one is a date with a reason."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="course_reviews")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="reviews")
    stars = models.PositiveSmallIntegerField(_("stars"))
    text = models.TextField(_("in your words"), blank=True)  # pii: content of the learner
    at = models.DateTimeField()
    # How much of the course was done then, as a share from 0 to 1.
    done = models.FloatField(default=0)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    hidden_because = models.CharField(_("why it is hidden"), max_length=300, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            UniqueConstraint(fields=["user", "course"], name="one_review_per_course"),
            CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
            CheckConstraint(condition=Q(hidden_at=None) | ~Q(hidden_because=""), name="hidden_for_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.course}: {self.stars}"


class ReminderChoice(models.Model):
    """What somebody wants in their digest, and how often. Whether they want one at all is their consent in `people`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_choice")
    weekly = models.BooleanField(_("on Mondays only"), default=False)
    due = models.BooleanField(_("what is due soon"), default=True)
    stopped = models.BooleanField(_("what I stopped half-way"), default=True)
    fresh = models.BooleanField(_("what is new for my needs"), default=True)

    def __str__(self) -> str:
        return f"{self.user_id}"


class Digest(models.Model):
    """A digest of reminders that went to a person on one of their days: the row is what keeps it to one a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests")
    on = models.DateField()
    at = models.DateTimeField()
    # What it spoke of, so that nothing is said twice within a week: ["due:<course>", "stopped:<course>", "fresh:<topic>", ...].
    about = models.JSONField(default=list)

    class Meta:
        ordering = ["-on"]
        constraints = [UniqueConstraint(fields=["user", "on"], name="one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.on}"
