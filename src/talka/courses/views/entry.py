"""Staff bring people into a course: learners, invitations, rules of assignment."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from talka.clusters.models import Cluster
from talka.courses import actions, entry_forms, queries, tasks
from talka.courses.models import Assignment, Course
from talka.courses.rules.access import ASSIGN, INVITE
from talka.courses.views.places import course_at, person_of
from talka.kit import tables
from talka.kit.tasks import start
from talka.people.actions import require
from talka.people.queries import standing_of
from talka.people.rules import Ability, may


def desk_of(request: HttpRequest, cluster: str, course: str, ability: Ability = INVITE) -> tuple[Cluster, Course]:
    """The workspace and a course in it, for who has this ability there."""
    found, row = course_at(request, cluster, course)
    require(request.user, ability, cluster=found.pk)
    return found, row


def row_at(name: str) -> Callable[[Any], str]:
    return lambda row: reverse(name, args=[row.workspace, row.course_slug, row.pk])


class Desk(LoginRequiredMixin, tables.ListView):
    """A list about one course in a workspace, for those who may invite there."""

    shell = "kit/workspace.html"
    template_name = "courses/desk/list.html"
    here = ""
    new_url_name = ""
    new_label: Any = ""
    new_ability = INVITE

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.cluster, self.course = desk_of(request, kwargs["cluster"], kwargs["course"])
        return super().dispatch(request, *args, **kwargs)

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(self.course.title, reverse("courses:manage", args=[self.cluster.slug, self.course.slug]))]

    def context(self) -> dict[str, Any]:
        may_new = bool(self.new_url_name) and may(standing_of(self.request.user), self.new_ability, cluster=self.cluster.pk)
        return {
            "cluster": self.cluster,
            "course": self.course,
            "here": self.here,
            "may_moderate": queries.may_write(self.request.user, self.course),
            "new_url": reverse(self.new_url_name, args=[self.cluster.slug, self.course.slug]) if may_new else "",
            "new_label": self.new_label,
        }

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # kit's signature
        made = self.context()
        return (made["new_url"], str(self.new_label)) if made["new_url"] else None


CAME = {"own": gettext_lazy("own choice"), "invited": gettext_lazy("invited"), "rule": gettext_lazy("by a rule")}
STATES = {"learning": gettext_lazy("learning"), "completed": gettext_lazy("completed"), "left": gettext_lazy("left")}


class LearnerTable(tables.Table):
    name = tables.Link(
        accessor="user", url=row_at("courses:learner"), verbose_name=gettext_lazy("Name"), order_by=("user__name", "user__email")
    )
    email = tables.Column(accessor="user__email", verbose_name=gettext_lazy("E-mail"))
    started_at = tables.Date(verbose_name=gettext_lazy("Enrolled"))
    came = tables.Column(verbose_name=gettext_lazy("How"))
    due_on = tables.Date(verbose_name=gettext_lazy("Due"))
    more_time = tables.Number(verbose_name=gettext_lazy("More time"), unit="%")
    state = tables.Tag(kinds={"left": "plain", "completed": "info"}, verbose_name=gettext_lazy("State"))

    def render_came(self, value: str) -> str:
        return str(CAME[value])

    def value_came(self, value: str) -> str:
        return str(CAME[value])

    def render_state(self, value: str) -> str:
        return str(STATES[value])

    def value_state(self, value: str) -> str:
        return str(STATES[value])


class Learners(Desk):
    table_class = LearnerTable
    here = "learners"
    heading = gettext_lazy("Learners")
    lead = gettext_lazy("Who is enrolled, how they came in and until when. Only the learners themselves see how far they are.")
    search_fields = ("user__name", "user__email")
    order = ("-started_at",)
    filters = (
        tables.Choice("state", gettext_lazy("State"), "state", STATES.items()),
        tables.Choice("came", gettext_lazy("How"), "came", CAME.items()),
    )
    empty_what = gettext_lazy("Nobody is enrolled yet.")
    empty_why = gettext_lazy("Invite people, or assign the course by a rule.")
    new_url_name, new_label = "courses:invite", gettext_lazy("Invite people")

    def queryset(self, viewer: Any) -> Any:
        return queries.learners_of(self.course, self.cluster, viewer=viewer, on=localdate())


@login_required
def learner(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """One learner's due date and extra time."""
    found, row = desk_of(request, cluster, course)
    one = get_object_or_404(queries.learners_of(row, found, viewer=request.user, on=localdate()), pk=pk)
    form = entry_forms.LearnerForm(request.POST or None, initial={"due_on": one.due_on, "percent": one.more_time or 0})
    if request.method == "POST" and form.is_valid():
        by, at = person_of(request), now()
        if form.cleaned_data["due_on"] != one.due_on:
            actions.set_due(enrolment=one, cluster=found, due_on=form.cleaned_data["due_on"], by=by)
        if form.cleaned_data["percent"] != (one.more_time or 0):
            actions.grant_time(user=one.user, course=row, cluster=found, percent=form.cleaned_data["percent"], by=by, at=at)
        messages.success(request, _("Saved for {name}.").format(name=one.user))
        return redirect("courses:learners", cluster, course)
    context = {
        "cluster": found,
        "shell": "kit/workspace.html",
        "heading": str(one.user),
        "lead": one.user.email,
        "form": form,
        "crumbs": [(row.title, reverse("courses:manage", args=[cluster, course])), (_("Learners"), reverse("courses:learners", args=[cluster, course]))],
        "cancel_url": reverse("courses:learners", args=[cluster, course]),
    }  # fmt: skip
    return render(request, "kit/form.html", context, status=422 if form.is_bound else 200)


# Invitations

INVITED = {
    "open": gettext_lazy("open"), "accepted": gettext_lazy("accepted"), "withdrawn": gettext_lazy("withdrawn"), "expired": gettext_lazy("expired"),
}  # fmt: skip


class InvitationTable(tables.Table):
    email = tables.Link(url=row_at("courses:invitation"), verbose_name=gettext_lazy("Address"), empty_values=())
    invited_at = tables.Date(verbose_name=gettext_lazy("Invited"))
    invited_by = tables.Column(verbose_name=gettext_lazy("By"), order_by="invited_by__name")
    sent_at = tables.Date(verbose_name=gettext_lazy("Last e-mail"))
    due_on = tables.Date(verbose_name=gettext_lazy("Due"))
    state = tables.Tag(kinds={"withdrawn": "plain", "expired": "plain", "open": "due"}, verbose_name=gettext_lazy("State"))

    def render_email(self, value: str) -> str:
        return value or _("whoever has the link")

    def value_email(self, value: str) -> str:
        return self.render_email(value)

    def render_state(self, value: str) -> str:
        return str(INVITED[value])

    def value_state(self, value: str) -> str:
        return str(INVITED[value])


class Invitations(Desk):
    table_class = InvitationTable
    here = "invitations"
    heading = gettext_lazy("Invitations")
    lead = gettext_lazy("Open one to copy its link, send it again or take it back.")
    search_fields = ("email",)
    order = ("-invited_at",)
    filters = (tables.Choice("state", gettext_lazy("State"), "state", INVITED.items()),)
    empty_what = gettext_lazy("Nobody has been invited yet.")
    new_url_name, new_label = "courses:invite", gettext_lazy("Invite people")

    def queryset(self, viewer: Any) -> Any:
        return queries.invitations_of(self.course, self.cluster, viewer=viewer, on=localdate())


@login_required
def invite(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """Invite by e-mail, or make a link."""
    found, row = desk_of(request, cluster, course)
    asked_link = request.method == "POST" and "link" in request.POST
    form = entry_forms.InviteForm(request.POST if request.method == "POST" and not asked_link else None)
    link_form = entry_forms.LinkForm(request.POST if asked_link else None, prefix="link-")
    if asked_link and link_form.is_valid():
        made = actions.open_link(course=row, cluster=found, by=person_of(request), at=now(), **link_form.cleaned_data)
        return redirect("courses:invitation", cluster, course, made.pk)
    if form.is_bound and form.is_valid():
        done = actions.invite(course=row, cluster=found, addresses=form.cleaned_data["addresses"], due_on=form.cleaned_data["due_on"], by=person_of(request), at=now())  # fmt: skip
        _tell(request, done)
        return redirect("courses:invitations", cluster, course)
    context = {"cluster": found, "course": row, "form": form, "link_form": link_form}
    return render(request, "courses/desk/invite.html", context, status=422 if request.method == "POST" else 200)


def _tell(request: HttpRequest, done: actions.Invited) -> None:
    n = len(done.sent)
    parts = [ngettext("{n} invitation is on its way.", "{n} invitations are on their way.", n).format(n=n)]
    if done.known:
        parts.append(_("Invited before, no second e-mail: {who}.").format(who=", ".join(done.known)))
    if done.learning:
        parts.append(_("Already learning here: {who}.").format(who=", ".join(done.learning)))
    (messages.success if n else messages.info)(request, " ".join(parts))


@login_required
def invitation(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """One invitation: its link, and what may be done with it."""
    found, row = desk_of(request, cluster, course)
    one = get_object_or_404(queries.invitations_of(row, found, viewer=request.user, on=localdate()), pk=pk)
    if request.method == "POST":
        _changed(request, found, one)
        return redirect("courses:invitation", cluster, course, pk)
    context = {"cluster": found, "course": row, "one": one, "link": actions.link_of(one), "state": INVITED[one.state]}
    return render(request, "courses/desk/invitation.html", context)


def _changed(request: HttpRequest, cluster: Cluster, one: Any) -> None:
    by, at = person_of(request), now()
    if "withdraw" in request.POST:
        actions.withdraw_invitation(invitation=one, cluster=cluster, by=by, at=at)
        messages.success(request, _("The invitation is taken back. Its link leads nowhere any more."))
    elif "renew" in request.POST:
        if actions.renew_invitation(invitation=one, cluster=cluster, by=by, at=at):
            messages.success(request, _("The same link works again."))
        else:
            messages.info(request, _("This address has another open invitation."))
    elif "resend" in request.POST:
        if actions.resend_invitation(invitation=one, cluster=cluster, by=by, at=at):
            messages.success(request, _("The e-mail is sent again."))
        else:
            messages.info(request, _("No e-mail was sent: the last one is less than a minute old, or the invitation is over."))


# Rules


class RuleTable(tables.Table):
    to = tables.Link(url=row_at("courses:rule"), verbose_name=gettext_lazy("Who"))
    part = tables.Column(accessor="get_part_display", verbose_name=gettext_lazy("Only"), orderable=False)
    profile = tables.Column(verbose_name=gettext_lazy("Profile"), order_by="profile__title")
    newcomers_since = tables.Date(verbose_name=gettext_lazy("Came on or after"))
    due_on = tables.Date(verbose_name=gettext_lazy("Due"))
    due_days = tables.Number(verbose_name=gettext_lazy("Due after"), unit=gettext_lazy("days"))
    reached = tables.Number(verbose_name=gettext_lazy("Reached"))
    made_at = tables.Date(verbose_name=gettext_lazy("Made"))
    state = tables.Tag(kinds={"ended": "plain"}, verbose_name=gettext_lazy("State"))

    def render_state(self, value: str) -> str:
        return _("ended") if value == "ended" else _("applies")

    def value_state(self, value: str) -> str:
        return self.render_state(value)


class Rules(Desk):
    table_class = RuleTable
    here = "rules"
    heading = gettext_lazy("Rules of assignment")
    lead = gettext_lazy("A rule enrols everybody in an audience, including those who come later, until you end it.")
    search_fields = ("organisation__name", "cluster__name", "profile__title")
    order = ("-made_at",)
    filters = (
        tables.Choice("state", gettext_lazy("State"), "state", [("live", gettext_lazy("applies")), ("ended", gettext_lazy("ended"))]),
    )
    empty_what = gettext_lazy("No rule assigns this course yet.")
    new_url_name, new_label, new_ability = "courses:rule-new", gettext_lazy("New rule"), ASSIGN

    def queryset(self, viewer: Any) -> Any:
        return queries.rules_of(self.course, self.cluster, viewer=viewer)


@login_required
def rule_new(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """A rule: first whom it would reach, then it is made."""
    found, row = desk_of(request, cluster, course, ASSIGN)
    form = entry_forms.RuleForm(request.POST or None, cluster=found, viewer=request.user)
    context: dict[str, Any] = {"cluster": found, "course": row, "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "courses/desk/rule_new.html", context, status=422 if form.is_bound else 200)
    asked = form.cleaned_data
    try:
        rule = actions.draft_rule(row, found, asked["organisation"], asked["part"], asked["profile"], asked["newcomers_since"], asked["due_on"], asked["due_days"])  # fmt: skip
    except actions.ClosedToThem:
        form.add_error(None, _("This course is closed to another cluster. Its people alone can be assigned."))
        return render(request, "courses/desk/rule_new.html", context, status=422)
    rule.made_at = at = now()
    waiting = queries.still_to_enrol(rule, on=localdate(at))
    if "make" not in request.POST:
        everyone = queries.audience_of(rule, on=localdate(at)).count()
        n = waiting.count()
        return render(request, "courses/desk/rule_new.html", context | {"preview": {"all": everyone, "new": n, "in": everyone - n, "people": waiting[:50]}})  # fmt: skip
    made = actions.make_rule(course=row, made_in=found, by=person_of(request), at=at, **asked)
    return _apply(request, made, waiting.count(), cluster, course)


def _apply(request: HttpRequest, rule: Assignment, waiting: int, cluster: str, course: str) -> HttpResponse:
    """At once for a few, in the background for many."""
    if waiting > tasks.AT_ONCE:
        title = _("People are enrolled in {title}").format(title=rule.course.title)
        work = start(tasks.apply_rule, title=title, by=person_of(request), at=now(), total=waiting, unit=_("people"), rule=rule.pk)
        return redirect("kit:work", work.uuid)
    n = actions.apply_rule(rule, at=now())
    messages.success(
        request, ngettext("The rule applies. {n} person was enrolled.", "The rule applies. {n} people were enrolled.", n).format(n=n)
    )
    return redirect("courses:rule", cluster, course, rule.pk)


@login_required
def rule(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """One rule: whom it reached, and its end."""
    found, row = desk_of(request, cluster, course)
    one = get_object_or_404(queries.rules_of(row, found, viewer=request.user), pk=pk)
    if request.method == "POST":
        require(request.user, ASSIGN, cluster=found.pk)
        if "end" in request.POST:
            out = actions.end_rule(rule=one, cluster=found, take_out="out" in request.POST, by=person_of(request), at=now())
            said = ngettext("{n} person who had not begun was removed.", "{n} people who had not begun were removed.", out).format(n=out)
            messages.success(request, _("The rule has ended.") + (f" {said}" if out else ""))
        elif "resume" in request.POST:
            actions.resume_rule(rule=one, cluster=found, by=person_of(request), at=now())
            one.ended_at = None
            return _apply(request, one, queries.still_to_enrol(one, on=localdate()).count(), cluster, course)
        return redirect("courses:rule", cluster, course, pk)
    context = {
        "cluster": found,
        "course": row,
        "one": one,
        "may_assign": may(standing_of(request.user), ASSIGN, cluster=found.pk),
        "unbegun": one.enrolments.filter(left_at=None, completed_at=None, last_at=None).count(),
    }
    return render(request, "courses/desk/rule.html", context)
