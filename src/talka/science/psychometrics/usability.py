"""System Usability Scale and net promoter score."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Estimate, Floats, Reason, column, mean_with_t_interval, missing, normal_quantile, table

FEWEST_FOR_A_GRADE = 12
GRADES = (  # lowest score of each grade and its percentile: Sauro & Lewis (2016), Quantifying the user experience, table 8.5
    (84.1, "A+", 96.0),
    (80.8, "A", 90.0),
    (78.9, "A-", 85.0),
    (77.2, "B+", 80.0),
    (74.1, "B", 70.0),
    (72.6, "B-", 65.0),
    (71.1, "C+", 60.0),
    (65.0, "C", 41.0),
    (62.7, "C-", 35.0),
    (51.7, "D", 15.0),
    (0.0, "F", 0.0),
)


@dataclass(frozen=True, slots=True)
class Usability:
    """System Usability Scale of a group. score: mean 0 to 100 with t-interval (kept within 0 to 100).

    percentile: 0 to 100 among published products, norm 68 = 50. grade: A+ to F. Both None below 12 respondents: `grade_reason`.
    incomplete: respondents left out because an item was missing.
    """

    score: Estimate
    percentile: float | None
    grade: str | None
    grade_reason: Reason | None
    incomplete: int


@dataclass(frozen=True, slots=True)
class Promoters:
    """Net promoter score, −100 to 100. centre: of the adjusted Wald interval, in points (it is not the score itself)."""

    score: Estimate
    centre: float | None
    promoters: int
    passives: int
    detractors: int


def sus_score(answers: ArrayLike) -> float | None:
    """One respondent's score, 0 to 100, from ten answers 1 to 5 in the standard order; None if one is missing.

    2.5·(Σ odd (x − 1) + Σ even (5 − x)). Raises ValueError unless ten answers, each 1 to 5.
    Source: Brooke (1996), SUS: a quick and dirty usability scale.
    """
    row = np.asarray(answers, dtype=np.float64)
    if row.shape != (10,):
        raise ValueError(f"the scale has ten items, not {row.shape}")
    if ((row < 1) | (row > 5)).any():
        raise ValueError("answers lie between 1 and 5")
    score = float(_scores(row[None, :])[0])
    return None if np.isnan(score) else score


def _scores(rows: Floats) -> Floats:
    total: Floats = 2.5 * ((rows[:, 0::2] - 1).sum(axis=1) + (5 - rows[:, 1::2]).sum(axis=1))
    return total


def sus_grade(score: float) -> str:
    """Grade of a mean score on the curved grading scale, rounded to one decimal as published. Raises ValueError outside 0 to 100."""
    if not 0 <= score <= 100:
        raise ValueError("a score lies between 0 and 100")
    return next(grade for lowest, grade, _ in GRADES if round(score, 1) >= lowest)


def sus_percentile(score: float) -> float:
    """Percentile rank 0 to 100 of a mean score: straight lines between the published borders of grades, and 68 = 50.

    Raises ValueError outside 0 to 100. Source: Sauro & Lewis (2016), table 8.5; the lines between are ours.
    """
    if not 0 <= score <= 100:
        raise ValueError("a score lies between 0 and 100")
    borders = sorted([(lowest, percentile) for lowest, _, percentile in GRADES] + [(68.0, 50.0), (100.0, 100.0)])
    return float(np.interp(score, *np.array(borders).T))


def sus(answers: ArrayLike, *, level: float = 0.95) -> Usability:
    """System Usability Scale of a group from answers (respondents, 10), 1 to 5, NaN = missing; incomplete rows are left out.

    Raises ValueError for another number of items or answers outside 1 to 5. Sources: as `sus_score`, `sus_grade`.
    """
    rows = table(answers)
    if rows.size and (rows.shape[1] != 10 or ((rows < 1) | (rows > 5)).any()):
        raise ValueError("ten items with answers 1 to 5 are needed")
    scores = column(_scores(rows)) if rows.size else np.zeros(0)
    mean = mean_with_t_interval(scores, level=level)
    if mean.low is not None and mean.high is not None:
        mean = Estimate(mean.value, max(0.0, mean.low), min(100.0, mean.high), mean.n, level)
    left_out = len(rows) - len(scores)
    if mean.value is None or len(scores) < FEWEST_FOR_A_GRADE:
        return Usability(mean, None, None, Reason.NO_ANSWERS if mean.value is None else Reason.TOO_FEW, left_out)
    return Usability(mean, sus_percentile(mean.value), sus_grade(mean.value), None, left_out)


def net_promoter(answers: ArrayLike, *, level: float = 0.95) -> Promoters:
    """Net promoter score from answers (respondents,) 0 to 10, NaN = missing: % 9–10 less % 0–6, interval by adjusted Wald.

    Three quarters are added to promoters and to detractors, three to n. Raises ValueError for an answer outside 0 to 10.
    Sources: Reichheld (2003), Harvard Business Review 81(12); interval: Rocks (2016), Interval estimation for the net promoter
    score, The American Statistician 70(4), 365–372.
    """
    given = column(answers)
    if ((given < 0) | (given > 10)).any():
        raise ValueError("answers lie between 0 and 10")
    n, promoters, detractors = len(given), int((given >= 9).sum()), int((given <= 6).sum())
    if not n:
        return Promoters(missing(Reason.NO_ANSWERS, level=level), None, 0, 0, 0)
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    centre, half = p - d, normal_quantile(level) * sqrt((p + d - (p - d) ** 2) / (n + 3))
    score = Estimate(100 * (promoters - detractors) / n, 100 * max(-1.0, centre - half), 100 * min(1.0, centre + half), n, level)
    return Promoters(score, 100 * centre, promoters, n - promoters - detractors, detractors)
