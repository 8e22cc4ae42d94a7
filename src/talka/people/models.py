"""People and what they are to the network; the base of everything that has a visibility."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q, UniqueConstraint
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from talka.people.rules import Standing, Visibility


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with a sign-in. Statements know a person only by `uuid`, never by name or address."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)  # pii: contact, kept until erasure
    name = models.CharField(_("name"), max_length=150, blank=True)  # pii: identity, kept until erasure
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_sample = models.BooleanField(_("belongs to the sample network"), default=False, editable=False)
    date_joined = models.DateTimeField(_("since"), default=now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [UniqueConstraint(Lower("email"), name="one_person_per_address")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return self.is_superuser

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.name.split(" ", 1)[0] or self.email


class Role(models.Model):
    """What a person is to the whole network. Losing it is a date, never a deletion. Parts in a cluster are rows of `clusters`."""

    class Kind(models.TextChoices):
        OPERATOR = "operator", _("operator")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="network_roles")
    kind = models.CharField(_("role"), max_length=20, choices=Kind.choices)
    since = models.DateTimeField(_("since"), default=now)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "kind"], condition=Q(until=None), name="one_current_network_role")]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"


class SharedQuerySet(models.QuerySet[Any]):
    """Filters of things that have a visibility. The model names its columns in `cluster_column` and `organisation_column`."""

    def visible_to(self, standing: Standing) -> Self:
        """Only what the viewer may see; the same decision as `people.rules.may_see`, in the database."""
        cluster, organisation = self.model.cluster_column, self.model.organisation_column
        seen = Q(visibility=Visibility.PUBLIC)
        if standing.signed_in:
            seen |= Q(visibility=Visibility.NETWORK)
        if cluster:
            closed = Q(visibility=Visibility.CLUSTER)
            if standing.operator:
                seen |= closed & Q(**{f"{cluster}__isnull": False})
            elif standing.clusters:
                seen |= closed & Q(**{f"{cluster}__in": list(standing.clusters)})
        if organisation and standing.organisations:
            seen |= Q(visibility=Visibility.ORGANISATION, **{f"{organisation}__in": list(standing.organisations)})
        return self.filter(seen)


class Shared(models.Model):
    """Base of everything that is seen by an organisation, a cluster, the network or all."""

    VISIBILITIES = [
        (Visibility.ORGANISATION, _("my organisation only")),
        (Visibility.CLUSTER, _("the cluster")),
        (Visibility.NETWORK, _("everyone signed in")),
        (Visibility.PUBLIC, _("everyone")),
    ]
    cluster_column: ClassVar[str] = "cluster_id"
    organisation_column: ClassVar[str] = ""

    visibility = models.CharField(_("seen by"), max_length=12, choices=VISIBILITIES, default=Visibility.CLUSTER)

    objects = SharedQuerySet.as_manager()

    class Meta:
        abstract = True


class Consent(models.Model):
    """What a person agreed to, when, in which words; taking it back is a date."""

    class Purpose(models.TextChoices):
        EMPLOYER = "employer", _("my employer sees my progress and results")
        REMINDERS = "reminders", _("one digest of reminders a day at most")
        RESEARCH = "research", _("my anonymised use helps to evaluate the project")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    words = models.TextField(_("the words agreed to"))
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "purpose"], condition=Q(withdrawn_at=None), name="one_current_consent")]

    def __str__(self) -> str:
        return f"{self.user}: {self.purpose}"
