"""The words of a course in another language: a layer over the one tree of topics, materials, attempts and statements."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.timezone import now

from talka.courses.models.content import Course, Topic


class Translation(models.Model):
    """One part of a course in one language. `place` is the uuid of a topic (its head) or of a material, or "course" for the course's own words.

    `texts` is what translators wrote, `published` what readers get: {path: [words, the source words they were made from]}.
    The fields below `published` follow from it and from the published source; nobody writes them by hand.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="translations")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="translations")
    place = models.CharField(max_length=36)
    language = models.CharField(max_length=10)
    texts = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=now)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    published = models.JSONField(default=dict, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # Readers get a material whole in one language: only where nothing is missing.
    complete = models.BooleanField(default=False)
    # Words that were made from a source that has changed since.
    stale = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=400, blank=True)
    # A topic's or the course's own few words, as pages show them.
    head = models.JSONField(default=dict, blank=True)
    definition = models.JSONField(default=dict, blank=True)
    shown = models.JSONField(default=dict, blank=True)
    html = models.TextField(blank=True)
    plain = models.TextField(blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["course", "language", "place"], name="one_translation_of_a_place")]
        indexes = [models.Index(fields=["course", "language", "topic"])]

    def __str__(self) -> str:
        return f"{self.course_id}: {self.place} in {self.language}"
