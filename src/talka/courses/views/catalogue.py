"""What can be learned: the catalogue, a course, my courses, a course's own pages."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from talka.courses import actions, queries
from talka.courses.entry_forms import ReviewForm
from talka.courses.languages.choosing import chosen_in
from talka.courses.languages.rules import name_of
from talka.courses.models import Course
from talka.courses.rules.entry import may_speak
from talka.people.models import User

FILTERS = ("competence", "need", "level", "hours", "language", "cluster")


def catalogue(request: HttpRequest) -> HttpResponse:
    """All courses that the visitor may see, and a search inside them."""
    chosen = {name: request.GET.get(name, "")[:100] for name in FILTERS}
    q = request.GET.get("q", "").strip()[:200]
    ways = queries.catalogue_ways(request.user)
    at = now()
    gaps = queries.open_gaps(request.user, at=at)
    rows = [
        (_("Competence"), "competence", ways.competences if len(ways.competences) > 1 else []),
        (_("Need"), "need", [(queries.MINE, _("My gaps"))] if gaps else []),
        (_("EQF level"), "level", [(str(n), str(n)) for n in ways.levels] if len(ways.levels) > 1 else []),
        (_("Hours"), "hours", [("short", _("up to 5 h")), ("middle", _("5 to 25 h")), ("long", _("25 h and more"))]),
        (_("Language"), "language", [(code, name_of(code)) for code in ways.languages] if len(ways.languages) > 1 else []),
        (_("Cluster"), "cluster", [("network", _("whole network")), *ways.clusters] if ways.clusters else []),
    ]
    courses = list(queries.catalogue(request.user, at=at, **chosen))
    hits = queries.search(q, viewer=request.user) if q else []
    context = {
        "courses": courses,
        "words": _words(courses),
        "hits": hits,
        "meant": queries.meant(q, viewer=request.user) if q and not hits else "",
        "q": q,
        "narrowed": any(chosen.values()),
        "filters": [(label, _links(request, name, values, chosen)) for label, name, values in rows if values],
    }
    return render(request, "courses/catalogue.html", context)


def _words(courses: list[Course]) -> dict[int, tuple[Any, ...]]:
    """Title and summary of every course as the visitor reads it, each with its language, and the languages it has."""
    hows = queries.readings(courses)
    return {
        row.pk: (hows[row.pk].said("title", row.title), hows[row.pk].said("summary", row.summary), queries.choices_of(row))
        for row in courses
    }


def _links(request: HttpRequest, name: str, values: list[tuple[str, str]], chosen: dict[str, str]) -> list[dict[str, object]]:
    """A filter's values as links that keep the other filters."""
    kept = {k: v for k, v in chosen.items() if v and k != name}

    def url(value: str) -> str:
        query = urlencode({**kept, name: value} if value else kept)
        return f"{request.path}?{query}" if query else request.path

    every = {"label": _("all"), "url": url(""), "current": not chosen[name]}
    return [every, *({"label": label, "url": url(value), "current": chosen[name] == value} for value, label in values)]


def course(request: HttpRequest, course: str) -> HttpResponse:
    """One course: what one will be able to do, for whom, its outline, and how to begin."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    enrolment = queries.enrolment_of(request.user, found)
    how = queries.reading(found, enrolment=enrolment, chosen=chosen_in(request, found))
    outline, done = queries.outline_with_progress(found, enrolment, how)
    user = request.user if isinstance(request.user, User) else None
    context = {
        "course": found,
        "outline": outline,
        "how": how,
        "title": how.said("title", found.title),
        "summary": how.said("summary", found.summary),
        "audience": how.said("audience", found.audience),
        "choices": queries.choices_of(found),
        "read_in": [found.language, *found.languages],
        "outcomes": [how.outcome(key, text) for key, text in found.outcomes.values_list("key", "text")],
        "enrolment": enrolment,
        "done": done,
        "progress": queries.progress_of(done, [t.pk for t in outline.topics]),
        "resume": _resume(outline, done, enrolment),
        "may_enrol": found.entry == Course.Entry.OPEN or (user is not None and actions.is_invited(user, found)),
        "counts": queries.counts_of(found),
        # Whether more than reading and exercises is asked for.
        "own_work": bool(found.hours) and float(found.hours) * 60 > outline.minutes * 1.05,
        "q": request.GET.get("q", "").strip()[:200],
    }
    if context["q"]:
        context["hits"] = queries.search(context["q"], viewer=request.user, course=found, chosen=how.language)
        if not context["hits"]:
            context["meant"] = queries.meant(context["q"], viewer=request.user, course=found, chosen=how.language)
    stars, said = queries.reviews_shown(found)
    context |= {"voices": stars, "said": said, "may_speak": False, "today": localdate()}
    if enrolment is not None and user is not None and may_speak(done=len(done), total=len(outline.topics)):
        mine = queries.review_of(user, found)
        context |= {"may_speak": True, "mine": mine, "review_form": ReviewForm(instance=mine)}
    return render(request, "courses/course.html", context)


def _resume(outline: queries.Outline, done: frozenset[int], enrolment: object) -> queries.TopicLine | None:
    at = queries.resume_at([t.pk for t in outline.topics], done, getattr(enrolment, "last_topic_id", None))
    return next((t for t in outline.topics if t.pk == at), None)


@require_POST
@login_required
def enrol(request: HttpRequest, course: str) -> HttpResponse:
    """The viewer learns here from now on."""
    found = get_object_or_404(queries.courses_for(request.user), slug=course)
    if not isinstance(request.user, User):
        raise Http404
    try:
        actions.enrol(course=found, by=request.user, at=now())
    except actions.NotOpen:
        messages.info(request, _("This course is open by invitation only."))
        return redirect("courses:course", course)
    topic = request.POST.get("topic", "")
    if topic and found.topics.filter(slug=topic, live=True).exists():
        return redirect("courses:topic", course, topic)
    return redirect("courses:course", course)


@require_POST
@login_required
def leave(request: HttpRequest, course: str) -> HttpResponse:
    """The viewer stops learning here."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    enrolment = queries.enrolment_of(request.user, found)
    if enrolment is not None and isinstance(request.user, User):
        actions.leave(enrolment=enrolment, by=request.user, at=now())
        messages.success(request, _("You have left the course. What you did is kept, should you come back."))
    return redirect("courses:course", course)


@login_required
def mine(request: HttpRequest) -> HttpResponse:
    """The viewer's courses and where each goes on."""
    if not isinstance(request.user, User):
        raise Http404
    courses = queries.my_courses(request.user)
    context = {
        "open": [c for c in courses if not c.progress.complete],
        "finished": [c for c in courses if c.progress.complete],
        "today": localdate(),
        "catalogue_url": reverse("courses:catalogue"),
    }
    return render(request, "courses/mine.html", context)


@login_required
def notes(request: HttpRequest, course: str) -> HttpResponse:
    """The viewer's own notes and bookmarks in a course."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    if not isinstance(request.user, User):
        raise Http404
    mine, marks = queries.notes_of(request.user, found)
    how = queries.reading(found, enrolment=queries.enrolment_of(request.user, found), chosen=chosen_in(request, found))
    context = {
        "course": found,
        "title": how.said("title", found.title),
        "notes": [(note, how.topic_title(note.topic)) for note in mine],
        "bookmarks": [(mark, how.topic_title(mark.topic)) for mark in marks],
    }
    return render(request, "courses/notes.html", context)


@login_required
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """A whole lesson on one page, to print or to read without a line."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    text = queries.lesson_text(found, lesson)
    if text is None:
        raise Http404
    how = queries.reading(found, enrolment=queries.enrolment_of(request.user, found), chosen=chosen_in(request, found))
    row, topics = text
    context = {
        "course": found,
        "how": how,
        "course_title": how.said("title", found.title),
        "title": how.part("lessons", row.slug, "title", row.title),
        "summary": how.part("lessons", row.slug, "summary", row.summary),
        "topics": queries.lesson_read(found, topics, how),
    }
    return render(request, "courses/lesson.html", context)


def glossary(request: HttpRequest, course: str) -> HttpResponse:
    """Every term of the course with its explanation."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    how = queries.reading(found, enrolment=queries.enrolment_of(request.user, found), chosen=chosen_in(request, found))
    context = {"course": found, "title": how.said("title", found.title), "entries": queries.glossary_of(found, how)}
    return render(request, "courses/glossary.html", context)
