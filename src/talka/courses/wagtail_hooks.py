"""The editor: courses, modules, lessons and topics in Wagtail's admin."""

import json
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.urls import URLPattern, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, PublishingPanel, TabbedInterface
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.tables import LiveStatusTagColumn
from wagtail.admin.widgets import Button
from wagtail.models import Revision
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CreateView, EditView, SnippetViewSet, SnippetViewSetGroup

from talka.courses import actions, queries
from talka.courses.editing import furniture  # noqa: F401  # its hooks are the editor's
from talka.courses.editing.errors import errors_at, places_of, told_above
from talka.courses.models import Course, CourseOutcome, Lesson, Module, Requirement, Topic, TopicOutcome
from talka.courses.rules.packs import RESERVED_TOPICS, cycle_in
from talka.courses.staff import ClusterPolicy, writes_somewhere
from talka.people.queries import standing_of

PATHS = {Course: "cluster_id", Module: "course__cluster_id", Lesson: "course__cluster_id", Topic: "course__cluster_id"}
POLICIES = {model: ClusterPolicy(model, path) for model, path in PATHS.items()}
for _model, _policy in POLICIES.items():
    register_permission_policy(_model, _policy)


class Lines(forms.CharField):
    """A list as lines of text."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)


class _Form(WagtailAdminModelForm):
    """Offers only what belongs to courses that the user may change."""

    def courses(self) -> Any:
        return queries.courses_written_by(self.for_user)

    def address_from_title(self, data: dict[str, Any], others: Any, reserved: frozenset[str] = frozenset()) -> None:
        """Left empty, the address follows the title, so that the first save asks for nothing else."""
        if data.get("slug") or not data.get("title") or others is None:
            return
        stem = slugify(data["title"])[:74].strip("-_") or type(self.instance).__name__.lower()
        taken = set(others.exclude(pk=self.instance.pk).values_list("slug", flat=True)) | reserved
        data["slug"] = next(s for n in range(1, len(taken) + 2) if (s := stem if n == 1 else f"{stem}-{n}") not in taken)
        self.instance.slug = data["slug"]


class CourseForm(_Form):
    authors = Lines(required=False, label=gettext_lazy("Authors"), help_text=gettext_lazy("One per line."))
    tags = Lines(required=False, label=gettext_lazy("Tags"), help_text=gettext_lazy("One per line."))


class ModuleForm(_Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        self.fields["course"].queryset = self.courses()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.address_from_title(data, data["course"].modules if data.get("course") else None)
        return data


class LessonForm(_Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        self.fields["module"].queryset = Module.objects.filter(course__in=self.courses()).select_related("course")
        self.fields["module"].label_from_instance = lambda m: f"{m.course.title} · {m.title}"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.address_from_title(data, data["module"].course.lessons if data.get("module") else None)
        return data


class TopicForm(_Form):
    sources = Lines(required=False, label=gettext_lazy("Sources"), help_text=gettext_lazy("One per line, so that a reader can find it."))
    outcome_keys = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Afterwards the learner can"), widget=forms.CheckboxSelectMultiple
    )
    requires_keys = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Builds on"), widget=forms.SelectMultiple(attrs={"size": 6})
    )
    draft = False
    # What is to mend before it can be published: (id of the place on the page, name of the material, words).
    to_mend: Sequence[tuple[str, str, str]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lessons = Lesson.objects.filter(course__in=self.courses()).select_related("course")
        self.fields["lesson"].queryset = lessons
        self.fields["lesson"].label_from_instance = lambda row: f"{row.course.title} · {row.title}"
        self.fields["slug"].required = False
        self.fields["slug"].help_text = _("Left empty, it follows the title.")
        course = self.instance.course_id or (self.instance.lesson.course_id if self.instance.lesson_id else None)
        outcomes = CourseOutcome.objects.filter(course=course).values_list("key", "text") if course else []
        self.fields["outcome_keys"].choices = list(outcomes)
        others = Topic.objects.filter(course=course).exclude(pk=self.instance.pk).order_by("lesson__order", "order") if course else []
        self.fields["requires_keys"].choices = [(t.slug, t.title) for t in others.only("slug", "title")] if course else []
        if self.instance.pk:
            self.fields["outcome_keys"].initial = list(self.instance.topic_outcomes.values_list("outcome__key", flat=True))
            self.fields["requires_keys"].initial = list(self.instance.requirements.values_list("needs__slug", flat=True))

    def defer_required_fields(self) -> None:
        self.draft = True
        super().defer_required_fields()

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in RESERVED_TOPICS:
            raise ValidationError(_("This is an address of the course itself; choose another one."))
        return slug

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        lesson = data.get("lesson")
        self.address_from_title(data, lesson.course.topics if lesson else None, RESERVED_TOPICS)
        slug = data.get("slug")
        if lesson and slug and Topic.objects.filter(course=lesson.course_id, slug=slug).exclude(pk=self.instance.pk).exists():
            self.add_error("slug", _("Another topic of this course has this address."))
        if lesson and self.instance.pk and lesson.course_id != self.instance.course_id:
            self.add_error("lesson", _("A topic stays in its course, since people's progress belongs to it. Copy it instead."))
        if self.instance.pk and data.get("requires_keys"):
            self._clean_requires(data["requires_keys"])
        if not self.draft and "body" in data:
            self._clean_body(data)
        return data

    def _clean_requires(self, keys: list[str]) -> None:
        rows = Requirement.objects.filter(topic__course=self.instance.course_id).values_list("topic__slug", "needs__slug")
        graph: dict[str, list[str]] = {}
        for topic, needs in rows:
            graph.setdefault(topic, []).append(needs)
        graph[self.instance.slug] = keys
        if cycle := cycle_in(graph):
            self.add_error("requires_keys", _("Prerequisites would run in a circle: {way}").format(way=" → ".join(cycle)))

    def _clean_body(self, data: dict[str, Any]) -> None:
        """What is to be published must be whole; a draft may be anything. Every fault is said at its field."""
        lesson = data.get("lesson") or (self.instance.lesson if self.instance.lesson_id else None)
        topic = Topic(
            uuid=self.instance.uuid, slug=self.instance.slug or data.get("slug", ""), course_id=lesson.course_id if lesson else None
        )
        # As it will be stored, with a mark on every block, so that a fault finds its place.
        body = data["body"].get_prep_value()
        topic.body = json.dumps(body)  # type: ignore[assignment]  # a StreamField takes its JSON
        if faults := actions.check_topic(topic):
            self.add_error("body", errors_at(faults, body))
            self.to_mend = places_of(faults, body)

    def save(self, commit: bool = True) -> Topic:
        topic: Topic = super().save(commit=commit)
        if commit and topic.pk:
            self._save_links(topic)
        return topic

    def _save_links(self, topic: Topic) -> None:
        wanted = self.cleaned_data.get("outcome_keys", [])
        topic.topic_outcomes.exclude(outcome__key__in=wanted).delete()
        for order, outcome in enumerate(CourseOutcome.objects.filter(course=topic.course_id, key__in=wanted)):
            TopicOutcome.objects.update_or_create(topic=topic, outcome=outcome, defaults={"order": order})
        needs = self.cleaned_data.get("requires_keys", [])
        topic.requirements.exclude(needs__slug__in=needs).delete()
        for order, other in enumerate(Topic.objects.filter(course=topic.course_id, slug__in=needs).exclude(pk=topic.pk)):
            Requirement.objects.update_or_create(topic=topic, needs=other, defaults={"order": order})


def _guarded(view: Callable[..., Any], model: Any) -> Callable[..., Any]:
    """Whatever address of the editor names a thing of another cluster: it does not exist."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = kwargs.get("pk", args[0] if args else None)
        if not writes_somewhere(standing_of(request.user)) and request.user.is_authenticated:
            raise Http404
        if key is not None and request.user.is_authenticated:
            get_object_or_404(POLICIES[model].instances_user_has_any_permission_for(request.user, ["change"]), pk=key)
        return view(request, *args, **kwargs)

    return guard


def desk_of(thing: Any) -> str:
    """The page in the workspace of the course that `thing` is or belongs to; nothing where it is the network's."""
    course = thing if isinstance(thing, Course) else thing.course
    return reverse("courses:manage", args=[course.cluster.slug, course.slug]) if course.cluster else ""


def _true_panels(panels: Any) -> Any:
    """Without the panel of checks: it measures in a frame that our previews keep shut, so it would always say that nothing was found.

    What is to fix stands on the course's desk.
    """
    return MediaContainer([panel for panel in panels if panel.name != "checks"])


def _telling_all(view: Any, form: Any) -> Any:
    """The form, after its view learned to say above all that is to mend in it."""
    if getattr(form, "to_mend", ()) and not view.expects_json_response:
        view.produced_error_message = told_above(form.to_mend)
    return form


class _AddView(CreateView):
    """Begins where the link that opened it stood: in that course, module or lesson."""

    def get_success_url(self) -> str:
        # An author stays with the text of a topic; all else leads back to the course.
        return super().get_success_url() if isinstance(self.object, Topic) else desk_of(self.object) or super().get_success_url()

    def form_invalid(self, form: Any) -> Any:
        return super().form_invalid(_telling_all(self, form))

    def get_side_panels(self) -> Any:
        return _true_panels(super().get_side_panels())

    def get_initial_form_instance(self) -> Any:
        instance = super().get_initial_form_instance() or self.model()
        for field, model in (("course", Course), ("module", Module), ("lesson", Lesson)):
            asked = self.request.GET.get(field, "")
            if asked.isdigit() and hasattr(self.model, field):
                rows = POLICIES[model].instances_user_has_any_permission_for(self.request.user, ["change"])
                if (found := rows.filter(pk=asked).first()) is not None:
                    setattr(instance, field, found)
        if isinstance(instance, Lesson) and not instance.module_id and (course := self.request.GET.get("course", "")).isdigit():
            modules = POLICIES[Module].instances_user_has_any_permission_for(self.request.user, ["change"])
            instance.module = modules.filter(course=course).order_by("-order").first()
        above = {Topic: "lesson_id", Lesson: "module_id", Module: "course_id"}.get(self.model)
        if above and getattr(instance, above):
            last = self.model.objects.filter(**{above: getattr(instance, above)}).aggregate(last=Max("order"))["last"]
            instance.order = 0 if last is None else last + 1
        return instance


class _EditView(EditView):
    """What one may do with this thing, not with any: a manager here may be an editor there."""

    def get_success_url(self) -> str:
        return desk_of(self.object) or super().get_success_url()

    def get_available_actions(self) -> list[str]:
        wanted = super().get_available_actions()
        policy = POLICIES[self.model]
        may_publish = policy.user_has_permission_for_instance(self.request.user, "publish", self.object)
        return [action for action in wanted if action not in {"publish", "unpublish", "schedule"} or may_publish]


# Seconds.
A_MOMENT = 20


class _TopicEditView(_EditView):
    """Another author saved meanwhile: what was typed here is kept as a version of its own, and both are brought together."""

    clashes = 0

    @cached_property
    def overwrite_revision(self) -> Any:
        # A version that is behind overwrites nothing, its own author's earlier one neither: it is what both are compared with.
        return None if self.is_out_of_date else super().overwrite_revision

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        course = self.object.course
        if course.cluster is None:
            return super().header_more_buttons
        place = [course.cluster.slug, course.slug]
        copy = f"{reverse('courses:copy', args=place)}?{urlencode({'what': f'topic:{self.object.slug}'})}"
        return [
            Button(_("Copy to another course"), url=copy, icon_name="copy", priority=5),
            Button(_("All topics of the course"), url=reverse("courses:manage", args=place), icon_name="list-ul", priority=6),
            *super().header_more_buttons,
        ]

    def _base(self) -> Revision | None:
        """The version that the writer began with, as far as it is still there."""
        asked = self.request.POST.get("overwrite_revision_id") or self.request.POST.get("loaded_revision_id")
        found = self.object.revisions.filter(pk=asked).first() if str(asked).isdigit() else None
        if found is None or self.request.POST.get("overwrite_revision_id"):
            return found
        if found.created_at.isoformat() == self.request.POST.get("loaded_revision_created_at"):
            return found
        # Its author went on writing in it; the version before is the last that both had.
        return self.object.revisions.filter(pk__lt=found.pk).order_by("-pk").first()

    def save_instance(self) -> Any:
        if self.expects_json_response or not self.is_out_of_date:
            return super().save_instance()
        theirs, base = self.object.latest_revision, self._base()
        instance = super().save_instance()
        mine = self.new_revision
        instance.refresh_from_db(fields=["latest_revision", "live", "has_unpublished_changes"])
        # One's own version of a moment ago is this window's, still on its way when the button was pressed.
        own = theirs.user_id == self.request.user.pk and (now() - theirs.created_at).total_seconds() < A_MOMENT
        made, self.new_revision = actions.bring_together(
            topic=instance, base=base, mine=mine, theirs=theirs, otherwise="mine" if own else "theirs", by=self.request.user, at=now()
        )
        if own:
            return instance
        self.clashes = len(made.clashes)
        who = theirs.user.name if theirs.user else _("Somebody")
        if made.clashes:
            # Nothing goes out before a person has looked at what clashes.
            self.action = "edit"
            self.merge_url = f"{reverse('courses:merge', args=[instance.pk])}?{urlencode({'base': base.pk if base else '', 'mine': mine.pk, 'theirs': theirs.pk})}"
        else:
            messages.info(
                self.request,
                _("{who} saved this topic while you were writing. You changed different places; both are in it now.").format(who=who),
            )
        return instance

    def form_invalid(self, form: Any) -> Any:
        return super().form_invalid(_telling_all(self, form))

    def get_side_panels(self) -> Any:
        return _true_panels(super().get_side_panels())

    def get_success_url(self) -> str:
        # An author stays with the text, whatever was done with it.
        return self.merge_url if self.clashes else self.get_edit_url()

    def get_success_message(self) -> Any:
        return None if self.clashes else super().get_success_message()


class _ViewSet(SnippetViewSet):
    add_view_class = _AddView
    edit_view_class = _EditView
    chooser_viewset_class: Any = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return POLICIES[self.model].instances_user_has_any_permission_for(request.user, ["change"])

    def get_urlpatterns(self) -> list[URLPattern]:
        patterns = super().get_urlpatterns()
        for pattern in patterns:
            pattern.callback = _guarded(pattern.callback, self.model)
        return patterns

    def register_chooser_viewset(self) -> None:
        """None: a chooser would list the things of all clusters. Our forms offer plain lists of one's own."""


class CourseViewSet(_ViewSet):
    model = Course
    icon = "folder-open-inverse"
    menu_label = gettext_lazy("Courses")
    list_display = ["title", "cluster", "language"]
    search_fields = ["title"]
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("summary"),
            FieldPanel("audience"),
            MultiFieldPanel(
                [
                    FieldPanel("language"),
                    FieldPanel("level"),
                    FieldPanel("hours"),
                    FieldPanel("licence"),
                    FieldPanel("authors"),
                    FieldPanel("tags"),
                ],
                heading=gettext_lazy("Facts"),
            ),
        ],
        base_form_class=CourseForm,
    )
    # A course is begun, published and closed in its cluster's workspace.
    add_to_admin_menu = False
    inspect_view_enabled = False


class ModuleViewSet(_ViewSet):
    model = Module
    icon = "folder"
    menu_label = gettext_lazy("Modules")
    list_display = ["title", "course"]
    list_filter = ["course"]
    search_fields = ["title"]
    copy_view_enabled = False
    edit_handler = ObjectList(
        [FieldPanel("course", widget=forms.Select), FieldPanel("title"), FieldPanel("slug"), FieldPanel("order"), FieldPanel("summary")],
        base_form_class=ModuleForm,
    )


class LessonViewSet(_ViewSet):
    model = Lesson
    icon = "list-ul"
    menu_label = gettext_lazy("Lessons")
    list_display = ["title", "module", "course"]
    search_fields = ["title"]
    copy_view_enabled = False
    edit_handler = ObjectList(
        [FieldPanel("module", widget=forms.Select), FieldPanel("title"), FieldPanel("slug"), FieldPanel("order"), FieldPanel("summary")],
        base_form_class=LessonForm,
    )


class TopicViewSet(_ViewSet):
    model = Topic
    edit_view_class = _TopicEditView
    icon = "doc-full"
    menu_label = gettext_lazy("Topics")
    list_display = ["title", "lesson", "course", LiveStatusTagColumn(label=gettext_lazy("State"))]
    list_filter = ["course"]
    search_fields = ["title"]
    copy_view_enabled = False
    edit_handler = TabbedInterface(
        [
            ObjectList([FieldPanel("title"), FieldPanel("summary"), FieldPanel("body")], heading=gettext_lazy("Text and materials")),
            ObjectList(
                [
                    FieldPanel("lesson", widget=forms.Select),
                    FieldPanel("slug"),
                    FieldPanel("order"),
                    FieldPanel("minutes"),
                    FieldPanel("outcome_keys"),
                    FieldPanel("requires_keys"),
                    FieldPanel("sources"),
                ],
                heading=gettext_lazy("Place and facts"),
            ),
            ObjectList([PublishingPanel()], heading=gettext_lazy("Publishing")),
        ],
        base_form_class=TopicForm,
    )


class CoursesGroup(SnippetViewSetGroup):
    items = (TopicViewSet, LessonViewSet, ModuleViewSet, CourseViewSet)
    menu_label = gettext_lazy("Courses")
    menu_icon = "openquote"
    menu_order = 100


register_snippet(CoursesGroup)


@hooks.register("insert_global_admin_css")
def editor_look() -> str:
    """The editor in the look of the rest."""
    return format_html('<link rel="stylesheet" href="{}">', static("courses/editor.css"))


@hooks.register("insert_global_admin_js")
def editor_script() -> str:
    """Sends files, and shows what another author wrote meanwhile."""
    return format_html('<script src="{}" defer></script>', static("courses/editor.js"))
