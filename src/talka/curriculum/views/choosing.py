"""Choose for me: ask, see the trade-off, pin and ban, take over."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from talka.curriculum import actions, queries
from talka.curriculum.forms import BudgetForm
from talka.curriculum.models import Curriculum, Mark
from talka.curriculum.rules import PLAN
from talka.curriculum.tasks import search_longer
from talka.curriculum.views.around import around, opened
from talka.kit.tasks import start
from talka.people.actions import require


@login_required
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    clash: actions.ImpossibleChoice | None = None
    trouble = ""
    context = _context(request, found)
    form = BudgetForm(request.POST or None, initial={"hours": found.budget or round(context["plan"].workload.hours) or None})
    if request.method == "POST":
        require(request.user, PLAN, cluster=found.cluster_id)
        if form.is_valid():
            try:
                made = actions.choose_topics(curriculum=found, hours=form.cleaned_data["hours"], by=request.user, at=now())
            except actions.NoHours:
                form.add_error("hours", _("With no hours there is nothing to choose. Give at least a part of an hour."))
            except actions.ImpossibleChoice as e:
                clash, trouble = e, str(e)
            except actions.NothingToChoose as e:
                trouble = str(e)
            except TimeoutError:
                return _search(request, found, form.cleaned_data["hours"])
            else:
                return redirect("curriculum:choice", cluster=cluster, curriculum=found.slug, choice=made.uuid)
    context |= {"form": form, "trouble": trouble, "clash": clash}
    return render(request, "curriculum/choose.html", context, status=422 if request.method == "POST" else 200)


def _context(request: HttpRequest, found: Curriculum) -> dict[str, Any]:
    plan = queries.plan_of(found)
    marks = [t.mark.kind for t in plan.every_topic if hasattr(t, "mark")]
    return {
        **around(request, found, "choose"),
        "plan": plan,
        "topics": [(t, plan.minutes(t) / 60, t.mark.kind if hasattr(t, "mark") else "") for t in plan.every_topic],
        "all_hours": sum(plan.minutes(t) for t in plan.every_topic) / 60,
        "pinned": marks.count(Mark.Kind.PIN),
        "banned": marks.count(Mark.Kind.BAN),
        "limits": [m for m in plan.modules if m.min_hours or m.max_hours is not None],
        "runs": [(run, queries.result_of(run)) for run in found.choices.select_related("asked_by")[:10]],
        "folded": request.GET.get("topics") != "1",
    }


@login_required
@require_GET
def choice(request: HttpRequest, cluster: str, curriculum: str, choice: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    run = get_object_or_404(found.choices.select_related("asked_by", "taken_by"), uuid=choice)
    context = {
        **around(request, found, "choose"),
        "run": run,
        "result": queries.result_of(run),
        "spent": min(round((now() - run.asked_at).total_seconds()), round(run.seconds)),
        "form": BudgetForm(initial={"hours": f"{run.hours:g}"}),
    }
    return render(request, "curriculum/choice.html", context)


def _search(request: HttpRequest, found: Curriculum, hours: float) -> HttpResponse:
    """Goes on in the background; the choice's page shows how far it is."""
    made = actions.ask_longer(curriculum=found, hours=hours, by=request.user, at=now())
    start(
        search_longer,
        title=_("Choice of topics for {title}").format(title=found)[:200],
        by=request.user,
        at=now(),
        total=round(made.seconds),
        unit=_("seconds"),
        choice=str(made.uuid),
    )
    return redirect("curriculum:choice", cluster=found.cluster.slug, curriculum=found.slug, choice=made.uuid)


@login_required
@require_POST
def longer(request: HttpRequest, cluster: str, curriculum: str, choice: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    require(request.user, PLAN, cluster=found.cluster_id)
    run = get_object_or_404(found.choices, uuid=choice)
    return _search(request, found, run.hours)


@login_required
@require_POST
def cancel(request: HttpRequest, cluster: str, curriculum: str, choice: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    run = get_object_or_404(found.choices, uuid=choice)
    run.curriculum = found
    actions.cancel_choice(choice=run, by=request.user, at=now())
    return redirect("curriculum:choice", cluster=cluster, curriculum=found.slug, choice=run.uuid)


@login_required
@require_POST
def take(request: HttpRequest, cluster: str, curriculum: str, choice: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    run = get_object_or_404(found.choices, uuid=choice)
    run.curriculum = found
    out = actions.take_choice(choice=run, by=request.user, at=now())
    words = ngettext("The plan is as chosen; one topic is left out.", "The plan is as chosen; {n} topics are left out.", out).format(n=out)
    messages.success(request, words)
    return redirect("curriculum:curriculum", cluster=cluster, curriculum=found.slug)


@login_required
@require_POST
def mark(request: HttpRequest, cluster: str, curriculum: str, pk: int) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    topic = get_object_or_404(found.topics, pk=pk)
    kind = request.POST.get("kind", "")
    actions.mark(topic=topic, kind=kind if kind in Mark.Kind.values else "", by=request.user, at=now())
    return redirect(reverse("curriculum:choose", args=[cluster, found.slug]) + f"?topics=1#t-{topic.pk}")
