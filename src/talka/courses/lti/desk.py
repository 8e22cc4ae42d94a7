"""The staff's pages: platforms and tools of a cluster, what to copy where, grades that went out, rosters; and tools in a course's topics."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core import signing
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from talka.clusters.models import Cluster
from talka.clusters.queries import workspaces_of
from talka.courses import queries as courses
from talka.courses.lti import claims as c
from talka.courses.lti.forms import PlatformForm, ToolForm
from talka.courses.lti.pages import with_forms_to
from talka.courses.lti.platforms import actions as platforms
from talka.courses.lti.platforms import queries as known
from talka.courses.lti.tools import actions as tools
from talka.courses.lti.tools import queries as shown
from talka.courses.models import LtiGrade, LtiLink, LtiPlatform, LtiTool
from talka.courses.rules.access import CONNECT, WRITE
from talka.kit import tables
from talka.people.actions import require
from talka.people.models import User
from talka.people.queries import standing_of

PAGE_SALT = "talka.courses.lti.roster"


def _desk(request: HttpRequest, cluster: str) -> tuple[Cluster, User]:
    """The workspace, for those who may connect something with it; 404 or 403 otherwise."""
    found = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    require(request.user, CONNECT, cluster=found.pk)
    if not isinstance(request.user, User):
        raise Http404
    return found, request.user


def _crumbs(cluster: Cluster) -> list[tuple[str, str]]:
    return [(_("Other platforms and tools"), reverse("lti:connections", args=[cluster.slug]))]


@login_required
def connections(request: HttpRequest, cluster: str) -> HttpResponse:
    """All registrations of the cluster."""
    found, viewer = _desk(request, cluster)
    context = {
        "cluster": found,
        "platforms": known.platforms_of(found, viewer=viewer),
        "tools": shown.tools_of(found, viewer=viewer),
    }
    return render(request, "courses/lti/connections.html", context)


# Platforms


def _platform(request: HttpRequest, cluster: str, platform: UUID) -> tuple[Cluster, LtiPlatform, User]:
    found, viewer = _desk(request, cluster)
    return found, get_object_or_404(known.platforms_of(found, viewer=viewer), uuid=platform), viewer


def _platform_form(request: HttpRequest, cluster: Cluster, row: LtiPlatform | None) -> PlatformForm:
    organisations = known.organisations_offered(cluster, on=localdate())
    initial = {} if row is None else {name: getattr(row, name) for name in (*_OURS, "organisation")}
    operator = standing_of(request.user).operator
    return PlatformForm(request.POST or None, initial=initial, organisations=organisations, may_network=operator, new=row is None)


_OURS = ("name", "issuer", "client_id", "deployments", "login_url", "token_url", "keys_url")


@login_required
@require_http_methods(["GET", "POST"])
def new_platform(request: HttpRequest, cluster: str) -> HttpResponse:
    """A name first; then our data for the other side, and a form for theirs."""
    found, viewer = _desk(request, cluster)
    form = _platform_form(request, found, None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        owner = None if given.get("network") else found
        made = platforms.register(name=given["name"], cluster=owner, organisation=given["organisation"], by=viewer, at=now())
        return redirect("lti:platform", found.slug, made.uuid)
    context = {
        "cluster": found, "shell": "kit/workspace.html", "form": form, "heading": _("Our courses in another platform"), "submit": _("Next"),
        "lead": _("People open our courses from their own platform, such as Moodle, and their results go back to it."), "crumbs": _crumbs(found),
    }  # fmt: skip
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def platform(request: HttpRequest, cluster: str, platform: UUID) -> HttpResponse:
    """What to copy to the other side, what came from there, the places that lead here."""
    found, row, viewer = _platform(request, cluster, platform)
    form = _platform_form(request, found, row)
    if request.method == "POST" and form.is_valid():
        try:
            platforms.change(platform=row, by=viewer, **form.cleaned_data)
        except platforms.BadRegistration as bad:
            form.add_error(bad.field, str(bad))
        else:
            messages.success(request, _("Saved."))
            return redirect("lti:platform", found.slug, row.uuid)
    base = settings.SITE_URL
    ours = [
        (_("Tool URL"), base + reverse("lti:launch")),
        (_("Initiate login URL"), base + reverse("lti:login")),
        (_("Redirection URI"), base + reverse("lti:launch")),
        (_("Content selection URL (deep linking)"), base + reverse("lti:launch")),
        (_("Public keyset URL"), base + reverse("lti:platform-keys", args=[row.uuid])),
    ]
    context = {
        "cluster": found, "platform": row, "form": form, "ours": ours, "links": known.links_of(row)[:200], "crumbs": _crumbs(found),
        "keys": row.keys.all()[:5],
    }  # fmt: skip
    return render(request, "courses/lti/platform.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def platform_act(request: HttpRequest, cluster: str, platform: UUID) -> HttpResponse:
    """A new key, the end of the registration, or another try with grades that could not be sent."""
    found, row, viewer = _platform(request, cluster, platform)
    match request.POST.get("act"):
        case "key":
            platforms.change_key(platform=row, by=viewer, at=now())
            messages.success(request, _("There is a new key. The other platform fetches it by itself; the old one stays valid for a day."))
        case "revoke":
            platforms.revoke(platform=row, by=viewer, at=now())
            messages.success(request, _("Nobody can come from {name} any more, and nothing is sent there.").format(name=row.name))
        case "send":
            n = platforms.send_again(platform=row, by=viewer, at=now())
            messages.success(request, ngettext("{n} grade is sent again.", "{n} grades are sent again.", n).format(n=n))
        case _:
            raise Http404
    return redirect("lti:platform", found.slug, row.uuid)


def _place(request: HttpRequest, cluster: str, platform: UUID, link: int) -> tuple[Cluster, LtiLink, User]:
    found, row, viewer = _platform(request, cluster, platform)
    return found, get_object_or_404(known.links_of(row).select_related("platform__organisation", "platform__cluster"), pk=link), viewer


class GradeTable(tables.Table):
    person = tables.Column(accessor="person__user", verbose_name=gettext_lazy("Learner"), order_by="person__user__name")
    score = tables.Number(verbose_name=gettext_lazy("Score here"), decimals=2)
    sent_score = tables.Number(verbose_name=gettext_lazy("Score there"), decimals=2)
    sent_at = tables.Date(verbose_name=gettext_lazy("Sent"))
    state = tables.Column(verbose_name=gettext_lazy("State"), empty_values=(), orderable=False)
    failures = tables.Number(verbose_name=gettext_lazy("Failures in a row"))
    last_error = tables.Column(verbose_name=gettext_lazy("Last error"))
    next_at = tables.Date(verbose_name=gettext_lazy("Next try"))

    def render_state(self, record: LtiGrade) -> str:
        return str(self.value_state(record))

    def value_state(self, record: LtiGrade) -> str:
        if record.stopped_at:
            return _("given up")
        if record.score is None:
            return _("nothing done yet")
        if (record.score, record.is_done) == (record.sent_score, record.sent_done):
            return _("sent")
        return _("failed, tried again") if record.failures else _("waiting")


class Grades(LoginRequiredMixin, tables.ListView):
    """Grades of one place: sent, waiting, failed with the reason."""

    shell = "kit/workspace.html"
    table_class = GradeTable
    heading = gettext_lazy("Grades sent back")
    lead = gettext_lazy(
        "Scores from 0 to 1, sent as points of 100. A change goes out within a minute; what fails is tried again by itself."
    )
    search_fields = ("person__user__name", "last_error")
    order = ("person__user__name",)
    filters = (tables.YesNo("failed", gettext_lazy("Failed"), Q(failures__gt=0)),)
    empty_what = gettext_lazy("Nobody has come from there yet, or the platform wants no grades for this place.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.cluster, self.link, _viewer = _place(request, kwargs["cluster"], kwargs["platform"], kwargs["link"])
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> Any:  # noqa: ARG002  # who may look was asked before
        return LtiGrade.objects.filter(link=self.link).select_related("person__user").annotate(place=F("link__title"))

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}

    def crumbs(self) -> list[tuple[Any, str]]:
        platform = self.link.platform
        return [*_crumbs(self.cluster), (platform.name, reverse("lti:platform", args=[self.cluster.slug, platform.uuid]))]


@login_required
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest, cluster: str, platform: UUID, link: int) -> HttpResponse:
    """The people of the platform's course, a page at a time; those who are ticked are taken in."""
    found, row, viewer = _place(request, cluster, platform, link)
    page = ""
    if mark := (request.POST.get("page") or request.GET.get("page")):
        try:
            page = signing.loads(mark, salt=f"{PAGE_SALT} {row.pk}", max_age=3_600)
        except signing.BadSignature:
            raise Http404 from None
    context: dict[str, Any] = {"cluster": found, "link": row, "platform": row.platform, "crumbs": _crumbs(found), "page": mark or ""}
    try:
        members, following = platforms.roster_page(row, page=page, at=now())
    except c.NotTaken as why:
        return render(request, "courses/lti/roster.html", context | {"trouble": str(why)}, status=502)
    if request.method == "POST":
        ticked = set(request.POST.getlist("who"))
        wanted = [m for m in members if m.subject in ticked]
        enrolled, invited = platforms.take_in(link=row, cluster=found, members=wanted, by=viewer, at=now())
        context["report"] = {"enrolled": enrolled, "sent": len(invited.sent), "known": len(invited.known) + len(invited.learning)}
        members, following = platforms.roster_page(row, page=page, at=now())
    context |= {"members": members, "following": signing.dumps(following, salt=f"{PAGE_SALT} {row.pk}") if following else ""}
    return render(request, "courses/lti/roster.html", context)


# Tools


def _tool_form(request: HttpRequest, row: LtiTool | None) -> ToolForm:
    initial = {} if row is None else {name: getattr(row, name) for name in ToolForm.base_fields if name != "network"}
    return ToolForm(request.POST or None, initial=initial, may_network=row is None and standing_of(request.user).operator)


@login_required
@require_http_methods(["GET", "POST"])
def new_tool(request: HttpRequest, cluster: str) -> HttpResponse:
    found, viewer = _desk(request, cluster)
    form = _tool_form(request, None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        owner = None if given.pop("network", False) else found
        try:
            made = tools.register(cluster=owner, by=viewer, at=now(), **given)
        except tools.BadTool as bad:
            form.add_error(bad.field, str(bad))
        else:
            return redirect("lti:tool", found.slug, made.uuid)
    context = {
        "cluster": found, "form": form, "ours": _ours_for_tools(None), "heading": _("An outside tool in our topics"), "crumbs": _crumbs(found),
    }  # fmt: skip
    return render(request, "courses/lti/tool.html", context, status=422 if request.method == "POST" else 200)


def _ours_for_tools(tool: LtiTool | None) -> list[tuple[str, str]]:
    base = settings.SITE_URL
    first = [(_("Client id"), tool.client_id), (_("Deployment id"), tool.deployment)] if tool else []
    return [
        (_("Issuer (platform ID)"), base),
        *first,
        (_("Authentication request URL"), base + reverse("lti:authorise")),
        (_("Access token URL"), base + reverse("lti:token")),
        (_("Public keyset URL"), base + reverse("lti:keys")),
    ]


@login_required
@require_http_methods(["GET", "POST"])
def tool(request: HttpRequest, cluster: str, tool: UUID) -> HttpResponse:
    """What to copy into the tool, what came from it, where it is shown."""
    found, viewer = _desk(request, cluster)
    row = get_object_or_404(shown.tools_of(found, viewer=viewer), uuid=tool)
    form = _tool_form(request, row)
    if request.method == "POST" and form.is_valid():
        try:
            tools.change(tool=row, by=viewer, **form.cleaned_data)
        except tools.BadTool as bad:
            form.add_error(bad.field, str(bad))
        else:
            messages.success(request, _("Saved."))
            return redirect("lti:tool", found.slug, row.uuid)
    context = {
        "cluster": found, "tool": row, "form": form, "ours": _ours_for_tools(row), "heading": row.name, "crumbs": _crumbs(found),
        "materials": shown.materials_of(row)[:100],
    }  # fmt: skip
    return render(request, "courses/lti/tool.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
def tool_revoke(request: HttpRequest, cluster: str, tool: UUID) -> HttpResponse:
    found, viewer = _desk(request, cluster)
    row = get_object_or_404(shown.tools_of(found, viewer=viewer), uuid=tool)
    tools.revoke(tool=row, by=viewer, at=now())
    messages.success(request, _("Nobody can open {name} any more. Scores that it sent are kept.").format(name=row.name))
    return redirect("lti:connections", found.slug)


@login_required
def outside(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """An author's page: which tools there are, in which topics they stand, and a form that puts one into a topic."""
    found = get_object_or_404(workspaces_of(viewer=request.user), slug=cluster)
    require(request.user, WRITE, cluster=found.pk)
    row = get_object_or_404(courses.courses_written_by(request.user), slug=course, cluster=found)
    offered = list(shown.tools_for(row))
    context = {
        "cluster": found, "course": row, "tools": [(one, shown.materials_of(one).filter(topic__course=row)) for one in offered],
        "topics": row.topics.defer("body").order_by("lesson__module__order", "lesson__order", "order"),
        "may_connect": found.pk in standing_of(request.user).clusters_as(*CONNECT.parts) or standing_of(request.user).operator,
    }  # fmt: skip
    # Choosing content leads to the tool, which browsers count as the form's doing.
    return with_forms_to(render(request, "courses/lti/outside.html", context), [one.login_url for one in offered])
