"""A year of plausible use, played through person by person. Plain values in and out: no table, no clock.

Who learns when: the course spreads among a cluster's people as Bass (1969) describes; each person then keeps an own pace, in evenings and
breaks, less on weekends and holidays, and may stop at any topic, at some more than at others. Whoever came back later looks things up again.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from operator import attrgetter
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from talka.home.sample.blueprint import Blueprint, Cluster, Learners
from talka.home.sample.visit import Move, Stop, Way, visit

DAYS = 364
# Not every move is told: a sitting's beginning is not, an opening only after ten minutes.
MOVES_PER_STATEMENT = 1.077
_when = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Learner:
    """One of the people: where they belong, and whom visitors of the demo can be. `due` is how many topics such a person has done."""

    cluster: Cluster
    role: str = ""
    due: int = 0
    # The share of the year after which nobody of the person's organisation learns any more.
    until: float = 1.0


def play(plan: Blueprint, people: Sequence[Learner], course: Sequence[Stop], *, at: datetime) -> list[Way]:
    """The way of everyone whom the course reached before `at`, with `plan.statements` moves in all where that is possible."""
    chance = Random(f"{plan.seed}/year")  # noqa: S311  # a sample must come out the same every time
    calendars = {c.key: Calendar(plan, c, at) for c in plan.clusters}
    ways = []
    for number, begin in sorted(_arrivals(plan, people, chance, at), key=lambda pair: pair[1]):
        own = Random(f"{plan.seed}/way/{number}")  # noqa: S311  # as above
        person = people[number]
        kind = plan.learners[0] if person.due else _weighted(plan.learners, [k.share for k in plan.learners], own)
        way = Way(number, kind, kind.ability + own.gauss(0, 0.9))
        _go(plan, way, person, course, calendars[person.cluster.key], begin, at, own)
        if way.moves:
            ways.append(way)
    _look_up_again(plan, ways, people, course, calendars, at, chance)
    return ways


class Calendar:
    """Which days and hours people of one cluster use, in local time."""

    def __init__(self, plan: Blueprint, cluster: Cluster, at: datetime) -> None:
        self.zone = ZoneInfo(cluster.zone)
        self.first = at.date() - timedelta(days=DAYS)
        self.weights = [_weight(plan, cluster.country, self.first + timedelta(days=n)) for n in range(DAYS + 2)]
        self.hours = list(plan.hours)
        self.hour_sums = list(accumulate(plan.hours.values()))
        self._midnights = [
            datetime.combine(self.first + timedelta(days=n), datetime.min.time(), self.zone).timestamp() for n in range(DAYS + 2)
        ]

    def moment(self, day: float, chance: Random) -> float | None:
        """A moment on or after `day` (days since the first) on which people learn; None after the last day."""
        n = max(0, int(day))
        while n < len(self.weights):
            if chance.random() * 1.15 < self.weights[n]:
                hour = self.hours[bisect(self.hour_sums, chance.random() * self.hour_sums[-1])]
                return self._midnights[n] + hour * 3600 + chance.random() * 3600
            n += 1
        return None

    def quiet(self, day: float, chance: Random) -> bool:
        """Whether nobody would have learned on that day."""
        n = int(day)
        return not 0 <= n < len(self.weights) or chance.random() * 1.15 >= self.weights[n]

    def day_of(self, moment: float) -> float:
        return (moment - self._midnights[0]) / 86400


def _weight(plan: Blueprint, country: str, day: date) -> float:
    left = 1.0
    for frm, to, share in (*plan.holidays.get("all", ()), *plan.holidays.get(country, ())):
        if frm <= day.strftime("%m-%d") <= to:
            left = min(left, share)
    return plan.weekdays[day.weekday()] * left


def _weighted(rows: Sequence[Any], weights: Sequence[float], chance: Random) -> Any:
    return chance.choices(rows, weights)[0]


def _arrivals(plan: Blueprint, people: Sequence[Learner], chance: Random, at: datetime) -> Iterator[tuple[int, float]]:
    """(person, day on which the course reaches them), by cluster. Those who run it and test it come first."""
    for cluster in plan.clusters:
        here = [n for n, p in enumerate(people) if p.cluster.key == cluster.key and p.role != "newcomer"]
        due = [n for n in here if people[n].due]
        order = [n for n in here if not people[n].due]
        chance.shuffle(order)
        order.sort(key=lambda n: people[n].role not in {"manager", "editor", "evaluator"})
        how = plan.adoption["pilot" if cluster.pilot else "partner"]
        reached = 0
        for week, upto in enumerate(_adopters(how, len(here), plan)):
            for n in order[reached : int(upto)]:
                yield n, week * 7 + chance.random() * 7
            reached = max(reached, int(upto))
        for n in due:
            yield n, DAYS - 7 * people[n].due / plan.learners[0].topics_a_week


def _adopters(how: Mapping[str, float], size: int, plan: Blueprint) -> Iterator[float]:
    """How many adopted by the end of each of 52 weeks: Bass, dF = (p + q F)(1 − F), speeded by the phases."""
    potential, adopted, start = size * how["reach"], 0.0, int(how.get("starts_week", 0))
    for week in range(DAYS // 7):
        if week >= start:
            pull = next(phase.arrivals for phase in plan.phases if week < phase.until_week)
            adopted += pull * (how["p"] + how["q"] * adopted / potential) * (potential - adopted)
        yield min(adopted, potential)


def _go(
    plan: Blueprint, way: Way, person: Learner, course: Sequence[Stop], calendar: Calendar, begin: float, at: datetime, chance: Random
) -> None:
    """One person's first way through the course."""
    end = _end(person, at)
    route = _route(way.kind, course, chance)
    start = calendar.moment(begin, chance)
    if start is None or start > end:
        return
    way.moves.append(Move(start, "enrolled"))
    if not person.role and chance.random() < plan.never_open:
        return
    moment: float | None = start + 20
    place: int | None = 0
    while place is not None and place < len(route) and moment is not None and moment < end:
        place = _sitting(plan, way, person, course, route, place, moment, end, chance)
        if place is None:
            return
        if person.due and place >= person.due:
            _in_the_middle(plan, way, course, route[place], at, chance)
            return
        moment = _next_sitting(plan, way, person, calendar, place, chance)
    if len(way.done) == len(course):
        way.moves.append(Move(way.last + 1, "completed"))


def _end(person: Learner, at: datetime) -> float:
    return at.timestamp() - 3600 - (1 - person.until) * DAYS * 86400


def _sitting(
    plan: Blueprint,
    way: Way,
    person: Learner,
    course: Sequence[Stop],
    route: Sequence[int],
    place: int,
    moment: float,
    end: float,
    chance: Random,
) -> int | None:
    """One to three topics from `place` on. Answers the place reached; None for who stops for good or was overtaken by the year's end."""
    for _ in range(1 + (chance.random() < 0.42) + (chance.random() < 0.12)):
        if place == len(route) or (person.due and place == person.due):
            break
        topic = route[place]
        finished = visit(plan, way, topic, course[topic], moment, chance, finish=True)
        if finished > end:
            _cut(way, end)
            return None
        way.done.append(topic)
        place += 1
        moment = finished + 20 + chance.random() * 90
        if place < len(route) and not person.due and chance.random() < way.kind.drop + course[topic].loses:
            way.gone = chance.random() < 0.8
            if chance.random() < 0.2:
                visit(plan, way, route[place], course[route[place]], moment, chance, finish=False)
                _cut(way, end)
            return None
    return place


def _next_sitting(plan: Blueprint, way: Way, person: Learner, calendar: Calendar, place: int, chance: Random) -> float | None:
    """When the person comes back: at the own pace, and at the phase's; who must get somewhere in time is there in time."""
    today = calendar.day_of(way.last)
    week = min(51, int(today // 7))
    stays = next(p.stays for p in plan.phases if week < p.until_week)
    pause = chance.expovariate(way.kind.topics_a_week * stays / 1.5 / 7)
    if person.due:
        pause = max(0.0, (DAYS - 3 - today) / max(1, person.due - place) * 1.2 - 0.6)
    moment = calendar.moment(today + 0.6 + pause, chance)
    if moment is None and person.due:
        moment = way.last
    return way.last + 900 + chance.random() * 3600 if moment is not None and moment <= way.last else moment


def _route(kind: Learners, course: Sequence[Stop], chance: Random) -> list[int]:
    """In order, or, for those who pick, some lessons only."""
    topics = list(range(len(course)))
    if kind.kind != "pickers":
        return topics
    lessons = sorted({stop.lesson for stop in course})
    chosen = chance.sample(lessons, k=max(1, min(len(lessons), 2 + int(chance.expovariate(1 / 2.0)))))
    return [t for lesson in chosen for t in topics if course[t].lesson == lesson]


def _cut(way: Way, end: float) -> None:
    """Nothing has happened after now."""
    while way.moves and way.moves[-1].at > end:
        way.moves.pop()


def _in_the_middle(plan: Blueprint, way: Way, course: Sequence[Stop], topic: int, at: datetime, chance: Random) -> None:
    """The person whom visitors of the demo can be stopped yesterday evening in the middle of the next topic."""
    shift = (at - timedelta(days=1)).replace(hour=18, minute=40).timestamp() - way.last
    if shift < 0:
        shift = at.timestamp() - 3600 - way.last
    first = len(way.moves)
    visit(plan, way, topic, course[topic], way.last + max(60.0, shift), chance, finish=False)
    _cut(way, at.timestamp() - 60)
    del way.moves[max(first + 1, first + (len(way.moves) - first + 1) // 2 + 1) :]


def _look_up_again(
    plan: Blueprint,
    ways: Sequence[Way],
    people: Sequence[Learner],
    course: Sequence[Stop],
    calendars: Mapping[str, Calendar],
    at: datetime,
    chance: Random,
) -> None:
    """People come back to what they have done, until the year has its statements: a film again, a sheet, one more look."""
    left = round(plan.statements * MOVES_PER_STATEMENT) - sum(len(w.moves) for w in ways)
    # Not everybody comes back.
    able = [
        w
        for w in ways
        if len(w.done) > 2
        and not w.gone
        and not people[w.learner].role
        and people[w.learner].until == 1
        and chance.random() < plan.come_back
    ]
    learnt = {w.learner: [(m.at, m.topic) for m in w.moves if m.what == "done"] for w in able}
    end = at.timestamp() - 3600
    misses = 0
    while left > 0 and able and misses < 200_000:
        way = able[int(len(able) * chance.random() ** 1.3)]
        # Soon after learning more often than later.
        done = learnt[way.learner]
        calendar = calendars[people[way.learner].cluster.key]
        day = calendar.day_of(done[int(len(done) * chance.random())][0]) + 1 + chance.expovariate(1 / 40)
        moment = None if calendar.quiet(day, chance) else calendar.moment(day, chance)
        if moment is None or moment > end - 1800 or _clash(way, moment):
            misses += 1
            continue
        # An exercise that is already answered is not answered again, neither before nor after this visit in time.
        again = Way(way.learner, way.kind, way.ability, tried=dict.fromkeys(way.tried, 99), solved=set(way.tried) | way.solved, again=True)
        before, ended = bisect(done, (moment, 0)), moment
        # Who comes back looks at a few things, mostly the last ones learnt.
        for topic in dict.fromkeys(
            done[before - 1 - int(min(before, 12) * chance.random())][1] for _ in range(1 + int(chance.random() * 4))
        ):
            if ended < moment + 1500:
                ended = visit(plan, again, topic, course[topic], ended, chance, finish=False) + 30 + chance.random() * 60
        again.moves = [m for m in again.moves if m.at <= min(end, moment + 1800)][:left]
        place = bisect(way.moves, moment, key=_when)
        way.moves[place:place] = again.moves
        left -= len(again.moves)


def _clash(way: Way, moment: float) -> bool:
    """Whether the person is busy with something else within the half-hour after `moment`."""
    place = bisect(way.moves, moment, key=_when)
    near = way.moves[max(0, place - 1) : place + 1]
    return any(abs(m.at - moment) < 1800 for m in near)
