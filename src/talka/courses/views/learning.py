"""The learner's pages and what their forms send."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from talka.courses import actions, forms, pieces, queries
from talka.courses.languages.choosing import chosen_in
from talka.courses.models import Course, Enrolment, Material, Topic
from talka.courses.rules import cases, marking
from talka.courses.rules import materials as m
from talka.courses.views.places import person_of

log = logging.getLogger("talka.courses")


def _topic(request: HttpRequest, course: str, topic: str) -> Topic:
    found = queries.topic_for(course, topic, viewer=request.user)
    if found is None:
        raise Http404
    return found


def _enrolled(request: HttpRequest, topic: Topic) -> Enrolment:
    """The viewer's enrolment; answering in an open course enrols."""
    found = queries.enrolment_of(request.user, topic.course)
    if found is None:
        found = actions.enrol(course=topic.course, by=person_of(request), at=now())
    found.course = topic.course
    found.user = person_of(request)
    return found


def _material(topic: Topic, key: str, *kinds: str) -> Material:
    found = Material.objects.current().pieces().filter(topic=topic, key=key, kind__in=kinds).first()
    if found is None:
        raise Http404
    found.topic = topic
    return found


def _in(request: HttpRequest, topic: Topic, material: Material) -> Material:
    """The material in the language that its address asks for."""
    language = request.GET.get("in", "")
    if language in topic.course.languages:
        how = queries.reading(topic.course, topic=topic.pk, chosen=language)
        queries.lay_over([material], how)
        queries.load_words([material])
    return material


def _back(topic: Topic, anchor: str = "") -> HttpResponse:
    url = reverse("courses:topic", args=[topic.course.slug, topic.slug])
    return redirect(f"{url}#{anchor}" if anchor else url)


@login_required
def topic(request: HttpRequest, course: str, topic: str) -> HttpResponse:
    """A topic with everything in it."""
    found = _topic(request, course, topic)
    page = queries.topic_page(found, viewer=person_of(request), chosen=chosen_in(request, found.course))
    if page.enrolment is None and found.course.entry == Course.Entry.INVITATION and not queries.may_write(request.user, found.course):
        messages.info(request, _("This course is open by invitation only."))
        return redirect("courses:course", course)
    response = render(request, "courses/topic.html", _context(request, page))
    # A page that is fetched to be saved on a phone is not read yet.
    if page.enrolment is not None and "X-Talka-Save" not in request.headers:
        page.enrolment.course, page.enrolment.user = found.course, person_of(request)
        _after(response, partial(actions.note_place, enrolment=page.enrolment, topic=found, at=now(), told_at=page.told_at))
    return response


def _after(response: HttpResponse, call: Callable[[], object]) -> None:
    """`call` runs once the page has gone out, so that nobody waits for the bookkeeping."""

    def run() -> None:
        try:
            call()
        except DatabaseError:
            log.exception("An opened topic could not be noted")

    response._resource_closers.append(run)  # noqa: SLF001  # Django's own list of what to do when an answer is closed


def _context(request: HttpRequest, page: queries.TopicPage, trouble: dict[int, pieces.Trouble] | None = None) -> dict[str, Any]:
    before, after = page.outline.around(page.topic.pk)
    return {
        "page": page,
        "course": page.course,
        "topic": page.topic,
        "lesson": page.outline.lesson_of(page.topic.pk),
        "before": before,
        "after": after,
        "parts": pieces.parts_around(request, page, before, after),
        "pieces": pieces.of_page(request, page, trouble or {}),
        # Only those who can mend it are told that the source of a translation has changed.
        "stale": page.stale if page.stale and queries.may_write(request.user, page.course) else [],
    }


def _again(request: HttpRequest, found: Topic, material: Material, trouble: pieces.Trouble) -> HttpResponse:
    """The page, or the one piece a script asked for, with what was typed and what is wrong with it."""
    if _wants_piece(request):
        return _piece(request, found, material, {material.pk: trouble}, status=422)
    page = queries.topic_page(found, viewer=person_of(request), chosen=chosen_in(request, found.course))
    return render(request, "courses/topic.html", _context(request, page, {material.pk: trouble}), status=422)


def _wants_piece(request: HttpRequest) -> bool:
    return request.headers.get("X-Talka-Piece") == "1"


def _piece(
    request: HttpRequest, found: Topic, material: Material, trouble: dict[int, pieces.Trouble] | None = None, *, status: int = 200
) -> HttpResponse:
    """One material alone, for a script that puts it in the place of the old one."""
    page = queries.piece_page(found, material, viewer=person_of(request), chosen=chosen_in(request, found.course))
    (piece,) = pieces.of_page(request, page, trouble or {})
    return render(request, "courses/piece.html", {"piece": piece, "page": page, "course": found.course, "topic": found}, status=status)


def _done(request: HttpRequest, found: Topic, material: Material) -> HttpResponse:
    return _piece(request, found, material) if _wants_piece(request) else _back(found, f"m-{material.key}")


@require_POST
@login_required
def answer(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """An answer to an exercise."""
    found = _topic(request, course, topic)
    row = _material(found, material, "exercise")
    exercise = m.parse("exercise", row.definition)
    response = forms.response_from(exercise, request.POST)  # type: ignore[arg-type]
    file = None
    try:
        if isinstance(exercise, m.Upload):
            file = forms.hand_in_from(exercise, request.FILES.get("file"))
            response = {"name": file[0], "size": len(file[1])}
        actions.answer(
            enrolment=_enrolled(request, found),
            material=row,
            response=response,
            token=forms.token_from(request.POST),
            at=now(),
            seconds=forms.seconds_since(request.POST, time.time()),
            file=file,
        )
    except marking.NoAnswer:
        return _again(request, found, row, pieces.Trouble(response, _("Answer first. Nothing was counted.")))
    except marking.Unreadable as what:
        return _again(request, found, row, pieces.Trouble(response, pieces.unreadable(exercise, str(what))))
    except forms.FileRefused as refused:
        return _again(request, found, row, pieces.Trouble(response, str(refused)))
    except actions.Closed:
        messages.info(request, _("This exercise takes no further answers. What you sent was not counted."))
    except actions.NotOpen:
        return redirect("courses:course", course)
    return _done(request, found, row)


@require_POST
@login_required
def draft(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """What is typed in an exercise but not sent, so that it waits on another device. Looking in keeps nothing."""
    found = _topic(request, course, topic)
    row = _material(found, material, "exercise")
    exercise = m.parse("exercise", row.definition)
    enrolment = queries.enrolment_of(request.user, found.course)
    if enrolment is None or isinstance(exercise, m.Upload):
        return HttpResponse(status=204)
    enrolment.course, enrolment.user = found.course, person_of(request)
    response = forms.response_from(exercise, request.POST)  # type: ignore[arg-type]
    kept = actions.keep_draft(enrolment=enrolment, material=row, response=response, at=now())
    return JsonResponse({"kept": kept})


@require_POST
@login_required
def hint(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """One more hint."""
    found = _topic(request, course, topic)
    row = _material(found, material, "exercise")
    actions.take_hint(user=person_of(request), material=row)
    return _done(request, found, row)


@require_POST
@login_required
def solution(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """The learner gives up and sees the solution."""
    found = _topic(request, course, topic)
    row = _material(found, material, "exercise")
    actions.give_up(user=person_of(request), material=row, at=now())
    return _done(request, found, row)


@require_POST
@login_required
def step(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """A choice in a case, or back to its start."""
    found = _topic(request, course, topic)
    row = _material(found, material, "case")
    if "again" in request.POST:
        actions.restart_case(user=person_of(request), material=row, at=now())
        return _done(request, found, row)
    place, _sep, choice = request.POST.get("choice", "").partition("/")
    try:
        actions.take_step(enrolment=_enrolled(request, found), material=row, place=int(place), choice=int(choice), at=now())
    except (ValueError, cases.NoSuchChoice):
        messages.info(request, _("That choice is no longer there. The case goes on from where you are."))
    return _done(request, found, row)


@require_POST
@login_required
def sheet(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """A tool sheet is saved: by its button, or by the script while one types."""
    found = _topic(request, course, topic)
    row = _material(found, material, "tool")
    tool = m.parse("tool", row.definition)
    values = forms.sheet_from(tool, request.POST)  # type: ignore[arg-type]
    version = int(request.POST["version"]) if request.POST.get("version", "").isdigit() else 0
    script = request.headers.get("Accept") == "application/json"
    try:
        entry = actions.save_sheet(enrolment=_enrolled(request, found), material=row, values=values, version=version, at=now())
    except actions.Outdated as newer:
        if script:
            return JsonResponse({"version": newer.theirs.version}, status=409)
        how = queries.reading(found.course, topic=found.pk, enrolment=queries.enrolment_of(request.user, found.course))
        queries.lay_over([row], how)
        queries.load_words([row])
        context = {"course": found.course, "topic": found, "material": row} | pieces.conflict(row, values, newer.theirs)
        return render(request, "courses/conflict.html", context, status=409)
    if script:
        return JsonResponse({"version": entry.version})
    messages.success(request, _("Your sheet is saved."))
    return _back(found, f"m-{row.key}")


@require_POST
@login_required
def note(request: HttpRequest, course: str, topic: str) -> HttpResponse:
    """The private note on a topic."""
    found = _topic(request, course, topic)
    version = int(request.POST["version"]) if request.POST.get("version", "").isdigit() else 0
    text = request.POST.get("text", "")[: forms.LONGEST_TEXT]
    script = request.headers.get("Accept") == "application/json"
    try:
        kept = actions.save_note(user=person_of(request), topic=found, text=text, version=version, at=now())
    except actions.Outdated as newer:
        if script:
            return JsonResponse({"version": newer.theirs.version}, status=409)
        context = {"course": found.course, "topic": found, "mine": text, "theirs": newer.theirs}
        return render(request, "courses/note_conflict.html", context, status=409)
    if script:
        return JsonResponse({"version": kept.version if kept else 0})
    messages.success(request, _("Your note is saved."))
    return _back(found, "note")


@require_POST
@login_required
def bookmark(request: HttpRequest, course: str, topic: str) -> HttpResponse:
    found = _topic(request, course, topic)
    actions.set_bookmark(user=person_of(request), topic=found, on="on" in request.POST, at=now())
    return _back(found)


@require_POST
@login_required
def done(request: HttpRequest, course: str, topic: str) -> HttpResponse:
    """The learner says that the topic is done, or takes it back."""
    found = _topic(request, course, topic)
    try:
        enrolment = _enrolled(request, found)
    except actions.NotOpen:
        return redirect("courses:course", course)
    if "undo" in request.POST:
        actions.reopen_topic(enrolment=enrolment, topic=found)
        return _back(found, "end")
    actions.finish_topic(enrolment=enrolment, topic=found, at=now())
    if request.POST.get("next"):
        return redirect("courses:topic", found.course.slug, request.POST["next"][:80])
    return _back(found, "end")


@require_POST
@login_required
def seen(request: HttpRequest, course: str, topic: str) -> HttpResponse:
    """The page's own report: seconds, place, end reached. Without an enrolment there is nothing to keep."""
    found = _topic(request, course, topic)
    enrolment = queries.enrolment_of(request.user, found.course)
    if enrolment is None:
        return HttpResponse(status=204)
    enrolment.course, enrolment.user = found.course, person_of(request)
    row = actions.see_topic(enrolment=enrolment, topic=found, at=now(), **forms.seen_from(request.POST))
    return JsonResponse({"done": row.done_at is not None})


@require_POST
@login_required
def watch(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """The player's report, sent while a film plays and when it stops."""
    found = _topic(request, course, topic)
    row = _material(found, material, "film", "video", "audio")
    enrolment = queries.enrolment_of(request.user, found.course)
    report = forms.watched_from(request.POST)
    if enrolment is None or report is None:
        return HttpResponse(status=204)
    enrolment.course, enrolment.user = found.course, person_of(request)
    kept = actions.watch(enrolment=enrolment, material=row, at=now(), **report)
    return JsonResponse({"position": kept.position})


@login_required
def captions(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponseBase:
    """What is said in a slide film, as captions."""
    found = _topic(request, course, topic)
    row = _in(request, found, _material(found, material, "film"))
    return HttpResponse(
        pieces.film_captions(row), content_type="text/vtt; charset=utf-8", headers={"Cache-Control": "private, max-age=600"}
    )


@login_required
def film(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponseBase:
    """The film itself, in the part that the player asks for."""
    from talka.courses import films

    found = _topic(request, course, topic)
    row = _in(request, found, _material(found, material, "film"))
    path = films.file_of(row)
    if path is None:
        raise Http404
    return films.ranged(path, request.headers.get("Range", ""), content_type="video/webm")


@login_required
def document(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """A document as PDF."""
    found = _topic(request, course, topic)
    row = _material(found, material, "document")
    enrolment = queries.enrolment_of(request.user, found.course)
    if enrolment is not None:
        enrolment.course, enrolment.user = found.course, person_of(request)
        actions.download(enrolment=enrolment, material=row, at=now())
    row = _in(request, found, row)
    name = f"{found.slug}-{row.key}.pdf"
    return HttpResponse(
        pieces.document_pdf(row), content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


# Quizzes


@login_required
def quiz(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """The open sitting of a quiz, or its last result."""
    found = _topic(request, course, topic)
    row = _material(found, material, "quiz")
    run = row.runs.filter(user=person_of(request)).order_by("-n").first()
    if run is None:
        return _back(found, f"m-{row.key}")
    enrolment = _enrolled(request, found)
    if run.finished_at is None and not pieces.in_time(run, now()):
        run = actions.finish_quiz(enrolment=enrolment, run=run, answers={}, at=now())
    how = queries.reading(found.course, topic=found.pk, enrolment=enrolment)
    queries.lay_over([row], how)
    context = {"course": found.course, "topic": found, "material": row, "run": run, "title": how.topic_title(found)}
    if run.finished_at is not None:
        return render(request, "courses/quiz_result.html", context | pieces.quiz_result(row, run, how))
    empty = [n for n, question in enumerate(run.drawn, 1) if question not in run.answers] if "empty" in request.GET else []
    return render(request, "courses/quiz.html", context | {"questions": pieces.quiz_questions(row, run, how), "empty": empty})


@require_POST
@login_required
def quiz_start(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    found = _topic(request, course, topic)
    row = _material(found, material, "quiz")
    try:
        actions.start_quiz(enrolment=_enrolled(request, found), material=row, at=now())
    except actions.NoSittingLeft:
        messages.info(request, _("This quiz takes no further attempts."))
        return _back(found, f"m-{row.key}")
    except actions.NotOpen:
        return redirect("courses:course", course)
    return redirect("courses:quiz", course, topic, material)


@require_POST
@login_required
def quiz_answers(request: HttpRequest, course: str, topic: str, material: str) -> HttpResponse:
    """Answers of a sitting: kept while one goes on, marked when handed in."""
    found = _topic(request, course, topic)
    row = _material(found, material, "quiz")
    run = row.runs.filter(user=person_of(request), n=int(request.POST["n"]) if request.POST.get("n", "").isdigit() else 0).first()
    if run is None:
        raise Http404
    answers = pieces.quiz_answers(row, run, request.POST)
    if "finish" in request.POST:
        # A thumb slips, and a sitting may be the last: empty questions are named once before it ends.
        if len(answers) < len(run.drawn) and request.POST["finish"] != "sure" and actions.save_answers(run=run, answers=answers, at=now()):
            return redirect(reverse("courses:quiz", args=[course, topic, material]) + "?empty=1")
        finished = actions.finish_quiz(enrolment=_enrolled(request, found), run=run, answers=answers, at=now())
        if finished.late:
            messages.warning(request, _too_late())
        return redirect("courses:quiz", course, topic, material)
    kept = actions.save_answers(run=run, answers=answers, at=now())
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"saved": kept}, status=200 if kept else 409)
    if kept:
        messages.success(request, _("Your answers so far are saved."))
    elif run.finished_at is None:
        # The time ran out while they were typed: the sitting ends, and what came too late is kept beside it.
        actions.finish_quiz(enrolment=_enrolled(request, found), run=run, answers=answers, at=now())
        messages.warning(request, _too_late())
    return redirect("courses:quiz", course, topic, material)


def _too_late() -> str:
    return _("The time was over when your answers came. What was saved before that was marked; the rest was kept but does not count.")
