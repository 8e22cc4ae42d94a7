"""The translators' desk: how far each language is, what waits, source and translation side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from talka.clusters.models import Cluster
from talka.courses.blocks import KIND_NAMES
from talka.courses.exchange.reading import Unreadable
from talka.courses.languages import actions, queries, rules, xliff
from talka.courses.languages.packs import LANGUAGE
from talka.courses.languages.queries import Source
from talka.courses.languages.rules import COURSE, Change, Passage
from talka.courses.models import Course, Topic, Translation
from talka.courses.rules.access import WRITE
from talka.courses.views.places import WorkspaceList, course_at, person_of
from talka.kit import tables
from talka.kit.imports import ImportView, Preview, Report, Row, State

STATES = {"missing": gettext_lazy("missing"), "stale": gettext_lazy("out of date"), "waiting": gettext_lazy("not published"), "done": gettext_lazy("done")}  # fmt: skip


def _place(request: HttpRequest, cluster: str, course: str, language: str) -> tuple[Cluster, Course]:
    """The workspace and a course that the viewer writes; 404 for what is no other language."""
    found, row = course_at(request, cluster, course, to=WRITE)
    if language == row.language or not (language in rules.NAMES or LANGUAGE.fullmatch(language)) or len(language) > 10:
        raise Http404
    return found, row


@login_required
def languages(request: HttpRequest, cluster: str, course: str) -> HttpResponse:
    """The course's languages with how far each is; a way to begin another."""
    found, row = course_at(request, cluster, course, to=WRITE)
    if language := request.GET.get("language", ""):
        return redirect("courses:translations", cluster, course, language)
    rows = [
        (code, rules.name_of(code), queries.standing_of_language(row, code), code in row.languages) for code in queries.languages_begun(row)
    ]
    begun = {row.language, *(code for code, *_rest in rows)}
    context = {
        "cluster": found,
        "course": row,
        "rows": rows,
        "source": rules.name_of(row.language),
        "others": [(code, name) for code, name in sorted(rules.NAMES.items(), key=lambda one: one[1].casefold()) if code not in begun],
    }
    return render(request, "courses/languages/languages.html", context)


@require_POST
@login_required
def publish(request: HttpRequest, cluster: str, course: str, language: str) -> HttpResponse:
    """Readers get the whole language, or nothing of it any more."""
    _found, row = _place(request, cluster, course, language)
    if "withdraw" in request.POST:
        actions.withdraw(course=row, language=language, by=person_of(request), at=now())
        messages.success(request, _("Readers get the source again. What was written is kept."))
    else:
        _tell(request, actions.publish(course=row, language=language, by=person_of(request), at=now()))
    return redirect("courses:translations", cluster, course, language)


def _tell(request: HttpRequest, made: actions.Published) -> None:
    if made.faults:
        said = "; ".join(f"{title}, {path}: {says}" for title, path, says in made.faults[:5])
        messages.error(request, _("Held back, since something in them needs fixing: {what}").format(what=said))
    messages.success(request, ngettext("{n} part is published.", "{n} parts are published.", made.shown).format(n=made.shown))
    if made.incomplete:
        messages.info(
            request,
            ngettext("{n} part is shown in the source.", "{n} parts are shown in the source.", made.incomplete).format(n=made.incomplete),
        )


class SheetTable(tables.Table):
    title = tables.Link(
        verbose_name=gettext_lazy("Page"), url=lambda row: reverse("courses:translate", args=[*row["way"], row["slug"]]), orderable=True
    )
    lesson = tables.Column(verbose_name=gettext_lazy("Lesson"))
    state = tables.Tag(kinds={"missing": "due", "stale": "due", "waiting": "info"}, verbose_name=gettext_lazy("State"))
    done = tables.Number(verbose_name=gettext_lazy("Translated"))
    missing = tables.Number(verbose_name=gettext_lazy("Missing"))
    stale = tables.Number(verbose_name=gettext_lazy("Out of date"))
    words_left = tables.Number(verbose_name=gettext_lazy("Words left"))

    def render_state(self, value: str) -> str:
        return str(STATES[value])

    def value_state(self, value: str) -> str:
        return str(STATES[value])


class _State(tables.Filter):
    """Pages of one state; the rows are a list."""

    def narrow(self, rows: Any, chosen: str) -> Any:
        return [row for row in rows if row["state"] == chosen]


class Sheets(WorkspaceList):
    """All pages of a course in one language."""

    template_name = "courses/languages/sheets.html"
    table_class = SheetTable
    search_fields = ("title", "lesson")
    filters = (_State("state", gettext_lazy("State"), "", list(STATES.items())),)
    empty_what = gettext_lazy("Nothing of this course is published yet.")
    empty_why = gettext_lazy("What is published can be translated.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self.language = kwargs["language"]
            _found, self.course = _place(request, kwargs["cluster"], kwargs["course"], self.language)
            self.heading = rules.name_of(self.language)
        return super().dispatch(request, *args, **kwargs)

    def queryset(self, viewer: Any) -> Any:  # noqa: ARG002  # who may see the course was asked in `dispatch`
        way = [self.cluster.slug, self.course.slug, self.language]
        self.sheets = queries.sheets_of(self.course, self.language)
        return [
            {
                "way": way, "slug": s.slug, "title": s.title, "lesson": s.lesson, "state": s.state, "done": s.standing.done,
                "missing": s.standing.missing, "stale": s.standing.stale, "words_left": s.standing.words_left,
            }
            for s in self.sheets
        ]  # fmt: skip

    def searched(self, rows: Any, words: str) -> Any:
        asked = words.casefold().split()
        return [row for row in rows if all(word in f"{row['title']} {row['lesson']}".casefold() for word in asked)]

    def context(self) -> dict[str, Any]:
        whole = sum((s.standing for s in self.sheets), rules.Standing())
        return super().context() | {
            "course": self.course,
            "language": self.language,
            "whole": whole,
            "published": self.language in self.course.languages,
            "waiting": any(s.waiting for s in self.sheets),
        }

    def crumbs(self) -> list[tuple[Any, str]]:
        way = [self.cluster.slug, self.course.slug]
        return [(self.course.title, reverse("courses:manage", args=way)), (_("Languages"), reverse("courses:languages", args=way))]


# Side by side


@dataclass(slots=True)
class _Field:
    """A passage on the page: the source, what stands there or was typed, what changed since, what somebody else saved meanwhile."""

    name: str
    passage: Passage
    words: str
    state: str
    changes: Sequence[Change] = ()
    theirs: str = ""
    says: str = ""
    rows: int = 2


@dataclass(slots=True)
class _Part:
    place: str
    kind: str
    title: str
    version: int
    fields: list[_Field] = field(default_factory=list)


@login_required
def translate(request: HttpRequest, cluster: str, course: str, language: str, sheet: str) -> HttpResponse:
    """One page of the course, source and translation side by side."""
    found, row = _place(request, cluster, course, language)
    topic = None if sheet == COURSE else queries.live_topics(row).filter(slug=sheet).select_related("lesson").first()
    if topic is None and sheet != COURSE:
        raise Http404
    sources = queries.sources_of_topic(topic) if topic else [s for s in queries.sources_of(row, []) if s.place == COURSE]
    clashes: dict[str, Translation] = {}
    if request.method == "POST":
        clashes = _saved(request, row, language, sources)
        if not clashes:
            return _after(request, found, row, language, sheet, topic)
    kept = {one.place: one for one in Translation.objects.filter(course=row, language=language, place__in=[s.place for s in sources])}
    only_open = request.GET.get("show") == "open"
    parts = [_part(source, kept.get(source.place), request.POST, clashes.get(source.place), only_open=only_open) for source in sources]
    context = {
        "cluster": found,
        "course": row,
        "topic": topic,
        "language": language,
        "name": rules.name_of(language),
        "source": rules.name_of(row.language),
        "sheet": sheet,
        "parts": [part for part in parts if part.fields],
        "standing": sum((rules.standing(s.passages, kept[s.place].texts if s.place in kept else {}) for s in sources), rules.Standing()),
        "only_open": only_open,
        "clash": next(iter(clashes.values()), None),
    }
    return render(request, "courses/languages/translate.html", context, status=409 if clashes else 200)


def _saved(request: HttpRequest, course: Course, language: str, sources: Sequence[Source]) -> dict[str, Translation]:
    """Every part is saved for itself; those that somebody else saved meanwhile are answered, and not overwritten."""
    clashes = {}
    taken = request.POST.get("take", "")
    for source in sources:
        texts = {p.path: request.POST[_name(source, p)][:200_000] for p in source.passages if _name(source, p) in request.POST}
        texts |= {p.path: p.text for p in source.passages if _name(source, p) == taken}
        version = request.POST.get(f"v-{source.place}", "")
        try:
            actions.save(
                course=course,
                language=language,
                source=source,
                texts=texts,
                version=int(version) if version.isdigit() else 0,
                still_right=[p.path for p in source.passages if f"right-{_name(source, p)}" in request.POST],
                by=person_of(request),
                at=now(),
            )
        except actions.Newer as newer:
            clashes[source.place] = newer.theirs
    return clashes


def _name(source: Source, passage: Passage) -> str:
    return f"{source.place}:{passage.path}"


def _after(request: HttpRequest, cluster: Cluster, course: Course, language: str, sheet: str, topic: Topic | None) -> HttpResponse:
    do = request.POST.get("do", "")
    if do == "publish":
        _tell(
            request,
            actions.publish(
                course=course, language=language, topics=[topic] if topic else [], own_words=topic is None, by=person_of(request), at=now()
            ),
        )
    else:
        messages.success(request, _("Saved. Readers get it when it is published."))
    if do == "next":
        sheets = queries.sheets_of(course, language)
        here = next((n for n, one in enumerate(sheets) if one.slug == sheet), 0)
        following = next((one for one in [*sheets[here + 1 :], *sheets[:here]] if one.state in {"missing", "stale"}), None)
        if following is None:
            return redirect("courses:translations", cluster.slug, course.slug, language)
        sheet = following.slug
    url = reverse("courses:translate", args=[cluster.slug, course.slug, language, sheet])
    return redirect(f"{url}?show=open" if request.GET.get("show") == "open" and do != "publish" else url)


def _part(source: Source, kept: Translation | None, typed: Mapping[str, str], theirs: Translation | None, *, only_open: bool) -> _Part:
    texts = kept.texts if kept else {}
    title = str(KIND_NAMES.get(source.kind, "")) or (_("Topic") if source.kind == "topic" else _("Course"))
    part = _Part(source.place, title, source.title if source.kind not in {"topic", "course"} else "", kept.version if kept else 0)
    faults = dict(rules.faults_in(source.kind, source.definition, texts)) if texts and source.kind not in {"topic", "course"} else {}
    for passage in source.passages:
        state = rules.state_of(passage, texts)
        if only_open and state == "done" and theirs is None:
            continue
        words, name = rules.words_in(texts, passage.path), _name(source, passage)
        made = _Field(name, passage, words, state, says=faults.get(passage.path, ""))
        if state == "stale":
            made.changes = rules.changes(texts[passage.path][1], passage.text)
        if theirs is not None and name in typed and rules.normal(typed[name]) != words:
            made.theirs, made.words = words or "–", typed[name]
        made.rows = min(24, max(1 if passage.kind in {"line", "file"} else 2, len(passage.text) // 55 + passage.text.count("\n") + 1))
        part.fields.append(made)
    return part


# Out and in, for translators with programs of their own


@login_required
def export(request: HttpRequest, cluster: str, course: str, language: str) -> HttpResponse:
    """All texts as XLIFF, with what is translated already."""
    _found, row = _place(request, cluster, course, language)
    sources = queries.sources_of(row, queries.live_topics(row).select_related("lesson"))
    content = xliff.write(row, language, sources, {place: one.texts for place, one in queries.translations_of(row, language).items()})
    name = f"{row.slug}-{language}.xlf"
    return HttpResponse(content, content_type="application/xliff+xml", headers={"Content-Disposition": f'attachment; filename="{name}"'})


class Import(LoginRequiredMixin, ImportView):
    kind = "courses.xliff"
    shell = "kit/workspace.html"
    heading = gettext_lazy("Import a translation")
    accept = ".xlf,.xliff,application/xliff+xml,application/xml"
    help_text = gettext_lazy("XLIFF 2.0 or 1.2, as it was downloaded here. Nothing is changed before you have seen what would happen.")
    largest = 50 * 1024 * 1024

    def allowed(self) -> None:
        self.language = self.kwargs["language"]
        self.cluster, self.course = _place(self.request, self.kwargs["cluster"], self.kwargs["course"], self.language)

    def preview(self, file: Path) -> Preview:
        try:
            rows, _texts = self._read(file)
        except Unreadable as bad:
            return Preview(trouble=str(bad))
        return Preview(rows=rows, notes=(f"{self.course.title}: {rules.name_of(self.language)}",))

    def perform(self, file: Path, *, only_good: bool) -> Report:
        rows, texts = self._read(file)
        if any(row.state == State.REFUSED for row in rows) and not only_good:
            return Report(rows=rows, trouble=_("Nothing was imported."))
        actions.take_in(course=self.course, language=self.language, texts=texts, by=person_of(self.request), at=now())
        return Report(rows=rows)

    def _read(self, file: Path) -> tuple[list[Row], dict[str, dict[str, list[str]]]]:
        sources = queries.sources_of(self.course, queries.live_topics(self.course).select_related("lesson"))
        kept = {place: one.texts for place, one in queries.translations_of(self.course, self.language).items()}
        found = xliff.read(file.read_bytes(), course=self.course, language=self.language)
        return xliff.compared(found, sources, kept)

    def context(self) -> dict[str, Any]:
        return {"cluster": self.cluster, "course": self.course}
