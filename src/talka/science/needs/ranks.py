"""Ranks with simultaneous confidence: which order do the data support, for all items at once?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Bools, Floats, Ints

CELLS_AT_ONCE = 4_000_000  # bounds memory: draws are held for as many pairs as fit in about 32 MB


@dataclass(frozen=True, slots=True)
class RankIntervals:
    """Ranks of items, 1 = highest score; ties share the better rank. All of shape (items,).

    low, high: with probability `level` at least, every item's true rank lies in [low, high], for all items together.
    beaten_by[j, k]: item k is surely ahead of item j, shape (items, items).
    critical: what a studentised difference had to exceed in the last step.
    """

    rank: Ints
    low: Ints
    high: Ints
    beaten_by: Bools
    critical: float
    level: float

    def could_be_among_the_top(self, count: int) -> Bools:
        """Items that may truly be among the best `count`: their best possible rank reaches it, shape (items,)."""
        return self.low <= count


def rank_intervals(
    scores: ArrayLike,
    covariance: ArrayLike,
    *,
    draws: int = 10_000,
    level: float = 0.95,
    df: float | None = None,
    seed: int = 0,
) -> RankIntervals:
    """Simultaneous confidence intervals for the ranks of `scores` (items,), higher is better.

    covariance: of the estimated scores, (items, items), full, because items share respondents.
    draws: of the multivariate normal reference. df: degrees of freedom for a multivariate t reference instead, wider, for
    small samples; None is the published method. Pairs whose difference has no variance are never called different.
    Max-t over all ordered pairs with stepdown: pairs found different leave, the rest is compared with a smaller quantile.
    Raises ValueError for shapes that don't fit, NaN, draws < 1, level outside (0, 1).
    Source: Mogstad, Romano, Shaikh & Wilhelm (2023), Inference for ranks, Review of Economic Studies 91(1), 476–518; agrees with
    the authors' R package csranks.
    """
    theta, sigma = np.asarray(scores, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    items = len(theta)
    if theta.ndim != 1 or sigma.shape != (items, items):
        raise ValueError(f"scores {theta.shape} need a covariance of shape ({items}, {items}), not {sigma.shape}")
    if np.isnan(theta).any() or np.isnan(sigma).any():
        raise ValueError("scores and covariance must be complete: leave out items without a score")
    if draws < 1 or not 0 < level < 1:
        raise ValueError("draws must be at least 1 and the level between 0 and 1")
    rank = 1 + (theta[:, None] < theta[None, :]).sum(axis=1)
    first, second = np.triu_indices(items, 1)
    variance = sigma[first, first] + sigma[second, second] - 2 * sigma[first, second]
    scale = max(float(np.abs(np.diag(sigma)).max(initial=0.0)), np.finfo(float).tiny)
    kept = variance > 1e-12 * scale
    first, second, spread = first[kept], second[kept], np.sqrt(variance[kept])
    t = (theta[first] - theta[second]) / spread
    ahead, behind, critical = _stepdown(t, _Reference(sigma, first, second, spread, draws, df, seed), draws, level)
    beaten_by = np.zeros((items, items), dtype=bool)
    beaten_by[second[ahead], first[ahead]] = True
    beaten_by[first[behind], second[behind]] = True
    low, high = 1 + beaten_by.sum(axis=1), items - beaten_by.sum(axis=0)
    return RankIntervals(rank, low, high, beaten_by, critical, level)


class _Reference:
    """Draws of the studentised differences under the null, in blocks of at most CELLS_AT_ONCE; the same blocks at each pass."""

    def __init__(self, sigma: Floats, first: Ints, second: Ints, spread: Floats, draws: int, df: float | None, seed: int) -> None:
        rng = np.random.default_rng(seed)
        values, vectors = np.linalg.eigh(sigma) if len(sigma) else (np.zeros(0), np.zeros((0, 0)))
        root = vectors * np.sqrt(np.clip(values, 0, None))
        self.normal = rng.standard_normal((draws, len(sigma))) @ root.T
        if df is not None:
            self.normal /= np.sqrt(rng.chisquare(df, (draws, 1)) / df)
        self.first, self.second, self.spread = first, second, spread
        self.block = max(1, CELLS_AT_ONCE // max(1, len(first)))

    def __iter__(self) -> Iterator[tuple[slice, Floats]]:
        for start in range(0, len(self.normal), self.block):
            rows = slice(start, min(start + self.block, len(self.normal)))
            drawn = self.normal[rows]
            yield rows, (drawn[:, self.first] - drawn[:, self.second]) / self.spread


def _stepdown(t: Floats, reference: _Reference, draws: int, level: float) -> tuple[Bools, Bools, float]:
    """Which ordered differences are surely positive: (first ahead of second), (second ahead of first), last critical value."""
    ahead, behind, critical = np.zeros(len(t), dtype=bool), np.zeros(len(t), dtype=bool), float("inf")
    highest = np.empty(draws)
    while len(t):
        up, down = ~ahead, ~behind
        for rows, drawn in reference:
            most = drawn.max(axis=1, where=up, initial=-np.inf)
            highest[rows] = np.maximum(most, -drawn.min(axis=1, where=down, initial=np.inf))
        critical = float(np.quantile(highest, level))
        now_ahead, now_behind = ahead | (t > critical), behind | (-t > critical)
        if (now_ahead == ahead).all() and (now_behind == behind).all():
            break
        ahead, behind = now_ahead, now_behind
    return ahead, behind, critical
