"""The pages on which people answer. They work without JavaScript, on a phone, and go on where one stopped."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from talka.surveys import actions, queries
from talka.surveys.models import Invitation, Questionnaire, Response, Survey
from talka.surveys.rules.questions import BadCell, read
from talka.surveys.rules.times import state_of
from talka.surveys.views import fields

SESSION = "answering"


def door(request: HttpRequest, survey: str) -> HttpResponse:
    """The open link: to the questionnaire, or to the choice of an audience."""
    found = get_object_or_404(Survey.objects.select_related("cluster"), uuid=survey)
    questionnaires = list(found.questionnaires.all())
    if len(questionnaires) == 1:
        return redirect("surveys:start", survey=survey, audience=questionnaires[0].audience)
    language = _language(found)
    titles = [(q, queries.said(q, "title", language)) for q in questionnaires]
    texts = {name: queries.said(found, name, language) for name in ("title", "summary")}
    return render(request, "surveys/door.html", {"survey": found, "titles": titles, "closed": _closed(found), "spoken": language, **texts})


def personal(request: HttpRequest, token: str) -> HttpResponse:
    """A personal link: remembered for this visit, then the same pages as for everybody."""
    invitation = queries.invitation_with(token)
    if invitation is None:
        raise Http404
    questionnaire = invitation.questionnaire
    # The same link again goes on with what was begun through it; another one on the same device is another person's.
    if _kept(request, questionnaire.survey).get("token") != token:
        _forget(request, questionnaire.survey)
    _remember(request, questionnaire.survey, token=token)
    return redirect("surveys:start", survey=questionnaire.survey.uuid, audience=questionnaire.audience)


def _questionnaire(survey: str, audience: str) -> Questionnaire:
    return get_object_or_404(Questionnaire.objects.select_related("survey__cluster"), survey__uuid=survey, audience=audience)


def _language(survey: Survey) -> str:
    """The reader's language if anything of the survey is said in it, else the survey's own."""
    wanted = (get_language() or "").split("-")[0]
    if wanted == survey.language:
        return survey.language
    known = wanted in survey.translations or any(wanted in q.translations for q in survey.questionnaires.all())
    return wanted if known else survey.language


def _closed(survey: Survey) -> str:
    """Empty while it takes answers, else its state."""
    state = state_of(survey.opens_at, survey.closes_at, now())
    return "" if state == "open" else state


def _kept(request: HttpRequest, survey: Survey) -> Mapping[str, str]:
    """What this visit remembers of the survey: the personal link, or the response begun."""
    found: Mapping[str, str] = request.session.get(SESSION, {}).get(str(survey.uuid), {})
    return found


def _remember(request: HttpRequest, survey: Survey, **values: str) -> None:
    kept = request.session.get(SESSION, {})
    kept[str(survey.uuid)] = {**kept.get(str(survey.uuid), {}), **values}
    request.session[SESSION] = kept


def _forget(request: HttpRequest, survey: Survey) -> None:
    kept = request.session.get(SESSION, {})
    kept.pop(str(survey.uuid), None)
    request.session[SESSION] = kept


def _invitation(request: HttpRequest, questionnaire: Questionnaire) -> Invitation | None:
    """By the link that one came with, else as a person who is signed in. None in an anonymous survey or where neither is there."""
    survey = questionnaire.survey
    if survey.identity == Survey.Identity.ANONYMOUS:
        return None
    token = _kept(request, survey).get("token")
    if token and (found := queries.invitation_with(token)) and found.questionnaire.survey_id == survey.pk:
        return found
    if request.user.is_authenticated:
        try:
            return actions.own_invitation(questionnaire=questionnaire, user=request.user, at=now())
        except actions.LinkNeeded:
            return None
    return None


def _response(request: HttpRequest, questionnaire: Questionnaire, invitation: Invitation | None) -> Response | None:
    """What this visitor has begun and not handed in."""
    open_ = Response.objects.filter(questionnaire=questionnaire, submitted_at=None).select_related("scale")
    if invitation is not None:
        return open_.filter(draft_key=queries.key_of(invitation.token)).first()
    begun = _kept(request, questionnaire.survey).get("response")
    return open_.filter(uuid=begun).first() if begun and questionnaire.survey.identity == Survey.Identity.ANONYMOUS else None


def _shell(questionnaire: Questionnaire, language: str) -> dict[str, Any]:
    survey = questionnaire.survey
    return {
        "survey": survey,
        "survey_title": queries.said(survey, "title", language),
        "questionnaire": questionnaire,
        "title": queries.said(questionnaire, "title", language),
        "intro": queries.said(questionnaire, "intro", language),
        "thanks": queries.said(questionnaire, "thanks", language),
        "spoken": language,
    }


def _refusal(request: HttpRequest, questionnaire: Questionnaire, why: str, *, status: int = 409) -> HttpResponse:
    """Why nothing can be answered here now, in words; nothing that was saved is lost."""
    language = _language(questionnaire.survey)
    return render(request, "surveys/refusal.html", {**_shell(questionnaire, language), "why": why}, status=status)


REFUSALS = {actions.NotOpen: "closed", actions.QuotaReached: "quota", actions.AlreadyAnswered: "answered", actions.LinkNeeded: "link"}


def _why(error: Exception, survey: Survey) -> str:
    why = REFUSALS[type(error)]
    return _closed(survey) or why if why == "closed" else why


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, survey: str, audience: str) -> HttpResponse:  # noqa: PLR0911  # one line per reason not to begin
    """What this is, how one is seen, how long it takes; and the way in, or back in."""
    questionnaire = _questionnaire(survey, audience)
    if closed := _closed(questionnaire.survey):
        return _refusal(request, questionnaire, closed, status=200 if request.method != "POST" else 409)
    invitation = _invitation(request, questionnaire)
    if invitation is not None and invitation.questionnaire_id != questionnaire.pk:
        return redirect("surveys:start", survey=survey, audience=invitation.questionnaire.audience)
    if invitation is not None and invitation.answered_on is not None:
        return _refusal(request, questionnaire, "answered", status=200 if request.method != "POST" else 409)
    if invitation is None and questionnaire.survey.identity != Survey.Identity.ANONYMOUS:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return _refusal(request, questionnaire, "link", status=403)
    language = _language(questionnaire.survey)
    response = _response(request, questionnaire, invitation)
    if request.method == "POST":
        try:
            if response is None:
                response = actions.begin(questionnaire=questionnaire, invitation=invitation, at=now(), language=language)
        except tuple(REFUSALS) as e:
            return _refusal(request, questionnaire, _why(e, questionnaire.survey))
        _remember(request, questionnaire.survey, response=str(response.uuid))
        asked = queries.asking(questionnaire, response=response, language=language)
        return redirect("surveys:page", survey=survey, audience=audience, page=_first_open(asked) + 1)
    if response is None and queries.quota_reached(questionnaire):
        return _refusal(request, questionnaire, "quota", status=200)
    asked = queries.asking(questionnaire, response=response, language=language)
    context = {
        **_shell(questionnaire, language),
        "begun": response is not None,
        "minutes": fields.minutes(asked),
        "count": len(asked.items),
        "cluster": questionnaire.survey.cluster,
    }
    return render(request, "surveys/start.html", context)


def _first_open(asked: queries.Asking) -> int:
    """The first page with a question that has no answer yet; the last page if all have."""
    pages = asked.pages
    return next((n for n, p in enumerate(pages) if any(code not in asked.answers for code in p.codes)), max(len(pages) - 1, 0))


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, survey: str, audience: str, page: int) -> HttpResponse:
    """One page of questions. What is sent is kept at once, even where some of it has to be mended."""
    questionnaire = _questionnaire(survey, audience)
    invitation = _invitation(request, questionnaire)
    response = _response(request, questionnaire, invitation)
    if response is None:
        return redirect("surveys:start", survey=survey, audience=audience)
    if closed := _closed(questionnaire.survey):
        return _refusal(request, questionnaire, closed, status=409 if request.method == "POST" else 200)
    language = _language(questionnaire.survey)
    asked = queries.asking(questionnaire, response=response, language=language)
    pages = asked.pages
    if not 1 <= page <= len(pages):
        return redirect("surveys:end", survey=survey, audience=audience)
    if request.method == "POST":
        return _save(request, asked, response, page)
    return _show(request, asked, page)


def _show(
    request: HttpRequest,
    asked: queries.Asking,
    page: int,
    *,
    cells: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    pages = asked.pages
    here = pages[page - 1]
    section = next((asked.items[code].section for code in here.codes), None)
    context = {
        **_shell(asked.questionnaire, asked.language),
        "section": queries.said(section, "title", asked.language) if section else "",
        "section_text": queries.said(section, "text", asked.language)
        if section and (page == 1 or pages[page - 2].section != section.pk)
        else "",
        "group": here.group,
        "fields": [fields.field(asked, code, cells=cells, wrong=wrong or {}) for code in here.codes],
        "page": page,
        "pages": len(pages),
        "wrong": wrong,
        "shown": " ".join(here.codes),
    }
    return render(request, "surveys/page.html", context, status=status)


def _save(request: HttpRequest, asked: queries.Asking, response: Response, page: int) -> HttpResponse:
    shown = [code for code in request.POST.get("shown", "").split() if code in asked.questions]
    cells, values, wrong = {}, {}, {}
    for code in shown:
        own = fields.cells_sent(request.POST, asked.questions[code])
        cells.update(own)
        try:
            values[code] = read(asked.questions[code], own)
        except BadCell as e:
            wrong[code] = fields.why(e)
    autosave = "autosave" in request.POST
    try:
        actions.save_answers(response=response, values=values, at=now())
    except (actions.NotOpen, actions.AlreadyAnswered) as e:
        return HttpResponse(status=409) if autosave else _refusal(request, asked.questionnaire, _why(e, asked.questionnaire.survey))
    if autosave:
        return HttpResponse(status=422 if wrong else 204)
    again = queries.asking(asked.questionnaire, response=response, language=asked.language)
    names = {"survey": asked.questionnaire.survey.uuid, "audience": asked.questionnaire.audience}
    if "back" in request.POST:
        return redirect("surveys:page", **names, page=page - 1) if page > 1 else redirect("surveys:start", **names)
    for code in shown:
        if again.questions[code].required and code not in again.answers and code not in wrong:
            wrong[code] = fields.missing()
    if wrong:
        return _show(request, again, min(page, len(again.pages)), cells=cells, wrong=wrong, status=422)
    # An answer may have opened further questions on this page: they are asked before one goes on.
    pages = again.pages
    if page <= len(pages) and (new := [code for code in pages[page - 1].codes if code not in shown and code not in again.answers]):
        return redirect(f"{reverse('surveys:page', kwargs={**names, 'page': page})}#{new[0]}")
    return redirect("surveys:page", **names, page=page + 1) if page < len(pages) else redirect("surveys:end", **names)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, survey: str, audience: str) -> HttpResponse:
    """Everything is answered: hand in, or go back once more."""
    questionnaire = _questionnaire(survey, audience)
    invitation = _invitation(request, questionnaire)
    response = _response(request, questionnaire, invitation)
    language = _language(questionnaire.survey)
    if response is None:
        # Straight after handing in, or an old address: either way there is nothing to show but thanks or the way in.
        if request.session.pop(f"thanks:{questionnaire.survey.uuid}", None):
            return render(request, "surveys/thanks.html", _shell(questionnaire, language))
        return redirect("surveys:start", survey=survey, audience=audience)
    asked = queries.asking(questionnaire, response=response, language=language)
    missing: list[str] = []
    if request.method == "POST":
        try:
            actions.hand_in(response=response, invitation=invitation, at=now(), may_quote="may_quote" in request.POST)
        except actions.AnswersMissing as e:
            missing = e.codes
        except tuple(REFUSALS) as e:
            return _refusal(request, questionnaire, _why(e, questionnaire.survey))
        else:
            _forget(request, questionnaire.survey)
            request.session[f"thanks:{questionnaire.survey.uuid}"] = "1"
            return redirect("surveys:end", survey=survey, audience=audience)
    pages = asked.pages
    place = {code: n for n, p in enumerate(pages, 1) for code in p.codes}
    context = {
        **_shell(questionnaire, language),
        "answered": sum(code in asked.answers for code in place),
        "asked": len(place),
        "pages": len(pages),
        "missing": [(asked.text(asked.items[code]), place[code], code) for code in missing],
        "quotable": any(asked.items[code].kind in {"text", "impact"} for code in asked.answers if code in place),
    }
    return render(request, "surveys/end.html", context, status=422 if missing else 200)
