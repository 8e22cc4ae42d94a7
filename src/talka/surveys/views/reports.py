"""What a survey found: a page and a PDF for staff, a summary for respondents, the change between two waves."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from talka.kit.charts import figure_csv, printed
from talka.kit.pdf import render as render_pdf
from talka.people.queries import standing_of
from talka.people.rules import may
from talka.surveys import actions, queries
from talka.surveys.models import Survey
from talka.surveys.rules import ASK, READ
from talka.surveys.views import figures, outcomes
from talka.surveys.views.places import brought_up_to_date, survey_at


def _content(request: HttpRequest, survey: Survey, kwargs: dict[str, str]) -> dict[str, Any]:
    """What page and PDF have in common."""
    freshness = brought_up_to_date(survey, viewer=request.user, at=now())
    results = queries.results_of(survey, viewer=request.user)
    found = queries.report_of(survey, viewer=request.user)
    if results is None or found is None:
        raise Http404
    at = results.computed_at or now()
    context: dict[str, Any] = {
        "survey": survey,
        "cluster": survey.cluster,
        "results": results,
        "outcomes": [outcomes.outcome(r, survey, at, kwargs) for r in found],
        "differences": [outcomes.difference(d, results) for d in queries.differences(results.analysis)] if results.shown_audiences else [],
        "reliability": outcomes.reliability(results.analysis),
        "waves": outcomes.waves(queries.waves_of(survey, viewer=request.user), at, kwargs),
        "few": outcomes.few(results),
        **freshness,
    }
    if results.ranked:
        context["ranking"] = figures.ranking(results, kwargs)
        context["picture"] = figures.picture(results, kwargs)
    return context


@login_required
def report(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Everything that was found, on one page."""
    found = survey_at(request, cluster, survey, to=READ)
    kwargs = {"cluster": cluster, "survey": survey}
    context = {
        **_content(request, found, kwargs),
        "here": "report",
        "may_ask": may(standing_of(request.user), ASK, cluster=found.cluster_id),
        "crumbs": [(_("Needs"), reverse("surveys:needs", args=[cluster]))],
    }
    return render(request, "surveys/report.html", context)


@login_required
def report_csv(request: HttpRequest, cluster: str, survey: str, item: str) -> HttpResponseBase:
    """The numbers of one question's figure."""
    found = survey_at(request, cluster, survey, to=READ)
    results = queries.report_of(found, viewer=request.user) or []
    one = next((r for r in results if r.item.code == item), None)
    if one is None:
        raise Http404
    made = outcomes.outcome(one, found, now(), {"cluster": cluster, "survey": survey})
    if made.figure is None:
        raise Http404
    return figure_csv(made.figure, f"{survey}-{item}")


@login_required
def waves_csv(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """The change of each need since the wave before."""
    found = survey_at(request, cluster, survey, to=READ)
    shown = outcomes.waves(queries.waves_of(found, viewer=request.user), now(), {"cluster": cluster, "survey": survey})
    if shown is None or shown.figure is None:
        raise Http404
    return figure_csv(shown.figure, f"{survey}-waves")


@login_required
def report_pdf(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """The same as a document to hand round."""
    found = survey_at(request, cluster, survey, to=READ)
    content = _content(request, found, {"cluster": cluster, "survey": survey})
    pictures = {}
    if (ranking := content.get("ranking")) is not None and ranking.spec is not None:
        pictures["ranking.svg"] = printed(ranking.spec)
        pictures["picture.svg"] = printed(content["picture"].spec)
    data = outcomes.for_paper(content, at=date_format(localtime(now()), "DATE_FORMAT"))
    made = render_pdf("surveys/pdf/report.typ", data, pictures=pictures, language=(get_language() or "en").split("-")[0])
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.slug}.pdf"'
    return response


@login_required
@require_POST
def publish(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """The summary becomes readable for those whom the settings name, and is sent to those who were invited if wished."""
    found = survey_at(request, cluster, survey, to=ASK)
    if "withdraw" in request.POST:
        actions.withdraw(survey=found, by=request.user, at=now())
        messages.success(request, _("The summary is no longer shown."))
    else:
        sent = actions.publish(survey=found, by=request.user, at=now(), send="send" in request.POST)
        text = _("The summary is published.")
        if sent:
            text += " " + ngettext("{n} e-mail is on its way.", "{n} e-mails are on their way.", sent).format(n=sent)
        messages.success(request, text)
    return redirect("surveys:report", cluster=cluster, survey=survey)


def summary(request: HttpRequest, survey: str) -> HttpResponse:
    """What respondents and others get to read: the ranking and who answered, no more."""
    visible = Survey.objects.visible_to(standing_of(request.user)).filter(published_at__isnull=False)
    found = get_object_or_404(visible.select_related("cluster"), uuid=survey)
    rows = queries.summary_of(found)
    context = {
        "survey": found,
        "cluster": found.cluster,
        "rows": rows,
        "figure": outcomes.summary_figure(rows, found) if rows.rows else None,
        "decided": [r for r in rows.rows if r.decision],
    }
    return render(request, "surveys/summary.html", context)
