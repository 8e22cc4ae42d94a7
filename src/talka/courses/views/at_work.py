"""A training contact gives courses to the people of their organisation."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talka.clusters.models import Organisation
from talka.clusters.queries import organisations_led
from talka.courses import actions, entry_forms, queries, tasks
from talka.courses.models import Assignment
from talka.courses.views.places import person_of
from talka.kit import tables
from talka.kit.tasks import start

STATES = {"live": gettext_lazy("applies"), "once": gettext_lazy("chosen people"), "ended": gettext_lazy("ended")}


def organisation_at(request: HttpRequest, organisation: str) -> Organisation:
    """The organisation whose training contact the viewer is, or 404."""
    return get_object_or_404(organisations_led(viewer=request.user), slug=organisation)


class RuleTable(tables.Table):
    course = tables.Link(
        url=lambda row: reverse("courses:at-work-rule", args=[row.organisation.slug, row.pk]),
        verbose_name=gettext_lazy("Course"),
        order_by="course__title",
    )
    newcomers_since = tables.Date(verbose_name=gettext_lazy("Came on or after"))
    due_on = tables.Date(verbose_name=gettext_lazy("Due"))
    due_days = tables.Number(verbose_name=gettext_lazy("Due after"), unit=gettext_lazy("days"))
    made_at = tables.Date(verbose_name=gettext_lazy("Made"))
    made_by = tables.Column(verbose_name=gettext_lazy("By"), order_by="made_by__name")
    state = tables.Tag(kinds={"ended": "plain", "once": "info"}, verbose_name=gettext_lazy("State"))

    def render_state(self, value: str) -> str:
        return str(STATES[value])

    def value_state(self, value: str) -> str:
        return self.render_state(value)


class Rules(LoginRequiredMixin, tables.ListView):
    """What was given to the people of an organisation."""

    table_class = RuleTable
    template_name = "courses/at_work/list.html"
    lead = gettext_lazy("What you give your people to learn. Only they themselves see how far they are.")
    search_fields = ("course__title",)
    order = ("-made_at",)
    filters = (tables.Choice("state", gettext_lazy("State"), "state", STATES.items()),)
    empty_what = gettext_lazy("No course is assigned to your people yet.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.organisation = organisation_at(request, kwargs["organisation"])
            self.heading = _("Courses for the people of {name}").format(name=self.organisation.name)
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> Any:
        return queries.rules_at_work(self.organisation, viewer=viewer)

    def context(self) -> dict[str, Any]:
        return {"new_url": reverse("courses:at-work-new", args=[self.organisation.slug])}

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # kit's signature
        return self.context()["new_url"], _("Assign a course")


@login_required
def assign(request: HttpRequest, organisation: str) -> HttpResponse:
    """First whom it would reach, then it is done."""
    found = organisation_at(request, organisation)
    form = entry_forms.AtWorkForm(request.POST or None, organisation=found, viewer=request.user)
    context: dict[str, Any] = {"organisation": found, "form": form, "cancel_url": reverse("courses:at-work", args=[organisation])}
    if request.method != "POST" or not form.is_valid():
        return render(request, "courses/at_work/new.html", context, status=422 if form.is_bound else 200)
    asked, at = form.cleaned_data, now()
    rule = actions.draft_rule(asked["course"], None, found, "", None, asked["newcomers_since"], asked["due_on"], asked["due_days"])
    rule.made_at = at
    reached = queries.audience_of(rule, on=localdate(at))
    if asked["people"]:
        reached = reached.filter(pk__in=asked["people"])
    if "make" not in request.POST:
        # Not who takes the course already: that is between them and the course.
        context["preview"] = {"n": reached.count(), "people": reached[:50]}
        return render(request, "courses/at_work/new.html", context)
    made = actions.assign_at_work(organisation=found, by=person_of(request), at=at, **asked)
    return _apply(request, made)


def _apply(request: HttpRequest, rule: Assignment) -> HttpResponse:
    """At once for a few, in the background for many; what was made for chosen people has reached them."""
    if rule.ended_at is None:
        waiting = queries.still_to_enrol(rule, on=localdate()).count()
        if waiting > tasks.AT_ONCE:
            title = _("People are enrolled in {title}").format(title=rule.course.title)
            work = start(tasks.apply_rule, title=title, by=person_of(request), at=now(), total=waiting, unit=_("people"), rule=rule.pk)
            return redirect("kit:work", work.uuid)
        actions.apply_rule(rule, at=now())
    messages.success(request, _("The course is assigned."))
    return redirect("courses:at-work-rule", rule.organisation.slug, rule.pk)


@login_required
def rule(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """One assignment: whom it reached, and its end. What the clusters' managers made is theirs to end."""
    found = organisation_at(request, organisation)
    one = get_object_or_404(queries.rules_at_work(found, viewer=request.user), pk=pk)
    if request.method == "POST":
        by, at = person_of(request), now()
        if "end" in request.POST:
            out = "out" in request.POST or request.POST["end"] == "out"
            actions.end_rule(rule=one, cluster=None, take_out=out, by=by, at=at)
            messages.success(request, _("Those who have not begun are removed.") if one.state == "once" else _("The rule has ended."))
        elif "resume" in request.POST:
            actions.resume_rule(rule=one, cluster=None, by=by, at=at)
            again = get_object_or_404(queries.rules_at_work(found, viewer=request.user), pk=pk)
            return _apply(request, again)
        return redirect("courses:at-work-rule", organisation, pk)
    context = {
        "organisation": found,
        "one": one,
        "state": STATES[one.state],
        "may_assign": one.made_in_id is None,
    }
    return render(request, "courses/at_work/rule.html", context)
