"""A survey is made and put together on the page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from talka.kit.tasks import start
from talka.people.actions import require
from talka.surveys import actions, queries
from talka.surveys.forms import ItemForm, NewSurveyForm, QuestionnaireForm, SectionForm, SurveyForm
from talka.surveys.models import Item, Survey
from talka.surveys.rules import ASK
from talka.surveys.rules.definitions import BadDefinition
from talka.surveys.rules.limesurvey import BadStructure
from talka.surveys.rules.times import state_of
from talka.surveys.tables import STATE_TAGS, state_words
from talka.surveys.tasks import rank_answers
from talka.surveys.views.places import LARGE, cluster_at, ranking_work, survey_at


def templates() -> dict[str, str]:
    """The surveys that ship: key and title."""
    found = {}
    for file in sorted((Path(settings.CONTENT) / "surveys" / "templates").glob("*.yaml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        found[data["key"]] = f"{data['title']}: {data['summary'].strip()}"
    # What is asked for most stands first.
    return dict(sorted(found.items(), key=lambda pair: pair[0] != "training-needs"))


@login_required
def new(request: HttpRequest, cluster: str) -> HttpResponse:
    """A new survey, from a template or empty."""
    place = cluster_at(request, cluster)
    require(request.user, ASK, cluster=place.pk)
    shipped = templates()
    form = NewSurveyForm(request.POST or None, request.FILES or None, templates=shipped)
    if request.method == "POST" and form.is_valid():
        title, template = form.cleaned_data["title"], form.cleaned_data["template"]
        try:
            if form.cleaned_data["structure"]:
                raw = form.cleaned_data["structure"].read()
                made, left_out = actions.load_limesurvey(raw, cluster=place, by=request.user, at=now(), title=title)
                if left_out:
                    text = _("These questions have no counterpart here and were left out: {list}")
                    messages.warning(request, text.format(list="; ".join(f"{code} ({why})" for code, why in left_out)))
            elif template:
                file = Path(settings.CONTENT) / "surveys" / "templates" / f"{template}.yaml"
                made = actions.load_survey(file, cluster=place, by=request.user, at=now(), title=title)
            else:
                made = actions.create_survey(cluster=place, title=title, by=request.user, at=now())
        except actions.UnknownFramework as e:
            form.add_error(
                "template",
                _("This template asks about the framework “{key}”, which is not loaded. Ask the operator to load it.").format(key=e),
            )
        except BadStructure as e:
            form.add_error("structure", _("This is not a LimeSurvey structure that can be read: {why}.").format(why=e))
        except BadDefinition as e:
            form.add_error("template", str(e))
        else:
            return redirect("surveys:build", cluster=cluster, survey=made.slug)
    context = {
        "cluster": place,
        "form": form,
        "heading": _("New survey"),
        "submit": _("Make the survey"),
        "shell": "kit/workspace.html",
        "cancel_url": reverse("surveys:needs", args=[cluster]),
        "crumbs": [(_("Needs"), reverse("surveys:needs", args=[cluster]))],
    }
    return render(request, "kit/form.html", context, status=422 if form.errors else 200)


def _shell(survey: Survey, here: str) -> dict[str, Any]:
    state = state_of(survey.opens_at, survey.closes_at, now())
    return {
        "cluster": survey.cluster,
        "survey": survey,
        "here": here,
        "may_ask": True,
        "state": state_words()[state],
        "state_name": state,
        "state_tag": STATE_TAGS[state],
        "crumbs": [(_("Needs"), reverse("surveys:needs", args=[survey.cluster.slug]))],
    }


@login_required
def build(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Everything that is asked, in order, with what can be done to it."""
    found = survey_at(request, cluster, survey, to=ASK)
    items = queries.items_of(found)
    sections = [(s, [i for i in items if i.section_id == s.pk]) for s in found.sections.all()]
    loose = [i for i in items if i.section_id is None]
    context = {
        **_shell(found, "build"),
        "sections": sections,
        "loose": loose,
        "questionnaires": found.questionnaires.all(),
        "kinds": Item.Kind.choices,
        "answered": actions.has_answers(found),
        "ungridded": found.framework.competences.exclude(items__survey=found).count() if found.framework else 0,
    }
    return render(request, "surveys/build.html", context)


Save = Callable[[Any], object]


def _edit(request: HttpRequest, survey: Survey, form: BaseForm, save: Save, *, heading: str, lead: str = "") -> HttpResponse:
    """A page with one form of the builder; what cannot be kept is said beside its field."""
    back = reverse("surveys:build", args=[survey.cluster.slug, survey.slug])
    if request.method == "POST" and form.is_valid():
        try:
            save(form)
        except actions.Answered:
            form.add_error(
                None,
                _(
                    "People have already answered, so its kind, its code and its choices stay. You can still correct the wording. Add a new question for something else."
                ),
            )
        except actions.CodeTaken as e:
            form.add_error(
                next((f for f in ("code", "audience") if f in form.fields), None),
                _("“{code}” is taken. Choose another code.").format(code=e),
            )
        except actions.GoesRound as e:
            form.add_error("depends", _("These would depend on each other: {codes}.").format(codes=e))
        else:
            return redirect(back)
    context = {
        **_shell(survey, "build"),
        "form": form,
        "heading": heading,
        "lead": lead,
        "shell": "kit/workspace.html",
        "cancel_url": back,
        "crumbs": [(_("Needs"), reverse("surveys:needs", args=[survey.cluster.slug])), (survey.title, back)],
    }
    return render(request, "kit/form.html", context, status=422 if form.errors else 200)


@login_required
def settings_page(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Title, how people answer, times, scale."""
    found = survey_at(request, cluster, survey, to=ASK)
    form = SurveyForm(request.POST or None, instance=Survey.objects.get(pk=found.pk))

    def save(form: Any) -> None:
        actions.change_survey(survey=found, by=request.user, at=now(), **form.settings())
        low, high, labels = form.scale()
        actions.change_scale(survey=found, low=low, high=high, labels=labels, by=request.user, at=now())

    return _edit(request, found, form, save, heading=_("Settings"))


@login_required
def questionnaire(request: HttpRequest, cluster: str, survey: str, audience: str = "") -> HttpResponse:
    """An audience and its questionnaire."""
    found = survey_at(request, cluster, survey, to=ASK)
    kept = get_object_or_404(found.questionnaires, audience=audience) if audience else None
    form = QuestionnaireForm(request.POST or None, instance=kept)

    def save(form: Any) -> object:
        old = found.questionnaires.get(pk=kept.pk) if kept else None
        return actions.put_questionnaire(survey=found, questionnaire=old, by=request.user, at=now(), **form.values())

    return _edit(request, found, form, save, heading=_("Audience") if kept else _("New audience"))


@login_required
def section(request: HttpRequest, cluster: str, survey: str, section: int = 0) -> HttpResponse:
    """A section: one page of the questionnaire."""
    found = survey_at(request, cluster, survey, to=ASK)
    kept = get_object_or_404(found.sections, pk=section) if section else None
    form = SectionForm(request.POST or None, instance=kept, survey=found)

    def save(form: Any) -> object:
        old = found.sections.get(pk=kept.pk) if kept else None
        return actions.put_section(survey=found, section=old, by=request.user, at=now(), **form.values())

    return _edit(request, found, form, save, heading=_("Section") if kept else _("New section"))


@login_required
def item(request: HttpRequest, cluster: str, survey: str, item: str = "", section: int = 0) -> HttpResponse:
    """A question, new in a section or changed."""
    found = survey_at(request, cluster, survey, to=ASK)
    kept = get_object_or_404(found.items, code=item) if item else None
    place = get_object_or_404(found.sections, pk=section) if section else kept.section if kept else None
    kind = kept.kind if kept else request.GET.get("kind", "")
    if kind not in Item.Kind.values:
        raise Http404
    form = ItemForm(request.POST or None, instance=kept, survey=found, kind=kind)

    def save(form: Any) -> object:
        old = found.items.get(pk=kept.pk) if kept else None
        only_for = form.cleaned_data["only_for"]
        return actions.put_item(survey=found, section=place, item=old, only_for=only_for, by=request.user, at=now(), **form.values())

    return _edit(request, found, form, save, heading=str(Item.Kind(kind).label).capitalize(), lead=_("Question"))


def _things(survey: Survey) -> dict[str, QuerySet[Any]]:
    return {"item": survey.items.all(), "section": survey.sections.all(), "questionnaire": survey.questionnaires.all()}


def _thing(request: HttpRequest, survey: Survey) -> Any:
    """What a button of the builder is about: "item:12"."""
    kind, _colon, key = request.POST.get("thing", "").partition(":")
    rows = _things(survey).get(kind)
    if rows is None or not key.isdigit():
        raise Http404
    return get_object_or_404(rows, pk=int(key))


def _built(cluster: str, survey: str, anchor: str = "") -> HttpResponse:
    return redirect(reverse("surveys:build", args=[cluster, survey]) + (f"#{anchor}" if anchor else ""))


@login_required
@require_POST
def move(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """One place up or down."""
    found = survey_at(request, cluster, survey, to=ASK)
    thing = _thing(request, found)
    actions.move(thing=thing, up="up" in request.POST, by=request.user, at=now())
    return _built(cluster, survey, request.POST.get("thing", "").replace(":", "-"))


@login_required
@require_POST
def remove(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Takes a question, section or audience out."""
    found = survey_at(request, cluster, survey, to=ASK)
    try:
        actions.remove(thing=_thing(request, found), by=request.user, at=now())
    except actions.Answered:
        messages.error(request, _("People have answered it, so it stays. You can show it to nobody by a condition."))
    return _built(cluster, survey)


@login_required
@require_POST
def grid(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """One pair for each competence of the framework."""
    found = survey_at(request, cluster, survey, to=ASK)
    place = get_object_or_404(found.sections, pk=request.POST.get("section", "0") or 0)
    n = actions.add_grid(survey=found, section=place, by=request.user, at=now())
    messages.success(request, ngettext("{n} pair was added.", "{n} pairs were added.", n).format(n=n))
    return _built(cluster, survey)


@login_required
@require_POST
def state(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Opens or closes it now."""
    found = survey_at(request, cluster, survey, to=ASK)
    if "close" in request.POST:
        actions.close_survey(survey=found, by=request.user, at=now())
        if actions.bring_up_to_date(found, at=now(), most=LARGE):
            messages.success(request, _("Closed. It takes no more answers; the ranking is up to date."))
            return redirect("surveys:survey", cluster=cluster, survey=survey)
        work = start(
            rank_answers,
            title=_("Ranking of {survey}").format(survey=found)[:200],
            by=request.user,
            at=now(),
            kind=ranking_work(found),
            unit=_("steps"),
            survey=found.pk,
        )
        messages.success(request, _("Closed. It takes no more answers. So many have answered that the ranking takes a moment."))
        return redirect("kit:work", work.uuid)
    try:
        actions.open_survey(survey=found, by=request.user, at=now())
    except actions.NothingToAsk:
        messages.error(request, _("It needs at least one audience and one question before it can open."))
        return _built(cluster, survey)
    messages.success(request, _("It is open. Send the links."))
    return redirect("surveys:invite", cluster=cluster, survey=survey)


@login_required
@require_POST
def repeat(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """The same questions again, as a new wave."""
    found = survey_at(request, cluster, survey, to=ASK)
    title = _("{title}, {year}").format(title=found.title, year=now().year)
    made = actions.repeat(survey=found, title=title, by=request.user, at=now())
    messages.success(request, _("A new wave with the same questions. It is not open yet."))
    return redirect("surveys:build", cluster=cluster, survey=made.slug)


def _others(survey: Survey) -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in settings.LANGUAGES if code != survey.language]


@login_required
def languages(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """To the first language that the survey can also be said in."""
    found = survey_at(request, cluster, survey, to=ASK)
    spoken = next((code for code, _name in _others(found) if code in found.translations), _others(found)[0][0])
    return redirect("surveys:language", cluster=cluster, survey=survey, language=spoken)


@login_required
def language(request: HttpRequest, cluster: str, survey: str, language: str) -> HttpResponse:
    """Every text that a respondent reads, beside what it is in another language."""
    found = survey_at(request, cluster, survey, to=ASK)
    names = dict(_others(found))
    if language not in names:
        raise Http404
    trouble = wrong = ""
    if request.method == "POST":
        try:
            actions.translate(survey=found, language=language, texts=request.POST.dict(), by=request.user, at=now())
        except actions.StepsDiffer as e:
            wrong = str(e)
            trouble = _("Names of steps must be as many as in the survey's own language. Nothing was saved yet; your texts are still here.")
        else:
            messages.success(request, _("Saved."))
            return redirect("surveys:language", cluster=cluster, survey=survey, language=language)
    wording = list(queries.wording_of(found, language))
    context = {
        **_shell(found, "language"),
        "language": language,
        "language_name": names[language],
        "languages": _others(found),
        "done": sum(bool(w.said) for w in wording),
        "total": len(wording),
        # What was typed is never lost.
        "wording": [replace(w, said=request.POST.get(w.name, w.said)) for w in wording] if trouble else wording,
        "trouble": trouble,
        "wrong": wrong,
    }
    return render(request, "surveys/language.html", context, status=422 if trouble else 200)
