"""Statements and documents as they are stored, and the sources they come from."""

import uuid
from typing import Any

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.people.models import User
from talka.records.rules.access import Scope


class Sequence(models.BigIntegerField[int, int]):
    """A whole number that is SQLite's own row number when it is the primary key (only `integer` is)."""

    def db_type(self, connection: Any) -> str:
        return "integer" if connection.vendor == "sqlite" else "bigint"


class Source(models.Model):
    """Where statements come from: Talka itself, another system, an import. With a cluster it belongs to that cluster alone."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, null=True, blank=True, related_name="sources")
    is_own = models.BooleanField(default=False, editable=False)  # Talka itself
    authority = models.JSONField(editable=False)  # the agent that vouches for every statement of this source
    per_minute = models.PositiveIntegerField(_("requests a minute"), default=0, help_text=_("0: as many as the machine can take"))
    most_bytes = models.PositiveIntegerField(_("largest request in bytes"), default=50_000_000)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["is_own"], condition=Q(is_own=True), name="one_own_source")]

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """A key and the hash of its secret. A source has two while it changes over; the old one is then revoked, with a date."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="credentials")
    key = models.CharField(_("key"), max_length=100, unique=True)
    salt = models.BinaryField(max_length=16)
    secret_hash = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.key

    def scope_names(self) -> list[str]:
        return [s for s in Scope if s in self.scopes]


class Term(models.Model):
    """A name that statements use again and again (an actor, a verb, an activity ...), written once and known by number."""

    class Kind(models.IntegerChoices):
        AGENT = 1
        VERB = 2
        ACTIVITY = 3
        REGISTRATION = 4
        TEXT = 5  # languages, platforms
        SOURCE = 6
        BORDER = 7

    kind = models.SmallIntegerField(choices=Kind.choices)
    digest = models.BinaryField(max_length=16, unique=True)  # of kind and value: an IRI may be longer than an index takes
    value = models.TextField()  # pii: an agent's account or address, kept until erasure

    def __str__(self) -> str:
        return self.value


class Ledger(models.Model):
    """One row on SQLite: how far the sequence has come, so that a number never comes twice. `epoch` grows when known names changed."""

    last_sequence = models.BigIntegerField(default=0)
    last_stored = models.BigIntegerField(default=0)
    epoch = models.IntegerField(default=0)

    class Meta:
        constraints = [CheckConstraint(condition=Q(pk=1), name="one_ledger")]

    def __str__(self) -> str:
        return f"up to {self.last_sequence}"


class Dictionary(models.Model):
    """A compression dictionary; every row says which one it needs."""

    id = models.SmallIntegerField(primary_key=True)
    data = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"dictionary {self.pk}"


class Statement(models.Model):
    """A statement: its exact JSON (compressed, without what the store adds), and what is asked of it most, as numbers.

    Times are microseconds since 1970 in UTC. `timestamp` is null where it equals `stored`. Numbers without a name
    beside them are keys of Term.
    """

    sequence = Sequence(primary_key=True)
    id = models.BinaryField(max_length=16, unique=True)
    stored = models.BigIntegerField(db_index=True)
    timestamp = models.BigIntegerField(null=True)
    source_id = models.IntegerField()
    actor = models.IntegerField()
    verb = models.IntegerField()
    object = models.IntegerField(null=True)
    object_kind = models.SmallIntegerField()
    parent = models.IntegerField(null=True)
    grouping = models.IntegerField(null=True)
    registration = models.IntegerField(null=True)
    language = models.IntegerField(null=True)
    platform = models.IntegerField(null=True)
    success = models.BooleanField(null=True)
    completion = models.BooleanField(null=True)
    score = models.FloatField(null=True)
    duration = models.FloatField(null=True)  # seconds
    response = models.TextField(null=True)
    position_from = models.FloatField(null=True)  # seconds into a film
    position_to = models.FloatField(null=True)
    refers = models.BinaryField(max_length=16, null=True)
    voided = models.BooleanField(default=False)
    dictionary = models.SmallIntegerField()
    json = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["refers"], condition=Q(refers__isnull=False), name="records_refers")]

    def __str__(self) -> str:
        return str(uuid.UUID(bytes=bytes(self.id)))


class Posting(models.Model):
    """Which statements a term finds: twice the term's number (plus one where the term is only related), and the statement's sequence."""

    pk = models.CompositePrimaryKey("term", "sequence")
    term = models.BigIntegerField()
    sequence = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.term} in {self.sequence}"


class Definition(models.Model):
    """What a border (a cluster's key, or 0 for the network) has been told about an activity, merged."""

    border = models.IntegerField()
    activity = models.IntegerField()
    definition = models.JSONField()

    class Meta:
        constraints = [UniqueConstraint(fields=["activity", "border"], name="one_definition")]

    def __str__(self) -> str:
        return f"activity {self.activity} in {self.border}"


class AgentName(models.Model):
    """A name under which an agent came, per border."""

    border = models.IntegerField()
    agent = models.IntegerField()
    digest = models.BinaryField(max_length=16)
    name = models.TextField()  # pii: identity given by another system, kept until erasure

    class Meta:
        constraints = [UniqueConstraint(fields=["agent", "border", "digest"], name="one_agent_name")]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """A document of the State, Activity Profile or Agent Profile resource. `activity` and `agent` are terms, 0 where there is none."""

    class Kind(models.TextChoices):
        STATE = "state", _("state")
        ACTIVITY = "activity", _("activity profile")
        AGENT = "agent", _("agent profile")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    border = models.IntegerField()
    activity = models.IntegerField(default=0)
    agent = models.IntegerField(default=0)
    registration = models.CharField(max_length=36, default="", blank=True)
    key = models.TextField()
    digest = models.BinaryField(max_length=16)  # of the key
    content = models.BinaryField()
    content_type = models.TextField()
    etag = models.CharField(max_length=40)
    updated = models.BigIntegerField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["kind", "border", "activity", "agent", "registration", "digest"], name="one_document"),
        ]

    def __str__(self) -> str:
        return self.key


class Refusal(models.Model):
    """A request with statements that was refused, kept some days so that nothing is lost silently."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="refusals")
    at = models.DateTimeField(db_index=True)
    status = models.SmallIntegerField()
    reason = models.TextField()
    method = models.CharField(max_length=6)
    version = models.CharField(max_length=10)
    query = models.TextField(blank=True)
    content_type = models.TextField(blank=True)
    body = models.BinaryField()  # compressed; pii: as the sender wrote it, kept 14 days
    size = models.PositiveIntegerField()
    retried_at = models.DateTimeField(null=True, blank=True)
    retried_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class Forward(models.Model):
    """A copy of new statements to another store, from a sequence on, retried with growing pauses."""

    name = models.CharField(_("name"), max_length=120)
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    endpoint = models.URLField(_("address"), help_text=_("The part before /statements."))
    key = models.CharField(_("key"), max_length=200)
    secret = models.TextField(editable=False)  # encrypted with the site's secret key
    verbs = models.JSONField(default=list, blank=True)
    activities = models.JSONField(default=list, blank=True)
    sequence = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Erasure(models.Model):
    """That statements of one actor were pseudonymised or deleted: when, by whom, how many. Never whose."""

    class Kind(models.TextChoices):
        PSEUDONYMISED = "pseudonymised", _("pseudonymised")
        DELETED = "deleted", _("deleted")

    kind = models.CharField(max_length=14, choices=Kind.choices)
    actor = models.TextField()  # the pseudonym that stands now, or the hash of the key that was deleted
    statements = models.PositiveIntegerField()
    kept_verbs = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.statements}"
