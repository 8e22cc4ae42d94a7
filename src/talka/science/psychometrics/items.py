"""Classical item analysis: which questions are too hard, too easy, or don't measure what the rest measures?"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Estimate, Floats, Reason, table
from talka.science.psychometrics.reliability import feldt_interval
from talka.science.psychometrics.response import share

OUTER = 0.27  # Kelley (1939): the tails that tell good and weak most reliably apart


class ItemFlag(StrEnum):
    """What an author should look at."""

    HARD = "hard"  # fewer than 20 % correct
    EASY = "easy"  # more than 90 % correct
    WEAK = "weak"  # discriminates below .2
    CHECK_KEY = "check_key"  # zero or negative: is the key right?


@dataclass(frozen=True, slots=True)
class TestItem:
    """One item. correct: share 0 to 1 of those who answered, with Wilson's interval.

    discrimination: corrected point-biserial (item against the rest), −1 to 1. upper_lower: share correct in the best 27 % less
    that in the weakest 27 %. Each None with a reason when it can't be computed.
    """

    __test__ = False  # pytest: this is no test

    index: int
    n: int
    correct: Estimate
    discrimination: float | None
    discrimination_reason: Reason | None
    upper_lower: float | None
    upper_lower_reason: Reason | None
    flags: tuple[ItemFlag, ...]


@dataclass(frozen=True, slots=True)
class TestReport:
    """All items of a test, and its reliability (KR-20, from complete rows)."""

    __test__ = False

    items: tuple[TestItem, ...]
    reliability: Estimate
    n: int


@dataclass(frozen=True, slots=True)
class Distractor:
    """One option of a choice question. chosen: share 0 to 1 of those who answered. correlation: of choosing it with the rest score.

    rarely_chosen: a wrong option with fewer than 5 %. attracts_the_good: a wrong option with a positive correlation.
    """

    option: Hashable
    is_key: bool
    count: int
    chosen: float
    correlation: float | None
    rarely_chosen: bool
    attracts_the_good: bool


def _correct(values: ArrayLike) -> Floats:
    matrix = table(values, "correct")
    if not np.isin(matrix[~np.isnan(matrix)], (0, 1)).all():
        raise ValueError("correct answers are 1, wrong ones 0")
    return matrix


def kr20(correct: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Kuder–Richardson formula 20 with Feldt's interval, from (persons, items) of 0, 1 and NaN; incomplete rows are left out.

    Uses population variances, as published. Raises ValueError for other values.
    Source: Kuder & Richardson (1937), Psychometrika 2, 151–160.
    """
    matrix = _correct(correct)
    complete = matrix[~np.isnan(matrix).any(axis=1)] if matrix.size else matrix[:0]
    n, k = complete.shape
    for wrong, reason in (
        (k < 2, Reason.TOO_FEW_ITEMS),
        (n == 0, Reason.NO_ANSWERS),
        (n == 1, Reason.ONE_RESPONDENT),
        (n > 1 and k > 1 and np.ptp(complete.sum(axis=1)) == 0, Reason.ALL_EQUAL),
    ):
        if wrong:
            return Estimate(None, None, None, n, level, reason)
    p = complete.mean(axis=0)
    value = float(k / (k - 1) * (1 - (p * (1 - p)).sum() / complete.sum(axis=1).var()))
    return Estimate(value, *feldt_interval(value, n=n, items=k, level=level), n, level)


def item_analysis(correct: ArrayLike, *, level: float = 0.95) -> TestReport:
    """Difficulty, discrimination and flags of every item.

    correct: (persons, items) of 1 right, 0 wrong, NaN not answered. The rest score is the share correct of a person's other
    answered items, so that people who answered different items compare; with complete data it is the usual total less the item.
    Raises ValueError for other values. Sources: Henrysson (1963), Psychometrika 28, 211–218 (correction); Kelley (1939), Journal
    of Educational Psychology 30, 17–24 (27 %).
    """
    matrix = _correct(correct)
    taken = matrix[~np.isnan(matrix).all(axis=1)] if matrix.size else matrix[:0]
    items = tuple(_item(taken, i, level) for i in range(matrix.shape[1]))
    return TestReport(items, kr20(matrix, level=level), len(taken))


def _rest(matrix: Floats, item: int) -> Floats:
    """Share correct of each person's other answered items, (persons,); NaN if there are none."""
    others = np.delete(matrix, item, axis=1)
    n = (~np.isnan(others)).sum(axis=1)
    share_correct: Floats = np.divide(np.nansum(others, axis=1), n, out=np.full(len(matrix), np.nan), where=n > 0)
    return share_correct


def _correlation(one: Floats, two: Floats) -> tuple[float | None, Reason | None]:
    both = ~np.isnan(one) & ~np.isnan(two)
    one, two = one[both], two[both]
    if len(one) < 2:
        return None, Reason.ONE_RESPONDENT if len(one) else Reason.NO_ANSWERS
    if np.ptp(one) < 1e-12 or np.ptp(two) < 1e-12:
        return None, Reason.ALL_EQUAL
    return float(np.corrcoef(one, two)[0, 1]), None


def _upper_lower(answers: Floats, total: Floats) -> tuple[float | None, Reason | None]:
    """Share correct among the best 27 % by total less that of the weakest; people tied at a border count in part."""
    valid = ~np.isnan(answers) & ~np.isnan(total)
    answers, total = answers[valid], total[valid]
    size = floor(OUTER * len(answers) + 0.5)
    if size < 1 or 2 * size > len(answers):
        return None, Reason.TOO_FEW
    if np.ptp(total) < 1e-12:
        return None, Reason.ALL_EQUAL

    def tail(by: Floats) -> float:
        border = np.sort(by)[size - 1]
        inside, at = by < border - 1e-12, np.abs(by - border) <= 1e-12
        return float((answers[inside].sum() + (size - inside.sum()) * answers[at].mean()) / size)

    return tail(-total) - tail(total), None


def _item(matrix: Floats, item: int, level: float) -> TestItem:
    answers = matrix[:, item]
    given = answers[~np.isnan(answers)]
    difficulty = share(int(given.sum()), len(given), level=level)
    discrimination, why = _correlation(answers, _rest(matrix, item))
    n_items = (~np.isnan(matrix)).sum(axis=1)
    total = np.nansum(matrix, axis=1) / np.maximum(n_items, 1)
    contrast, why_not = _upper_lower(answers, total)
    flags = []
    if difficulty.value is not None and difficulty.value < 0.2:
        flags.append(ItemFlag.HARD)
    if difficulty.value is not None and difficulty.value > 0.9:
        flags.append(ItemFlag.EASY)
    if discrimination is not None and discrimination < 0.2:
        flags.append(ItemFlag.CHECK_KEY if discrimination <= 1e-12 else ItemFlag.WEAK)
    return TestItem(item, len(given), difficulty, discrimination, why, contrast, why_not, tuple(flags))


def distractors(
    chosen: Sequence[Hashable | None], *, key: Hashable, rest: ArrayLike, options: Sequence[Hashable] = ()
) -> tuple[Distractor, ...]:
    """How the options of one choice question were used.

    chosen: each person's option, None = not answered; key: the right one; rest: (persons,) score on the other items, NaN = none;
    options: all that were offered, so that options nobody chose appear too. Empty without any answer. Raises ValueError if lengths
    differ. Source: Haladyna & Downing (1993), Educational and Psychological Measurement 53, 999–1010 (5 %).
    """
    scores = np.asarray(rest, dtype=np.float64)
    if scores.shape != (len(chosen),):
        raise ValueError(f"{len(chosen)} choices need as many rest scores, not {scores.shape}")
    answered = np.array([option is not None for option in chosen], dtype=bool)
    n = int(answered.sum())
    if not n:
        return ()
    offered = list(dict.fromkeys([*options, key, *(option for option in chosen if option is not None)]))
    found = []
    for option in offered:
        picked = np.array([given == option for given in chosen], dtype=np.float64)[answered]
        correlation, _ = _correlation(picked, scores[answered])
        part, right = float(picked.mean()), option == key
        found.append(
            Distractor(
                option=option,
                is_key=right,
                count=int(picked.sum()),
                chosen=part,
                correlation=correlation,
                rarely_chosen=not right and part < 0.05,
                attracts_the_good=not right and correlation is not None and correlation > 1e-12,
            )
        )
    return tuple(found)
