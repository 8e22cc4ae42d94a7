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
    """What visible cells and sums give away about the hidden ones.

    Remembers every table that it has seen to be possible: each solved program yields one, it often shows several cells to be
    uncertain, and it stays possible when more cells are hidden (or when only such are shown again in which it tells the truth).
    """

    def __init__(self, counts: Ints, hidden: Bools, matrix: sparse.csr_array, seen: Sequence[Floats] = ()) -> None:
        self.counts, self.hidden, self.whole = counts, hidden, matrix
        self.cells = np.flatnonzero(hidden)
        self.place = {int(cell): position for position, cell in enumerate(self.cells)}
        inside = matrix[:, hidden]
        self.matrix, self.truth = inside[np.diff(inside.indptr) > 0], counts[hidden].astype(np.float64)
        self.right = self.matrix @ self.truth
        self.seen = list(seen)
        tables = np.array([self.truth, *(table[hidden] for table in self.seen)])
        self.low, self.high = tables.min(axis=0), tables.max(axis=0)

    def with_hidden(self, hidden: Bools) -> "Attack":
        """The attack on the same counts with other cells hidden, remembering what is still possible."""
        shown = self.hidden & ~hidden
        truth = self.counts[shown]
        return Attack(
            self.counts, hidden, self.whole, [table for table in self.seen if np.abs(table[shown] - truth).max(initial=0) < NEARLY]
        )

    def _solve(self, goal: Floats) -> int:
        """Remember the possible table that `goal` (hidden cells,) likes least; the solver's status, 0 solved, 3 unbounded."""
        equal = (self.matrix, self.right) if self.matrix.shape[0] else (None, None)
        found = optimize.linprog(goal, A_eq=equal[0], b_eq=equal[1], bounds=(0, None), method="highs")
        if found.status == 0:
            self.low, self.high = np.minimum(self.low, found.x), np.maximum(self.high, found.x)
            table = self.counts.astype(np.float64)
            table[self.cells] = found.x
            self.seen.append(table)
        elif found.status != 3:
            raise ArithmeticError(f"what is possible could not be solved: {found.message}")
        return int(found.status)

    def _extreme(self, cell: int, sign: float) -> None:
        goal = np.zeros(len(self.truth))
        goal[self.place[cell]] = sign
        if self._solve(goal) == 3:
            self.high[self.place[cell]] = np.inf

    def explore(self, margin: float) -> None:
        """Look for possible tables that show many doubtful cells to be open at once: push them all, up or down by the toss of a coin."""
        toss = np.random.default_rng(len(self.cells))
        doubtful = ~self.surely_open(margin)
        while doubtful.sum() > 2:
            self._solve(np.where(doubtful, toss.choice([-1.0, 1.0], len(doubtful)), 0.0))
            still = ~self.surely_open(margin)
            if still.sum() > 0.8 * doubtful.sum():
                return
            doubtful = still

    def interval(self, cell: int) -> tuple[float, float]:
        """Lowest and highest number that hidden `cell` can have; infinity if nothing bounds it."""
        self._extreme(cell, 1.0)
        self._extreme(cell, -1.0)
        return float(self.low[self.place[cell]]), float(self.high[self.place[cell]])

    def surely_open(self, margin: float) -> Bools:
        """Hidden cells that the remembered tables show to be uncertain by `margin`, (hidden cells,)."""
        wide: Bools = self.high - self.low >= margin - NEARLY
        return wide

    def open(self, cell: int, margin: float) -> bool:
        """Whether hidden `cell` is uncertain by `margin` at least; solves no more than it must."""
        position = self.place[cell]
        for sign in (-1.0, 1.0):
            if self.high[position] - self.low[position] >= margin - NEARLY:
                return True
            self._extreme(cell, sign)
        return bool(self.high[position] - self.low[position] >= margin - NEARLY)

    def plainly_closed(self, margin: float) -> bool:
        """Whether a single sum gives a cell away: it hides one cell only, or parts that make up less than `margin` together."""
        alone = np.diff(self.matrix.indptr) == 1
        whole_hidden = self.matrix.minimum(0).sum(axis=1) < 0
        return bool((alone | (~whole_hidden & (self.right < margin - NEARLY))).any())

    def all_open(self, margin: float) -> bool:
        """Whether every hidden cell is; what is quickly told comes first."""
        if self.plainly_closed(margin):
            return False
        self.explore(margin)
        return all(self.open(int(cell), margin) for cell in self.cells[~self.surely_open(margin)])


def feasible(counts: ArrayLike, hidden: ArrayLike, sums: Sequence[Sum]) -> tuple[Floats, Floats]:
    """Lowest and highest number, (cells,) each, that an attacker can work out for every cell; equal for visible ones.

    Raises ValueError if counts don't add up to their sums.
    """
    n, out = checked(counts, sums), np.asarray(hidden, dtype=bool)
    low, high = n.astype(np.float64), n.astype(np.float64)
    attack = Attack(n, out, equations(len(n), sums))
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
    attack = Attack(n, hidden, matrix)
    attack.explore(width)
    while queue:
        cell = queue.pop()
        if attack.open(cell, width):
            continue
        extra = _protection(n, hidden, matrix, cell, width, price)
        hidden = hidden | extra
        attack = attack.with_hidden(hidden)
        queue += [int(other) for other in np.flatnonzero(extra)]
    return _shown_again(attack, primary, width, price)


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


def _shown_again(attack: Attack, primary: Bools, width: float, price: Floats) -> Bools:
    """Show secondary cells again, the most valuable first, where all hidden cells stay open without them."""
    for cell in np.argsort(-price, kind="stable"):
        if attack.hidden[cell] and not primary[cell]:
            trial = attack.hidden.copy()
            trial[cell] = False
            fewer = attack.with_hidden(trial)
            if fewer.all_open(width):
                attack = fewer
    return attack.hidden
