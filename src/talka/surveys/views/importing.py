"""Answers come in from a file, and leave as one."""

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talka.kit import queries as kit_queries
from talka.kit import tasks
from talka.kit.imports import ImportView, Preview, Report
from talka.kit.sheets import csv_response
from talka.surveys import actions, queries
from talka.surveys.models import Survey
from talka.surveys.rules import EXPORT, IMPORT
from talka.surveys.tables import preview_of, report_of
from talka.surveys.tasks import read_answers
from talka.surveys.views.places import LARGE, survey_at

# A larger file is read by the worker: a page should not take longer than a few seconds.
LARGE_FILE = 400_000


@method_decorator(login_required, name="dispatch")
class Import(ImportView):
    """Answers from a CSV file: seen first, then taken."""

    kind: ClassVar[str] = "survey-answers"
    template_name: ClassVar[str] = "surveys/import.html"
    shell: ClassVar[str] = "kit/workspace.html"
    heading = _("Import and export")
    lead = _(
        "Answers that were collected elsewhere come in as CSV, one row per respondent. Known respondents are brought up to the file; the same file twice changes nothing."
    )

    @cached_property
    def survey(self) -> Survey:
        return survey_at(self.request, self.kwargs["cluster"], self.kwargs["survey"], to=IMPORT)

    def allowed(self) -> None:
        _found = self.survey

    def preview(self, file: Path) -> Preview:
        return preview_of(actions.preview_answers(self.survey, file, by=self.request.user, at=now()))

    def perform(self, file: Path, *, only_good: bool) -> Report:
        return report_of(actions.import_answers(self.survey, file, by=self.request.user, at=now(), only_good=only_good))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.allowed()
        waiting = self._waiting(request)
        if waiting is None or (waiting.size < LARGE_FILE and self.survey.responses.count() <= LARGE):
            return super().post(request, *args, **kwargs)
        work = tasks.start(
            read_answers,
            title=gettext("Answers to {survey}").format(survey=self.survey),
            by=request.user,
            at=now(),
            unit=gettext("rows"),
            survey=self.survey.pk,
            upload=waiting.pk,
            only_good="only_good" in request.POST,
        )
        return redirect("kit:work", work.uuid)

    def _waiting(self, request: HttpRequest) -> Any:
        try:
            return kit_queries.waiting_upload(request.POST["upload"], kind=self.kind, viewer=request.user, at=now())
        except (KeyError, ValueError):
            return None

    def sample_url(self) -> str:
        return reverse("surveys:example-csv", kwargs=self.kwargs)

    def context(self) -> dict[str, Any]:
        survey = self.survey
        return {
            "cluster": survey.cluster,
            "survey": survey,
            "may_ask": True,
            "crumbs": [
                (gettext("Needs"), reverse("surveys:needs", kwargs={"cluster": survey.cluster.slug})),
                (survey.title, reverse("surveys:survey", kwargs=self.kwargs)),
            ],
        }


@login_required
def example(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Three made-up rows in this survey's layout."""
    found = survey_at(request, cluster, survey, to=IMPORT)
    response = HttpResponse("\ufeff" + queries.example_csv(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.slug}-example.csv"'
    return response


@login_required
def answers(request: HttpRequest, cluster: str, survey: str) -> StreamingHttpResponse:
    """All answers, in the layout in which they can be read in again."""
    found = survey_at(request, cluster, survey, to=EXPORT)
    response = StreamingHttpResponse(queries.csv_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.slug}-answers.csv"'
    return response


@login_required
def codebook(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """What each column of the answers' file means."""
    found = survey_at(request, cluster, survey, to=EXPORT)
    heads = [
        gettext("Variable"),
        gettext("Label"),
        gettext("Type"),
        gettext("Value labels"),
        gettext("Section"),
        gettext("Competence"),
        gettext("Only for"),
        gettext("Must be answered"),
    ]
    return csv_response(f"{survey}-codebook", heads, queries.codebook(found))


def _file(content: Any, name: str, kind: str) -> HttpResponseBase:
    response = HttpResponse(content, content_type=kind) if isinstance(content, bytes) else StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
def lime_structure(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """The questions as LimeSurvey's structure file."""
    found = survey_at(request, cluster, survey, to=EXPORT)
    return _file(queries.lime_structure(found), f"{found.slug}.lss", "application/xml; charset=utf-8")


@login_required
def lime_responses(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """The answers as LimeSurvey's responses with codes."""
    found = survey_at(request, cluster, survey, to=EXPORT)
    return _file(queries.lime_responses(found), f"{found.slug}-responses.csv", "text/csv; charset=utf-8")


@login_required
def spss(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """The codebook as SPSS syntax that reads the answers' file."""
    found = survey_at(request, cluster, survey, to=EXPORT)
    return _file(queries.sps_lines(found), f"{found.slug}.sps", "text/plain; charset=utf-8")
