"""One visit of one person to one topic: its films, exercises, sheets and cases, moment by moment. Plain values in and out: no table, no clock."""

import math
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from talka.home.sample.blueprint import Blueprint, Learners

_FILMS = frozenset({"film", "video", "audio"})
What = Literal[
    "enrolled",
    "opened",
    "begun",
    "played",
    "paused",
    "seeked",
    "watched",
    "fetched",
    "answered",
    "sat",
    "stepped",
    "ended",
    "filled",
    "done",
    "completed",
]


@dataclass(frozen=True, slots=True)
class Piece:
    """A material as the simulation needs it: its kind, seconds to read or watch, and how hard it is (logits).

    `scores`: of an exercise's prepared answers, the best first. `judged`: whether a machine can say that an answer is right. `most`: attempts
    allowed, 0 for any number. `questions` of a quiz, of which `draw` are asked; `pass_mark` is its share to pass.
    """

    kind: str
    seconds: float
    hard: float = 0.0
    scores: tuple[float, ...] = ()
    judged: bool = True
    most: int = 0
    points: float = 1.0
    questions: "tuple[Piece, ...]" = ()
    draw: int = 0
    pass_mark: float = 0.8


@dataclass(frozen=True, slots=True)
class Stop:
    """A topic with its pieces in order, and the further chance to stop here."""

    key: str
    lesson: int
    pieces: tuple[Piece, ...]
    loses: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that one person did: when (seconds since 1970), at which topic and piece (-1: the topic or the course itself).

    `part` is the question of a quiz; `pick` the prepared answer; `took` the seconds that it needed; `to` a position in a film.
    """

    at: float
    what: What
    topic: int = -1
    piece: int = -1
    part: int = -1
    pick: int = 0
    score: float = 0.0
    took: float = 0.0
    to: float = 0.0


@dataclass(slots=True)
class Way:
    """Everything that one person did, in order, and how the person is."""

    learner: int
    kind: Learners
    ability: float
    moves: list[Move] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    # Exercises and quizzes by topic and piece: how often tried, and which are solved.
    tried: dict[tuple[int, int], int] = field(default_factory=dict)
    solved: set[tuple[int, int]] = field(default_factory=set)
    # Whether this is a later look at something already done; whether the person has stopped for good.
    again: bool = False
    gone: bool = False

    @property
    def last(self) -> float:
        return self.moves[-1].at if self.moves else 0.0


def visit(plan: Blueprint, way: Way, topic: int, stop: Stop, moment: float, chance: Random, *, finish: bool) -> float:
    """Somebody opens a topic and goes through its pieces, all of them to `finish`. Answers when it ended."""
    moves, quick = way.moves, 0.55 + chance.random() * 0.7
    moves.append(Move(moment, "opened", topic))
    moment += 4 + chance.random() * 10
    upto = len(stop.pieces) if finish else chance.randrange(1, len(stop.pieces) + 1) if stop.pieces else 0
    halt = chance.randrange(1, upto) if finish and upto > 1 and chance.random() < plan.two_sittings else -1
    for n, piece in enumerate(stop.pieces[:upto]):
        if n == halt:
            # Called away; the topic is opened again later.
            moment += 700 + chance.expovariate(1 / 2500)
            moves.append(Move(moment, "opened", topic))
        if way.again and piece.kind in _FILMS and chance.random() > plan.film_again:
            continue
        moment = _use(way, topic, n, piece, moment, quick, chance, whole=finish)
    if finish:
        moment += 2 + chance.random() * 8
        moves.append(Move(moment, "done", topic))
    return moment


def _use(way: Way, topic: int, n: int, piece: Piece, moment: float, quick: float, chance: Random, *, whole: bool) -> float:
    moves = way.moves
    match piece.kind:
        case kind if kind in _FILMS:
            return _watch(moves, topic, n, piece, moment, chance, whole=whole)
        case "exercise":
            return _answer(way, topic, n, piece, moment, quick, chance)
        case "quiz":
            return _sit(way, topic, n, piece, moment, quick, chance)
        case "tool" | "case":
            return _work(moves, topic, n, piece, moment, quick, chance, whole=whole)
        case "document" if chance.random() < 0.35:
            moves.append(Move(moment + 6 + chance.random() * 20, "fetched", topic, n))
            moment += 26
    return moment + piece.seconds * quick


def _watch(moves: list[Move], topic: int, n: int, piece: Piece, moment: float, chance: Random, *, whole: bool) -> float:
    """A film: begun, paused now and then, sometimes wound back or on, and watched to its end or not."""
    length = max(10.0, piece.seconds)
    upto = length if chance.random() < (0.86 if whole else 0.3) else length * chance.uniform(0.1, 0.9)
    moves.append(Move(moment, "begun", topic, n))
    here = 0.0
    moment += 1
    moves.append(Move(moment, "played", topic, n, to=0.0))
    for halt in sorted(chance.uniform(4, max(5, upto - 4)) for _ in range(int(chance.expovariate(0.6)))):
        if halt <= here + 1:
            continue
        moment += halt - here
        here = round(halt, 1)
        if chance.random() < 0.3:
            here = round(min(max(0.0, here + chance.choice((-12.0, -8.0, 15.0))), max(0.0, upto - 1)), 1)
            moves.append(Move(moment, "seeked", topic, n, to=here))
            moment += 1
        else:
            moves.append(Move(moment, "paused", topic, n, to=here))
            moment += 3 + chance.expovariate(1 / 25)
        moves.append(Move(moment, "played", topic, n, to=here))
    moment += max(0.5, upto - here)
    moves.append(Move(moment, "watched" if upto >= length else "paused", topic, n, to=round(upto, 1)))
    return moment + 3


def _right(way: Way, piece: Piece, attempt: int, chance: Random) -> int:
    """Which of the prepared answers the person gives: the first is the right one."""
    right = chance.random() < 1 / (1 + math.exp(-(way.ability - piece.hard + 0.55 + 0.95 * attempt)))
    return 0 if right or len(piece.scores) == 1 else chance.randrange(1, len(piece.scores))


def _answer(way: Way, topic: int, n: int, piece: Piece, moment: float, quick: float, chance: Random) -> float:
    """Attempts at one exercise until it is right or the person has enough of it. Who has solved it does not answer it again."""
    tried = way.tried.get((topic, n), 0)
    if (topic, n) in way.solved or (piece.most and tried >= piece.most):
        return moment + 8 * quick
    for attempt in range(min(4, piece.most - tried) if piece.most else 4):
        took = (18 + chance.expovariate(1 / 22)) * quick
        moment += took
        pick = _right(way, piece, attempt, chance)
        way.moves.append(Move(moment, "answered", topic, n, pick=pick, score=piece.scores[pick], took=round(took, 1)))
        way.tried[topic, n] = tried + attempt + 1
        moment += 5 + chance.random() * 10
        if not pick:
            way.solved.add((topic, n))
        if not pick or not piece.judged or chance.random() < 0.12:
            break
    return moment


def _sit(way: Way, topic: int, n: int, piece: Piece, moment: float, quick: float, chance: Random) -> float:
    """A quiz: its questions once each, again until it is passed or the person has enough of it."""
    sat = way.tried.get((topic, n), 0)
    most = piece.most or 3
    while sat < most and (topic, n) not in way.solved:
        begin = moment
        way.moves.append(Move(begin, "begun", topic, n))
        asked = chance.sample(range(len(piece.questions)), piece.draw or len(piece.questions))
        earned = 0.0
        for part in asked:
            question = piece.questions[part]
            took = (15 + chance.expovariate(1 / 18)) * quick
            moment += took
            pick = _right(way, question, sat, chance)
            earned += question.scores[pick] * question.points
            way.moves.append(Move(moment, "answered", topic, n, part, pick, question.scores[pick], round(took, 1)))
            moment += 3
        total = sum(piece.questions[part].points for part in asked)
        share = earned / total if total else 0.0
        way.moves.append(Move(moment, "sat", topic, n, score=min(1.0, share), took=round(moment - begin, 1)))
        sat += 1
        way.tried[topic, n] = sat
        if share + 1e-9 >= piece.pass_mark:
            way.solved.add((topic, n))
        if chance.random() < 0.3:
            break
        moment += 120 + chance.random() * 300
    return moment + 5


def _work(moves: list[Move], topic: int, n: int, piece: Piece, moment: float, quick: float, chance: Random, *, whole: bool) -> float:
    """A sheet is filled in, in one or two goes; a case is walked step by step to an end."""
    if piece.kind == "case":
        for _ in range(2 + int(chance.random() * 3)):
            moment += (20 + chance.random() * 40) * quick
            moves.append(Move(moment, "stepped", topic, n))
        if whole:
            moves.append(Move(moment + 15, "ended", topic, n))
        return moment + 20
    if chance.random() < (0.75 if whole else 0.4):
        for _ in range(1 + int(chance.random() * 2.4)):
            moment += 40 + chance.expovariate(1 / 90)
            moves.append(Move(moment, "filled", topic, n))
    return moment + 10
