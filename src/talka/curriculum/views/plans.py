"""A curriculum as a whole: started, read, changed, removed, its needs taken, made a course."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from talka.curriculum import actions, queries
from talka.curriculum.actions.coursework import ready
from talka.curriculum.forms import CurriculumForm, StartForm, kind_name
from talka.curriculum.models import Curriculum
from talka.curriculum.rules import PLAN
from talka.curriculum.views.around import around, opened, workspace
from talka.kit import charts
from talka.people.actions import require


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, cluster: str) -> HttpResponse:
    found = workspace(request, cluster)
    require(request.user, PLAN, cluster=found.pk)
    form = StartForm(request.POST or None, cluster=found, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if data["course"]:
            made = actions.from_course(
                course=data["course"], cluster=found, survey=data["survey"], title=data["title"], by=request.user, at=now()
            )
        else:
            made = actions.start(cluster=found, title=data["title"], survey=data["survey"], by=request.user, at=now())
        messages.success(request, _("The curriculum is created."))
        return redirect("curriculum:curriculum", cluster=found.slug, curriculum=made.slug)
    context = {
        "cluster": found,
        "form": form,
        "heading": _("Plan a curriculum"),
        "shell": "kit/workspace.html",
        "submit": _("Start"),
        "cancel_url": reverse("curriculum:curricula", args=[found.slug]),
        "crumbs": [(_("Curriculum"), reverse("curriculum:curricula", args=[found.slug]))],
    }
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_GET
def curriculum(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    """The overview: hours and credits, how far needs are answered, what is missing, what to do next."""
    found = opened(request, cluster, curriculum)
    plan = queries.plan_of(found)
    findings = queries.found_in(plan)
    names = queries.kinds()
    counts = Counter(f.kind for f in findings)
    chains = [(need, plan.chains[need.pk]) for need in sorted(plan.needs, key=lambda n: -n.weight)]
    context = {
        **around(request, found, "curriculum"),
        "plan": plan,
        "findings": [(kind, names[kind], counts[kind]) for kind in names if counts[kind]],
        "findings_n": len(findings),
        "chains": chains,
        "answered": sum(1 for _need, chain in chains if chain.taught and chain.assessed),
        "next": next_step(plan, len(findings)) if queries.may_plan(request.user, found.cluster) else None,
        "over": found.budget is not None and plan.workload.hours > found.budget + 0.05,
        "fig": hours_figure(plan),
        "modules": module_lines(plan),
    }
    return render(request, "curriculum/curriculum.html", context)


def next_step(plan: queries.Plan, findings: int) -> tuple[str, str, str]:  # noqa: PLR0911  # one answer per state reads best
    """(what to do, why, address)."""
    found = plan.curriculum

    def address(name: str) -> str:
        return reverse(f"curriculum:{name}", args=[found.cluster.slug, found.slug])

    if not plan.needs:
        return _("Take needs"), _("A curriculum begins with what it is to answer."), address("needs")
    if not plan.outcomes:
        return _("Write outcomes"), _("Say for each need what learners can do afterwards."), address("outcomes")
    if not plan.topics:
        return _("Plan topics"), _("Say what is taught, and how long it takes."), address("topics")
    if not plan.cells:
        return _("Fill the matrix"), _("Say which topic teaches and assesses which outcome."), address("matrix")
    if found.budget is not None and plan.workload.hours > found.budget + 0.05:
        return (
            _("Choose topics"),
            _("The plan takes {hours} hours, the budget is {budget}.").format(
                hours=number_format(f"{plan.workload.hours:.1f}"), budget=number_format(f"{found.budget:g}")
            ),
            address("choose"),
        )
    if findings:
        return (
            _("Look at the findings"),
            ngettext("One thing is missing in the matrix.", "{n} things are missing in the matrix.", findings).format(n=findings),
            address("findings"),
        )
    if found.course is None:
        return _("Make the course"), _("Nothing is missing: the plan can become a course."), address("course")
    return _("Read the document"), _("Nothing is missing, and the course is there."), address("document")


def hours_rows(plan: queries.Plan) -> list[tuple[str, float]]:
    return [(kind_name(kind), round(hours, 2)) for kind, hours in plan.hours_by_kind.items() if hours]


def hours_figure(plan: queries.Plan) -> charts.Figure | None:
    """Hours by kind of material; the title says how much of them learners do something themselves."""
    rows = hours_rows(plan)
    if not rows:
        return None
    active = sum(plan.hours_by_kind.get(kind, 0) for kind in ("exercise", "quiz", "tool", "case"))
    share = round(100 * active / sum(plan.hours_by_kind.values()))
    shown = rows[:7]
    if len(rows) > 7:
        shown = [*rows[:6], (_("all others"), round(sum(hours for _kind, hours in rows[6:]), 2))]
    return charts.figure(
        charts.bars(shown, y=_("learner hours"), y_format=".1f"),
        title=_("Learners are active themselves in {share} % of the hours").format(share=share),
        n=None,
        n_label=ngettext("{n} topic", "{n} topics", len(plan.topics)).format(n=len(plan.topics)),
        computed_at=now(),
        table=charts.Columns([_("Kind of material"), _("Hours")], rows),
        csv_url=reverse("curriculum:hours-csv", args=[plan.curriculum.cluster.slug, plan.curriculum.slug]),
        note=_("Exercises, quizzes, tool sheets and case studies count as active."),
    )


def module_lines(plan: queries.Plan) -> list[dict[str, Any]]:
    """Modules with their lessons and hours, in order."""
    lines: dict[str, dict[str, Any]] = {}
    for (module, lesson), hours in plan.workload.lessons.items():
        row = plan.module.get(int(module)) if module else None
        line = lines.setdefault(
            module,
            {"module": row, "title": row.title if row else _("Without a module"), "hours": plan.workload.modules[module], "lessons": []},
        )
        line["lessons"].append(
            (lesson or "–", hours, sum(1 for t in plan.topics if str(t.module_id or "") == module and t.lesson == lesson))
        )
    for module in plan.modules:
        lines.setdefault(str(module.pk), {"module": module, "title": module.title, "hours": 0.0, "lessons": []})
    return list(lines.values())


@login_required
@require_GET
def hours_csv(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponseBase:
    """Hours of every topic in the plan, by kind of material."""
    from talka.kit.sheets import csv_response

    found = opened(request, cluster, curriculum)
    plan = queries.plan_of(found)
    heads = [_("Module"), _("Lesson"), _("Topic"), _("Kind of material"), _("How many"), _("Minutes")]
    rows = [
        (topic.module.title if topic.module else "", topic.lesson, topic.title, kind_name(line.kind), line.count, line.minutes)
        for topic in plan.topics
        for line in topic.materials.all()
    ]
    return csv_response(f"{found.slug}-hours", heads, rows)


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    require(request.user, PLAN, cluster=found.cluster_id)
    form = CurriculumForm(request.POST or None, instance=Curriculum.objects.select_related("cluster").get(pk=found.pk), viewer=request.user)
    if request.method == "POST" and form.is_valid():
        actions.change(curriculum=found, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("The curriculum is saved."))
        return redirect("curriculum:curriculum", cluster=cluster, curriculum=found.slug)
    context = {
        **around(request, found, "curriculum"),
        "form": form,
        "heading": _("About this curriculum"),
        "cancel_url": reverse("curriculum:curriculum", args=[cluster, found.slug]),
    }
    return render(request, "curriculum/change.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    require(request.user, PLAN, cluster=found.cluster_id)
    if request.method == "POST":
        actions.remove(curriculum=found, by=request.user)
        messages.success(request, _("The curriculum {title} is gone.").format(title=found))
        return redirect("curriculum:curricula", cluster=cluster)
    context = {
        **around(request, found, "curriculum"),
        "heading": _("Remove {title}?").format(title=found),
        "lead": _("The plan with its outcomes, topics and matrix is gone for good. Courses made from it and the needs of surveys stay."),
        "submit": _("Remove the curriculum"),
        "back": reverse("curriculum:curriculum", args=[cluster, found.slug]),
    }
    return render(request, "curriculum/sure.html", context)


@login_required
@require_POST
def take_needs(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    require(request.user, PLAN, cluster=found.cluster_id)
    chosen = set(request.POST.getlist("need"))
    only = [need for need in queries.needs_to_take(found, viewer=request.user) if str(need.pk) in chosen]
    if found.survey is None or not only:
        messages.info(request, _("No need was chosen, so nothing changed."))
    else:
        n = actions.take_needs(curriculum=found, survey=found.survey, only=only, by=request.user, at=now())
        messages.success(request, ngettext("One need came in.", "{n} needs came in.", n).format(n=n))
    return redirect("curriculum:needs", cluster=cluster, curriculum=found.slug)


@login_required
@require_http_methods(["GET", "POST"])
def course(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    """From the plan to the course: what would happen, then it happens."""
    found = opened(request, cluster, curriculum)
    require(request.user, PLAN, cluster=found.cluster_id)
    plan = queries.plan_of(found)
    trouble = ""
    try:
        ready(plan)
        if request.method == "POST":
            made = actions.to_course(curriculum=found, by=request.user, at=now())
            messages.success(
                request,
                _("{topics} new draft topics and {productions} materials to produce are in the course “{course}”.").format(
                    topics=made.added, productions=made.productions, course=made.course
                ),
            )
            return redirect("curriculum:curriculum", cluster=cluster, curriculum=found.slug)
    except actions.NotReady as e:
        trouble = str(e)
    fresh = [topic for topic in plan.topics if topic.topic_id is None]
    context = {
        **around(request, found, "curriculum"),
        "plan": plan,
        "fresh": [(topic, plan.minutes(topic), sum(line.count for line in topic.materials.all())) for topic in fresh],
        "there": len(plan.topics) - len(fresh),
        "productions": sum(line.count for topic in fresh for line in topic.materials.all()),
        "trouble": trouble,
    }
    return render(request, "curriculum/course.html", context, status=422 if trouble and request.method == "POST" else 200)
