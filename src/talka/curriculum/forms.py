"""What people type into a plan, parsed and checked."""

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.courses.models import Course, Topic
from talka.courses.rules.materials import KINDS
from talka.curriculum import queries
from talka.curriculum.models import Curriculum, CurriculumNeed, PlannedModule, PlannedOutcome, PlannedTopic
from talka.people.queries import Viewer
from talka.skills.models import Competence, Framework, Outcome
from talka.surveys.models import Survey

KIND_NAMES: dict[str, Any] = {
    "text": _("text"), "film": _("slide film"), "video": _("video"), "audio": _("audio"), "image": _("image"),
    "infographic": _("infographic"), "timeline": _("timeline"), "document": _("document"), "tool": _("tool sheet"),
    "vocabulary": _("vocabulary"), "case": _("case study"), "exercise": _("exercise"), "quiz": _("quiz"), "formula": _("formula"),
    "code": _("code"), "package": _("interactive package"), "outside": _("outside tool"),
}  # fmt: skip
NUMBER = forms.NumberInput(attrs={"step": "any", "min": "0", "inputmode": "decimal"})


def kind_name(kind: str) -> str:
    return str(KIND_NAMES.get(kind, kind))


class StartForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    survey = forms.ModelChoiceField(
        label=_("Needs from the survey"),
        queryset=Survey.objects.none(),
        required=False,
        empty_label=_("none: I write my own needs"),
        help_text=_("The needs that were accepted there come in, with their scores as weights."),
    )
    course = forms.ModelChoiceField(
        label=_("From the course"),
        queryset=Course.objects.none(),
        required=False,
        empty_label=_("none: I start with an empty plan"),
        help_text=_(
            "Its topics, hours and outcomes come in, and the matrix as far as the course says it. The course itself does not change."
        ),
    )

    def __init__(self, *args: Any, cluster: Cluster, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["survey"].queryset = queries.surveys_to_take_from(cluster, viewer=viewer)  # type: ignore[attr-defined]
        self.fields["course"].queryset = queries.courses_to_plan_from(cluster, viewer=viewer)  # type: ignore[attr-defined]


class CurriculumForm(forms.ModelForm):
    class Meta:
        model = Curriculum
        fields = [
            "title",
            "summary",
            "audience",
            "eqf",
            "budget",
            "language",
            "framework",
            "survey",
            "assessment",
            "literature",
            "partners",
        ]
        widgets = {"budget": NUMBER, "summary": forms.Textarea(attrs={"rows": 3}), "audience": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["framework"].queryset = Framework.objects.order_by("title", "-version")  # type: ignore[attr-defined]
        surveys = queries.surveys_to_take_from(self.instance.cluster, viewer=viewer)
        self.fields["survey"].queryset = surveys  # type: ignore[attr-defined]


class NeedForm(forms.ModelForm):
    class Meta:
        model = CurriculumNeed
        fields = ["title", "weight", "competence"]
        widgets = {"weight": NUMBER}

    def __init__(self, *args: Any, curriculum: Curriculum, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["competence"].queryset = competences_of(curriculum)  # type: ignore[attr-defined]


class OutcomeForm(forms.ModelForm):
    class Meta:
        model = PlannedOutcome
        fields = ["text", "bloom", "eqf", "needs", "competences"]
        widgets = {"needs": forms.CheckboxSelectMultiple, "competences": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, curriculum: Curriculum, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["needs"].queryset = curriculum.needs.all()  # type: ignore[attr-defined]
        self.fields["competences"].queryset = competences_of(curriculum)  # type: ignore[attr-defined]


class ModuleForm(forms.ModelForm):
    class Meta:
        model = PlannedModule
        fields = ["title", "summary", "order", "min_hours", "max_hours"]
        widgets = {"min_hours": NUMBER, "max_hours": NUMBER, "summary": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "order": _("0 comes first."),
            "min_hours": _("What a choice of topics must give this module. Leave it empty for no limit."),
            "max_hours": _("What a choice of topics may give it at most."),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        low, high = data.get("min_hours"), data.get("max_hours")
        if low is not None and high is not None and low > high:
            self.add_error("max_hours", _("The maximum is less than the minimum."))
        return data


class TopicForm(forms.ModelForm):
    """A planned topic; for every kind of material how many, and the minutes of all of them."""

    class Meta:
        model = PlannedTopic
        fields = ["title", "summary", "module", "lesson", "order", "topic", "builds_on"]
        widgets = {"builds_on": forms.CheckboxSelectMultiple, "summary": forms.Textarea(attrs={"rows": 2})}
        labels = {"builds_on": _("Builds on")}
        help_texts = {
            "lesson": _("Topics with the same lesson stand together in the course."),
            "order": _("The place among the topics; smaller comes first."),
            "topic": _("If the course has this topic already."),
        }

    def __init__(self, *args: Any, curriculum: Curriculum, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.curriculum = curriculum
        own = curriculum.topics.exclude(pk=self.instance.pk)
        self.fields["module"].queryset = curriculum.modules.all()  # type: ignore[attr-defined]
        self.fields["builds_on"].queryset = own  # type: ignore[attr-defined]
        self.fields["builds_on"].required = False
        topics = Topic.objects.filter(course=curriculum.course).exclude(planned__in=own).defer("body")
        self.fields["topic"].queryset = topics.order_by("lesson__module__order", "lesson__order", "order")  # type: ignore[attr-defined]
        if curriculum.course_id is None:
            del self.fields["topic"]
        lines = {line.kind: line for line in self.instance.materials.all()} if self.instance.pk else {}
        for kind in KINDS:
            line = lines.get(kind)
            self.fields[f"count_{kind}"] = forms.IntegerField(
                label=_("How many: {kind}").format(kind=kind_name(kind)), min_value=0, max_value=999, required=False,
                initial=line.count if line else None,
            )  # fmt: skip
            self.fields[f"minutes_{kind}"] = forms.IntegerField(
                label=_("Minutes: {kind}").format(kind=kind_name(kind)), min_value=0, max_value=60_000, required=False,
                initial=line.minutes if line else None,
            )  # fmt: skip

    @property
    def plain_fields(self) -> list[Any]:
        return [self[name] for name in self._meta.fields or () if name in self.fields and name != "builds_on"]

    @property
    def lines(self) -> list[tuple[str, Any, Any]]:
        return [(kind_name(kind), self[f"count_{kind}"], self[f"minutes_{kind}"]) for kind in KINDS]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["materials"] = {}
        for kind in KINDS:
            count, minutes = data.pop(f"count_{kind}", None), data.pop(f"minutes_{kind}", None)
            if minutes and not count and count is not None:
                self.add_error(f"count_{kind}", _("Minutes without a material. Say how many there are."))
            if count or minutes:
                data["materials"][kind] = (count or 1, minutes or 0)
        return data


class CellForm(forms.Form):
    outcome = forms.ModelChoiceField(queryset=PlannedOutcome.objects.none())
    topic = forms.ModelChoiceField(queryset=PlannedTopic.objects.none())
    taught = forms.TypedChoiceField(choices=[("", ""), ("1", ""), ("2", ""), ("3", "")], coerce=int, empty_value=None, required=False)
    assessed = forms.TypedChoiceField(
        choices=[("", ""), *((str(n), "") for n in range(1, 7))], coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, curriculum: Curriculum, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].queryset = curriculum.outcomes.all()  # type: ignore[attr-defined]
        self.fields["topic"].queryset = curriculum.topics.all()  # type: ignore[attr-defined]


TAUGHT = [("", "–"), ("1", _("introduced")), ("2", _("reinforced")), ("3", _("mastered"))]
ASSESSED = [("", "–"), *((str(n), label) for n, (_name, label) in enumerate(Outcome.Bloom.choices, 1))]


class RowForm(forms.Form):
    """One outcome's row of the matrix without JavaScript: two choices per topic."""

    def __init__(self, *args: Any, plan: queries.Plan, outcome: PlannedOutcome, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = plan.topics
        for topic in plan.topics:
            cell = plan.cells.get((outcome.pk, topic.pk))
            for name, choices, label in (("taught", TAUGHT, _("taught")), ("assessed", ASSESSED, _("assessed"))):
                value = getattr(cell, name) if cell else None
                self.fields[f"{name}_{topic.pk}"] = forms.TypedChoiceField(
                    label=f"{topic.title}: {label}", choices=choices, coerce=int, empty_value=None, required=False, initial=str(value or "")
                )

    @property
    def lines(self) -> list[tuple[PlannedTopic, Any, Any]]:
        return [(topic, self[f"taught_{topic.pk}"], self[f"assessed_{topic.pk}"]) for topic in self.topics]

    def cells(self) -> list[tuple[PlannedTopic, int | None, int | None]]:
        """What was changed: (topic, taught, assessed)."""
        data = self.cleaned_data
        return [
            (topic, data[f"taught_{topic.pk}"], data[f"assessed_{topic.pk}"])
            for topic in self.topics
            if {f"taught_{topic.pk}", f"assessed_{topic.pk}"} & set(self.changed_data)
        ]


class BudgetForm(forms.Form):
    hours = forms.FloatField(
        label=_("Hours budget"),
        help_text=_("Learner hours that the chosen topics may take together."),
        max_value=100_000,
        validators=[MinValueValidator(0)],
        widget=NUMBER,
    )


def competences_of(curriculum: Curriculum) -> Any:
    """Those of the curriculum's framework, or of all frameworks if it has none."""
    rows = Competence.objects.select_related("framework").order_by("framework", "order")
    return rows.filter(framework=curriculum.framework_id) if curriculum.framework_id else rows
