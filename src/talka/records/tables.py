"""Lists of staff: sources, refused requests, forwards."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from talka.kit import tables
from talka.records import queries
from talka.records.models import Forward, Refusal, Source


class StaffList(LoginRequiredMixin, tables.ListView):
    """A list for those who look after sources; for all others it does not exist."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not queries.looks_after_sources(viewer=request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class SourceTable(tables.Table):
    name = tables.Link(view="records:source", args_from=["uuid"], verbose_name=_("Source"))
    cluster = tables.Column(verbose_name=_("Belongs to"), empty_values=(), order_by="cluster__name")
    made_at = tables.Date(verbose_name=_("Since"))
    last_used = tables.Date(verbose_name=_("Key last used"))
    refused = tables.Number(verbose_name=_("Refused in two weeks"))

    def render_cluster(self, record: Source) -> Any:
        return record.cluster or _("the network")


class Sources(StaffList):
    table_class = SourceTable
    template_name = "records/sources.html"
    heading = _("Sources of statements")
    lead = _("Who may send statements to this store and read from it. Each has its own keys.")
    search_fields = ("name", "cluster__name")
    order = ("name",)
    filters = (tables.YesNo("own", _("Talka itself"), Q(is_own=True)),)
    empty_what = _("No other system sends statements yet.")
    empty_why = _("Make a source, then put its key, its secret and the address of /xapi/ into the other system.")

    def queryset(self, viewer: Any) -> QuerySet[Source]:
        return queries.sources_seen(viewer=viewer)

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # the list's own shape
        return reverse("records:new-source"), str(_("Make a source"))


class RefusalTable(tables.Table):
    at = tables.Link(view="records:refusal", args_from=["pk"], verbose_name=_("When"))
    source = tables.Column(verbose_name=_("Source"), order_by="source__name")
    status = tables.Number(verbose_name=_("Answer"))
    reason = tables.Column(verbose_name=_("Why"))
    size = tables.Number(verbose_name=_("Bytes"))
    retried_at = tables.Date(verbose_name=_("Stored later"))


class Refused(StaffList):
    table_class = RefusalTable
    heading = _("Refused statements")
    lead = _("Requests of the last two weeks that could not be stored, and why. Open one to see what was sent.")
    search_fields = ("reason", "source__name")
    order = ("-at",)
    filters = (tables.YesNo("open", _("Still open"), Q(retried_at=None)),)
    empty_what = _("Nothing was refused in the last two weeks.")

    def queryset(self, viewer: Any) -> QuerySet[Refusal]:
        return queries.refusals_seen(viewer=viewer)

    def crumbs(self) -> list[tuple[tables.Text, str]]:
        return [(_("Sources of statements"), reverse("records:sources"))]


class ForwardTable(tables.Table):
    name = tables.Link(view="records:forward", args_from=["pk"], verbose_name=_("Forward"))
    endpoint = tables.Column(verbose_name=_("To"))
    sent = tables.Number(verbose_name=_("Statements sent"))
    last_at = tables.Date(verbose_name=_("Last tried"))
    failures = tables.Number(verbose_name=_("Failures in a row"))
    stopped_at = tables.Date(verbose_name=_("Stopped"))


class Forwards(StaffList):
    table_class = ForwardTable
    template_name = "records/forwards.html"
    heading = _("Forwards to other stores")
    lead = _("New statements go to these stores too, in order. What fails is tried again by itself.")
    search_fields = ("name", "endpoint")
    order = ("name",)
    empty_what = _("Nothing is forwarded.")

    def queryset(self, viewer: Any) -> QuerySet[Forward]:
        return queries.forwards_seen(viewer=viewer)

    def crumbs(self) -> list[tuple[tables.Text, str]]:
        return [(_("Sources of statements"), reverse("records:sources"))]

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # the list's own shape
        return reverse("records:new-forward"), str(_("Make a forward"))
