"""The matrix: needs, outcomes, topics and assessments in one grid, edited in place or row by row."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, mark_safe
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from talka.curriculum import actions, queries
from talka.curriculum.forms import ASSESSED, TAUGHT, CellForm, RowForm
from talka.curriculum.models import Cell, Curriculum, PlannedOutcome, PlannedTopic
from talka.curriculum.rules import BLOOM, PLAN
from talka.curriculum.views.around import around, opened
from talka.kit.sheets import csv_response
from talka.people.actions import require
from talka.skills.models import Outcome

LETTERS = {1: "I", 2: "R", 3: "M"}


def place_url(curriculum: Curriculum, found: queries.Found) -> str:
    """Where in the plan a finding is."""
    address = [curriculum.cluster.slug, curriculum.slug]
    if found.place:
        return reverse("curriculum:matrix", args=address) + f"#{found.place}"
    if found.need is not None:
        return reverse("curriculum:needs", args=address)
    return reverse("curriculum:topic", args=[*address, found.topics[0].pk])


def said(cell: Cell | None) -> str:
    """A cell in words."""
    if cell is None:
        return _("nothing")
    parts = []
    if cell.taught:
        parts.append(str(Cell.Depth(cell.taught).label))
    if cell.assessed:
        parts.append(_("assessed: {level}").format(level=Outcome.Bloom.choices[cell.assessed - 1][1]))
    return ", ".join(parts)


def looks(outcome: PlannedOutcome, cell: Cell | None) -> tuple[str, str]:
    """(class, HTML) of a cell: its depth as a letter, the level assessed as a number, amber below the outcome's level."""
    if cell is None:
        return "", ""
    low = bool(cell.assessed and cell.assessed < BLOOM[outcome.bloom])
    letter = format_html("<b>{}</b>", LETTERS[cell.taught]) if cell.taught else ""
    mark = format_html('<i class="{}">{}</i>', "low" if low else "", cell.assessed) if cell.assessed else ""
    return f"d{cell.taught or 0}", format_html("{}{}", letter, mark)


@login_required
@require_GET
def matrix(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    plan = queries.plan_of(found)
    module = request.GET.get("module", "")
    need = request.GET.get("need", "")
    topics = [t for t in plan.topics if not module or str(t.module_id or "none") == module]
    outcomes = list(plan.outcomes)
    if need.isdigit() and int(need) in plan.need:
        outcomes = [o for o in outcomes if any(n.pk == int(need) for n in o.needs.all())]
    if module:
        inside = {t.pk for t in topics}
        treated = {o for o, t in plan.cells if t in inside}
        uncovered = {o.pk for o in plan.outcomes} - {o for o, _t in plan.cells}
        outcomes = [o for o in outcomes if o.pk in treated | uncovered]
    places = {n.pk: place for place, n in enumerate(sorted(plan.needs, key=lambda n: -n.weight), 1)}
    context = {
        **around(request, found, "matrix"),
        "plan": plan,
        "heads": [(module_, list(rows)) for module_, rows in groupby(topics, key=lambda t: t.module)],
        "topics": [(t, plan.minutes(t) / 60) for t in topics],
        "rows": [_row(plan, o, topics, places) for o in outcomes],
        "needs": [(places[n.pk], n) for n in sorted(plan.needs, key=lambda n: -n.weight)],
        "module": module,
        "need": need,
        "levels": [(n, label) for n, (_name, label) in enumerate(Outcome.Bloom.choices, 1)],
        "taught_choices": TAUGHT,
        "assessed_choices": ASSESSED,
        "findings_n": len(queries.found_in(plan)),
    }
    return render(request, "curriculum/matrix.html", context)


def _row(plan: queries.Plan, outcome: PlannedOutcome, topics: list[PlannedTopic], places: dict[int, int]) -> dict[str, Any]:
    cells, few = [], []
    for topic in topics:
        cell = plan.cells.get((outcome.pk, topic.pk))
        if cell is None:
            # Most cells are empty and there may be thousands, so they are made of keys alone.
            cells.append(mark_safe(f'<td id="c-{outcome.pk}-{topic.pk}"></td>'))
            continue
        css, html = looks(outcome, cell)
        words = said(cell)
        cells.append(format_html('<td id="c-{}-{}" class="{}" title="{}">{}</td>', outcome.pk, topic.pk, css, words, html))
        few.append((topic, words))
    needs = sorted((places[n.pk], n.title) for n in outcome.needs.all())
    return {"outcome": outcome, "cells": mark_safe("".join(cells)), "few": few, "needs": needs, "level": BLOOM[outcome.bloom].value}


@login_required
@require_GET
def matrix_csv(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponseBase:
    """Every cell that is not empty, with its need."""
    found = opened(request, cluster, curriculum)
    plan = queries.plan_of(found)
    heads = [_("Needs"), _("Outcome"), _("Level"), _("Module"), _("Topic"), _("Taught"), _("Assessed"), _("In the plan")]
    rows = [
        (
            "; ".join(n.title for n in outcome.needs.all()), outcome.text, outcome.get_bloom_display(),
            topic.module.title if topic.module else "", topic.title, cell.get_taught_display() if cell.taught else "",
            Outcome.Bloom.choices[cell.assessed - 1][1] if cell.assessed else "", _("yes") if topic.left_out_at is None else _("no"),
        )
        for outcome in plan.outcomes
        for topic in plan.every_topic
        if (cell := plan.cells.get((outcome.pk, topic.pk)))
    ]  # fmt: skip
    return csv_response(f"{found.slug}-matrix", heads, rows)


@login_required
@require_POST
def cell(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    """One cell as the grid sends it; answers how it looks now and how many findings are left."""
    found = opened(request, cluster, curriculum)
    form = CellForm(request.POST, curriculum=found)
    if not form.is_valid():
        return JsonResponse({"error": _("This cell is not there any more. Load the page again.")}, status=422)
    kept = actions.set_cell(**form.cleaned_data, by=request.user, at=now())
    css, html = looks(form.cleaned_data["outcome"], kept)
    findings = len(queries.found_in(queries.plan_of(found)))
    return JsonResponse({"css": css, "html": str(html), "said": said(kept), "findings": findings})


@login_required
@require_http_methods(["GET", "POST"])
def row(request: HttpRequest, cluster: str, curriculum: str, pk: int) -> HttpResponse:
    """One outcome over all topics, as a plain form."""
    found = opened(request, cluster, curriculum)
    require(request.user, PLAN, cluster=found.cluster_id)
    outcome = get_object_or_404(found.outcomes, pk=pk)
    form = RowForm(request.POST if request.method == "POST" else None, plan=queries.plan_of(found), outcome=outcome)
    if request.method == "POST" and form.is_valid():
        for topic, taught, assessed in form.cells():
            actions.set_cell(outcome=outcome, topic=topic, taught=taught, assessed=assessed, by=request.user, at=now())
        messages.success(request, _("The row is saved."))
        return redirect(reverse("curriculum:matrix", args=[cluster, found.slug]) + f"#o-{outcome.pk}")
    context = {**around(request, found, "matrix"), "outcome": outcome, "form": form}
    return render(request, "curriculum/row.html", context, status=422 if request.method == "POST" else 200)
