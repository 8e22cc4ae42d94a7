"""The pages of this room: translate, make one call, translate back."""

from functools import cached_property
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from talka.clusters.models import Cluster, Organisation
from talka.clusters.queries import organisations_led, workspaces_of
from talka.kit.tables import ListView
from talka.skills import actions, queries
from talka.skills.forms import LevelsForm
from talka.skills.models import Competence, Framework, Profile
from talka.skills.tables import ClusterGapTable, FrameworkTable


class Frameworks(ListView):
    """All frameworks of the network."""

    table_class = FrameworkTable
    heading = _("Competences")
    lead = _("What people should be able to do, with five levels in words, and what it takes for a role.")
    search_fields = ("title", "summary", "competences__title")
    order = ("title",)
    empty_what = _("No framework is loaded.")
    empty_why = _("A framework names competences and their levels. The operator loads one with: talka import framework FILE.")

    def queryset(self, viewer: Any) -> Any:
        return queries.frameworks_seen(viewer=viewer).distinct()


def _newest(key: str) -> Framework:
    found = queries.newest(key)
    if found is None:
        raise Http404
    return found


def framework(request: HttpRequest, framework: str) -> HttpResponse:
    """One framework: its competences by group, and the levels that each profile asks for."""
    found = _newest(framework)
    words = request.GET.get("q", "").strip()
    profiles = list(found.profiles.prefetch_related("targets"))
    targets = [(p, {t.competence_id: t.level for t in p.targets.all()}) for p in profiles]
    rows = [
        {
            "competence": c,
            "targets": [(p, levels.get(c.pk)) for p, levels in targets],
            "levels": list(zip(range(1, 6), c.levels, strict=False)),
        }
        for c in found.competences.all()
        if all(word.lower() in f"{c.title} {c.description} {c.group} {' '.join(c.levels)}".lower() for word in words.split())
    ]
    groups = [(name, list(part)) for name, part in groupby(rows, key=lambda r: r["competence"].group)]
    return render(
        request, "skills/framework.html", {"framework": found, "groups": groups, "profiles": profiles, "q": words, "count": len(rows)}
    )


def _profile(framework: str, profile: str) -> Profile:
    return get_object_or_404(Profile.objects.select_related("framework"), framework=_newest(framework), key=profile)


@login_required
@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, framework: str, profile: str) -> HttpResponse:
    """What I can do, one group of competences per page; every page is saved when it is left."""
    found = _profile(framework, profile)
    competences = list(Competence.objects.filter(targets__profile=found))
    groups = [(name, list(part)) for name, part in groupby(competences, key=lambda c: c.group)]
    step = _step(request.GET.get("step", ""), len(groups))
    name, asked = groups[step]
    under_way = queries.assessment_under_way(found, viewer=request.user)  # type: ignore[arg-type]  # signed in
    known = dict(under_way.levels.values_list("competence__key", "level")) if under_way else {}
    form = LevelsForm(request.POST or None, competences=asked, labels=found.framework.labels, initial=known)
    if request.method == "POST":
        if form.is_valid():
            last = "finish" in request.POST
            actions.assess(profile=found, levels=form.levels(), by=request.user, at=now(), finish=last)  # type: ignore[arg-type]
            if "autosave" in request.POST:
                return HttpResponse(status=204)
            if last:
                messages.success(request, gettext("Your levels are kept. Here is what is still missing."))
                return redirect("skills:gaps")
            url = reverse("skills:assess", kwargs={"framework": framework, "profile": profile})
            return redirect(f"{url}?step={step + (0 if 'back' in request.POST else 2)}")
        if "autosave" in request.POST:
            return HttpResponse(status=422)
    context = {
        "profile": found,
        "group": name,
        "form": form,
        "step": step + 1,
        "steps": len(groups),
        "done": len(known),
        "total": len(competences),
        "last": step + 1 == len(groups),
        "crumbs": [
            (gettext("Competences"), reverse("skills:frameworks")),
            (found.framework.title, reverse("skills:framework", args=[framework])),
        ],
    }
    return render(request, "skills/assess.html", context, status=422 if form.errors else 200)


def _step(text: str, of: int) -> int:
    """The page that the address names, from 0; anything else is the first."""
    return min(int(text), of) - 1 if text.isascii() and text.isdigit() and int(text) >= 1 else 0


@login_required
def gaps(request: HttpRequest) -> HttpResponse:
    """My gaps: what is open, in progress and closed, and what to do next."""
    shown = queries.my_gaps(request.user, at=now())  # type: ignore[arg-type]
    states = [s.gap.state for s in shown]
    profiles = Profile.objects.select_related("framework")
    context = {
        "active": [s for s in shown if s.gap.state != "closed"],
        "closed": [s for s in shown if s.gap.state == "closed"],
        "count_closed": states.count("closed"),
        "count": len(states),
        "profiles": profiles,
    }
    return render(request, "skills/gaps.html", context)


@login_required
def gaps_at_work(request: HttpRequest, organisation: str) -> HttpResponse:
    """What the people of a firm who agreed to it still lack, for its training contact."""
    found = get_object_or_404(organisations_led(viewer=request.user), slug=organisation)
    people = queries.gaps_at_work(found, viewer=request.user, at=now())
    if people is None:
        raise Http404
    return render(request, "skills/at_work.html", {"organisation": found, "people": people, "staff": _staff(found)})


def _staff(organisation: Organisation) -> int:
    return organisation.affiliations.current(now().date()).values("user").distinct().count()


@method_decorator(login_required, name="dispatch")
class ClusterGaps(ListView):
    """How many people of the cluster's members have which gap. Never who."""

    table_class = ClusterGapTable
    template_name = "skills/cluster_gaps.html"
    shell = "kit/workspace.html"
    heading = _("Gaps of our people")
    lead = _("From self-assessments of people in member organisations. You see how many, never who.")
    per_page = 100
    empty_what = _("Nobody has rated themselves yet.")
    empty_why = _("Once people of your members rate themselves against a profile, the numbers of their gaps are shown here.")

    @cached_property
    def cluster(self) -> Cluster:
        return get_object_or_404(workspaces_of(viewer=self.request.user), slug=self.kwargs["cluster"])

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # kit's signature
        return reverse("skills:frameworks"), gettext("See the competences")

    def queryset(self, viewer: Any) -> Any:
        return queries.gaps_in(self.cluster, viewer=viewer, at=now()) or []

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster}
