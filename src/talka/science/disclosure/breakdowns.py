"""Several figures about the same people: what do they give away together?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.disclosure.cells import Attack, Sum, equations, protect_cells
from talka.science.disclosure.figure import THRESHOLD
from talka.science.disclosure.tables import DEAR, ProtectedList
from talka.science.estimate import Bools, Ints


@dataclass(frozen=True, slots=True)
class Leak:
    """A small set of `people` that visible figures give away: those in all groups of `inside` and in none of `outside`.

    low, high: how many the attacker must conclude they are.
    """

    people: int
    inside: tuple[str, ...]
    outside: tuple[str, ...]
    low: float
    high: float


def protect_breakdowns(
    breakdowns: Mapping[str, Sequence[int]], *, threshold: int = THRESHOLD, margin: float | None = None, hide_zeros: bool = False
) -> dict[str, ProtectedList]:
    """Hide groups in several breakdowns of the same people (by type, by region, ...) that share one total.

    Each breakdown sorts everybody into groups that don't overlap. Raises ValueError if the totals differ; otherwise as
    `protect_cells`. Figures that aren't breakdowns of all: see `check_breakdowns`.
    """
    lists = {name: np.asarray(counts, dtype=np.int64) for name, counts in breakdowns.items()}
    totals = {name: int(n.sum()) for name, n in lists.items()}
    if len(set(totals.values())) > 1:
        raise ValueError(f"these breakdowns don't count the same people: {totals}")
    if not lists:
        return {}
    total = next(iter(totals.values()))
    counts = np.concatenate([*lists.values(), [total]])
    sums, start, places = [], 0, {}
    for name, n in lists.items():
        places[name] = slice(start, start + len(n))
        if len(n):
            sums.append(Sum(len(counts) - 1, tuple(range(start, start + len(n)))))
        start += len(n)
    price = 1 + np.log1p(np.maximum(counts, 0).astype(np.float64))
    price[-1] *= DEAR
    hidden = protect_cells(counts, sums, threshold=threshold, margin=margin, hide_zeros=hide_zeros, cost=price)
    return {
        name: ProtectedList(n, ~hidden[places[name]], (n < threshold) & ((n > 0) | hide_zeros), total, total_shown=not hidden[-1])
        for name, n in lists.items()
    }


def check_breakdowns(groups: Mapping[str, ArrayLike], *, threshold: int = THRESHOLD, margin: float | None = None) -> tuple[Leak, ...]:
    """Small sets of people that the sizes (and so the figures) of `groups` give away together. Empty: may be shown side by side.

    groups: for each visible figure who is in it, (people,) True = inside. Looks at groups within groups, whose difference anybody
    can subtract, and by linear programming at every smallest set that the groups cut the people into: one of fewer than
    `threshold` people leaks when its size is certain to within `margin` (default: threshold).
    Raises ValueError if lengths differ.
    """
    members = {name: np.asarray(who, dtype=bool) for name, who in groups.items()}
    if len({len(who) for who in members.values()}) > 1:
        raise ValueError("every group needs one entry per person")
    if not members:
        return ()
    width = float(threshold if margin is None else margin)
    matrix = np.array(list(members.values()))
    names = list(members)
    found = _differences(matrix, names, threshold) + _smallest_sets(matrix, names, threshold, width)
    unique = {(leak.inside, leak.outside): leak for leak in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda leak: (leak.people, leak.inside, leak.outside)))


def _differences(matrix: Bools, names: list[str], threshold: int) -> list[Leak]:
    """Small groups themselves, and groups within groups that differ by few people."""
    size = matrix.sum(axis=1)
    common = matrix.astype(np.int64) @ matrix.T.astype(np.int64)
    found = [Leak(int(n), (name,), (), float(n), float(n)) for name, n in zip(names, size, strict=True) if 0 < n < threshold]
    for outer in range(len(names)):
        for inner in range(len(names)):
            few = int(size[outer] - size[inner])
            if common[outer, inner] == size[inner] and 0 < few < threshold and size[inner] > 0:
                found.append(Leak(few, (names[outer],), (names[inner],), float(few), float(few)))
    return found


def _smallest_sets(matrix: Bools, names: list[str], threshold: int, width: float) -> list[Leak]:
    """Small atoms of the groups' Venn diagram whose size an attacker can pin down."""
    atoms, sizes = np.unique(matrix[:, matrix.any(axis=0)], axis=1, return_counts=True)
    if not atoms.size:
        return []
    counts: Ints = np.concatenate([sizes, atoms.astype(np.int64) @ sizes])
    cells = len(sizes)
    sums = [Sum(cells + group, tuple(np.flatnonzero(row).tolist())) for group, row in enumerate(atoms) if row.any()]
    hidden = np.concatenate([np.ones(cells, dtype=bool), np.zeros(len(names), dtype=bool)])
    attack = Attack(counts, hidden, equations(len(counts), sums))
    found = []
    for atom in np.flatnonzero(sizes < threshold):
        if not attack.open(int(atom), width):
            low, high = attack.interval(int(atom))
            inside = tuple(name for name, there in zip(names, atoms[:, atom], strict=True) if there)
            outside = tuple(name for name, there in zip(names, atoms[:, atom], strict=True) if not there)
            found.append(Leak(int(sizes[atom]), inside, outside, low, high))
    return found
