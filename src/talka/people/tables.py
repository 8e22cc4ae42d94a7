"""The operator's list of people."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from talka.kit import tables
from talka.people.models import User
from talka.people.queries import people_seen, standing_of


class PeopleTable(tables.Table):
    name = tables.Link(view="people:person", args_from=["uuid"], verbose_name=_("Name"), empty_values=())
    email = tables.Column(verbose_name=_("E-mail address"))
    date_joined = tables.Date(verbose_name=_("Since"))
    last_login = tables.Date(verbose_name=_("Last here"))
    is_active = tables.Tag(verbose_name=_("May sign in"), kinds={False: "due"})

    def render_name(self, record: User) -> str:
        return str(record)

    def render_is_active(self, value: bool) -> Any:
        return _("yes") if value else _("no")

    class Meta(tables.Table.Meta):
        pass


class People(LoginRequiredMixin, tables.ListView):
    """For operators only; for everybody else the page does not exist."""

    table_class = PeopleTable
    heading = _("People")
    lead = _("Everybody who has signed up to this network.")
    search_fields = ("name", "email")
    filters = (tables.YesNo("active", _("May sign in"), Q(is_active=True)), tables.YesNo("sample", _("Sample data"), Q(is_sample=True)))
    order = ("name",)
    empty_what = _("Nobody matches.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not standing_of(request.user).operator:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> QuerySet[User]:
        return people_seen(viewer=viewer)
