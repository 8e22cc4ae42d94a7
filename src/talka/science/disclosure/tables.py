"""Lists and two-way tables of people with their totals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.disclosure.cells import Sum, feasible, protect_cells
from talka.science.disclosure.figure import THRESHOLD
from talka.science.estimate import Bools, Floats, Ints

DEAR = 10.0  # a total is worth many cells


@dataclass(frozen=True, slots=True)
class ProtectedList:
    """A list of groups with its total. shown: (groups,), primary: (groups,) hidden for being small (the rest protects those)."""

    counts: Ints
    shown: Bools
    primary: Bools
    total: int
    total_shown: bool

    def cells(self) -> list[int | None]:
        """The groups' counts, None where hidden."""
        return [int(n) if open_ else None for n, open_ in zip(self.counts, self.shown, strict=True)]

    def visible_total(self) -> int | None:
        return self.total if self.total_shown else None


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """A two-way table with totals. shown, primary: (rows, columns); row_shown: (rows,) and column_shown: (columns,) for totals."""

    counts: Ints
    shown: Bools
    primary: Bools
    row_totals: Ints
    row_shown: Bools
    column_totals: Ints
    column_shown: Bools
    total: int
    total_shown: bool

    def rows(self) -> list[list[int | None]]:
        """The table with row totals as last column and column totals as last row, None where hidden."""
        body = np.vstack([np.column_stack([self.counts, self.row_totals]), np.append(self.column_totals, self.total)])
        open_ = np.vstack([np.column_stack([self.shown, self.row_shown]), np.append(self.column_shown, self.total_shown)])
        return [[int(n) if ok else None for n, ok in zip(*pair, strict=True)] for pair in zip(body, open_, strict=True)]

    def intervals(self) -> tuple[Floats, Floats]:
        """What an attacker can work out for each cell: lowest and highest number, (rows, columns) each, infinity if unbounded."""
        rows, columns = self.counts.shape
        hidden = np.concatenate([~self.shown.ravel(), ~self.row_shown, ~self.column_shown, [not self.total_shown]])
        low, high = feasible(_with_totals(self.counts), hidden, table_sums(rows, columns))
        size = rows * columns
        return low[:size].reshape(rows, columns), high[:size].reshape(rows, columns)


def table_sums(rows: int, columns: int) -> list[Sum]:
    """Sums of a two-way table flattened as cells row by row, row totals, column totals, grand total."""
    body = np.arange(rows * columns).reshape(rows, columns)
    row, column, grand = rows * columns + np.arange(rows), rows * columns + rows + np.arange(columns), rows * columns + rows + columns
    sums = [Sum(int(row[i]), tuple(body[i].tolist())) for i in range(rows)]
    sums += [Sum(int(column[j]), tuple(body[:, j].tolist())) for j in range(columns)]
    return [*sums, Sum(grand, tuple(row.tolist())), Sum(grand, tuple(column.tolist()))]


def _with_totals(counts: Ints) -> Ints:
    flat: Ints = np.concatenate([counts.ravel(), counts.sum(axis=1), counts.sum(axis=0), [counts.sum()]])
    return flat


def protect_list(counts: ArrayLike, *, threshold: int = THRESHOLD, margin: float | None = None, hide_zeros: bool = False) -> ProtectedList:
    """Hide small groups of a list, and as many more as keep them from being worked out from the total.

    counts: (groups,) people who don't overlap. Errors and the rest: see `protect_cells`. An empty list has total 0, shown.
    """
    n = np.asarray(counts)
    if n.ndim != 1:
        raise ValueError("a list of counts is needed")
    if not n.size:
        return ProtectedList(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, bool), 0, total_shown=True)
    flat = np.append(n, n.sum())
    price = 1 + np.log1p(np.maximum(np.asarray(flat, dtype=np.float64), 0))
    price[-1] *= DEAR
    hidden = protect_cells(flat, [Sum(len(n), tuple(range(len(n))))], threshold=threshold, margin=margin, hide_zeros=hide_zeros, cost=price)
    whole = n.astype(np.int64)
    primary = (whole < threshold) & ((whole > 0) | hide_zeros)
    return ProtectedList(whole, ~hidden[:-1], primary, int(whole.sum()), not hidden[-1])


def protect_table(
    counts: ArrayLike, *, threshold: int = THRESHOLD, margin: float | None = None, hide_zeros: bool = False
) -> ProtectedTable:
    """Hide small cells and small totals of a two-way table, and as many more as keep them from being worked out.

    counts: (rows, columns) people who don't overlap, without totals. Errors and the rest: see `protect_cells`.
    """
    n = np.asarray(counts)
    if n.ndim != 2 or not n.size:
        raise ValueError("a two-way table of counts is needed")
    rows, columns = n.shape
    flat = _with_totals(n)
    price = 1 + np.log1p(np.maximum(flat.astype(np.float64), 0))
    price[rows * columns :] *= DEAR
    price[-1] *= DEAR
    hidden = protect_cells(flat, table_sums(rows, columns), threshold=threshold, margin=margin, hide_zeros=hide_zeros, cost=price)
    body = rows * columns
    whole = n.astype(np.int64)
    return ProtectedTable(
        counts=whole,
        shown=~hidden[:body].reshape(rows, columns),
        primary=(whole < threshold) & ((whole > 0) | hide_zeros),
        row_totals=whole.sum(axis=1),
        row_shown=~hidden[body : body + rows],
        column_totals=whole.sum(axis=0),
        column_shown=~hidden[body + rows : -1],
        total=int(whole.sum()),
        total_shown=not hidden[-1],
    )
