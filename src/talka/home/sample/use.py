"""A year of use as it would have come about: the rows that learning leaves in tables, and the statements that tell of them.

The ways that `year` plays through are walked once; every move changes rows by the rules of `courses` and tells what
`courses.rules.statements` would tell, so that tables and statements agree to the last attempt.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from django.conf import settings

from talka.courses.models import (
    Attempt,
    CasePath,
    Course,
    CourseOutcome,
    Enrolment,
    Lesson,
    Material,
    QuizRun,
    SheetEntry,
    Topic,
    TopicProgress,
    Watch,
)
from talka.courses.rules import marking, statements
from talka.courses.rules import materials as m
from talka.courses.rules.progress import merge_played, played_share
from talka.home.sample import answers
from talka.home.sample.answers import Prepared
from talka.home.sample.blueprint import Blueprint
from talka.home.sample.people import Person
from talka.home.sample.visit import Move, Piece, Stop, Way
from talka.skills.models import Evidence


class Known(statements.Thing):
    """A thing whose description is made once, however many statements speak of it."""

    def described(self, base: str, language: str, also: Mapping[str, str] | None = None) -> dict[str, Any]:
        if also:
            return super().described(base, language, also)
        found = _described.get((self.kind, self.uuid))
        if found is None:
            found = _described[self.kind, self.uuid] = super().described(base, language)
        return found


_described: dict[tuple[str, UUID], dict[str, Any]] = {}


@dataclass(slots=True)
class Part:
    """A material with what the generator needs of it beside its row."""

    row: Material
    thing: Known
    prepared: Prepared | None = None
    questions: list["Part"] = field(default_factory=list)
    quiz: m.Quiz | None = None


@dataclass(slots=True)
class Outline:
    """The course as the generator walks it: topics in order, each with its pieces."""

    course: Course
    thing: Known
    topics: list[Topic]
    things: list[Known]
    lessons: list[Known]
    parts: list[list[Part]]
    outcomes: dict[str, int]
    stops: list[Stop]


def outline(plan: Blueprint, course: Course) -> Outline:
    """Everything of `course` that people can do, in order. Five queries."""
    _described.clear()
    rows = list(
        Topic.objects.filter(course=course, live=True)
        .defer("body")
        .select_related("lesson")
        .order_by("lesson__module__order", "lesson__module__pk", "lesson__order", "lesson__pk", "order", "pk")
    )
    by_topic: dict[int, list[Material]] = {}
    by_quiz: dict[int, list[Material]] = {}
    for row in Material.objects.current().filter(topic__in=rows).defer("shown", "html", "plain"):
        (by_topic if row.parent_id is None else by_quiz).setdefault(row.parent_id or row.topic_id, []).append(row)
    parts = [[_part(plan, row, by_quiz.get(row.pk, ())) for row in by_topic.get(topic.pk, ())] for topic in rows]
    lessons: dict[int, Lesson] = {t.lesson_id: t.lesson for t in rows}
    numbers = {pk: n for n, pk in enumerate(lessons)}
    return Outline(
        course=course,
        thing=_known("course", course),
        topics=rows,
        things=[_known("topic", t) for t in rows],
        lessons=[_known("lesson", t.lesson) for t in rows],
        parts=parts,
        outcomes=dict(CourseOutcome.objects.filter(course=course, outcome__isnull=False).values_list("key", "outcome_id")),
        stops=[
            Stop(t.slug, numbers[t.lesson_id], tuple(_piece(plan, p) for p in own), plan.hard_topics.get(t.slug, 0.0))
            for t, own in zip(rows, parts, strict=True)
        ],
    )


def _known(kind: str, row: Any) -> Known:
    return Known(kind, row.uuid, row.title, getattr(row, "definition", None))


def _part(plan: Blueprint, row: Material, questions: Iterable[Material]) -> Part:
    part = Part(row, _known(row.kind, row))
    if row.kind == "exercise":
        part.prepared = answers.prepare(row.definition, _chance(plan, "answers", row.uuid))
    if row.kind == "quiz":
        quiz = m.parse("quiz", row.definition)
        part.quiz = quiz if isinstance(quiz, m.Quiz) else None
        part.questions = [_part(plan, q, ()) for q in questions]
    return part


def _chance(plan: Blueprint, *of: object) -> Random:
    return Random("/".join(map(str, (plan.seed, *of))))  # noqa: S311  # a sample must come out the same every time


def _piece(plan: Blueprint, part: Part) -> Piece:
    row, prepared = part.row, part.prepared
    seconds = row.seconds or max(8.0, row.words / 3.4)
    if prepared is not None:
        return Piece(
            "exercise",
            seconds,
            hard=_chance(plan, "hard", row.uuid).gauss(-0.35, 0.85),
            scores=tuple(mark.score for mark in prepared.marks),
            judged=prepared.judged,
            most=prepared.definition.attempts,
            points=prepared.definition.points,
        )
    if part.quiz is not None:
        questions = tuple(_piece(plan, q) for q in part.questions)
        return Piece(
            "quiz",
            0.0,
            most=part.quiz.attempts,
            questions=questions,
            draw=min(part.quiz.draw, len(questions)),
            pass_mark=part.quiz.pass_mark,
        )
    return Piece(row.kind, seconds)


@dataclass(slots=True)
class Rows:
    """What a year leaves behind: rows by table, and tellings (moment, order, how to make the statement)."""

    enrolments: list[Enrolment] = field(default_factory=list)
    progress: list[tuple[Enrolment, TopicProgress]] = field(default_factory=list)
    runs: list[QuizRun] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    in_runs: list[tuple[Attempt, QuizRun]] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    sheets: list[SheetEntry] = field(default_factory=list)
    cases: list[CasePath] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    told: list[tuple[float, int, Callable[[], dict[str, Any]]]] = field(default_factory=list)


def _at(moment: float) -> datetime:
    return datetime.fromtimestamp(round(moment, 3), UTC)


class Walk:
    """One person's way, move by move."""

    def __init__(self, plan: Blueprint, course: Outline, person: Person, way: Way, rows: Rows) -> None:
        self.plan, self.course, self.person, self.way, self.rows = plan, course, person, way, rows
        user = person.user
        self.chance = _chance(plan, "walk", user.uuid)
        begun = _at(way.moves[0].at)
        self.enrolment = Enrolment(
            uuid=plan.uuid("enrolment", user.email), user=user, course=course.course, started_at=begun, last_at=begun
        )
        self.scenes: dict[int, statements.Scene] = {}
        self.progress: dict[int, TopicProgress] = {}
        self.attempts: dict[int, int] = {}
        self.watches: dict[int, Watch] = {}
        self.playing: dict[int, tuple[float, float]] = {}
        self.sheets: dict[int, SheetEntry] = {}
        self.cases: dict[int, CasePath] = {}
        self.runs: dict[int, list[QuizRun]] = {}
        self.open_run: tuple[QuizRun, list[tuple[Move, Part]]] | None = None
        self.spent: tuple[int, float] = (-1, 0.0)

    def scene(self, topic: int) -> statements.Scene:
        found = self.scenes.get(topic)
        if found is None:
            c = self.course
            inside = topic >= 0
            found = self.scenes[topic] = statements.Scene(
                settings.NAMES_URL,
                self.person.user.uuid,
                self.enrolment.uuid,
                c.thing,
                c.lessons[topic] if inside else None,
                c.things[topic] if inside else None,
                c.course.language,
                # Those whose language the course has read it in their own.
                self.person.user.language if self.person.user.language in c.course.languages else "",
            )
        return found

    def tell(self, move: Move, make: Callable[[], dict[str, Any]]) -> None:
        """A statement, made when it is written: half a million dictionaries at once would not fit."""
        key = str(UUID(int=self.chance.getrandbits(128), version=4))
        self.rows.told.append((move.at, len(self.rows.told), lambda: {"id": key} | make()))

    def go(self) -> None:
        does = {
            "enrolled": self.enrolled, "opened": self.opened, "begun": self.begun, "played": self.played, "paused": self.halted,
            "seeked": self.halted, "watched": self.halted, "fetched": self.fetched, "answered": self.answered, "sat": self.sat,
            "stepped": self.stepped, "ended": self.stepped, "filled": self.filled, "done": self.done, "completed": self.completed,
        }  # fmt: skip
        self.rows.enrolments.append(self.enrolment)
        for move in self.way.moves:
            self._spend(move)
            does[move.what](move)
        self.rows.progress += [(self.enrolment, row) for row in self.progress.values()]
        self.rows.watches += self.watches.values()
        self.rows.sheets += self.sheets.values()
        self.rows.cases += self.cases.values()
        self._drop_open_run()

    def _spend(self, move: Move) -> None:
        """Seconds before somebody's eyes go to the topic that was open, as far as they are not a break."""
        topic, since = self.spent
        if topic in self.progress and 0 < move.at - since < 1200:
            self.progress[topic].seconds += int(move.at - since)
        self.spent = (move.topic if move.topic >= 0 else topic, move.at)

    def part(self, move: Move) -> Part:
        return self.course.parts[move.topic][move.piece]

    def enrolled(self, move: Move) -> None:
        scene, at = self.scene(-1), _at(move.at)
        self.rows.told.append((move.at, len(self.rows.told), lambda: statements.enrolled(scene, at=at)))

    def opened(self, move: Move) -> None:
        at, topic = _at(move.at), self.course.topics[move.topic]
        row = self.progress.get(move.topic)
        if row is None:
            self.progress[move.topic] = TopicProgress(topic_id=topic.pk, opened_at=at, told_at=at)
        elif (at - (row.told_at or row.opened_at)).total_seconds() < 600:
            return
        else:
            row.told_at = at
        self.enrolment.last_topic, self.enrolment.last_at = topic, at
        scene, thing = self.scene(move.topic), self.course.things[move.topic]
        self.tell(move, lambda: statements.opened(scene, thing, at=at))

    def begun(self, move: Move) -> None:
        part = self.part(move)
        if part.quiz is not None:
            self._drop_open_run()
            before = self.runs.setdefault(part.row.pk, [])
            at = _at(move.at)
            run = QuizRun(user_id=self.person.user.pk, quiz_id=part.row.pk, n=len(before) + 1, drawn=[], started_at=at)
            before.append(run)
            self.open_run = (run, [])

    def _drop_open_run(self) -> None:
        """A sitting that was not finished when the year ended: nothing was handed in."""
        if self.open_run is not None:
            self.runs[self.open_run[0].quiz_id].pop()
            self.open_run = None

    def answered(self, move: Move) -> None:
        part = self.part(move)
        if move.part >= 0:
            if self.open_run is not None:
                self.open_run[1].append((move, part.questions[move.part]))
            return
        at = _at(move.at)
        made = self._attempt(part, move, at)
        mark = part.prepared.marks[move.pick]  # type: ignore[union-attr]  # an answer belongs to an exercise
        self._tell_answer(move, part, at, seconds=move.took)
        self.enrolment.last_topic, self.enrolment.last_material, self.enrolment.last_at = self.course.topics[move.topic], part.row, at
        if mark.success is not None and (made.n == 1 or mark.success):
            self._evidence(part, mark, at, mastered=bool(mark.success) and made.n <= 2, kind="exercise")

    def _attempt(self, part: Part, move: Move, at: datetime, run: QuizRun | None = None) -> Attempt:
        prepared = part.prepared
        mark = prepared.marks[move.pick]  # type: ignore[union-attr]
        n = self.attempts[part.row.pk] = self.attempts.get(part.row.pk, 0) + 1
        made = Attempt(
            user_id=self.person.user.pk,
            material_id=part.row.pk,
            n=n,
            at=at,
            token=UUID(int=self.chance.getrandbits(128), version=4),
            response=dict(prepared.responses[move.pick]),  # type: ignore[union-attr]
            score=mark.score,
            success=mark.success,
            seconds=move.took if run is None else None,
        )
        self.rows.attempts.append(made)
        if run is not None:
            self.rows.in_runs.append((made, run))
        return made

    def _tell_answer(self, move: Move, part: Part, at: datetime, *, seconds: float | None = None, parent: Known | None = None) -> None:
        scene, prepared, pick = self.scene(move.topic), part.prepared, move.pick
        self.tell(
            move,
            lambda: statements.answered(
                scene,
                part.thing,
                prepared.definition,
                prepared.responses[pick],
                prepared.marks[pick],
                at=at,
                seconds=seconds,
                parent=parent,  # type: ignore[union-attr]
            ),
        )

    def _evidence(self, part: Part, mark: marking.Mark, at: datetime, *, mastered: bool, kind: str) -> None:
        for key in part.prepared.definition.assesses:  # type: ignore[union-attr]
            if outcome := self.course.outcomes.get(key):
                about = part.thing.iri(settings.NAMES_URL)[:300]
                self.rows.evidence.append(
                    Evidence(
                        user_id=self.person.user.pk, outcome_id=outcome, at=at, kind=kind, score=mark.score, mastered=mastered, about=about
                    )
                )

    def sat(self, move: Move) -> None:
        if self.open_run is None:
            return
        run, given = self.open_run
        self.open_run = None
        at, quiz = _at(move.at), self.part(move)
        passed = move.score + 1e-9 >= quiz.quiz.pass_mark  # type: ignore[union-attr]
        run.drawn = [str(part.row.uuid) for _m, part in given]
        run.answers = {str(part.row.uuid): dict(part.prepared.responses[m.pick]) for m, part in given}  # type: ignore[union-attr]
        run.finished_at, run.score, run.passed = at, move.score, passed
        self.rows.runs.append(run)
        for answer, part in given:
            self._attempt(part, answer, at, run)
            self._tell_answer(Move(move.at, "answered", move.topic, move.piece, answer.part, answer.pick), part, at, parent=quiz.thing)
        for answer, part in given:
            mark = part.prepared.marks[answer.pick]  # type: ignore[union-attr]
            if mark.success is not None:
                self._evidence(part, mark, at, mastered=bool(mark.success) and passed, kind="quiz")
        scene = self.scene(move.topic)
        self.tell(move, lambda: statements.quiz_finished(scene, quiz.thing, score=move.score, passed=passed, seconds=move.took, at=at))

    def played(self, move: Move) -> None:
        self.playing[self.part(move).row.pk] = (move.at, move.to)
        self._film(move, "played", move.to)

    def halted(self, move: Move) -> None:
        """Paused, jumped or watched to the end: what was played since then is known now."""
        self._film(move, "seeked" if move.what == "seeked" else "paused", move.to)

    def _film(self, move: Move, verb: str, position: float) -> None:
        part, at = self.part(move), _at(move.at)
        length = part.row.seconds or 0.0
        row = self.watches.get(part.row.pk)
        first = row is None
        if row is None:
            row = self.watches[part.row.pk] = Watch(user_id=self.person.user.pk, material_id=part.row.pk, at=at)
        begun = self.playing.get(part.row.pk)
        if verb != "played" and begun is not None:
            upto = begun[1] + (move.at - begun[0]) if verb == "seeked" else position
            row.played = merge_played(row.played, (begun[1], max(begun[1], upto)), length=length)
        row.position, row.at = max(0.0, min(position, length)), at
        share = played_share(row.played, length)
        told = ["initialized", verb] if first else [verb]
        if share >= 0.95 and row.completed_at is None:
            row.completed_at = at
            told.append("completed")
        scene, thing, where, played = self.scene(move.topic), part.thing, row.position, [list(p) for p in row.played]
        session = str(self.enrolment.uuid)
        for said in told:
            self.tell(
                move,
                lambda said=said: statements.film(  # type: ignore[misc]
                    scene, thing, said, position=where, length=length, played=played, share=share, at=at, session=session
                ),
            )

    def fetched(self, move: Move) -> None:
        scene, thing, at = self.scene(move.topic), self.part(move).thing, _at(move.at)
        self.tell(move, lambda: statements.downloaded(scene, thing, at=at))

    def filled(self, move: Move) -> None:
        part, at = self.part(move), _at(move.at)
        row = self.sheets.get(part.row.pk)
        tells = row is None or (at - row.saved_at).total_seconds() > 3600
        if row is None:
            row = self.sheets[part.row.pk] = SheetEntry(
                user_id=self.person.user.pk, material_id=part.row.pk, values={}, version=0, saved_at=at
            )
        row.version, row.saved_at = row.version + 1, at
        row.values = answers.sheet(part.row.definition, row.version + 1)
        if tells:
            scene = self.scene(move.topic)
            self.tell(move, lambda: statements.interacted(scene, part.thing, at=at))

    def stepped(self, move: Move) -> None:
        part, at = self.part(move), _at(move.at)
        row = self.cases.get(part.row.pk)
        first = row is None
        if row is None:
            row = self.cases[part.row.pk] = CasePath(user_id=self.person.user.pk, material_id=part.row.pk, at=at)
        ends = move.what == "ended" and row.ended_at is None
        if row.ended_at is None:
            row.path, node = answers.walk(part.row.definition, self.chance, whole=ends)
            row.at = at
            if ends:
                row.ended_at, row.ends = at, [node]
        if first or ends:
            scene = self.scene(move.topic)
            self.tell(move, lambda: statements.interacted(scene, part.thing, at=at, completed=ends))

    def done(self, move: Move) -> None:
        row, at = self.progress[move.topic], _at(move.at)
        row.read_at, row.done_at, row.done_how = at, at, TopicProgress.How.NOTICED
        scene, thing = self.scene(move.topic), self.course.things[move.topic]
        self.tell(move, lambda: statements.topic_done(scene, thing, at=at))

    def completed(self, move: Move) -> None:
        scene, at = self.scene(-1), _at(move.at)
        self.enrolment.completed_at = at
        self.tell(move, lambda: statements.course_done(scene, at=at))


def walk_all(plan: Blueprint, course: Outline, people: Sequence[Person], ways: Sequence[Way]) -> Rows:
    """Rows and tellings of all ways."""
    rows = Rows()
    for way in ways:
        Walk(plan, course, people[way.learner], way, rows).go()
    rows.told.sort(key=lambda t: t[:2])
    return rows


Counts = dict[str, int]


def write(rows: Rows) -> Counts:
    """The rows into their tables; answers how many of each."""
    Enrolment.objects.bulk_create(rows.enrolments, batch_size=500)
    for enrolment, progress in rows.progress:
        progress.enrolment_id = enrolment.pk
    QuizRun.objects.bulk_create(rows.runs, batch_size=500)
    for attempt, run in rows.in_runs:
        attempt.run_id = run.pk
    for model, made in (
        (TopicProgress, [row for _enrolment, row in rows.progress]), (Attempt, rows.attempts), (Watch, rows.watches), (SheetEntry, rows.sheets),
        (CasePath, rows.cases), (Evidence, rows.evidence),
    ):  # fmt: skip
        model.objects.bulk_create(made, batch_size=2000)  # type: ignore[attr-defined]
    return {
        "enrolments": len(rows.enrolments),
        "attempts": len(rows.attempts),
        "evidence": len(rows.evidence),
        "statements": len(rows.told),
    }


def tell_all(rows: Rows) -> Iterator[dict[str, Any]]:
    """The statements in the order in which they came about, made one by one."""
    for _moment, _n, make in rows.told:
        yield make()
