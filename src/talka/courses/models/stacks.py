"""Stacks: short mobile pages of tiles that a printed code opens, beside a machine or in a room."""

import secrets
import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster, Organisation
from talka.courses.models.content import Topic
from talka.people.models import Shared, SharedQuerySet, User
from talka.people.rules import Standing

# Without letters and digits that look alike on a worn sign, and without vowels, so that no code spells a word.
ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"
CODE = 8


def new_code() -> str:
    """A code for an address: about 38 bits, so that nobody finds a stack by trying."""
    return "".join(secrets.choice(ALPHABET) for _n in range(CODE))


class StackQuerySet(SharedQuerySet):
    def open_to(self, standing: Standing) -> Self:
        """Those that visitors of this standing may open."""
        return self.visible_to(standing).exclude(published_at=None).filter(closed_at=None)


class Stack(Shared):
    """A short page of tiles. A draft is private to those who make it; then it is open to whom its visibility says."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="stacks", verbose_name=_("cluster"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="stacks", verbose_name=_("organisation")
    )
    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(_("in one sentence"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    changed_at = models.DateTimeField(default=now, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_sample = models.BooleanField(default=False, editable=False)

    objects = StackQuerySet.as_manager()
    organisation_column: ClassVar[str] = "organisation_id"

    class Meta:
        ordering = ["title"]
        verbose_name = _("stack")
        verbose_name_plural = _("stacks")
        constraints = [
            CheckConstraint(condition=~Q(visibility="organisation") | Q(organisation__isnull=False), name="closed_stack_has_a_firm")
        ]

    def __str__(self) -> str:
        return self.title


class TileQuerySet(models.QuerySet["Tile"]):
    def current(self) -> Self:
        return self.filter(removed_at=None)


class Tile(models.Model):
    """One piece of a stack. Removed is a date, so that it can be put back and use stays told."""

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        PICTURE = "picture", _("picture")
        FILM = "film", _("video")
        FILE = "file", _("file")
        LINK = "link", _("link")
        TOPIC = "topic", _("topic of a course")
        QUESTION = "question", _("question to an expert")
        STACK = "stack", _("another stack")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stack = models.ForeignKey(Stack, on_delete=models.CASCADE, related_name="tiles")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    order = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(_("title"), max_length=120, blank=True)
    text = models.TextField(_("text"), blank=True)
    url = models.URLField(_("address"), max_length=500, blank=True)
    alt = models.CharField(_("what the picture shows"), max_length=300, blank=True)
    file = models.FileField(upload_to="stacks", max_length=200, blank=True)
    file_name = models.CharField(max_length=150, blank=True)
    bytes = models.PositiveIntegerField(default=0)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("topic"))
    target = models.ForeignKey(Stack, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("stack"))
    expert = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("expert"))
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = TileQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("tile")
        verbose_name_plural = _("tiles")
        constraints = [CheckConstraint(condition=Q(target=None) | ~Q(target=models.F("stack")), name="stack_leads_not_to_itself")]

    def __str__(self) -> str:
        if self.title:
            return self.title
        leads_to = self.topic if self.topic_id else self.target
        return leads_to.title if leads_to else self.get_kind_display()


class Sign(models.Model):
    """A printed code at one place or machine: it opens the stack and says from where. Taken down is a date."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stack = models.ForeignKey(Stack, on_delete=models.CASCADE, related_name="signs")
    code = models.CharField(max_length=12, unique=True, default=new_code, editable=False)
    place = models.CharField(_("place or machine"), max_length=120)
    put_up_at = models.DateTimeField(default=now)
    put_up_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    taken_down_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["place", "pk"]
        verbose_name = _("sign")
        verbose_name_plural = _("signs")

    def __str__(self) -> str:
        return self.place


class StackQuestion(models.Model):
    """What somebody asked the expert of a tile, and the answer."""

    tile = models.ForeignKey(Tile, on_delete=models.CASCADE, related_name="questions")
    sign = models.ForeignKey(Sign, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField(_("question"))
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    email = models.EmailField(_("e-mail address"), blank=True)  # pii: contact, given to get the answer; emptied when it is sent
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return self.text[:60]
