"""Lists: a cluster's curricula; needs, outcomes, topics and findings of one."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talka.clusters.queries import workspaces_of
from talka.curriculum import queries
from talka.curriculum.models import CurriculumNeed, PlannedOutcome, PlannedTopic
from talka.curriculum.views.around import around
from talka.kit import tables
from talka.skills.models import Outcome


class CurriculumTable(tables.Table):
    title = tables.Link(verbose_name=_("Curriculum"), url=lambda c: reverse("curriculum:curriculum", args=[c.cluster.slug, c.slug]))
    needs_n = tables.Number(verbose_name=_("Needs"))
    outcomes_n = tables.Number(verbose_name=_("Outcomes"))
    topics_n = tables.Number(verbose_name=_("Topics"))
    minutes = tables.Number(verbose_name=_("Hours"))
    course = tables.Column(accessor="course__title", verbose_name=_("Course"))
    changed_at = tables.Date(verbose_name=_("Changed"))

    def render_minutes(self, value: int) -> Any:
        return tables.Number(decimals=1).render(value / 60)

    def value_minutes(self, value: int) -> float:
        return round(value / 60, 2)


class Curricula(LoginRequiredMixin, tables.ListView):
    table_class = CurriculumTable
    template_name = "curriculum/curricula.html"
    shell = "kit/workspace.html"
    heading = _("Curriculum")
    lead = _("Plans that turn measured needs into outcomes, topics and hours, and show what is still missing.")
    search_fields = ("title", "summary", "audience")
    order = ("title",)
    empty_what = _("No curriculum is planned yet.")
    empty_why = _("Start from the needs of a survey, from a course that is there, or from nothing.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.cluster = get_object_or_404(workspaces_of(viewer=request.user), slug=kwargs["cluster"])
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> Any:
        return queries.with_counts(queries.curricula_of(self.cluster, viewer=viewer))

    def first_step(self, viewer: Any) -> tuple[str, str] | None:
        may = queries.may_plan(viewer, self.cluster)
        return (reverse("curriculum:new", args=[self.cluster.slug]), gettext("Plan a curriculum")) if may else None

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster, "may_plan": queries.may_plan(self.request.user, self.cluster)}


class Among(tables.Filter):
    """A filter of a list in memory: rows of which `value` answers the chosen word."""

    def __init__(
        self, name: str, label: str | Promise, choices: Sequence[tuple[str, str]] | Callable[[], Any], value: Callable[[Any], str]
    ) -> None:
        super().__init__(name, label, "", choices)
        self.value = value

    def narrow(self, rows: Any, chosen: str) -> Any:
        return [row for row in rows if self.value(row) == chosen]


class PlanList(LoginRequiredMixin, tables.ListView):
    """A list inside one curriculum: `plan` from the address, 404 unless the viewer may see it."""

    shell = "curriculum/shell.html"
    step: ClassVar[str] = ""
    new: ClassVar[tuple[str, Any]] = ("", "")
    search_fields = ("words",)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            cluster = get_object_or_404(workspaces_of(viewer=request.user), slug=kwargs["cluster"])
            self.curriculum = get_object_or_404(queries.curricula_of(cluster, viewer=request.user), slug=kwargs["curriculum"])
            self.plan = queries.plan_of(self.curriculum)
        return super().dispatch(request, *args, **kwargs)

    def words(self, row: Any) -> str:
        return str(row)

    def searched(self, rows: Any, words: str) -> Any:
        wanted = words.casefold().split()[:8]
        return [row for row in rows if all(word in self.words(row).casefold() for word in wanted)]

    def file_name(self) -> str:
        return f"{self.curriculum.slug}-{self.step}"

    def address(self, name: str) -> str:
        return reverse(f"curriculum:{name}", args=[self.curriculum.cluster.slug, self.curriculum.slug])

    def first_step(self, viewer: Any) -> tuple[str, str] | None:
        name, label = self.new
        return (self.address(name), str(label)) if name and queries.may_plan(viewer, self.curriculum.cluster) else None

    def context(self) -> dict[str, Any]:
        made = around(self.request, self.curriculum, self.step)
        return {**made, "plan": self.plan, "new": self.first_step(self.request.user)}


def _part(name: str) -> Callable[[Any], str]:
    def url(row: Any) -> str:
        return reverse(f"curriculum:{name}", args=[row.curriculum.cluster.slug, row.curriculum.slug, row.pk])

    return url


class NeedTable(tables.Table):
    title = tables.Link(verbose_name=_("Need"), url=_part("need"))
    weight = tables.Number(verbose_name=_("Weight"), decimals=2)
    source = tables.Column(verbose_name=_("From"), empty_values=(), orderable=False)
    outcomes = tables.Number(verbose_name=_("Outcomes"), empty_values=(), orderable=False)
    taught = tables.Number(verbose_name=_("Topics that teach it"), empty_values=(), orderable=False)
    assessed = tables.Number(verbose_name=_("Topics that assess it"), empty_values=(), orderable=False)

    def __init__(self, *args: Any, plan: queries.Plan, **kwargs: Any) -> None:
        self.plan = plan
        super().__init__(*args, **kwargs)

    def render_source(self, record: CurriculumNeed) -> str:
        if record.measured is None:
            return gettext("this curriculum")
        return gettext("{survey}, rank {rank}").format(survey=record.measured.survey.title, rank=record.measured.rank or "–")

    def value_source(self, record: CurriculumNeed) -> str:
        return self.render_source(record)

    def render_outcomes(self, record: CurriculumNeed) -> int:
        return len(self.plan.chains[record.pk].outcomes)

    def render_taught(self, record: CurriculumNeed) -> int:
        return len(self.plan.chains[record.pk].taught)

    def render_assessed(self, record: CurriculumNeed) -> int:
        return len(self.plan.chains[record.pk].assessed)

    value_outcomes, value_taught, value_assessed = render_outcomes, render_taught, render_assessed


class Needs(PlanList):
    table_class = NeedTable
    template_name = "curriculum/needs.html"
    heading = _("Needs")
    lead = _("What the curriculum is to answer. The weight decides what counts when topics are chosen.")
    step = "needs"
    new = ("new-need", _("Write a need"))
    order = ("-weight",)
    empty_what = _("No need is in this curriculum yet.")
    empty_why = _("Take the needs that were accepted in a survey, or write your own.")

    def queryset(self, viewer: Any) -> Any:  # noqa: ARG002  # the plan was fetched for the viewer
        for need in self.plan.needs:
            need.curriculum = self.curriculum
        return list(self.plan.needs)

    def table_options(self) -> dict[str, Any]:
        return {"plan": self.plan}

    def context(self) -> dict[str, Any]:
        return {**super().context(), "to_take": queries.needs_to_take(self.curriculum, viewer=self.request.user)}


class OutcomeTable(tables.Table):
    text = tables.Link(verbose_name=_("Afterwards you can"), url=_part("outcome"))
    bloom = tables.Column(accessor="get_bloom_display", verbose_name=_("Bloom's level"), order_by="bloom_n")
    eqf = tables.Number(verbose_name=_("EQF"))
    needs_text = tables.Column(verbose_name=_("Answers"), orderable=False)
    competences_text = tables.Column(verbose_name=_("Builds"), orderable=False)
    taught_n = tables.Number(verbose_name=_("Topics that teach it"))
    assessed_n = tables.Number(verbose_name=_("Topics that assess it"))


class Outcomes(PlanList):
    table_class = OutcomeTable
    template_name = "curriculum/part_list.html"
    heading = _("Outcomes")
    lead = _("What learners can do afterwards, how demanding it is, and which needs it answers.")
    step = "outcomes"
    new = ("new-outcome", _("Write an outcome"))
    filters = (Among("bloom", _("Bloom's level"), Outcome.Bloom.choices, lambda o: o.bloom),)
    empty_what = _("No outcome is written yet.")
    empty_why = _("An outcome says what a learner can do afterwards. Begin with the greatest need.")

    def queryset(self, viewer: Any) -> list[PlannedOutcome]:  # noqa: ARG002  # the plan was fetched for the viewer
        levels = [name for name, _label in Outcome.Bloom.choices]
        rows: list[Any] = list(self.plan.outcomes)
        inside = {topic.pk for topic in self.plan.topics}
        for row in rows:
            cells = [cell for (o, t), cell in self.plan.cells.items() if o == row.pk and t in inside]
            row.curriculum, row.bloom_n = self.curriculum, levels.index(row.bloom)
            row.needs_text = ", ".join(need.title for need in row.needs.all())
            row.competences_text = ", ".join(competence.title for competence in row.competences.all())
            row.taught_n = sum(1 for cell in cells if cell.taught)
            row.assessed_n = sum(1 for cell in cells if cell.assessed)
        return rows

    def words(self, row: Any) -> str:
        return f"{row.text} {row.needs_text} {row.competences_text}"


class TopicTable(tables.Table):
    title = tables.Link(verbose_name=_("Topic"), url=_part("topic"))
    module_text = tables.Column(verbose_name=_("Module"))
    lesson = tables.Column(verbose_name=_("Lesson"))
    hours = tables.Number(verbose_name=_("Hours"), decimals=1)
    materials_text = tables.Column(verbose_name=_("Materials"), orderable=False)
    outcomes_n = tables.Number(verbose_name=_("Outcomes"))
    state = tables.Tag(verbose_name=_("State"), accessor="state_text", kinds={})


class Topics(PlanList):
    table_class = TopicTable
    template_name = "curriculum/topics.html"
    heading = _("Topics")
    lead = _("What is taught, how long learners work on it, and with which materials.")
    step = "topics"
    new = ("new-topic", _("Plan a topic"))
    filters = (
        Among("state", _("State"), [("in", _("in the plan")), ("out", _("left out"))], lambda t: "out" if t.left_out_at else "in"),
        Among("course", _("In the course"), [("yes", _("Yes")), ("no", _("No"))], lambda t: "yes" if t.topic_id else "no"),
    )
    per_page = 100
    empty_what = _("No topic is planned yet.")
    empty_why = _("Plan a topic with its hours and materials, then say in the matrix which outcomes it treats.")

    def queryset(self, viewer: Any) -> list[PlannedTopic]:  # noqa: ARG002  # the plan was fetched for the viewer
        from talka.curriculum.forms import kind_name

        rows: list[Any] = list(self.plan.every_topic)
        for row in rows:
            row.curriculum, row.hours = self.curriculum, self.plan.minutes(row) / 60
            row.module_text = row.module.title if row.module else ""
            row.materials_text = ", ".join(f"{line.count} × {kind_name(line.kind)}" for line in row.materials.all())
            row.outcomes_n = sum(1 for _o, t in self.plan.cells if t == row.pk)
            mark = row.mark.get_kind_display() if hasattr(row, "mark") else ""
            row.state_text = gettext("left out") if row.left_out_at else mark
        return rows

    def words(self, row: Any) -> str:
        return f"{row.title} {row.module_text} {row.lesson} {row.materials_text}"


class FindingTable(tables.Table):
    kind = tables.Column(accessor="name", verbose_name=_("Finding"))
    says = tables.Link(verbose_name=_("What"), url=lambda f: f.url)
    todo = tables.Column(verbose_name=_("What to do"), orderable=False)


class Findings(PlanList):
    table_class = FindingTable
    template_name = "curriculum/part_list.html"
    heading = _("Findings")
    lead = _("What the matrix lacks. Each leads to its place.")
    step = "findings"
    filters = (Among("kind", _("Finding"), lambda: queries.kinds().items(), lambda f: f.kind),)
    per_page = 100
    empty_what = _("Nothing is missing.")
    empty_why = _("Every need has an outcome, every outcome is taught and assessed at its level, and every topic answers a need.")

    def queryset(self, viewer: Any) -> list[Any]:  # noqa: ARG002  # the plan was fetched for the viewer
        from talka.curriculum.views.matrix import place_url

        return [Line(found, place_url(self.curriculum, found)) for found in queries.found_in(self.plan)]

    def words(self, row: Any) -> str:
        return f"{row.name} {row.says}"


class Line:
    """A finding with its address."""

    def __init__(self, found: queries.Found, url: str) -> None:
        self.kind, self.name, self.says, self.todo, self.url = found.kind, found.name, found.says, found.todo, url
