"""Does learning cross the borders of organisations?"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Floats, Ints, Reason

EDGES_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class Crossing:
    """Edges (replies, peer reviews) within and between organisations.

    share: external / all, 0 to 1. ei: E–I index (external − internal)/all, −1 (all inside) to 1 (all outside). expected: mean E–I
    when organisations are dealt out at random to the same people; low, high: 95 % of those; p: two-sided. None with a reason.
    """

    external: int
    internal: int
    share: float | None
    ei: float | None
    expected: float | None
    low: float | None
    high: float | None
    p: float | None
    reason: Reason | None


def cross_organisational(edges: ArrayLike, organisations: Sequence[Hashable], *, draws: int = 2_000, seed: int = 0) -> Crossing:
    """E–I index of who answers whom, against a permutation of organisations over people.

    edges: (edges, 2) positions in `organisations`, which holds one organisation per person. An edge to oneself doesn't count.
    The index depends on group sizes, so compare it with `expected`, not with 0. Raises ValueError for positions out of range or
    draws < 1. Source: Krackhardt & Stern (1988), Social Psychology Quarterly 51, 123–140.
    """
    links = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    people = len(organisations)
    if draws < 1 or (links.size and (links.min() < 0 or links.max() >= people)):
        raise ValueError("edges must point at the people given, and draws be at least 1")
    links = links[links[:, 0] != links[:, 1]]
    if not len(links):
        return Crossing(0, 0, None, None, None, None, None, None, Reason.NO_ANSWERS)
    number = {name: position for position, name in enumerate(dict.fromkeys(organisations))}
    labels = np.array([number[name] for name in organisations], dtype=np.int64)
    external = int((labels[links[:, 0]] != labels[links[:, 1]]).sum())
    internal = len(links) - external
    ei = (external - internal) / len(links)
    if len(number) < 2:
        return Crossing(external, internal, external / len(links), ei, None, None, None, None, Reason.ALL_EQUAL)
    drawn = _permuted(links, labels, draws, seed)
    expected = float(drawn.mean())
    further = int((np.abs(drawn - expected) >= abs(ei - expected) - 1e-12).sum())
    low, high = np.quantile(drawn, [0.025, 0.975])
    p = (further + 1) / (draws + 1)
    return Crossing(external, internal, external / len(links), ei, expected, float(low), float(high), p, None)


def _permuted(links: Ints, labels: Ints, draws: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    block = max(1, EDGES_AT_ONCE // max(len(links), len(labels)))
    found = []
    for start in range(0, draws, block):
        dealt = rng.permuted(np.tile(labels, (min(block, draws - start), 1)), axis=1)
        outside = (dealt[:, links[:, 0]] != dealt[:, links[:, 1]]).mean(axis=1)
        found.append(2 * outside - 1)
    return np.concatenate(found)


def reuse(items: Sequence[Hashable], organisations: Sequence[Hashable], origins: dict[Hashable, Hashable]) -> dict[Hashable, int]:
    """Distinct organisations that used each item outside its origin.

    items, organisations: (uses,) what was used by whom; origins: the organisation an item comes from. Every item of `origins`
    appears, with 0 if nobody else used it; a used item without an origin counts every organisation. Raises ValueError if lengths differ.
    """
    used: dict[Hashable, set[Hashable]] = {item: set() for item in origins}
    for item, organisation in zip(items, organisations, strict=True):
        if origins.get(item) != organisation:
            used.setdefault(item, set()).add(organisation)
    return {item: len(by) for item, by in used.items()}
