"""A questionnaire as a respondent will read it, before anybody can answer. What is tried here is in the address and kept nowhere."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from talka.surveys import queries
from talka.surveys.models import Questionnaire, Survey
from talka.surveys.rules import ASK
from talka.surveys.rules.questions import BadCell, read
from talka.surveys.views import fields
from talka.surveys.views.places import survey_at

# No question has a code with a line below.
AUDIENCE, LANGUAGE = "_audience", "_language"


@login_required
@require_GET
def preview(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """All pages of one audience below each other; conditions and piping follow the answers that are tried."""
    found = survey_at(request, cluster, survey, to=ASK)
    questionnaires = list(found.questionnaires.select_related("survey"))
    wanted = request.GET.get(AUDIENCE, "")
    questionnaire = next((q for q in questionnaires if q.audience == wanted), questionnaires[0] if questionnaires else None)
    languages = _languages(found, questionnaires)
    language = request.GET.get(LANGUAGE, "")
    language = language if language in dict(languages) else found.language
    context: dict[str, Any] = {
        "cluster": found.cluster,
        "survey": found,
        "here": "build",
        "may_ask": True,
        "questionnaires": questionnaires,
        "questionnaire": questionnaire,
        "languages": languages,
        "spoken": language,
        "crumbs": [
            (_("Needs"), reverse("surveys:needs", args=[cluster])),
            (found.title, reverse("surveys:build", args=[cluster, found.slug])),
        ],
    }
    if questionnaire is not None:
        context |= _asked(questionnaire, language, request.GET)
    return render(request, "surveys/preview.html", context)


def _languages(survey: Survey, questionnaires: list[Questionnaire]) -> list[tuple[str, str]]:
    """The survey's own and those in which anything of it is said."""
    spoken = {survey.language, *survey.translations, *(code for q in questionnaires for code in q.translations)}
    return [(code, str(name)) for code, name in settings.LANGUAGES if code in spoken]


def _asked(questionnaire: Questionnaire, language: str, tried: QueryDict) -> dict[str, Any]:
    asked = queries.asking(questionnaire, response=None, language=language)
    answers: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for code, question in asked.questions.items():
        try:
            value = read(question, fields.cells_sent(tried, question))
        except BadCell as e:
            wrong[code] = fields.why(e)
        else:
            if value is not None:
                answers[code] = value
    asked = replace(asked, answers=answers)
    return {
        "title": queries.said(questionnaire, "title", language),
        "intro": queries.said(questionnaire, "intro", language),
        "pages": [_page(asked, page.codes, page.group, wrong) for page in asked.pages],
    }


def _page(asked: queries.Asking, codes: tuple[str, ...], group: str, wrong: Mapping[str, str]) -> dict[str, Any]:
    section = next((asked.items[code].section for code in codes), None)
    return {
        "title": queries.said(section, "title", asked.language) if section else "",
        "text": queries.said(section, "text", asked.language) if section else "",
        "group": group,
        "fields": [fields.field(asked, code, cells=None, wrong=wrong) for code in codes],
    }
