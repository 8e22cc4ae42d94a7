"""LTI 1.3 in both roles: platforms of others that open our courses, and outside tools that our topics open."""

from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster, Organisation
from talka.courses.models.content import Course, Lesson, Material, Topic
from talka.courses.models.learning import Enrolment
from talka.people.models import User


class LtiOnce(models.Model):
    """Something that counts one time only, by its hash, for as long as it would be believed."""

    digest = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest


class RegisteredQuerySet(models.QuerySet["LtiPlatform | LtiTool"]):
    def current(self) -> Self:
        return self.filter(revoked_at=None)


class Registered(models.Model):
    """What both kinds of registration have in common. Revoking is a date."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    # None: of the whole network.
    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RegisteredQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


# Platforms of others, which open our courses


class LtiPlatform(Registered):
    """Another learning platform whose people may open our courses from there, each under the name that it gives them."""

    # Those who come from there belong to this organisation here, and see what its people see.
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    issuer = models.CharField(_("issuer"), max_length=500, blank=True)
    client_id = models.CharField(_("client id"), max_length=255, blank=True)
    deployments = models.JSONField(_("deployments"), default=list, blank=True)
    login_url = models.URLField(_("address of the authentication request"), max_length=500, blank=True)
    token_url = models.URLField(_("address of the access token"), max_length=500, blank=True)
    keys_url = models.URLField(_("address of the public keys"), max_length=500, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["issuer", "client_id"],
                condition=Q(revoked_at=None) & ~Q(issuer=""),
                name="one_registration_of_an_issuer_and_client",
            )
        ]

    @property
    def is_complete(self) -> bool:
        """Whether the other side's data were put in. Registering goes to and fro, so ours are shown before."""
        return bool(self.issuer and self.client_id and self.login_url and self.token_url and self.keys_url)


class LtiKey(models.Model):
    """A key pair of ours: of the registration at one platform, or (without one) that with which we sign for outside tools.

    A retired key stays public for a day, since the other side may know what was signed with it.
    """

    platform = models.ForeignKey(LtiPlatform, on_delete=models.CASCADE, null=True, blank=True, related_name="keys")
    kid = models.CharField(max_length=64, unique=True)
    public = models.JSONField()
    hidden = models.TextField(editable=False)  # the private key, encrypted with the site's secret key
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            UniqueConstraint(Coalesce("platform", 0), condition=Q(retired_at=None), name="one_current_key_of_a_registration"),
        ]

    def __str__(self) -> str:
        return self.kid


class LtiLogin(models.Model):
    """A sign-in that a platform began: its state and nonce count once."""

    platform = models.ForeignKey(LtiPlatform, on_delete=models.CASCADE, related_name="logins")
    state = models.CharField(max_length=64, unique=True)
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.state


class LtiLink(models.Model):
    """A place at a platform that leads to one of our courses, lessons or topics, and where its grades go."""

    platform = models.ForeignKey(LtiPlatform, on_delete=models.CASCADE, related_name="links")
    deployment = models.CharField(max_length=255)
    resource = models.CharField(max_length=255)
    context = models.CharField(max_length=255, blank=True)
    title = models.CharField(_("title there"), max_length=255, blank=True)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lti_links")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, null=True, blank=True, related_name="lti_links")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, null=True, blank=True, related_name="lti_links")
    line_item = models.CharField(max_length=1_000, blank=True)
    scopes = models.JSONField(default=list, blank=True)
    roster = models.CharField(max_length=1_000, blank=True)
    seen_at = models.DateTimeField(_("last opened"))

    class Meta:
        ordering = ["-seen_at", "-pk"]
        constraints = [
            UniqueConstraint(fields=["platform", "deployment", "resource"], name="one_link_of_a_resource"),
            CheckConstraint(condition=Q(lesson=None) | Q(topic=None), name="a_link_leads_to_one_place"),
        ]

    def __str__(self) -> str:
        return self.title or self.resource

    @property
    def target(self) -> Course | Lesson | Topic:
        return self.topic or self.lesson or self.course


class LtiPerson(models.Model):
    """Whom a platform means by one of its names: a person here who said so, or for whom an account was made."""

    platform = models.ForeignKey(LtiPlatform, on_delete=models.CASCADE, related_name="people")
    subject = models.CharField(max_length=255)  # pii: the person's name at the platform
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="lti_people")
    bound_at = models.DateTimeField(_("since"))
    # Whether the account was made for this person, rather than connected by its owner.
    is_made = models.BooleanField(default=False)
    seen_at = models.DateTimeField(_("last visit"))

    class Meta:
        ordering = ["-seen_at", "-pk"]
        constraints = [UniqueConstraint(fields=["platform", "subject"], name="one_person_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.platform_id}: {self.user_id}"


class LtiGradeQuerySet(models.QuerySet["LtiGrade"]):
    def waiting(self) -> Self:
        """Where what is known here is not what the platform was told."""
        return self.exclude(score=None).filter(
            Q(sent_at=None) | ~Q(score=models.F("sent_score")) | ~Q(is_done=models.F("sent_done")), stopped_at=None
        )


class LtiGrade(models.Model):
    """How far a person is in what a link leads to, and what the platform was told of it. `score` is a share from 0 to 1."""

    link = models.ForeignKey(LtiLink, on_delete=models.CASCADE, related_name="grades")
    person = models.ForeignKey(LtiPerson, on_delete=models.CASCADE, related_name="grades")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="lti_grades")
    score = models.FloatField(_("score"), null=True, blank=True)
    is_done = models.BooleanField(_("done"), default=False)
    reckoned_at = models.DateTimeField(null=True, blank=True)
    sent_score = models.FloatField(_("score sent"), null=True, blank=True)
    sent_done = models.BooleanField(null=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(_("next try"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    # Given up, since the platform will never take it; staff can send it again.
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = LtiGradeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["link", "person"], name="one_grade_of_a_person_and_link"),
            CheckConstraint(condition=Q(score=None) | Q(score__gte=0, score__lte=1), name="lti_grade_0_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.link_id}: {self.person_id}"


# Outside tools, which our topics open


class LtiTool(Registered):
    """A program of somebody else that our topics open, and that may report a score back."""

    client_id = models.CharField(_("client id"), max_length=64, unique=True)
    deployment = models.CharField(_("deployment"), max_length=64, default="1")
    login_url = models.URLField(_("address where a login begins"), max_length=500)
    launch_url = models.URLField(_("address of the content"), max_length=500)
    redirects = models.JSONField(_("addresses of return"), default=list)
    deep_link_url = models.URLField(_("address for choosing content"), max_length=500, blank=True)
    keys_url = models.URLField(_("address of its public keys"), max_length=500, blank=True)
    public_key = models.TextField(_("its public key"), blank=True)
    custom = models.JSONField(_("parameters of its own"), default=dict, blank=True)
    # By default a tool knows people by a name that is made for it alone.
    sends_name = models.BooleanField(_("learns names"), default=False)
    sends_email = models.BooleanField(_("learns e-mail addresses"), default=False)

    class Meta:
        ordering = ["name", "pk"]


class LtiAlias(models.Model):
    """The name by which one tool knows a person, and when that person was told what the tool learns of them."""

    tool = models.ForeignKey(LtiTool, on_delete=models.CASCADE, related_name="aliases")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    alias = models.UUIDField(default=uuid4, unique=True, editable=False)
    # What the person agreed to have sent: "", "name", "email", "name email".
    agreed = models.CharField(max_length=20, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["tool", "user"], name="one_alias_per_tool")]

    def __str__(self) -> str:
        return str(self.alias)


class LtiLaunch(models.Model):
    """A tool is about to be opened for somebody: the hint in the login counts once. `answer` is what a tool offered for an author's choice."""

    tool = models.ForeignKey(LtiTool, on_delete=models.CASCADE, related_name="launches")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # What a learner opens; for an author who chooses content, the topic alone.
    material = models.ForeignKey(Material, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    hint = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return self.hint


class LtiLineItem(models.Model):
    """A column for scores: each material that opens a tool has one, and a tool may make more."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    tool = models.ForeignKey(LtiTool, on_delete=models.CASCADE, related_name="line_items")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="+")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, null=True, blank=True, related_name="lti_line_items")
    # Made by us for the material itself.
    is_own = models.BooleanField(default=False)
    label = models.CharField(max_length=400)
    tag = models.CharField(max_length=255, blank=True)
    resource = models.CharField(max_length=255, blank=True)
    maximum = models.FloatField(default=100)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["tool", "material"], condition=Q(is_own=True), name="one_own_line_item"),
            CheckConstraint(condition=Q(maximum__gt=0), name="line_item_has_a_maximum"),
        ]

    def __str__(self) -> str:
        return self.label


class LtiScore(models.Model):
    """The newest score that a tool sent for a person, as it came; `score` is the share of the maximum, from 0 to 1."""

    line_item = models.ForeignKey(LtiLineItem, on_delete=models.CASCADE, related_name="scores")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="lti_scores")
    score = models.FloatField(_("score"), null=True, blank=True)
    activity = models.CharField(max_length=20)
    grading = models.CharField(max_length=20)
    comment = models.TextField(blank=True)
    # The tool's own time of the score, and ours.
    said_at = models.DateTimeField()
    at = models.DateTimeField(_("received"))
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            UniqueConstraint(fields=["line_item", "user"], name="one_score_of_a_line_item"),
            CheckConstraint(condition=Q(score=None) | Q(score__gte=0, score__lte=1), name="lti_score_0_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.line_item_id}: {self.user_id}"
