"""Where stacks are made: the list, one stack with its tiles and signs, what was asked."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from talka.clusters.models import Cluster
from talka.courses.media import MediaRefused
from talka.courses.models import Sign, Stack, Tile
from talka.courses.rules.stacks import FIELDS, MAKE, MOST_TILES
from talka.courses.stacks import actions, queries
from talka.courses.stacks.forms import AnswerForm, SignForm, StackForm, TileForm
from talka.courses.views.places import WorkspaceList, cluster_at, person_of
from talka.kit import qr, tables
from talka.people.queries import standing_of
from talka.people.rules import may

ICONS = {
    "text": "document",
    "picture": "overview",
    "film": "play",
    "file": "download",
    "link": "link",
    "topic": "learn",
    "question": "mail",
    "stack": "phone",
}


def _place(request: HttpRequest, cluster: str) -> Cluster:
    """The workspace, for those who make stacks there; its other staff are told that they may not."""
    return cluster_at(request, cluster, to=MAKE)


def _stack(request: HttpRequest, cluster: str, code: str) -> tuple[Cluster, Stack]:
    found = _place(request, cluster)
    return found, get_object_or_404(queries.stacks_of(found, viewer=request.user), code=code)


def state_of(stack: Stack) -> str:
    """In one word, for lists and heads."""
    if stack.closed_at:
        return _("closed")
    return _("open") if stack.published_at else _("draft")


class StackTable(tables.Table):
    title = tables.Link(url=lambda row: reverse("stacks:edit", args=[row.cluster.slug, row.code]), verbose_name=gettext_lazy("Stack"))
    state = tables.Column(verbose_name=gettext_lazy("State"), empty_values=(), orderable=False)
    visibility = tables.Column(verbose_name=gettext_lazy("Seen by"))
    tiles = tables.Number(accessor="tile_count", verbose_name=gettext_lazy("Tiles"))
    signs = tables.Number(accessor="sign_count", verbose_name=gettext_lazy("Signs"))
    waiting = tables.Number(verbose_name=gettext_lazy("Questions waiting"))
    changed_at = tables.Date(verbose_name=gettext_lazy("Changed"))

    def render_state(self, record: Stack) -> str:
        return state_of(record)

    def value_state(self, record: Stack) -> str:
        return state_of(record)


class Stacks(WorkspaceList):
    template_name = "stacks/list.html"
    table_class = StackTable
    heading = gettext_lazy("Stacks")
    lead = gettext_lazy("Short pages for a phone, opened by a printed code beside a machine or in a room.")
    search_fields = ("title", "summary", "signs__place")
    order = ("title",)
    filters = (tables.Choice("seen", gettext_lazy("Seen by"), "visibility", Stack.VISIBILITIES),)
    empty_what = gettext_lazy("This cluster has no stack yet.")
    empty_why = gettext_lazy(
        "A stack is a handful of tiles: a text, a picture, a short film, a file, a topic of a course, a question to an expert."
    )

    def queryset(self, viewer: Any) -> Any:
        return queries.stacks_of(self.cluster, viewer=viewer).select_related("cluster").distinct()

    def first_step(self, viewer: Any) -> tuple[str, str] | None:
        if not may(standing_of(viewer), MAKE, cluster=self.cluster.pk):
            return None
        return reverse("stacks:new", args=[self.cluster.slug]), _("Make the first stack")

    def context(self) -> dict[str, Any]:
        return super().context() | {"may_make": may(standing_of(self.request.user), MAKE, cluster=self.cluster.pk)}


@login_required
def new(request: HttpRequest, cluster: str) -> HttpResponse:
    """Begin a stack."""
    found = _place(request, cluster)
    form = StackForm(request.POST or None, cluster=found, viewer=request.user, on=localdate(), initial={"language": request.LANGUAGE_CODE})  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        made = actions.begin_stack(cluster=found, by=person_of(request), at=now(), **form.cleaned_data)
        messages.success(request, _("The stack is created. Nobody else sees it yet."))
        return redirect("stacks:edit", found.slug, made.code)
    return _form(request, found, form, _("New stack"), _("Begin"), reverse("stacks:list", args=[found.slug]))


def _form(request: HttpRequest, cluster: Cluster, form: Any, heading: str, submit: str, back: str) -> HttpResponse:
    crumbs = [(_("Stacks"), reverse("stacks:list", args=[cluster.slug]))]
    context = {
        "cluster": cluster,
        "form": form,
        "heading": heading,
        "submit": submit,
        "cancel_url": back,
        "crumbs": crumbs,
        "shell": "kit/workspace.html",
    }
    return render(request, "kit/form.html", context, status=422 if form.is_bound else 200)


@login_required
def edit(request: HttpRequest, cluster: str, code: str) -> HttpResponse:
    """One stack as its makers see it: tiles, signs, who may see it, what was asked."""
    found, row = _stack(request, cluster, code)
    tiles = list(row.tiles.select_related("topic", "target"))
    context = {
        "cluster": found,
        "stack": row,
        "state": state_of(row),
        "tiles": [(t, ICONS[t.kind]) for t in tiles if t.removed_at is None],
        "removed": [t for t in tiles if t.removed_at],
        "kinds": [(kind, label, ICONS[kind]) for kind, label in Tile.Kind.choices],
        "full": sum(t.removed_at is None for t in tiles) >= MOST_TILES,
        "signs": row.signs.all(),
        "sign_form": SignForm(),
        "address": link(row.code),
    }
    return render(request, "stacks/edit.html", context)


def link(code: str) -> str:
    """The address that a printed code holds."""
    return settings.SITE_URL + reverse("stacks:stack", args=[code])


@login_required
def head(request: HttpRequest, cluster: str, code: str) -> HttpResponse:
    """Title, language and who may see it."""
    found, row = _stack(request, cluster, code)
    form = StackForm(request.POST or None, instance=row, cluster=found, viewer=request.user, on=localdate())
    if request.method == "POST" and form.is_valid():
        actions.change_stack(stack=row, by=person_of(request), at=now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("stacks:edit", cluster, code)
    return _form(request, found, form, row.title, _("Save"), reverse("stacks:edit", args=[cluster, code]))


@require_POST
@login_required
def turn(request: HttpRequest, cluster: str, code: str) -> HttpResponse:
    """Open, close or copy the stack."""
    _found, row = _stack(request, cluster, code)
    by = person_of(request)
    if "copy" in request.POST:
        made = actions.copy_stack(stack=row, title=_("Copy of {title}").format(title=row.title), by=by, at=now())
        messages.success(request, _("Copied. The copy is a draft without signs."))
        return redirect("stacks:edit", cluster, made.code)
    if "close" in request.POST:
        actions.close_stack(stack=row, by=by, at=now())
        messages.success(request, _("The stack is closed. Its signs lead to a page that says so."))
        return redirect("stacks:edit", cluster, code)
    try:
        actions.open_stack(stack=row, by=by, at=now())
    except actions.NothingToOpen:
        messages.error(request, _("Add a tile first: there is nothing to see yet."))
    else:
        messages.success(request, _("The stack is open."))
    return redirect("stacks:edit", cluster, code)


@login_required
def tile_new(request: HttpRequest, cluster: str, code: str, kind: str) -> HttpResponse:
    """A tile more."""
    found, row = _stack(request, cluster, code)
    if kind not in FIELDS:
        raise Http404
    form = TileForm(request.POST or None, request.FILES or None, kind=kind, stack=row, viewer=request.user)
    back = reverse("stacks:edit", args=[cluster, code])
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_tile(stack=row, kind=kind, by=person_of(request), at=now(), **form.values())
        except actions.TooManyTiles:
            messages.error(request, _("A stack holds {n} tiles at most. Make a second stack and lead to it.").format(n=MOST_TILES))
            return redirect(back)
        except MediaRefused as why:
            form.refuse_upload(why)
        else:
            return redirect(back)
    return _form(request, found, form, _("New tile: {kind}").format(kind=Tile.Kind(kind).label), _("Add"), back)


def _tile(row: Stack, pk: int) -> Tile:
    return get_object_or_404(Tile.objects.select_related("stack__cluster"), stack=row, pk=pk)


@login_required
def tile(request: HttpRequest, cluster: str, code: str, pk: int) -> HttpResponse:
    """Change a tile."""
    found, row = _stack(request, cluster, code)
    one = _tile(row, pk)
    form = TileForm(request.POST or None, request.FILES or None, instance=one, kind=one.kind, stack=row, viewer=request.user)
    back = reverse("stacks:edit", args=[cluster, code])
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_tile(tile=one, by=person_of(request), at=now(), **form.values())
        except MediaRefused as why:
            form.refuse_upload(why)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    return _form(request, found, form, str(one), _("Save"), back)


@require_POST
@login_required
def tile_move(request: HttpRequest, cluster: str, code: str, pk: int) -> HttpResponse:
    """Up, down, out, or back in."""
    _found, row = _stack(request, cluster, code)
    one, by = _tile(row, pk), person_of(request)
    if "remove" in request.POST:
        actions.remove_tile(tile=one, by=by, at=now())
        messages.success(request, _("The tile is taken out. You can put it back below."))
    elif "back" in request.POST:
        try:
            actions.put_back(tile=one, by=by)
        except actions.TooManyTiles:
            messages.error(request, _("A stack holds {n} tiles at most. Take another one out first.").format(n=MOST_TILES))
    elif one.removed_at is None:
        actions.move_tile(tile=one, up="up" in request.POST, by=by, at=now())
    return redirect(f"{reverse('stacks:edit', args=[cluster, code])}#tile-{one.pk}")


@require_POST
@login_required
def sign_new(request: HttpRequest, cluster: str, code: str) -> HttpResponse:
    """A sign for one more place."""
    _found, row = _stack(request, cluster, code)
    form = SignForm(request.POST)
    if form.is_valid():
        actions.put_up_sign(stack=row, place=form.cleaned_data["place"], by=person_of(request), at=now())
        messages.success(request, _("The sign has a code of its own. Print it and put it up."))
    else:
        messages.error(request, _("Write where the sign will hang."))
    return redirect(f"{reverse('stacks:edit', args=[cluster, code])}#signs")


def _sign(row: Stack, pk: int) -> Sign:
    return get_object_or_404(Sign.objects.select_related("stack"), stack=row, pk=pk)


@require_POST
@login_required
def sign_turn(request: HttpRequest, cluster: str, code: str, pk: int) -> HttpResponse:
    """Take a sign down, or put it up again."""
    _found, row = _stack(request, cluster, code)
    one = _sign(row, pk)
    if "again" in request.POST:
        actions.put_up_again(sign=one, by=person_of(request))
    else:
        actions.take_down_sign(sign=one, by=person_of(request), at=now())
        messages.success(request, _("The code leads nowhere from now on. You can put it up again."))
    return redirect(f"{reverse('stacks:edit', args=[cluster, code])}#signs")


@login_required
def sign_print(request: HttpRequest, cluster: str, code: str, pk: int) -> HttpResponse:
    """The sign on a sheet of paper: title, code, and the address for those who cannot scan."""
    found, row = _stack(request, cluster, code)
    one = _sign(row, pk)
    context = {
        "cluster": found,
        "stack": row,
        "sign": one,
        "drawn": mark_safe(qr.drawn(link(one.code), steady=True)),  # by us, from our own address
        "address": link(one.code),
    }
    return render(request, "stacks/sign.html", context)


class QuestionTable(tables.Table):
    text = tables.Link(
        url=lambda row: reverse("stacks:question", args=[row.tile.stack.cluster.slug, row.pk]), verbose_name=gettext_lazy("Question")
    )
    stack = tables.Column(accessor="tile__stack", verbose_name=gettext_lazy("Stack"))
    sign = tables.Column(verbose_name=gettext_lazy("Place"))
    asked_at = tables.Date(verbose_name=gettext_lazy("Asked"))
    answered_at = tables.Date(verbose_name=gettext_lazy("Answered"))


class Questions(WorkspaceList):
    table_class = QuestionTable
    heading = gettext_lazy("Questions from stacks")
    search_fields = ("text", "answer", "tile__stack__title")
    order = ("answered_at", "-asked_at")
    filters = (tables.YesNo("open", gettext_lazy("State"), Q(answered_at=None), yes=gettext_lazy("waiting"), no=gettext_lazy("answered")),)
    empty_what = gettext_lazy("Nobody has asked anything yet.")
    empty_why = gettext_lazy("Questions come from tiles of the kind “question to an expert”.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            _place(request, kwargs["cluster"])
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> Any:
        return queries.questions_of(self.cluster, viewer=viewer).select_related("tile__stack__cluster", "sign")

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(_("Stacks"), reverse("stacks:list", args=[self.cluster.slug]))]


@login_required
def question(request: HttpRequest, cluster: str, pk: int) -> HttpResponse:
    """One question, and its answer."""
    found = _place(request, cluster)
    one = get_object_or_404(queries.questions_of(found, viewer=request.user), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and one.answered_at is None and form.is_valid():
        reachable = bool(one.asked_by or one.email)
        actions.answer(question=one, text=form.cleaned_data["text"], by=person_of(request), at=now())
        messages.success(
            request, _("Answered; the e-mail is on its way.") if reachable else _("Saved. The person who asked left no address.")
        )
        return redirect("stacks:questions", cluster)
    crumbs = [(_("Questions from stacks"), reverse("stacks:questions", args=[found.slug]))]
    context = {"cluster": found, "question": one, "form": form, "crumbs": crumbs}
    return render(request, "stacks/question.html", context, status=422 if form.is_bound else 200)
