"""The choice of topics as an integer program, and the search for what makes it impossible."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd

import numpy as np
from scipy import sparse

from talka.science.curriculum.matrix import Topic
from talka.science.curriculum.solver import Rows, minimise
from talka.science.estimate import Bools, Floats


@dataclass(frozen=True, slots=True)
class ModuleLimit:
    """Least and most hours and topics to choose from a module; None = no upper limit."""

    module: str
    min_hours: float = 0.0
    max_hours: float | None = None
    min_topics: int = 0
    max_topics: int | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """chosen: (topics,). gap: proven relative distance from the best possible, 0 = optimal. None instead: impossible."""

    chosen: Bools
    gap: float
    proven: bool


@dataclass(frozen=True, slots=True)
class Program:
    """Everything the solver needs: topics in order, outcomes' weights (outcomes,), `given` (topics, outcomes), `required` (outcomes,)."""

    topics: tuple[Topic, ...]
    weights: Floats
    given: Floats
    required: Floats
    epsilon: float
    limits: tuple[ModuleLimit, ...]
    place: dict[str, int] = field(repr=False)

    @property
    def hours(self) -> Floats:
        return np.array([topic.hours for topic in self.topics], dtype=np.float64)

    def value(self, chosen: Bools) -> float:
        """Σ w·y: weight of outcomes as far as the chosen topics reach them."""
        return float(self.weights @ self.reached(chosen))

    def reached(self, chosen: Bools) -> Floats:
        """How far each outcome is reached, (outcomes,), 0 to 1."""
        reached: Floats = np.minimum(1.0, self.given[chosen].sum(axis=0) / self.required)
        return reached

    def with_prerequisites(self, keys: Iterable[str]) -> Bools:
        """The topics and all that must come before them, (topics,)."""
        wanted, waiting = np.zeros(len(self.topics), dtype=bool), list(keys)
        while waiting:
            position = self.place[waiting.pop()]
            if not wanted[position]:
                wanted[position] = True
                waiting += self.topics[position].prerequisites
        return wanted

    def _rows(self, budget: float, limits: Sequence[ModuleLimit]) -> Rows:
        """Constraints over (topics, outcomes) variables: coverage, prerequisites, modules, hours."""
        t, o = len(self.topics), len(self.weights)
        useful = np.flatnonzero(self.weights > 0)
        # What a topic gives beyond what an outcome requires counts for nothing.
        given = np.minimum(self.given, self.required)
        cover = sparse.hstack(
            [
                sparse.csr_array(-given[:, useful].T / self.required[useful, None]),
                sparse.csr_array((np.ones(len(useful)), (np.arange(len(useful)), useful)), shape=(len(useful), o)),
            ]
        )
        pairs = [(self.place[topic.key], self.place[before]) for topic in self.topics for before in topic.prerequisites]
        chain = sparse.lil_array((len(pairs), t + o))
        for row, (later, earlier) in enumerate(pairs):
            chain[row, later], chain[row, earlier] = (1.0, -1.0) if later != earlier else (0.0, 0.0)
        blocks, low, high = [cover, chain.tocsr()], [-np.inf] * (len(useful) + len(pairs)), [0.0] * (len(useful) + len(pairs))
        hours = self.hours
        for limit in limits:
            inside = np.array([topic.module == limit.module for topic in self.topics], dtype=np.float64)
            line = np.zeros((2, t + o))
            line[0, :t], line[1, :t] = inside * hours, inside
            blocks.append(sparse.csr_array(line))
            low += [limit.min_hours, limit.min_topics]
            high += [np.inf if most is None else most for most in (limit.max_hours, limit.max_topics)]
        blocks.append(sparse.csr_array(np.concatenate([hours, np.zeros(o)])[None, :]))
        return Rows(sparse.vstack(blocks, format="csr"), np.array([*low, -np.inf]), np.array([*high, budget + 1e-9]))

    def solve(
        self, budget: float, *, pins: Iterable[str], bans: Iterable[str], limits: Sequence[ModuleLimit] | None = None, seconds: float
    ) -> Solution | None:
        """The best choice within `budget` hours, or None if pins, bans, limits and budget contradict each other.

        First the fewest hours that reach every outcome are looked for: whether they fit is soon known, and a choice that reaches
        everything needs no weighing of one outcome against another. Else the program is solved as it stands.
        Raises TimeoutError if not even a first choice was found within `seconds`.
        """
        t, o = len(self.topics), len(self.weights)
        if not t:
            possible = not any(limit.min_hours or limit.min_topics for limit in (self.limits if limits is None else limits))
            return Solution(np.zeros(0, dtype=bool), 0.0, proven=True) if possible else None
        rows, whole = self._rows(budget, self.limits if limits is None else limits), np.arange(t + o) < t
        lower, upper = np.zeros(t + o), np.ones(t + o)
        lower[[self.place[key] for key in pins]] = 1.0
        upper[np.flatnonzero(self._barred(bans))] = 0.0
        if (lower > upper).any():
            return None
        upper[t:] = self.reached(upper[:t] > 0)
        spent = 0.0
        if (loss := self._least_loss(upper[t:])) > 0:
            every = np.concatenate([lower[:t], np.where(self.weights > 0, upper[t:], 0.0)])
            goal = np.concatenate([_counted(self.hours), np.zeros(o)])
            found = minimise(goal, rows, lower=every, upper=upper, whole=whole, seconds=seconds / 2)
            spent = found.seconds
            if found.proven and found.columns is not None:
                chosen = found.columns[:t] > 0.5
                if self.epsilon * self.hours[chosen].sum() <= loss:
                    return Solution(chosen, 0.0, proven=True)
        goal = np.concatenate([self.epsilon * self.hours, -self.weights])
        taken = self.by_the_hour(budget, lower[:t] > 0, upper[:t] > 0)
        start = None if taken is None else np.concatenate([taken.astype(np.float64), np.minimum(upper[t:], self.reached(taken))])
        found = minimise(goal, rows, lower=lower, upper=upper, whole=whole, seconds=seconds - spent, start=start)
        if found.columns is None and found.proven:
            return None
        if found.columns is None:
            raise TimeoutError(f"no choice was found within {seconds:g} seconds")
        gap = 0.0 if found.proven else abs(found.best - found.bound) / max(abs(found.best), 1e-9)
        return Solution(found.columns[:t] > 0.5, gap, proven=found.proven)

    def by_the_hour(self, budget: float, pinned: Bools, allowed: Bools) -> Bools | None:
        """A first choice, (topics,): again and again the topic that, with what it builds on, adds most per hour. None if the pins do not fit."""
        closure = np.array([self.with_prerequisites([topic.key]) for topic in self.topics])
        chosen: Bools = np.any(closure[pinned], axis=0)
        hours = self.hours
        if not (allowed | ~chosen).all() or hours[chosen].sum() > budget:
            return None
        fits = ~(closure & ~allowed).any(axis=1)
        new = closure & ~chosen
        given, extra, have = new @ self.given, new @ hours, self.given[chosen].sum(axis=0)
        while True:
            worth = (np.minimum(1.0, (have + given) / self.required) - np.minimum(1.0, have / self.required)) @ self.weights
            gain = np.where(fits & ~chosen & (extra <= budget - hours[chosen].sum()), worth - self.epsilon * extra, 0.0)
            best = int(np.argmax(gain / np.maximum(extra, 1e-9)))
            if gain[best] <= 0:
                return chosen
            came = closure[best] & ~chosen
            chosen[came] = True
            have = have + self.given[came].sum(axis=0)
            given, extra = given - closure[:, came] @ self.given[came], extra - closure[:, came] @ hours[came]

    def _barred(self, bans: Iterable[str]) -> Bools:
        """The banned topics and all that builds on them, (topics,)."""
        barred = np.zeros(len(self.topics), dtype=bool)
        barred[[self.place[key] for key in bans]] = True
        before, size = [[self.place[key] for key in topic.prerequisites] for topic in self.topics], -1
        while size != barred.sum():
            size = int(barred.sum())
            barred |= [bool(barred[earlier].any()) for earlier in before]
        return barred

    def _least_loss(self, most: Floats) -> float:
        """The least value that a choice loses which does not reach `most` (outcomes,) everywhere; 0 if that can't be told.

        What topics give and outcomes require are whole numbers as a rule, so that an outcome falls short by a whole step or not at all.
        """
        useful = (self.weights > 0) & (most > 0)
        numbers = np.concatenate([self.given[:, useful].ravel(), self.required[useful]])
        if not useful.any() or (numbers != np.round(numbers)).any():
            return 0.0
        return float((self.weights[useful] / self.required[useful]).min())

    def contradiction(
        self, budget: float, pins: Sequence[str], bans: Sequence[str], seconds: float
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A smallest set of pins and modules' limits (their names) that can't hold together: none of them may be missing."""

        def possible(kept_pins: Sequence[str], kept_limits: Sequence[ModuleLimit]) -> bool:
            return self.solve(budget, pins=kept_pins, bans=bans, limits=kept_limits, seconds=seconds) is not None

        guilty_pins, guilty_limits = list(pins), list(self.limits)
        for pin in pins:
            rest = [other for other in guilty_pins if other != pin]
            if not possible(rest, guilty_limits):
                guilty_pins = rest
        for limit in self.limits:
            fewer = [other for other in guilty_limits if other is not limit]
            if not possible(guilty_pins, fewer):
                guilty_limits = fewer
        return tuple(guilty_pins), tuple(dict.fromkeys(limit.module for limit in guilty_limits))


def _counted(hours: Floats) -> Floats:
    """Hours as multiples of what divides them all, if they are whole minutes: in whole numbers a solver knows sooner that it is done."""
    minutes = np.round(hours * 60)
    if not minutes.any() or np.abs(minutes - hours * 60).max() > 1e-9:
        return hours
    counted: Floats = minutes / gcd(*map(int, minutes))
    return counted


def program(
    topics: Sequence[Topic],
    weights: Mapping[str, float],
    given: Mapping[tuple[str, str], float],
    required: Mapping[str, float] | float,
    epsilon: float | None,
    limits: Sequence[ModuleLimit],
) -> Program:
    """Arrays from names. Raises ValueError for unknown names, and numbers that are negative or missing."""
    place = {topic.key: position for position, topic in enumerate(topics)}
    order = {outcome: position for position, outcome in enumerate(weights)}
    if len(place) < len(topics):
        raise ValueError("a topic is named twice")
    for topic in topics:
        if not 0 <= topic.hours < float("inf"):
            raise ValueError(f"{topic.key} has {topic.hours} hours")
        if strangers := set(topic.prerequisites) - set(place):
            raise ValueError(f"{topic.key} builds on unknown topics: {', '.join(sorted(strangers))}")
    matrix = np.zeros((len(topics), len(weights)))
    for (topic_key, outcome), amount in given.items():
        if topic_key not in place or outcome not in order:
            raise ValueError(f"unknown topic or outcome: {topic_key}, {outcome}")
        matrix[place[topic_key], order[outcome]] = amount
    weight = np.array(list(weights.values()), dtype=np.float64)
    need = np.array([required if isinstance(required, int | float) else required[outcome] for outcome in weights], dtype=np.float64)
    if not (weight >= 0).all() or not (matrix >= 0).all() or not (need > 0).all():
        raise ValueError("weights and contributions are not negative, and what an outcome requires is positive")
    if strangers := {limit.module for limit in limits} - {topic.module for topic in topics}:
        raise ValueError(f"unknown modules: {', '.join(sorted(strangers))}")
    hours = sum(topic.hours for topic in topics)
    tiny = 1e-3 * float(weight.sum()) / hours if hours else 0.0
    return Program(tuple(topics), weight, matrix, need, tiny if epsilon is None else epsilon, tuple(limits), place)
