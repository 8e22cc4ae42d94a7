"""Parts of a plan: needs, outcomes, modules and topics, each with its form."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from talka.curriculum import actions
from talka.curriculum.forms import ModuleForm, NeedForm, OutcomeForm, TopicForm
from talka.curriculum.models import Curriculum
from talka.curriculum.rules import PLAN
from talka.curriculum.views.around import around, opened
from talka.people.actions import require


def _part(
    request: HttpRequest,
    found: Curriculum,
    *,
    rows: Any,
    pk: int | None,
    form_class: Callable[..., Any],
    save: Callable[[dict[str, Any], Any], Any],
    step: str,
    heading: str,
    template: str = "curriculum/part.html",
) -> HttpResponse:
    """One form for a new part and for a known one; saved, the way leads back to the list it stands in."""
    require(request.user, PLAN, cluster=found.cluster_id)
    known = get_object_or_404(rows, pk=pk) if pk else None
    if known is not None:
        known.curriculum = found
    form = form_class(request.POST or None, instance=known, curriculum=found)
    back = reverse(f"curriculum:{step}", args=[found.cluster.slug, found.slug])
    if request.method == "POST" and form.is_valid():
        save(form.cleaned_data, get_object_or_404(rows, pk=pk) if pk else None)
        messages.success(request, _("It is saved."))
        return redirect(back)
    context = {
        **around(request, found, step),
        "form": form,
        "part": known,
        "heading": heading,
        "cancel_url": back,
        "drop_url": reverse("curriculum:drop", args=[found.cluster.slug, found.slug, rows.model._meta.model_name, pk]) if pk else "",  # noqa: SLF001  # Django's own name for its own metadata
    }
    return render(request, template, context, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def need(request: HttpRequest, cluster: str, curriculum: str, pk: int | None = None) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    return _part(
        request, found, rows=found.needs.all(), pk=pk, form_class=NeedForm, step="needs", heading=_("Need") if pk else _("New need"),
        save=lambda data, known: actions.put_need(curriculum=found, need=known, by=request.user, at=now(), **data),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def outcome(request: HttpRequest, cluster: str, curriculum: str, pk: int | None = None) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    return _part(
        request, found, rows=found.outcomes.all(), pk=pk, form_class=OutcomeForm, step="outcomes",
        heading=_("Outcome") if pk else _("New outcome"),
        save=lambda data, known: actions.put_outcome(curriculum=found, outcome=known, by=request.user, at=now(), **data),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def module(request: HttpRequest, cluster: str, curriculum: str, pk: int | None = None) -> HttpResponse:
    found = opened(request, cluster, curriculum)

    def form(data: Any, *, instance: Any, curriculum: Curriculum) -> ModuleForm:
        return ModuleForm(data, instance=instance, initial=None if instance else {"order": curriculum.modules.count()})

    return _part(
        request, found, rows=found.modules.all(), pk=pk, form_class=form, step="topics", heading=_("Module") if pk else _("New module"),
        save=lambda data, known: actions.put_module(curriculum=found, module=known, by=request.user, at=now(), **data),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def topic(request: HttpRequest, cluster: str, curriculum: str, pk: int | None = None) -> HttpResponse:
    found = opened(request, cluster, curriculum)

    def form(data: Any, *, instance: Any, curriculum: Curriculum) -> TopicForm:
        return TopicForm(data, instance=instance, curriculum=curriculum, initial=None if instance else {"order": curriculum.topics.count()})

    return _part(
        request, found, rows=found.topics.all(), pk=pk, form_class=form, step="topics", template="curriculum/topic.html",
        heading=_("Topic") if pk else _("New topic"),
        save=lambda data, known: actions.put_topic(curriculum=found, planned=known, by=request.user, at=now(), **data),
    )  # fmt: skip


PARTS = {
    "curriculumneed": ("needs", "needs"),
    "plannedoutcome": ("outcomes", "outcomes"),
    "plannedmodule": ("modules", "topics"),
    "plannedtopic": ("topics", "topics"),
}


@login_required
@require_http_methods(["GET", "POST"])
def drop(request: HttpRequest, cluster: str, curriculum: str, kind: str, pk: int) -> HttpResponse:
    """Asks once, then the part is gone."""
    found = opened(request, cluster, curriculum)
    require(request.user, PLAN, cluster=found.cluster_id)
    name, step = PARTS[kind]
    part = get_object_or_404(getattr(found, name), pk=pk)
    back = reverse(f"curriculum:{step}", args=[cluster, found.slug])
    if request.method == "POST":
        actions.drop(part=part, by=request.user, at=now())
        messages.success(request, _("“{part}” is no longer planned.").format(part=part))
        return redirect(back)
    context = {
        **around(request, found, step),
        "heading": _("Remove “{part}” from the plan?").format(part=part),
        "lead": _("Its cells in the matrix go with it. What a course or a survey holds stays."),
        "submit": _("Remove it"),
        "back": back,
    }
    return render(request, "curriculum/sure.html", context)


@login_required
@require_POST
def leave_out(request: HttpRequest, cluster: str, curriculum: str, pk: int) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    part = get_object_or_404(found.topics, pk=pk)
    actions.leave_out(topic=part, out=request.POST.get("out") == "1", by=request.user, at=now())
    return redirect("curriculum:topics", cluster=cluster, curriculum=found.slug)
