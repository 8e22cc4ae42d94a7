"""Do groups differ? Rank tests with an effect size one can read, corrected for how often one asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from talka.science.estimate import Bools, Estimate, Floats, Reason, column, missing, table

Magnitude = Literal["negligible", "small", "medium", "large"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups. delta: Cliff's δ, −1 to 1, positive when the first answers higher, with its interval.

    u: Mann–Whitney's U of the first group; p: two-sided, with tie correction. Both None without answers in both groups.
    """

    delta: Estimate
    u: float | None
    p: float | None
    magnitude: Magnitude | None
    n_first: int
    n_second: int


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """One item and one pair of groups; p_holm is corrected over all items and pairs compared in the same call."""

    item: int
    first: str
    second: str
    comparison: Comparison
    p_holm: float | None


@dataclass(frozen=True, slots=True)
class GroupMean:
    """A group's mean of one item. shrunk: pulled towards the mean of all groups, the more the fewer answered; same unit."""

    item: int
    group: str
    n: int
    mean: float
    shrunk: float


@dataclass(frozen=True, slots=True)
class GroupReport:
    """Comparisons and means of the groups that may be shown; `hidden` names those below the threshold."""

    comparisons: tuple[GroupComparison, ...]
    means: tuple[GroupMean, ...]
    hidden: tuple[str, ...]


def holm(p: Sequence[float]) -> list[float]:
    """Holm's step-down correction of p-values, in the given order, each at most 1.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65–70.
    """
    corrected, worst = [0.0] * len(p), 0.0
    for place, index in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        worst = max(worst, min(1.0, (len(p) - place) * p[index]))
        corrected[index] = worst
    return corrected


def compare_two(first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> Comparison:
    """Mann–Whitney test and Cliff's δ of two independent samples (n,), (m,); NaN = missing.

    Exact p for small samples without ties, else normal with tie and continuity correction. δ's interval is the asymmetric one
    with unbiased variance and Student's quantile, as R's effsize. Source: Mann & Whitney (1947); Cliff (1996), Ordinal methods for behavioral data analysis, 139 f.
    """
    a, b = column(first), column(second)
    n, m = len(a), len(b)
    if not n or not m:
        return Comparison(missing(Reason.NO_ANSWERS, level=level), None, None, None, n, m)
    ranked = np.sort(b)
    of_a = (np.searchsorted(ranked, a, "left") - (m - np.searchsorted(ranked, a, "right"))) / m
    delta = float(of_a.mean())
    size = _magnitude(delta)
    if np.ptp(np.concatenate([a, b])) == 0:
        return Comparison(Estimate(delta, None, None, n + m, level, Reason.ALL_EQUAL), n * m / 2, 1.0, size, n, m)
    test = stats.mannwhitneyu(a, b, alternative="two-sided", method="auto")
    u, p = float(test.statistic), float(test.pvalue)
    if n < 2 or m < 2:
        return Comparison(Estimate(delta, None, None, n + m, level, Reason.ONE_RESPONDENT), u, p, size, n, m)
    low, high = _delta_interval(a, b, of_a, delta, level)
    return Comparison(Estimate(delta, low, high, n + m, level), u, p, size, n, m)


def _delta_interval(a: Floats, b: Floats, of_a: Floats, delta: float, level: float) -> tuple[float, float]:
    """Cliff's asymmetric interval, from the row and column means of the dominance matrix, without building the matrix."""
    n, m = len(a), len(b)
    ranked = np.sort(a)
    of_b = ((n - np.searchsorted(ranked, b, "right")) - np.searchsorted(ranked, b, "left")) / n
    ties = float((np.searchsorted(np.sort(b), a, "right") - np.searchsorted(np.sort(b), a, "left")).sum())
    squares = n * m - ties
    rows, columns = float(((of_a - delta) ** 2).sum()), float(((of_b - delta) ** 2).sum())
    inner = squares - n * m * delta**2
    variance = (m * m * rows + n * n * columns - inner) / (n * m * (n - 1) * (m - 1))
    variance = max(variance, (1 - delta**2) / (n * m - 1))
    z = float(stats.t.ppf(0.5 + level / 2, n + m - 2))
    half = z * np.sqrt(variance) * np.sqrt((1 - delta**2) ** 2 + z * z * variance)
    below = 1 - delta**2 + z * z * variance
    if below <= 0:
        return delta, delta
    return max(-1.0, float((delta - delta**3 - half) / below)), min(1.0, float((delta - delta**3 + half) / below))


def _magnitude(delta: float) -> Magnitude:
    """Words for |δ|. Source: Romano, Kromrey, Coraggio & Skowronek (2006), with borders .147, .33, .474."""
    size = abs(delta)
    if size < 0.147:
        return "negligible"
    if size < 0.33:
        return "small"
    return "medium" if size < 0.474 else "large"


def shrink(means: ArrayLike, variances: ArrayLike) -> Floats:
    """Group means pulled towards their common mean by empirical Bayes, (groups,) in the unit of `means`.

    variances: squared standard errors of the means. The spread between groups is estimated by DerSimonian & Laird (1986),
    Controlled Clinical Trials 7, 177–188; groups no more different than chance all get the common mean. Raises ValueError for a
    variance that is not positive or shapes that differ.
    """
    seen, noise = np.asarray(means, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if seen.shape != noise.shape or (noise <= 0).any() or np.isnan(seen).any():
        raise ValueError("every group needs a mean and a positive variance")
    if len(seen) < 2:
        return seen.copy()
    weight = 1 / noise
    centre = float((weight * seen).sum() / weight.sum())
    excess = float((weight * (seen - centre) ** 2).sum()) - (len(seen) - 1)
    between = max(0.0, excess / float(weight.sum() - (weight**2).sum() / weight.sum()))
    centre = float((seen / (noise + between)).sum() / (1 / (noise + between)).sum())
    kept = between / (between + noise)
    shrunk: Floats = centre + kept * (seen - centre)
    return shrunk


def compare_groups(values: ArrayLike, groups: Sequence[str], *, threshold: int = 10, level: float = 0.95) -> GroupReport:
    """Compare every pair of groups on every item; groups with fewer than `threshold` respondents are hidden, not compared.

    values: (respondents, items), NaN = missing; groups: one label per respondent. An item is left out for a group in which fewer
    than `threshold` answered it. Raises ValueError if lengths differ. Sources: as `compare_two`, `holm`, `shrink`.
    """
    matrix = table(values)
    labels = np.asarray(groups, dtype=object)
    if len(labels) != len(matrix):
        raise ValueError(f"{len(labels)} groups for {len(matrix)} respondents")
    members: dict[str, Bools] = {str(name): labels == name for name in sorted(set(groups))}
    hidden = tuple(name for name, who in members.items() if who.sum() < threshold)
    found: list[tuple[int, str, str, Comparison]] = []
    means: list[GroupMean] = []
    for item in range(matrix.shape[1]):
        answers = {name: column(matrix[who, item]) for name, who in members.items() if name not in hidden}
        answers = {name: given for name, given in answers.items() if len(given) >= max(1, threshold)}
        means += _means(item, answers)
        found += [(item, one, two, compare_two(answers[one], answers[two], level=level)) for one, two in combinations(answers, 2)]
    corrected = iter(holm([c.p for *_, c in found if c.p is not None]))
    comparisons = tuple(GroupComparison(i, one, two, c, None if c.p is None else next(corrected)) for i, one, two, c in found)
    return GroupReport(comparisons, tuple(means), hidden)


def _means(item: int, answers: dict[str, Floats]) -> list[GroupMean]:
    """Means per group, shrunk with the variance within groups pooled, so that a small group without spread is not trusted."""
    freedom = sum(len(given) - 1 for given in answers.values())
    within = sum(float(((given - given.mean()) ** 2).sum()) for given in answers.values())
    plain = [float(given.mean()) for given in answers.values()]
    pooled = within / freedom if freedom else 0.0
    shrunk = shrink(plain, [pooled / len(given) for given in answers.values()]) if pooled > 0 else np.array(plain)
    return [
        GroupMean(item, name, len(answers[name]), mean, float(pulled)) for name, mean, pulled in zip(answers, plain, shrunk, strict=True)
    ]
