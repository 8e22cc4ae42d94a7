"""Questionnaires, what people answered, and the needs that follow from it."""

import uuid
from typing import Self

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.people.models import Shared, User
from talka.skills.models import Competence, Framework


class Survey(Shared):
    """One question put to one or more audiences of a cluster. `visibility` says who may see the published summary."""

    class Identity(models.TextChoices):
        ANONYMOUS = "anonymous", _("anonymous: nobody can tell who answered")
        PSEUDONYMOUS = "pseudonymous", _("one answer each: who has answered is known, what they answered is not")
        NAMED = "named", _("named: staff of the cluster see who answered what")

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="surveys")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("address"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("what it is for"), blank=True)
    template = models.SlugField(_("made from template"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, null=True, blank=True, related_name="surveys")
    identity = models.CharField(_("how people answer"), max_length=14, choices=Identity.choices, default=Identity.ANONYMOUS)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    follows = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="waves", verbose_name=_("repeats"))
    published_at = models.DateTimeField(_("summary published"), null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    answers_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Per language: title, summary.
    translations = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("made"))
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            UniqueConstraint(fields=["cluster", "slug"], name="one_survey_of_an_address"),
            CheckConstraint(
                condition=Q(closes_at=None) | Q(opens_at=None) | Q(closes_at__gt=F("opens_at")), name="survey_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Scale(models.Model):
    """The answering scale of importance and ability. Changing it makes a new version; answers stay with theirs and are never mixed."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="scales")
    version = models.PositiveSmallIntegerField(default=1)
    low = models.PositiveSmallIntegerField(_("lowest"), default=1)
    high = models.PositiveSmallIntegerField(_("highest"), default=5)
    # {"importance": ["not important", ..., "essential"], "ability": [...]}: names of the ends, or of every step.
    labels = models.JSONField(_("names"), default=dict, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["survey", "version"]
        constraints = [
            UniqueConstraint(fields=["survey", "version"], name="one_scale_of_a_version"),
            CheckConstraint(condition=Q(high__gt=F("low")) & Q(high__lte=100), name="scale_has_two_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.low}–{self.high}"


class Questionnaire(models.Model):
    """The survey as one audience gets it."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questionnaires")
    audience = models.SlugField(_("audience"), max_length=40)
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(_("introduction"), blank=True)
    thanks = models.TextField(_("closing words"), blank=True)
    # How the two halves of a pair are put to this audience: importance, ability.
    prompts = models.JSONField(_("words for importance and ability"), default=dict, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    invited = models.PositiveIntegerField(_("people invited"), null=True, blank=True)
    target = models.PositiveIntegerField(_("answers hoped for"), null=True, blank=True)
    quota = models.PositiveIntegerField(_("closes after this many answers"), null=True, blank=True)
    # Per language: title, intro, thanks.
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["survey", "order", "pk"]
        constraints = [UniqueConstraint(fields=["survey", "audience"], name="one_questionnaire_per_audience")]

    def __str__(self) -> str:
        return self.title


class Section(models.Model):
    """A page of the questionnaire."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="sections")
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    # {"item": code, "is": "eq" | "ne" | "lt" | "gt" | "has" | "answered", "value": ...}; empty: always shown.
    condition = models.JSONField(default=dict, blank=True)
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["survey", "order", "pk"]

    def __str__(self) -> str:
        return self.title


class Item(models.Model):
    """One question, shared by the questionnaires of its survey."""

    class Kind(models.TextChoices):
        NEED = "need", _("importance and ability")
        LIKERT = "likert", _("agreement")
        CHOICE = "choice", _("one of several")
        CHOICES = "choices", _("several of several")
        RANKING = "ranking", _("order of preference")
        NUMBER = "number", _("number")
        TEXT = "text", _("open text")
        NPS = "nps", _("would recommend, 0 to 10")
        SUS = "sus", _("System Usability Scale")
        IMPACT = "impact", _("before, contribution, after")

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="items")
    section = models.ForeignKey(Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="items")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.NEED)
    code = models.SlugField(_("code"), max_length=80)
    text = models.TextField(_("question"))
    help = models.TextField(_("help"), blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    required = models.BooleanField(_("must be answered"), default=False)
    # choices: [{"code", "text"}]; low, high, unit, labels: what the kind needs.
    options = models.JSONField(default=dict, blank=True)
    condition = models.JSONField(default=dict, blank=True)
    translations = models.JSONField(default=dict, blank=True)
    only_for = models.ManyToManyField(Questionnaire, blank=True, related_name="own_items", verbose_name=_("only for"))

    class Meta:
        ordering = ["survey", "order", "pk"]
        constraints = [UniqueConstraint(fields=["survey", "code"], name="one_item_of_a_code")]

    def __str__(self) -> str:
        return self.text


class ResponseQuerySet(models.QuerySet["Response"]):
    def handed_in(self) -> Self:
        return self.filter(submitted_at__isnull=False)


class Response(models.Model):
    """What one person answered. It counts once it is handed in."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="responses")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="responses")
    scale = models.ForeignKey(Scale, on_delete=models.PROTECT, related_name="responses")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # A code of the survey's own; never a name or an address.
    respondent = models.CharField(_("respondent"), max_length=100)
    # Only where the survey is named. pii: ties answers to a person.
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="survey_responses")
    # While it is being filled in: the hash of the link's token, so that one can resume. Gone when it is handed in.
    draft_key = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    # While it is a draft: the day of the last save, so that abandoned drafts can go. Gone when it is handed in.
    kept_on = models.DateField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)
    may_quote = models.BooleanField(_("may be quoted"), default=False)
    source = models.CharField(max_length=20, default="page")

    objects = ResponseQuerySet.as_manager()

    class Meta:
        constraints = [UniqueConstraint(fields=["survey", "respondent"], name="one_response_per_respondent")]
        indexes = [models.Index(fields=["questionnaire", "submitted_at"])]

    def __str__(self) -> str:
        return f"{self.respondent}: {self.survey_id}"


class Answer(models.Model):
    """One item of one response. Pairs are columns, so that the database can count them; other kinds are a value."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="answers")
    importance = models.SmallIntegerField(null=True, blank=True)
    ability = models.SmallIntegerField(null=True, blank=True)
    # number, text, [codes] or {"before", "contribution", "after"}, as the item's kind says. pii: open texts may name people.
    value = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["response", "item"], name="one_answer_per_item")]
        indexes = [models.Index(fields=["item", "response"])]

    def __str__(self) -> str:
        return f"{self.response_id}: {self.item_id}"


class Invitation(models.Model):
    """A personal link. It knows that its holder has answered, never what."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.CASCADE, related_name="invitations")
    token = models.CharField(max_length=43, unique=True)
    email = models.EmailField(_("e-mail address"), blank=True)  # pii: contact, until the survey is closed
    name = models.CharField(_("name"), max_length=150, blank=True)  # pii: identity, until the survey is closed
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="survey_invitations")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    # A day, not a moment: the moment would tie the link to its answer.
    answered_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["questionnaire", "email"], condition=~Q(email=""), name="one_invitation_per_address"),
            UniqueConstraint(fields=["questionnaire", "user"], condition=Q(user__isnull=False), name="one_invitation_per_person"),
        ]

    def __str__(self) -> str:
        return self.email or self.name or str(self.pk)


class Analysis(models.Model):
    """What was computed from the answers, kept so that a page opens fast. `audience` "" is everybody together."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="analyses")
    scale = models.ForeignKey(Scale, on_delete=models.CASCADE, related_name="analyses")
    audience = models.CharField(max_length=40, blank=True)
    computed_at = models.DateTimeField()
    n = models.PositiveIntegerField()
    result = models.JSONField()

    class Meta:
        constraints = [UniqueConstraint(fields=["survey", "scale", "audience"], name="one_analysis_per_audience")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.audience}"


class Need(models.Model):
    """A competence with a measured gap: its place among the survey's needs, and the evidence. Higher score, greater need."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="needs")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="needs")
    competence = models.ForeignKey(Competence, on_delete=models.PROTECT, null=True, blank=True, related_name="needs")
    n = models.PositiveIntegerField(_("pairs of answers"))
    score = models.FloatField(_("mean weighted discrepancy"), null=True, blank=True)
    score_low = models.FloatField(null=True, blank=True)
    score_high = models.FloatField(null=True, blank=True)
    rank = models.PositiveSmallIntegerField(_("rank"), null=True, blank=True)
    rank_low = models.PositiveSmallIntegerField(null=True, blank=True)
    rank_high = models.PositiveSmallIntegerField(null=True, blank=True)
    # Everything the score rests on: means, counts per answer and audience, the method's settings. Stays when the survey is repeated.
    evidence = models.JSONField(default=dict)
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        ordering = ["survey", F("rank").asc(nulls_last=True), "pk"]
        constraints = [
            UniqueConstraint(fields=["survey", "item"], name="one_need_per_item"),
            CheckConstraint(condition=Q(rank_low=None) | Q(rank_low__lte=F("rank_high")), name="rank_interval_in_order"),
        ]

    def __str__(self) -> str:
        return self.item.text


class NeedDecision(models.Model):
    """What people made of a need, why and who. The newest counts; none is ever changed."""

    class Verdict(models.TextChoices):
        ACCEPT = "accept", _("accepted")
        MERGE = "merge", _("merged")
        REJECT = "reject", _("rejected")

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="decisions")
    verdict = models.CharField(_("decision"), max_length=6, choices=Verdict.choices)
    into = models.ForeignKey(Need, on_delete=models.CASCADE, null=True, blank=True, related_name="merged", verbose_name=_("into"))
    reason = models.TextField(_("reason"))
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            CheckConstraint(
                condition=Q(verdict="merge", into__isnull=False) | (~Q(verdict="merge") & Q(into=None)), name="merge_names_its_need"
            ),
            CheckConstraint(condition=Q(into=None) | ~Q(into=F("need")), name="need_merged_into_another"),
        ]

    def __str__(self) -> str:
        return f"{self.need_id}: {self.verdict}"
