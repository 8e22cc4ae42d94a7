"""A cluster's surveys, the ranked needs of one, and one need with the answers behind it."""

from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.kit.charts import figure_csv
from talka.kit.sheets import csv_response
from talka.kit.tables import ListView
from talka.people.queries import standing_of
from talka.people.rules import may
from talka.surveys import actions, queries
from talka.surveys.forms import DecisionForm
from talka.surveys.models import Item, Need, Survey
from talka.surveys.rules import ASK, DECIDE
from talka.surveys.rules.times import state_of
from talka.surveys.tables import RankingTable, SurveyTable, state_words
from talka.surveys.views import figures
from talka.surveys.views.outcomes import few
from talka.surveys.views.places import brought_up_to_date, cluster_at, survey_at


@method_decorator(login_required, name="dispatch")
class Surveys(ListView):
    """All surveys of a cluster."""

    table_class = SurveyTable
    template_name = "surveys/surveys.html"
    shell = "kit/workspace.html"
    heading = _("Needs")
    lead = _("Ask what matters and what people can do. The distance between the two, ranked, is what your cluster needs to learn.")
    search_fields: ClassVar[list[str]] = ["title", "summary"]
    order = ("-created_at",)
    empty_what = _("No survey yet.")
    empty_why = _(
        "Your cluster's surveys and the needs that follow from them are listed here. A template asks the usual questions for you."
    )

    @cached_property
    def cluster(self) -> Cluster:
        return cluster_at(self.request, self.kwargs["cluster"])

    def queryset(self, viewer: Any) -> Any:
        return queries.surveys_of(self.cluster, viewer=viewer)

    def table_options(self) -> dict[str, Any]:
        return {"now": now(), "address": lambda slug: reverse("surveys:survey", kwargs={"cluster": self.cluster.slug, "survey": slug})}

    @property
    def may_ask(self) -> bool:
        return may(standing_of(self.request.user), ASK, cluster=self.cluster.pk)

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # kit's signature
        return (reverse("surveys:new", args=[self.cluster.slug]), gettext("New survey")) if self.may_ask else None

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster, "may_ask": self.may_ask}


@method_decorator(login_required, name="dispatch")
class Ranking(ListView):
    """The ranked needs of one survey, with everything that says how sure the order is."""

    table_class = RankingTable
    template_name = "surveys/survey.html"
    shell = "kit/workspace.html"
    per_page = 100
    search_label = _("Search these needs")

    @cached_property
    def survey(self) -> Survey:
        return survey_at(self.request, self.kwargs["cluster"], self.kwargs["survey"])

    @cached_property
    def freshness(self) -> dict[str, Any]:
        return brought_up_to_date(self.survey, viewer=self.request.user, at=now())

    @cached_property
    def results(self) -> queries.Results:
        _brought = self.freshness
        found = queries.results_of(self.survey, viewer=self.request.user, audience=self.request.GET.get("audience", ""))
        if found is None:
            raise Http404
        return found

    @property
    def heading(self) -> str:  # type: ignore[override]
        return self.survey.title

    def queryset(self, viewer: Any) -> Any:  # noqa: ARG002  # the results have asked already
        return list(self.results.rows)

    def table_options(self) -> dict[str, Any]:
        def address(code: str) -> str:
            return reverse("surveys:need", kwargs={**self.kwargs, "item": code})

        return {"address": address}

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(_("Needs"), reverse("surveys:needs", kwargs={"cluster": self.kwargs["cluster"]}))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.survey.items.filter(kind=Item.Kind.NEED).exists():
            return redirect("surveys:report", **self.kwargs)
        if request.GET.get("format") == "csv" and not self.results.enough:
            return csv_response(self.heading, [gettext("Why there is nothing here")], [[few(self.results)]])
        return super().get(request, *args, **kwargs)

    def context(self) -> dict[str, Any]:
        results, survey = self.results, self.survey
        state = state_of(survey.opens_at, survey.closes_at, now())
        standing = standing_of(self.request.user)
        context: dict[str, Any] = {
            "cluster": survey.cluster,
            "survey": survey,
            "results": results,
            "state": state_words()[state],
            "state_name": state,
            "may_ask": may(standing, ASK, cluster=survey.cluster_id),
            "audience_title": next((r.title for r in results.responses if r.audience == results.audience), ""),
            "few": few(results),
            **self.freshness,
        }
        if results.ranked:
            context["ranking"] = figures.ranking(results, self.kwargs)
            context["picture"] = figures.picture(results, self.kwargs)
        return context


@login_required
def picture_csv(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """The numbers of the importance–performance picture."""
    found = survey_at(request, cluster, survey)
    results = queries.results_of(found, viewer=request.user, audience=request.GET.get("audience", ""))
    if results is None or not results.ranked:
        raise Http404
    return figure_csv(figures.picture(results, {"cluster": cluster, "survey": survey}), f"{found.slug}-importance")


def _need_at(request: HttpRequest, cluster: str, survey: str, item: str) -> Need:
    found = survey_at(request, cluster, survey)
    ranked = queries.ranked_needs(found, viewer=request.user).select_related("survey__cluster")
    return get_object_or_404(ranked, item__code=item)


@login_required
def need(request: HttpRequest, cluster: str, survey: str, item: str) -> HttpResponse:
    """One need: its place, the distribution of its answers, and what people decided."""
    found = _need_at(request, cluster, survey, item)
    return render(request, "surveys/need.html", _need_context(request, found, DecisionForm(need=found)))


def _need_context(request: HttpRequest, found: Need, form: DecisionForm) -> dict[str, Any]:
    kwargs = {"cluster": found.survey.cluster.slug, "survey": found.survey.slug, "item": found.item.code}
    spreads = queries.spreads_of(found, viewer=request.user)
    return {
        "cluster": found.survey.cluster,
        "survey": found.survey,
        "need": found,
        "figures": found.evidence["item"],
        "total": found.survey.needs.count(),
        "method": found.evidence["method"],
        "scale": found.evidence["scale"],
        "spreads": [(s, figures.spread(found, s, "importance", kwargs), figures.spread(found, s, "ability", kwargs)) for s in spreads],
        "audiences": [s for s in spreads if s.audience],
        "worst": figures.worst_case_of(found),
        "decisions": list(found.decisions.all()),
        "form": form,
        "may_decide": may(standing_of(request.user), DECIDE, cluster=found.survey.cluster_id),
        "crumbs": [
            (gettext("Needs"), reverse("surveys:needs", kwargs={"cluster": kwargs["cluster"]})),
            (found.survey.title, reverse("surveys:survey", kwargs={"cluster": kwargs["cluster"], "survey": kwargs["survey"]})),
        ],
    }


@login_required
def need_csv(request: HttpRequest, cluster: str, survey: str, item: str) -> HttpResponseBase:
    """How many gave each answer, per audience; small groups are left out and said to be."""
    found = _need_at(request, cluster, survey, item)
    return csv_response(f"{survey}-{item}", *figures.spread_table(found, queries.spreads_of(found, viewer=request.user)))


@login_required
def decide(request: HttpRequest, cluster: str, survey: str, item: str) -> HttpResponse:
    """The decision on one need."""
    found = _need_at(request, cluster, survey, item)
    if request.method != "POST":
        return redirect("surveys:need", cluster=cluster, survey=survey, item=item)
    form = DecisionForm(request.POST, need=found)
    if form.is_valid():
        try:
            actions.decide(need=found, by=request.user, at=now(), **form.cleaned_data)
        except actions.CannotMerge:
            form.add_error("into", gettext("That need has already been merged into another one. Choose that one."))
        else:
            messages.success(request, gettext("Decided. The reason is kept with the need."))
            return redirect("surveys:need", cluster=cluster, survey=survey, item=item)
    return render(request, "surveys/need.html", _need_context(request, found, form), status=422)
