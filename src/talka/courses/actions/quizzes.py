"""Sitting a quiz: drawn questions, a clock, one result."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db import IntegrityError, transaction

from talka.courses.actions.enrolling import scene, thing
from talka.courses.actions.learning import note_outcomes, notice_done
from talka.courses.models import Attempt, Enrolment, Material, QuizRun, TimeExtension, TopicProgress
from talka.courses.rules import exercises, marking, statements
from talka.courses.rules import materials as m
from talka.records.actions import store


class NoSittingLeft(Exception):
    """All attempts at this quiz are used up, or it is passed."""


def quiz_of(material: Material) -> m.Quiz:
    quiz = m.parse("quiz", material.definition)
    if not isinstance(quiz, m.Quiz):
        raise TypeError(material.kind)
    return quiz


@transaction.atomic
def start_quiz(*, enrolment: Enrolment, material: Material, at: datetime) -> QuizRun:
    """A sitting begins, or the open one goes on. Raises NoSittingLeft."""
    user, quiz = enrolment.user, quiz_of(material)
    runs = list(QuizRun.objects.select_for_update().filter(user=user, quiz=material))
    for run in runs:
        if run.finished_at is None:
            if exercises.in_time(at, run.ends_at):
                return run
            _finish(enrolment, material, quiz, run, at=run.ends_at or at)
    if (quiz.attempts and len(runs) >= quiz.attempts) or any(run.passed for run in runs):
        raise NoSittingLeft
    pool = [str(uuid) for uuid in material.questions.filter(retired_at=None).order_by("order").values_list("uuid", flat=True)]
    extension = TimeExtension.objects.filter(user=user, course=enrolment.course_id, ended_at=None).values_list("percent", flat=True).first()
    try:
        with transaction.atomic():
            return QuizRun.objects.create(
                user=user,
                quiz=material,
                n=len(runs) + 1,
                drawn=exercises.drawn(pool, quiz.draw, user.uuid, material.uuid, len(runs) + 1),
                started_at=at,
                ends_at=exercises.deadline(at, quiz.minutes, extension=extension or 0),
            )
    except IntegrityError:  # two clicks at once: one sitting
        return QuizRun.objects.get(user=user, quiz=material, finished_at=None)


@transaction.atomic
def save_answers(*, run: QuizRun, answers: Mapping[str, Any], at: datetime) -> bool:
    """Answers so far are kept, by question. Says whether they came in time and count."""
    kept = QuizRun.objects.select_for_update().get(pk=run.pk)
    if kept.finished_at is not None or not exercises.in_time(at, kept.ends_at):
        return False
    kept.answers = {**kept.answers, **{k: dict(v) for k, v in answers.items() if k in kept.drawn}}
    kept.save(update_fields=["answers"])
    return True


@transaction.atomic
def finish_quiz(*, enrolment: Enrolment, run: QuizRun, answers: Mapping[str, Any], at: datetime) -> QuizRun:
    """The sitting ends and is marked once, whatever is sent again.

    Answers that come after the deadline are kept in `late` but do not count; what was saved in time is marked.
    """
    kept = QuizRun.objects.select_for_update().select_related("quiz__topic__lesson").get(pk=run.pk)
    if kept.finished_at is not None:
        return kept
    in_time = exercises.in_time(at, kept.ends_at)
    if in_time:
        kept.answers = {**kept.answers, **{k: dict(v) for k, v in answers.items() if k in kept.drawn}}
    quiz = quiz_of(kept.quiz)
    done = _finish(enrolment, kept.quiz, quiz, kept, at=at if in_time else (kept.ends_at or at))
    if not in_time:
        done.late = {k: dict(v) for k, v in answers.items() if k in kept.drawn}
        done.save(update_fields=["late"])
    return done


def _finish(enrolment: Enrolment, material: Material, quiz: m.Quiz, run: QuizRun, *, at: datetime) -> QuizRun:
    user = enrolment.user
    rows = {str(row.uuid): row for row in Material.objects.filter(parent=material, uuid__in=run.drawn)}
    here = scene(enrolment, material.topic)
    points: dict[str, float] = {}
    scores: dict[str, float] = {}
    told = []
    marks = {}
    for uuid in run.drawn:
        if uuid not in rows:
            continue  # the author took the question out while somebody sat: it costs nobody a point
        row = rows[uuid]
        definition = m.parse("exercise", row.definition)
        if not isinstance(definition, m.Exercise):
            raise TypeError(row.kind)
        points[uuid] = definition.points
        response = run.answers.get(uuid) or {}
        try:
            mark = marking.mark(definition, response)
        except (marking.NoAnswer, marking.Unreadable):
            continue
        scores[uuid] = mark.score
        marks[uuid] = (definition, mark)
        n = Attempt.objects.filter(user=user, material=row).count() + 1
        Attempt.objects.create(
            user=user, material=row, run=run, n=n, at=at, token=uuid5(row.uuid, f"{user.uuid}/{run.pk}"), response=response,
            score=mark.score, success=mark.success,
        )  # fmt: skip
        told.append(statements.answered(here, thing(row), definition, response, mark, at=at, parent=thing(material)))
    result = exercises.quiz_result(points, scores, quiz.pass_mark)
    run.finished_at, run.score, run.passed = at, result.score, result.passed
    run.save()
    seconds = max(0.0, (at - run.started_at).total_seconds())
    told.append(statements.quiz_finished(here, thing(material), score=result.score, passed=result.passed, seconds=seconds, at=at))
    store(told, source=None, at=at)
    for uuid, (definition, mark) in marks.items():
        if mark.success is not None:
            note_outcomes(
                user=user, course=enrolment.course, keys=definition.assesses, score=mark.score,
                mastered=bool(mark.success) and result.passed, material=rows[uuid], at=at, kind="quiz",
            )  # fmt: skip
    progress = TopicProgress.objects.filter(enrolment=enrolment, topic=material.topic_id).first()
    if progress is not None:
        notice_done(enrolment, material.topic, progress, at)
    return run
