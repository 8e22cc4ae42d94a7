"""Answers come in from a file, and leave as one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from talka.surveys import queries
from talka.surveys.rules import EXPORT, IMPORT
from talka.surveys.views.places import survey_at


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
