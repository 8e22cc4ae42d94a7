"""Hiding cells of any tables that are tied together by sums, and the attack that it must withstand.

An attacker knows every visible cell, every sum, and that people don't come in negative numbers. Linear programming gives the
lowest and highest number that each hidden cell could then still have; a cell is protected while these lie `margin` apart.
Source: Fischetti & Salazar-González (1999), Mathematical Programming 84, 283–312 (attacker's problem); Kelly, Golden & Assad
(1992), Networks 22, 397–417 (protecting one cell after the other at the least cost).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, sparse

from talka.science.estimate import Bools, Floats, Ints

NEARLY = 1e-6


@dataclass(frozen=True, slots=True)
class Sum:
    """Cell number `whole` is the sum of the cells `parts`."""

    whole: int
    parts: tuple[int, ...]


def checked(counts: ArrayLike, sums: Sequence[Sum]) -> Ints:
    """Counts as whole numbers, (cells,). Raises ValueError if one is negative or no whole number, or a sum doesn't add up."""
    given = np.asarray(counts, dtype=np.float64)
    if given.ndim != 1 or not np.isfinite(given).all() or (given < 0).any() or (given != np.floor(given)).any():
        raise ValueError("counts are whole numbers of people, none missing, none negative")
    n = given.astype(np.int64)
    for each in sums:
        if n[each.whole] != n[list(each.parts)].sum():
            raise ValueError(f"cell {each.whole} holds {n[each.whole]}, its parts add up to {n[list(each.parts)].sum()}")
    return n


def equations(cells: int, sums: Sequence[Sum]) -> sparse.csr_array:
    """One row per sum, (sums, cells): 1 for each part, −1 for the whole."""
    rows = [row for row, each in enumerate(sums) for _ in range(len(each.parts) + 1)]
    columns = [cell for each in sums for cell in (*each.parts, each.whole)]
    values = [value for each in sums for value in (*([1.0] * len(each.parts)), -1.0)]
    return sparse.csr_array((values, (rows, columns)), shape=(len(sums), cells))


class Attack:
    """What visible cells and sums give away about the hidden ones; remembers every table it has seen to be possible."""

    def __init__(self, counts: Ints, hidden: Bools, sums: Sequence[Sum]) -> None:
        self.counts, self.hidden = counts, hidden
        self.place = {int(cell): position for position, cell in enumerate(np.flatnonzero(hidden))}
        matrix = equations(len(counts), sums)[:, hidden]
        used = np.diff(matrix.indptr) > 0
        self.matrix, self.truth = matrix[used], counts[hidden].astype(np.float64)
        self.right = self.matrix @ self.truth
        self.low, self.high = self.truth.copy(), self.truth.copy()

    def _extreme(self, cell: int, sign: float) -> None:
        position = self.place[cell]
        goal = np.zeros(len(self.truth))
        goal[position] = sign
        equal = (self.matrix, self.right) if self.matrix.shape[0] else (None, None)
        found = optimize.linprog(goal, A_eq=equal[0], b_eq=equal[1], bounds=(0, None), method="highs")
        if found.status == 3:
            self.high[position] = np.inf
        elif found.status == 0:
            self.low, self.high = np.minimum(self.low, found.x), np.maximum(self.high, found.x)
        else:
            raise ArithmeticError(f"the interval of cell {cell} could not be solved: {found.message}")

    def interval(self, cell: int) -> tuple[float, float]:
        """Lowest and highest number that hidden `cell` can have; infinity if nothing bounds it."""
        self._extreme(cell, 1.0)
        self._extreme(cell, -1.0)
        return float(self.low[self.place[cell]]), float(self.high[self.place[cell]])

    def open(self, cell: int, margin: float) -> bool:
        """Whether hidden `cell` is uncertain by `margin` at least; solves no more than it must."""
        position = self.place[cell]
        for sign in (-1.0, 1.0):
            if self.high[position] - self.low[position] >= margin - NEARLY:
                return True
            self._extreme(cell, sign)
        return bool(self.high[position] - self.low[position] >= margin - NEARLY)


def feasible(counts: ArrayLike, hidden: ArrayLike, sums: Sequence[Sum]) -> tuple[Floats, Floats]:
    """Lowest and highest number, (cells,) each, that an attacker can work out for every cell; equal for visible ones.

    Raises ValueError if counts don't add up to their sums.
    """
    n, out = checked(counts, sums), np.asarray(hidden, dtype=bool)
    low, high = n.astype(np.float64), n.astype(np.float64)
    attack = Attack(n, out, sums)
    for cell in np.flatnonzero(out):
        low[cell], high[cell] = attack.interval(int(cell))
    return low, high


def protect_cells(
    counts: ArrayLike,
    sums: Sequence[Sum],
    *,
    threshold: int,
    margin: float | None = None,
    hide_zeros: bool = False,
    cost: ArrayLike | None = None,
) -> Bools:
    """Which cells to hide, (cells,) True = hidden.

    counts: people per cell, (cells,), totals included; sums: how totals tie cells together. Cells with fewer than `threshold`
    people are hidden (zeros only with hide_zeros: nobody's data are in them), then further ones until every hidden cell keeps a
    feasible interval at least `margin` wide (default: threshold). cost: (cells,) how bad it is to hide a cell, positive; small
    cells are given up first by default. Cells that turn out not to be needed are shown again.
    Raises ValueError for counts that are no counts or don't add up, threshold < 1, margin <= 0.
    """
    n = checked(counts, sums)
    width = float(threshold if margin is None else margin)
    if threshold < 1 or width <= 0:
        raise ValueError("threshold must be at least 1 and the margin positive")
    price = 1 + np.log1p(n) if cost is None else np.asarray(cost, dtype=np.float64)
    primary = (n < threshold) & ((n > 0) | hide_zeros)
    hidden, matrix = primary.copy(), equations(len(n), sums)
    queue = [int(cell) for cell in np.argsort(-n) if hidden[cell]]
    attack = Attack(n, hidden, sums)
    while queue:
        cell = queue.pop()
        if attack.open(cell, width):
            continue
        extra = _protection(n, hidden, matrix, cell, width, price)
        hidden = hidden | extra
        attack = Attack(n, hidden, sums)
        queue += [int(other) for other in np.flatnonzero(extra)]
    return _shown_again(n, hidden, primary, sums, width, price)


def _protection(n: Ints, hidden: Bools, matrix: sparse.csr_array, cell: int, width: float, price: Floats) -> Bools:
    """The cheapest further cells to hide so that `cell` may be `width` larger: those that another possible table changes."""
    m = len(n)
    cost = np.where(hidden, 0.0, price)
    down = np.where(n > 0, n, 0).astype(np.float64)
    bounds = [(0.0, None)] * m + [(0.0, float(limit)) for limit in down]
    bounds[cell], bounds[m + cell] = (width, width), (0.0, 0.0)
    both = sparse.hstack([matrix, -matrix], format="csr")
    found = optimize.linprog(np.concatenate([cost, cost]), A_eq=both, b_eq=np.zeros(matrix.shape[0]), bounds=bounds, method="highs")
    if found.status != 0:
        raise ArithmeticError(f"cell {cell} could not be protected: {found.message}")
    moved = np.abs(found.x[:m] - found.x[m:]) > NEARLY
    extra: Bools = moved & ~hidden
    return extra


def _shown_again(n: Ints, hidden: Bools, primary: Bools, sums: Sequence[Sum], width: float, price: Floats) -> Bools:
    """Show secondary cells again, the most valuable first, where all hidden cells stay open without them."""
    secondary = [int(cell) for cell in np.argsort(-price, kind="stable") if hidden[cell] and not primary[cell]]
    for cell in secondary:
        trial = hidden.copy()
        trial[cell] = False
        attack = Attack(n, trial, sums)
        if all(attack.open(int(other), width) for other in np.flatnonzero(trial)):
            hidden = trial
    return hidden
