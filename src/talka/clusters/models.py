"""Clusters, organisations, and the time one spends in the other."""

import uuid
from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import CheckConstraint, Count, F, OuterRef, Q, Subquery, UniqueConstraint
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from talka.people.models import Shared, SharedQuerySet, User
from talka.people.rules import Part


class Cluster(models.Model):
    """A regional or sectoral group of organisations run by a cluster organisation."""

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=150)
    sector = models.CharField(_("sector"), max_length=120)
    region = models.CharField(_("region"), max_length=120)
    country = models.CharField(_("country"), max_length=2, help_text=_("two letters, ISO 3166"))
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    summary = models.TextField(_("in two sentences"), blank=True)
    website = models.URLField(blank=True)
    is_pilot = models.BooleanField(_("takes part as a pilot"), default=False)
    is_sample = models.BooleanField(default=False, editable=False)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    run_by = models.ForeignKey("Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """Any member or actor."""

    class Kind(models.TextChoices):
        SME = "sme", _("small or medium-sized enterprise")
        LARGE = "large", _("large firm")
        UNIVERSITY = "university", _("university")
        RESEARCH = "research", _("research organisation")
        PROVIDER = "provider", _("training provider")
        SCHOOL = "school", _("school")
        FINANCE = "finance", _("finance")
        CONSULTANT = "consultant", _("consultant")
        AGENCY = "agency", _("agency or policy maker")
        OTHER = "other", _("other")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("type"), max_length=12, choices=Kind.choices, default=Kind.SME)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    website = models.URLField(blank=True)
    summary = models.TextField(blank=True)
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, on: date) -> Self:
        return self.filter(joined_on__lte=on).filter(Q(left_on=None) | Q(left_on__gt=on))

    def with_people(self, on: date) -> Self:
        here = Q(organisation__affiliations__since__lte=on) & (
            Q(organisation__affiliations__until=None) | Q(organisation__affiliations__until__gt=on)
        )
        return self.annotate(people=Count("organisation__affiliations__user", filter=here, distinct=True))

    def with_uses(self, on: date) -> Self:
        """Adds `uses`: how often the organisation used a service of this cluster in the year before `on`."""
        used = ServiceUse.objects.filter(
            organisation=OuterRef("organisation"), service__cluster=OuterRef("cluster"), on__gt=on - timedelta(days=365), on__lte=on
        )
        return self.annotate(uses=Coalesce(Subquery(used.order_by().values("organisation").annotate(n=Count("pk")).values("n")), 0))


class Membership(models.Model):
    """An organisation's time in a cluster. Leaving is a date, never a deletion."""

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    joined_on = models.DateField(_("joined on"))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    signed = models.BooleanField(_("has signed"), default=False)
    fee = models.DecimalField(_("yearly fee in euro"), max_digits=10, decimal_places=2, null=True, blank=True)
    gives_in_kind = models.BooleanField(_("gives in kind"), default=False)
    admitted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["cluster", "organisation"], condition=Q(left_on=None), name="one_current_membership"),
            CheckConstraint(condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")), name="left_after_joined"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.cluster}"


class PeriodQuerySet(models.QuerySet[Any]):
    def current(self, on: date) -> Self:
        return self.filter(since__lte=on).filter(Q(until=None) | Q(until__gt=on))


class Affiliation(models.Model):
    """A person's time in an organisation; a training contact looks after the learning of its people."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="affiliations")
    is_contact = models.BooleanField(_("training contact"), default=False)
    title = models.CharField(_("position"), max_length=120, blank=True)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["user", "organisation"], condition=Q(until=None), name="one_current_affiliation"),
            CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="affiliation_ends_after_start"),
        ]
        indexes = [models.Index(fields=["organisation", "until"])]

    def __str__(self) -> str:
        return f"{self.user} at {self.organisation}"


class Role(models.Model):
    """What a person is to a cluster, beyond what their organisation's membership makes them."""

    PARTS = [
        (Part.MANAGER, _("cluster manager")),
        (Part.EDITOR, _("editor")),
        (Part.EVALUATOR, _("evaluator")),
        (Part.MEMBER, _("member")),
    ]
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="cluster_roles")
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="roles")
    part = models.CharField(_("part"), max_length=12, choices=PARTS)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "cluster", "part"], condition=Q(until=None), name="one_current_part")]

    def __str__(self) -> str:
        return f"{self.user}: {self.part} of {self.cluster}"


class Service(Shared):
    """Something that the cluster organisation does for its members."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="services")
    name = models.CharField(_("name"), max_length=150)
    summary = models.TextField(_("what the member gets"), blank=True)
    price = models.DecimalField(
        _("price in euro"), max_digits=10, decimal_places=2, null=True, blank=True, help_text=_("empty: no price is set yet; 0: free")
    )
    unit = models.CharField(_("per"), max_length=60, blank=True)
    retired_on = models.DateField(_("offered until"), null=True, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["cluster", "name"], name="one_service_of_a_name")]

    def __str__(self) -> str:
        return self.name


class ServiceUse(models.Model):
    """One organisation used one service on one day."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="uses")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="service_uses")
    on = models.DateField(_("on"))
    people = models.PositiveSmallIntegerField(_("people"), default=1)
    noted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["organisation", "on"])]
        constraints = [CheckConstraint(condition=Q(people__gte=1), name="someone_used_it")]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.service} on {self.on}"
