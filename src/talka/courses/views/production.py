"""The production board: every material that a course needs, as a list that is filtered, sorted, exported and changed in many rows at once."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from talka.clusters.models import Cluster
from talka.clusters.queries import members_of
from talka.courses import actions, queries
from talka.courses.blocks import KIND_NAMES
from talka.courses.models import BulkChange, Course, Lesson, ProductionStep
from talka.courses.rules.access import WRITE
from talka.courses.views.places import WorkspaceList, course_at, person_of
from talka.kit import tables
from talka.people.actions import require

STATES = {"planned": "plain", "work": "info", "review": "due", "done": ""}


class BoardTable(tables.Table):
    """Rows carry their present state. The boxes belong to the form below the list."""

    pick = tables.Column(
        verbose_name=gettext_lazy("Choose"), accessor="pk", orderable=False, exclude_from_export=True, attrs={"td": {"class": "pick"}}
    )
    title = tables.Column(verbose_name=gettext_lazy("What"))
    kind = tables.Column(verbose_name=gettext_lazy("Kind"))
    lesson = tables.Column(accessor="lesson__title", verbose_name=gettext_lazy("Lesson"))
    partner = tables.Column(accessor="partner__name", verbose_name=gettext_lazy("Responsible partner"))
    state = tables.Column(verbose_name=gettext_lazy("State"))
    due_on = tables.Date(verbose_name=gettext_lazy("Due on"))

    def render_pick(self, record: Any) -> str:
        return format_html(
            '<label class="visually-hidden" for="p{0}">{1}</label><input type="checkbox" id="p{0}" name="pk" value="{0}" form="many">',
            record.pk,
            _("Choose {title}").format(title=record.title),
        )

    def render_kind(self, value: str) -> str:
        return str(KIND_NAMES.get(value, value))

    def render_state(self, value: str) -> str:
        return format_html('<span class="tag {}">{}</span>', STATES[value], ProductionStep.State(value).label)

    def value_state(self, value: str) -> str:
        return str(ProductionStep.State(value).label)

    def render_due_on(self, record: Any, value: Any) -> Any:
        shown = tables.Date().render(value)
        late = value < localdate() and record.state != ProductionStep.State.DONE
        return format_html('<span class="tag bad">{}</span>', _("{day}, late").format(day=shown)) if late else shown

    def value_due_on(self, value: Any) -> Any:
        return value


class Late(tables.Filter):
    """Past its due date and not done."""

    def __init__(self) -> None:
        super().__init__("late", gettext_lazy("Due"), "", [("yes", gettext_lazy("late"))])

    def narrow(self, rows: Any, chosen: str) -> Any:  # noqa: ARG002  # the one answer there is
        return rows.filter(due_on__lt=localdate()).exclude(state=ProductionStep.State.DONE)


class OneForm(django_forms.Form):
    """One material for the board."""

    kind = django_forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(KIND_NAMES.items()))
    title = django_forms.CharField(label=gettext_lazy("What"), max_length=200)
    lesson = django_forms.ModelChoiceField(label=gettext_lazy("Lesson"), queryset=Lesson.objects.none(), required=False)
    partner = django_forms.ModelChoiceField(label=gettext_lazy("Responsible partner"), queryset=None, required=False)
    due_on = django_forms.DateField(label=gettext_lazy("Due on"), required=False, widget=django_forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, course: Course, cluster: Cluster, viewer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lesson"].queryset = course.lessons.order_by("module__order", "order")  # type: ignore[attr-defined]
        firms = members_of(cluster, viewer=viewer, on=localdate()).values("organisation")
        self.fields["partner"].queryset = queries.partners(firms)  # type: ignore[attr-defined]


class ManyForm(OneForm):
    """The same change for many rows; what is left empty stays."""

    kind = title = None  # type: ignore[assignment]
    state = django_forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("as it is")), *ProductionStep.State.choices]
    )
    days = django_forms.IntegerField(
        label=gettext_lazy("Move due dates by days"), required=False, min_value=-3_650, max_value=3_650,
        help_text=gettext_lazy("14 is two weeks later, -7 a week earlier."),
    )  # fmt: skip
    field_order = ("state", "partner", "lesson", "due_on", "days")

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        made: dict[str, Any] = {"state": data["state"], "due_on": data["due_on"]}
        made |= {f"{name}_id": data[name].pk for name in ("partner", "lesson") if data[name]}
        return {name: value for name, value in made.items() if value}


class Board(WorkspaceList):
    """The list, what is planned by kind, and the forms to change many rows and to add one."""

    template_name = "courses/production.html"
    table_class = BoardTable
    heading = gettext_lazy("Production")
    lead = gettext_lazy("Every material that the course needs: who makes it, how far it is, until when.")
    search_fields = ("title", "lesson__title", "partner__name")
    order = ("due_on",)
    per_page = 100
    empty_what = gettext_lazy("Nothing is on the board yet.")
    empty_why = gettext_lazy("Put the materials on it that the course still needs.")
    http_method_names = ("get", "head", "options", "post")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            _found, self.course = course_at(request, kwargs["cluster"], kwargs["course"])
            partners = (
                self.course.productions.exclude(partner=None).order_by("partner__name").values_list("partner", "partner__name").distinct()
            )
            self.filters = (
                tables.Choice("state", gettext_lazy("State"), "state", ProductionStep.State.choices),
                tables.Choice("kind", gettext_lazy("Kind"), "kind", [(k, KIND_NAMES[k]) for k in self._kinds()]),
                *([tables.Choice("partner", gettext_lazy("Partner"), "partner", list(partners))] if partners else []),
                Late(),
            )
        return super().dispatch(request, *args, **kwargs)

    def _kinds(self) -> list[str]:
        used = set(self.course.productions.values_list("kind", flat=True))
        return [kind for kind in KIND_NAMES if kind in used]

    def queryset(self, viewer: Any) -> Any:  # noqa: ARG002  # whoever may open the course sees its board
        return queries.production_rows(self.course)

    def crumbs(self) -> list[tuple[Any, str]]:
        from django.urls import reverse

        return [(self.course.title, reverse("courses:manage", args=[self.cluster.slug, self.course.slug]))]

    def context(self) -> dict[str, Any]:
        may_write = queries.may_write(self.request.user, self.course)
        board = list(queries.production_rows(self.course))
        about = {"course": self.course, "cluster": self.cluster, "viewer": self.request.user}
        last = self.course.bulk_changes.filter(what=BulkChange.What.PRODUCTION, undone_at=None).first() if may_write else None
        return super().context() | {
            "course": self.course,
            "may_write": may_write,
            "counts": queries.production_counts(self.course, board),
            "kinds": KIND_NAMES.items(),
            "one": getattr(self, "one", None) or OneForm(**about, prefix="one"),
            "many": getattr(self, "many", None) or ManyForm(**about, prefix="many"),
            "last": last,
            "here": self.request.get_full_path(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        require(request.user, WRITE, cluster=self.course.cluster_id)
        about = {"course": self.course, "cluster": self.cluster, "viewer": request.user}
        do = {"plan": self._plan, "many": self._many}.get(request.POST.get("do", ""), self._add)
        done = do(request, about)
        if done:
            messages.success(request, done)
            return redirect(request.get_full_path())
        answer = self.get(request, *args, **kwargs)
        answer.status_code = 422
        return answer

    def _add(self, request: HttpRequest, about: dict[str, Any]) -> str:
        self.one = OneForm(request.POST, **about, prefix="one")
        if not self.one.is_valid():
            return ""
        actions.plan_material(course=self.course, by=person_of(request), at=now(), **self.one.cleaned_data)
        return _("It is on the board.")

    def _many(self, request: HttpRequest, about: dict[str, Any]) -> str:
        self.many = ManyForm(request.POST, **about, prefix="many")
        chosen = [pk for pk in request.POST.getlist("pk") if pk.isdigit()]
        rows = list(queries.production_rows(self.course).filter(pk__in=chosen))
        if not self.many.is_valid():
            return ""
        if not rows:
            self.many.add_error(None, _("Choose at least one row in the list."))
            return ""
        change = actions.change_productions(
            course=self.course,
            rows=rows,
            values=self.many.values(),
            days=self.many.cleaned_data["days"] or 0,
            by=person_of(request),
            at=now(),
        )
        if change is None:
            self.many.add_error(None, _("That would change nothing: say what is to be different."))
            return ""
        n = len(change.changes["rows"])
        return ngettext("{n} row is changed. You can take it back below.", "{n} rows are changed. You can take it back below.", n).format(
            n=n
        )

    def _plan(self, request: HttpRequest, about: dict[str, Any]) -> str:  # noqa: ARG002  # called like the others
        typed = {kind: request.POST.get(f"plan-{kind}", "").strip() for kind in KIND_NAMES if f"plan-{kind}" in request.POST}
        if bad := next((text for text in typed.values() if text and not (text.isdigit() and len(text) < 4)), None):
            messages.error(request, _("“{text}” is not a number from 0 to 999. The plan was not changed.").format(text=bad))
            return ""
        actions.plan_kinds(course=self.course, wanted={k: int(v or 0) for k, v in typed.items()}, by=person_of(request), at=now())
        return _("The plan is kept.")


@require_POST
def undo(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """The newest bulk change is taken back."""
    if not request.user.is_authenticated:
        return redirect(f"/accounts/login/?next={request.path}")
    _found, row = course_at(request, cluster, course, to=WRITE)
    change = get_object_or_404(row.bulk_changes.filter(what=BulkChange.What.PRODUCTION), pk=pk)
    done = actions.undo_change(change=change, board=list(queries.production_rows(row)), by=person_of(request), at=now())
    tell_undone(request, done)
    return redirect("courses:production", cluster, course)


def tell_undone(request: HttpRequest, done: actions.Undone) -> None:
    """How many rows are as before, and which stayed."""
    messages.success(request, ngettext("{n} row is as it was before.", "{n} rows are as they were before.", done.back).format(n=done.back))
    if done.left:
        messages.info(request, _("Changed again since, and left as they are: {titles}").format(titles=", ".join(done.left)))
