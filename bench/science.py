"""Rank intervals, choice of topics and disclosure control: seconds, and how much faster than doing it plainly.

The plain way runs in the same call on a smaller task where it would take minutes; its time is then scaled up and marked so.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy.optimize import linprog

from talka.science import curriculum, disclosure, needs

REQUIRED = 8.0  # so much that a budget of 40 hours does not reach everything


def timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def line(title: str, seconds: float, allowed: float | None, plain: float, how: str) -> None:
    limit = "" if allowed is None else f" (at most {allowed:g} s)"
    print(f"{title:58} {seconds:7.3f} s{limit:16} plain {plain:9.3f} s  ×{plain / seconds:8.1f}  {how}")


def survey(people: int, items: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    level = np.linspace(0, 1.2, items)
    importance = np.clip(np.round(rng.normal(4, 0.8, (people, items))), 1, 5)
    return importance, np.clip(np.round(rng.normal(3.5 - level, 0.9, (people, items))), 1, 5)


def ranks_one_draw_at_a_time(importance: np.ndarray, ability: np.ndarray, draws: int) -> float:
    """Largest studentised difference under resampling, pair by pair and draw by draw."""
    rng = np.random.default_rng(0)
    people, items = importance.shape

    def scores(rows: np.ndarray) -> list[float]:
        return [float(importance[rows, i].mean() * (importance[rows, i] - ability[rows, i]).mean()) for i in range(items)]

    seen, largest = scores(np.arange(people)), []
    for _ in range(draws):
        drawn = scores(rng.integers(0, people, people))
        largest.append(max(abs((drawn[i] - drawn[j]) - (seen[i] - seen[j])) for i in range(items) for j in range(i)))
    return float(np.quantile(largest, 0.95))


def course(topics: int, outcomes: int) -> tuple[list[curriculum.Topic], dict[str, float], dict[tuple[str, str], float]]:
    rng = np.random.default_rng(2)
    listed = [
        curriculum.Topic(
            f"t{i}", float(rng.choice([0.5, 0.75, 1, 1.5, 2])), f"m{i % 4}", "", (f"t{rng.integers(max(0, i - 9), i)}",) if i % 5 else ()
        )
        for i in range(topics)
    ]
    weights = {f"o{j}": float(rng.uniform(1, 8)) for j in range(outcomes)}
    pairs = {(f"t{i}", f"o{j}"): float(rng.integers(1, 4)) for i in range(topics) for j in rng.choice(outcomes, 3, replace=False)}
    return listed, weights, pairs


def every_choice(topics: list[curriculum.Topic], weights: dict[str, float], given: dict[tuple[str, str], float], hours: float) -> float:
    """The best value over all subsets, one by one."""
    best, place = 0.0, {topic.key: i for i, topic in enumerate(topics)}
    matrix = np.array([[given.get((topic.key, outcome), 0.0) for outcome in weights] for topic in topics])
    worth, length = np.array(list(weights.values())), np.array([topic.hours for topic in topics])
    for number in range(2 ** len(topics)):
        chosen = (number >> np.arange(len(topics))) & 1 == 1
        if length[chosen].sum() > hours:
            continue
        if any(not chosen[place[before]] for i, topic in enumerate(topics) if chosen[i] for before in topic.prerequisites):
            continue
        best = max(best, float(worth @ np.minimum(1, matrix[chosen].sum(axis=0) / 3)))
    return best


def greedy(topics: list[curriculum.Topic], weights: dict[str, float], given: dict[tuple[str, str], float], hours: float) -> float:
    """The value reached by always taking the topic (with what it builds on) that adds most per hour."""
    before = {topic.key: topic for topic in topics}
    chosen: set[str] = set()

    def value(keys: set[str]) -> float:
        return sum(weight * min(1.0, sum(given.get((key, o), 0.0) for key in keys) / REQUIRED) for o, weight in weights.items())

    def with_prerequisites(key: str) -> set[str]:
        return {key}.union(*(with_prerequisites(other) for other in before[key].prerequisites))

    while True:
        left, now, offers = hours - sum(before[key].hours for key in chosen), value(chosen), []
        for topic in topics:
            extra = with_prerequisites(topic.key) - chosen
            takes = sum(before[key].hours for key in extra)
            if extra and takes <= left:
                offers.append(((value(chosen | extra) - now) / max(takes, 1e-9), sorted(extra)))
        if not offers or max(offers)[0] <= 0:
            return now
        chosen |= set(max(offers)[1])


def audit_cell_by_cell(table: np.ndarray, hidden: np.ndarray) -> int:
    """Two linear programs for each hidden cell, once: a plain search would repeat this for each cell that it tries to hide."""
    rows, columns = table.shape
    size = rows * columns
    lines = [np.eye(rows)[i].repeat(columns) for i in range(rows)] + [np.tile(np.eye(columns)[j], rows) for j in range(columns)]
    lines += [np.eye(size)[cell] for cell in np.flatnonzero(~hidden.ravel())]
    equal, right, done = np.array(lines), np.array(lines) @ table.ravel(), 0
    for cell in np.flatnonzero(hidden.ravel()):
        for sign in (1, -1):
            done += linprog(sign * np.eye(size)[cell], A_eq=equal, b_eq=right, bounds=(0, None)).status == 0
    return done


def main() -> None:
    importance, ability = survey(146, 20)
    seconds = timed(lambda: needs.analyse(importance, ability, needs.Scale(1, 5), draws=10_000))
    plain = timed(lambda: ranks_one_draw_at_a_time(importance, ability, 100)) * 100
    line("needs: ranks, intervals, picture; 146 × 20, 10,000 draws", seconds, 2, plain, "draw by draw (100 draws, scaled)")

    small, large = course(15, 6), course(200, 20)
    seconds = timed(lambda: curriculum.choose(*small, hours=8, one_more_hour=False))
    plain = timed(lambda: every_choice(*small, hours=8))
    line("curriculum: 15 topics × 6 outcomes", seconds, None, plain, "all 32,768 choices")
    for hours in (10, 20, 40):
        start = perf_counter()
        best = curriculum.choose(*large, hours=hours, required=REQUIRED, one_more_hour=False)
        seconds = perf_counter() - start
        start = perf_counter()
        simple = greedy(*large, hours=hours)
        plain = perf_counter() - start
        worth = f"greedy reaches {simple:.1f}, this {best.value:.1f} of {best.highest:.1f}, gap {best.gap:g}"
        line(f"curriculum: 200 topics × 20 outcomes, {hours} hours", seconds, 2, plain, worth + ("" if best.proven else " (not proven)"))

    rng = np.random.default_rng(3)
    for rows, columns in ((6, 5), (12, 10), (30, 12)):
        table = rng.poisson(rng.gamma(1, 40, (rows, columns)))
        seconds = timed(lambda t=table: disclosure.protect_table(t))
        hidden = ~disclosure.protect_table(table).shown
        tries = int(hidden.sum())
        plain = timed(lambda t=table, h=hidden: audit_cell_by_cell(t, h)) * max(1, tries)
        line(f"disclosure: {rows} × {columns} table, {tries} cells hidden", seconds, None, plain, "full audit per hidden cell (scaled)")


if __name__ == "__main__":
    main()
