"""Choose for me: the topics that answer the most within an hours budget, and what was given up for it."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from talka.science.curriculum.matrix import Cell, Outcome, Topic
from talka.science.curriculum.program import ModuleLimit, Program, Solution, program
from talka.science.estimate import Bools

NOTHING = 1e-9
MASTERED_ONCE = 3.0  # a topic that leads to mastery, or one that introduces and one that reinforces


class Why(StrEnum):
    """Why a topic was left out."""

    BANNED = "banned"
    BUILDS_ON_BANNED = "builds_on_banned"
    ADDS_NOTHING = "adds_nothing"  # its outcomes are reached without it
    NO_ROOM = "no_room"  # takes more hours than are left; what was chosen is worth more
    MODULE_FULL = "module_full"
    NOT_WORTH_IT = "not_worth_it"  # fits, but adds less than its hours count against it
    NOT_PROVEN = "not_proven"  # would fit and help: time ran out before the best choice was proven


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One topic that was not chosen. hours: it takes with the missing prerequisites; gain: value it would add, on the weights' scale."""

    topic: str
    why: Why
    hours: float
    gain: float


@dataclass(frozen=True, slots=True)
class NextHour:
    """What one more hour buys: the value gained, and the topics that would come and go."""

    gain: float
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen topics in the order given. hours: they take, at most the budget. value: weight of outcomes reached, of `highest`.

    reached: how far each outcome is reached, 0 to 1. gap: proven relative distance from the best possible (0: this is the best);
    proven: whether the solver finished. next_hour: None if not asked for, or not known because time ran out.
    """

    topics: tuple[str, ...]
    hours: float
    value: float
    highest: float
    reached: dict[str, float]
    left_out: tuple[LeftOut, ...]
    next_hour: NextHour | None
    gap: float
    proven: bool


class InfeasibleChoice(ValueError):
    """What was pinned or demanded can't be had together. pins, modules: a smallest set of pinned topics and modules' limits."""

    def __init__(self, message: str, pins: tuple[str, ...] = (), modules: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.pins, self.modules = pins, modules


def contributions(cells: Sequence[Cell]) -> dict[tuple[str, str], float]:
    """What each topic gives to each outcome, keyed (topic, outcome): 1 introduced, 2 reinforced, 3 mastered; the most if repeated."""
    given: dict[tuple[str, str], float] = {}
    for cell in cells:
        if cell.taught is not None:
            key = (cell.topic, cell.outcome)
            given[key] = max(given.get(key, 0.0), float(cell.taught))
    return given


def outcome_weights(outcomes: Sequence[Outcome], needs: Mapping[str, float | None]) -> dict[str, float]:
    """Weights of outcomes from the needs' scores (for example Borich's): each need's score is shared by the outcomes that answer it.

    Scores that are None or below 0 count 0: there is no gap to close.
    """
    answering = {need: [outcome.key for outcome in outcomes if need in outcome.needs] for need in needs}
    weights = {outcome.key: 0.0 for outcome in outcomes}
    for need, score in needs.items():
        for key in answering[need]:
            weights[key] += max(score or 0.0, 0.0) / len(answering[need])
    return weights


def choose(
    topics: Sequence[Topic],
    weights: Mapping[str, float],
    given: Mapping[tuple[str, str], float],
    *,
    hours: float,
    required: Mapping[str, float] | float = MASTERED_ONCE,
    pins: Collection[str] = (),
    bans: Collection[str] = (),
    limits: Sequence[ModuleLimit] = (),
    epsilon: float | None = None,
    seconds: float = 10.0,
    one_more_hour: bool = True,
) -> Choice:
    """Choose topics within an hours budget, exactly.

    Maximises Σ w_o y_o − ε Σ h_t x_t subject to r_o y_o ≤ Σ a_to x_t, Σ h_t x_t ≤ hours, a topic only with its prerequisites,
    and the modules' limits; y in [0, 1], x in {0, 1}.
    weights: w by outcome, not negative (see `outcome_weights`); given: a by (topic, outcome), missing = 0 (see `contributions`);
    required: r, for all or by outcome. pins, bans: topics that must, must not be chosen. epsilon: the price of an hour in value; by
    default all topics together cost a thousandth of all weights, so that it decides between equals. seconds: for each of the two
    solutions (this budget, and one more hour), which are looked for at once; when time runs out the best found so far comes back with its gap.
    Raises InfeasibleChoice naming what contradicts; ValueError for unknown names or numbers that make no sense; TimeoutError if
    nothing was found in time. Source: budgeted coverage, solved by branch and bound (HiGHS, Huangfu & Hall 2018).
    """
    if not 0 <= hours < float("inf"):
        raise ValueError(f"a budget of {hours} hours makes no sense")
    model = program(topics, weights, given, required, epsilon, limits)
    pinned, banned = list(dict.fromkeys(pins)), list(dict.fromkeys(bans))
    if strangers := (set(pinned) | set(banned)) - set(model.place):
        raise ValueError(f"unknown topics: {', '.join(sorted(strangers))}")
    _pins_fit(model, pinned, banned, hours)
    # Side by side: the solver uses one core for each.
    with ThreadPoolExecutor(1) as beside:
        later = beside.submit(model.solve, hours + 1, pins=pinned, bans=banned, seconds=seconds) if one_more_hour else None
        best = model.solve(hours, pins=pinned, bans=banned, seconds=seconds)
    if best is None:
        raise _impossible(model, hours, pinned, banned, seconds)
    reached = model.reached(best.chosen)
    return Choice(
        topics=_names(model, best.chosen),
        hours=float(model.hours[best.chosen].sum()),
        value=model.value(best.chosen),
        highest=float(model.weights.sum()),
        reached=dict(zip(weights, reached.tolist(), strict=True)),
        left_out=tuple(_left_out(model, best, key, banned, hours) for key in model.place if not best.chosen[model.place[key]]),
        next_hour=_next_hour(model, best, later) if later else None,
        gap=best.gap,
        proven=best.proven,
    )


def _names(model: Program, chosen: Bools) -> tuple[str, ...]:
    return tuple(model.topics[position].key for position in np.flatnonzero(chosen))


def _pins_fit(model: Program, pins: Sequence[str], bans: Sequence[str], hours: float) -> None:
    """The contradictions that can be told in plain words, before any solving. Raises InfeasibleChoice."""
    if both := [key for key in pins if key in set(bans)]:
        raise InfeasibleChoice(f"pinned and banned at once: {', '.join(both)}", pins=tuple(both))
    for pin in pins:
        if barred := [key for key in _names(model, model.with_prerequisites([pin])) if key in set(bans)]:
            raise InfeasibleChoice(f"{pin} is pinned, but builds on what is banned: {', '.join(barred)}", pins=(pin,))
    wanted = model.with_prerequisites(pins)
    needed = float(model.hours[wanted].sum())
    if needed > hours + 1e-9:
        others = [key for key in _names(model, wanted) if key not in set(pins)]
        along = f" with what they build on ({', '.join(others)})" if others else ""
        raise InfeasibleChoice(
            f"the pinned topics {', '.join(pins)}{along} take {needed:g} hours, the budget is {hours:g}", pins=tuple(pins)
        )


def _impossible(model: Program, hours: float, pins: Sequence[str], bans: Sequence[str], seconds: float) -> InfeasibleChoice:
    guilty, modules = model.contradiction(hours, pins, bans, seconds)
    parts = []
    if guilty:
        parts.append(f"the pinned topics {', '.join(guilty)}")
    if modules:
        parts.append(f"the limits of the modules {', '.join(modules)}")
    together = " and ".join(parts)
    return InfeasibleChoice(f"{together} can't be met within {hours:g} hours", guilty, modules)


def _left_out(model: Program, best: Solution, key: str, bans: Sequence[str], hours: float) -> LeftOut:
    with_it = best.chosen | model.with_prerequisites([key])
    extra = float(model.hours[with_it & ~best.chosen].sum())
    gain = max(0.0, model.value(with_it) - model.value(best.chosen))
    return LeftOut(key, _why(model, best, with_it, key, bans, extra, gain, hours), extra, gain)


def _why(model: Program, best: Solution, with_it: Bools, key: str, bans: Sequence[str], extra: float, gain: float, hours: float) -> Why:
    if key in bans:
        return Why.BANNED
    if any(with_it[model.place[banned]] for banned in bans):
        return Why.BUILDS_ON_BANNED
    if gain <= NOTHING * max(1.0, float(model.weights.sum())):
        return Why.ADDS_NOTHING
    if float(model.hours[with_it].sum()) > hours + 1e-9:
        return Why.NO_ROOM
    if _overfull(model, with_it):
        return Why.MODULE_FULL
    return Why.NOT_PROVEN if gain > model.epsilon * extra and not best.proven else Why.NOT_WORTH_IT


def _overfull(model: Program, chosen: Bools) -> bool:
    for limit in model.limits:
        inside = np.array([topic.module == limit.module for topic in model.topics], dtype=bool) & chosen
        if limit.max_topics is not None and inside.sum() > limit.max_topics:
            return True
        if limit.max_hours is not None and model.hours[inside].sum() > limit.max_hours + 1e-9:
            return True
    return False


def _next_hour(model: Program, best: Solution, later: "Future[Solution | None]") -> NextHour | None:
    nothing = NOTHING * max(1.0, float(model.weights.sum()))
    if best.chosen.all() or float(model.weights.sum()) - model.value(best.chosen) <= nothing:
        return NextHour(0.0, (), ())  # there is nothing left to gain
    try:
        more = later.result()
    except TimeoutError:
        return None
    if more is None:
        return None
    gain = model.value(more.chosen) - model.value(best.chosen)
    if not best.proven or (gain <= nothing and not more.proven):
        return None  # what differs may come from the search, not from the hour
    if gain <= nothing:
        return NextHour(0.0, (), ())
    return NextHour(gain, _names(model, more.chosen & ~best.chosen), _names(model, best.chosen & ~more.chosen))
