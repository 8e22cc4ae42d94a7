"""Rasch difficulties by conditional maximum likelihood: how hard are items, whoever happened to answer them?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, sparse
from scipy.sparse import csgraph

from talka.science.estimate import Estimate, Floats, Reason, missing, normal_quantile, table

FEWEST = 30


@dataclass(frozen=True, slots=True)
class RaschItem:
    """One item's difficulty in logits (mean of the items 0, higher is harder) with Wald's interval; None with a reason."""

    index: int
    difficulty: Estimate
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class RaschDifficulties:
    """Difficulties of all items. informative: persons who got some but not all right, the only ones that tell items apart.

    reason: why there are none at all (below 30 respondents use the classical figures only).
    """

    items: tuple[RaschItem, ...]
    n: int
    informative: int
    log_likelihood: float | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class _Patterns:
    """People sorted by which items they answered. right: (items,) right answers in all.

    answered: (patterns, items) 1.0 or 0.0; people: (patterns, items + 1) how many had each raw score.
    """

    right: Floats
    answered: Floats
    people: Floats


def rasch(correct: ArrayLike, *, level: float = 0.95, fewest: int = FEWEST) -> RaschDifficulties:
    """Difficulties of a Rasch model by conditional maximum likelihood.

    correct: (persons, items) of 1, 0, NaN (not answered: conditioned on, person by person). Items that all or none of the informative
    persons solved get no difficulty. Not identified when the items fall into parts that nobody links (Fischer 1981, Psychometrika
    46, 59–77). Raises ValueError for other values.
    Source: Andersen (1972), Journal of the Royal Statistical Society B 34, 42–54.
    """
    matrix = table(correct, "correct")
    if not np.isin(matrix[~np.isnan(matrix)], (0, 1)).all():
        raise ValueError("correct answers are 1, wrong ones 0")
    matrix = matrix[~np.isnan(matrix).all(axis=1)] if matrix.size else matrix[:0]
    n, k = matrix.shape
    if n < fewest or k < 2:
        reason = Reason.TOO_FEW_ITEMS if k < 2 else Reason.TOO_FEW if n else Reason.NO_ANSWERS
        return _nothing(k, n, 0, reason, level)
    kept, rows = _informative(matrix)
    if len(kept) < 2 or not _linked(rows):
        return _nothing(k, n, len(rows), Reason.NOT_IDENTIFIED, level)
    patterns = _patterns(rows)
    found = optimize.minimize(_loss, np.zeros(len(kept) - 1), args=(patterns,), jac=True, method="BFGS", options={"gtol": 1e-7})
    free = found.x
    difficulty, error = _centred(free, _hessian(free, patterns))
    z = normal_quantile(level)
    place = {int(item): position for position, item in enumerate(kept)}
    items = []
    for item in range(k):
        if item not in place:
            items.append(RaschItem(item, missing(Reason.ALL_EQUAL, n=len(rows), level=level), None))
            continue
        value, spread = float(difficulty[place[item]]), float(error[place[item]])
        answered = int((~np.isnan(rows[:, place[item]])).sum())
        items.append(RaschItem(item, Estimate(value, value - z * spread, value + z * spread, answered, level), spread))
    return RaschDifficulties(tuple(items), n, len(rows), -float(found.fun), None)


def _nothing(k: int, n: int, informative: int, reason: Reason, level: float) -> RaschDifficulties:
    items = tuple(RaschItem(item, missing(reason, n=n, level=level), None) for item in range(k))
    return RaschDifficulties(items, n, informative, None, reason)


def _informative(matrix: Floats) -> tuple[np.ndarray, Floats]:
    """Items and persons left when perfect and zero ones are removed, again and again: (items kept), (persons, items kept)."""
    kept, rows = np.arange(matrix.shape[1]), matrix
    while True:
        answered = (~np.isnan(rows)).sum(axis=1)
        right = np.nansum(rows, axis=1)
        some = (right > 0) & (right < answered)
        rows = rows[some]
        share = np.nansum(rows, axis=0)
        useful = (share > 0) & (share < (~np.isnan(rows)).sum(axis=0))
        if some.all() and useful.all():
            return kept, rows
        kept, rows = kept[useful], rows[:, useful]
        if not len(kept) or not len(rows):
            return kept[:0], rows[:0, :0]


def _linked(rows: Floats) -> bool:
    """Whether every item was solved by somebody who failed any other, directly or along a chain: then estimates are finite."""
    solved, failed = (rows == 1).astype(float), (rows == 0).astype(float)
    parts, _ = csgraph.connected_components(sparse.csr_array(solved.T @ failed > 0), directed=True, connection="strong")
    return bool(parts == 1)


def _patterns(rows: Floats) -> _Patterns:
    answered = ~np.isnan(rows)
    kinds, which = np.unique(answered, axis=0, return_inverse=True)
    people = np.zeros((len(kinds), rows.shape[1] + 1))
    np.add.at(people, (which.ravel(), np.nansum(rows, axis=1).astype(int)), 1.0)
    return _Patterns(np.nansum(rows, axis=0), kinds.astype(np.float64), people)


def _symmetric(easiness: Floats) -> Floats:
    """Elementary symmetric functions of orders 0 to k of each row (rows, k), by the summation algorithm: (rows, k + 1).

    Only sums of positive terms, so exact to rounding; items not answered have easiness 0 and drop out.
    """
    rows, k = easiness.shape
    gamma = np.zeros((rows, k + 1))
    gamma[:, 0] = 1
    for done in range(1, k + 1):
        gamma[:, 1 : done + 1] += easiness[:, done - 1, None] * gamma[:, :done]
    return gamma


def _loss(free: Floats, patterns: _Patterns) -> tuple[float, Floats]:
    """Negative conditional log-likelihood and its slope in the difficulties of all items but the first, which is 0."""
    beta = np.concatenate([[0.0], free])
    middle = patterns.answered @ beta / patterns.answered.sum(axis=1)
    easiness = np.exp(middle[:, None] - beta) * patterns.answered
    gamma = _symmetric(easiness)
    seen = patterns.people > 0
    raw = patterns.people @ np.arange(patterns.people.shape[1])
    loss = float(patterns.right @ beta - raw @ middle + patterns.people[seen] @ np.log(gamma[seen]))
    share = np.divide(patterns.people, gamma, out=np.zeros_like(gamma), where=seen)
    slope = patterns.right.copy()
    for item in range(len(beta)):
        without = _symmetric(np.delete(easiness, item, axis=1))
        slope[item] -= float((easiness[:, item, None] * without * share[:, 1:]).sum())
    return loss, slope[1:]


def _hessian(free: Floats, patterns: _Patterns) -> Floats:
    """Second derivatives by central differences of the exact slope."""
    step = 1e-5
    rows = [(_loss(free + step * unit, patterns)[1] - _loss(free - step * unit, patterns)[1]) / (2 * step) for unit in np.eye(len(free))]
    matrix = np.array(rows)
    symmetric: Floats = (matrix + matrix.T) / 2
    return symmetric


def _centred(free: Floats, hessian: Floats) -> tuple[Floats, Floats]:
    """Difficulties with mean 0 and their standard errors."""
    k = len(free) + 1
    covariance = np.zeros((k, k))
    covariance[1:, 1:] = np.linalg.inv(hessian)
    centre = np.eye(k) - 1 / k
    beta = centre @ np.concatenate([[0.0], free])
    return beta, np.sqrt(np.diag(centre @ covariance @ centre.T))
