"""Do the items of a scale measure one thing? McDonald's omega, and Cronbach's alpha beside it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from talka.science.estimate import Estimate, Floats, Reason, missing, normal_quantile, table

FEWEST_ITEMS = 3
LOWEST_UNIQUENESS = 0.005  # as R's factanal: below this a solution is called improper


@dataclass(frozen=True, slots=True)
class OneFactor:
    """Standardised loadings and uniquenesses, (items,) each, of a one-factor model of a correlation matrix.

    improper: an item's uniqueness ran into its lower bound (a Heywood case): read loadings and omega with care.
    """

    loadings: Floats
    uniquenesses: Floats
    improper: bool


@dataclass(frozen=True, slots=True)
class Reliability:
    """Omega (the default to report) and alpha, each 0 to 1 in the usual case, from the n complete respondents of `invited` rows.

    alpha may be negative. items: k. improper: see OneFactor.
    """

    omega: Estimate
    alpha: Estimate
    items: int
    n: int
    incomplete: int
    improper: bool


def omega_of_loadings(loadings: ArrayLike, uniquenesses: ArrayLike | None = None) -> float:
    """McDonald's omega, (Σλ)² / ((Σλ)² + Σψ); loadings and uniquenesses (items,), the latter 1 − λ² unless given.

    Raises ValueError for no loadings. Source: McDonald (1999), Test theory: a unified treatment, 89.
    """
    strength = np.asarray(loadings, dtype=np.float64)
    if not strength.size:
        raise ValueError("at least one loading is needed")
    rest = 1 - strength**2 if uniquenesses is None else np.asarray(uniquenesses, dtype=np.float64)
    common = float(strength.sum() ** 2)
    return common / (common + float(rest.sum()))


def alpha_of_covariance(covariance: ArrayLike) -> float:
    """Cronbach's alpha from the items' covariance (items, items): k/(k−1)·(1 − Σs²ᵢ/s²_T).

    Raises ValueError for fewer than two items or a total without variance.
    Source: Cronbach (1951), Psychometrika 16, 297–334.
    """
    s = np.asarray(covariance, dtype=np.float64)
    k, whole = len(s), float(s.sum())
    if k < 2 or not whole > 0:
        raise ValueError("alpha needs two items and a total that varies")
    return k / (k - 1) * (1 - float(np.trace(s)) / whole)


def feldt_interval(alpha: float, *, n: int, items: int, level: float = 0.95) -> tuple[float, float]:
    """Confidence interval of Cronbach's alpha from the F distribution with n − 1 and (n − 1)(items − 1) degrees of freedom.

    Raises ValueError unless n >= 2 and items >= 2.
    Source: Feldt, Woodruff & Salih (1987), Applied Psychological Measurement 11, 93–103, formulas 6 and 7.
    """
    if n < 2 or items < 2:
        raise ValueError("the interval needs two respondents and two items")
    freedom = (n - 1, (n - 1) * (items - 1))
    low, high = stats.f.ppf([(1 - level) / 2, (1 + level) / 2], *freedom)
    return 1 - (1 - alpha) * float(high), 1 - (1 - alpha) * float(low)


def one_factor(correlation: ArrayLike) -> OneFactor:
    """Maximum-likelihood one-factor model of a correlation matrix (items, items); the sum of loadings is not negative.

    Raises ValueError for fewer than three items or a singular matrix.
    Source: Jöreskog (1967), Psychometrika 32, 443–482, in Lawley & Maxwell's concentrated form.
    """
    r = np.asarray(correlation, dtype=np.float64)
    k = len(r)
    if k < FEWEST_ITEMS:
        raise ValueError("a factor needs three items")
    if np.linalg.eigvalsh(r)[0] <= 1e-10:
        raise ValueError("the correlation matrix is singular: two items say the same")

    def loadings(psi: Floats) -> Floats:
        values, vectors = np.linalg.eigh(r / np.sqrt(np.outer(psi, psi)))
        found: Floats = np.sqrt(psi) * vectors[:, -1] * np.sqrt(max(float(values[-1]) - 1, 0.0))
        return found

    def misfit(psi: Floats) -> float:
        rest = np.linalg.eigvalsh(r / np.sqrt(np.outer(psi, psi)))[:-1]
        return float((rest - np.log(rest) - 1).sum())

    def slope(psi: Floats) -> Floats:
        strength = loadings(psi)
        return (strength**2 + psi - np.diag(r)) / psi**2

    start = np.clip(0.5 / np.diag(np.linalg.inv(r)) * (2 - 1 / k), LOWEST_UNIQUENESS, 1)
    bounds = [(LOWEST_UNIQUENESS, 1.0)] * k
    found = optimize.minimize(misfit, start, jac=slope, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-9})
    strength = loadings(found.x)
    strength = strength if strength.sum() >= 0 else -strength
    return OneFactor(strength, found.x, bool((found.x <= LOWEST_UNIQUENESS * 1.001).any()))


def reliability(answers: ArrayLike, *, level: float = 0.95) -> Reliability:
    """Omega and alpha of a scale from its answers (respondents, items), NaN = missing; rows with a gap are left out and counted.

    Omega: one-factor ML on the correlations, loadings scaled back to the items' units, interval by the delta method on the logit
    under normality (Raykov 2002, Multivariate Behavioral Research 37, 89–103; Kelley & Pornprasertmanit 2016, Psychological
    Methods 21, 69–92). Alpha: Feldt's interval. Fewer than three items or respondents than items + 1: None and the reason.
    Raises ValueError if not a matrix.
    """
    matrix = table(answers)
    complete = matrix[~np.isnan(matrix).any(axis=1)] if matrix.size else matrix[:0]
    n, k, incomplete = len(complete), matrix.shape[1], len(matrix) - len(complete)
    if reason := _cannot(complete):
        nothing = missing(reason, n=n, level=level)
        return Reliability(nothing, nothing, k, n, incomplete, improper=False)
    covariance = np.cov(complete, rowvar=False)
    alpha = alpha_of_covariance(covariance)
    beside = Estimate(alpha, *feldt_interval(alpha, n=n, items=k, level=level), n, level)
    deviation = np.sqrt(np.diag(covariance))
    try:
        model = one_factor(covariance / np.outer(deviation, deviation))
    except ValueError:
        return Reliability(missing(Reason.NOT_IDENTIFIED, n=n, level=level), beside, k, n, incomplete, improper=False)
    omega = _omega(model, deviation, n, level)
    return Reliability(omega, beside, k, n, incomplete, model.improper)


def _cannot(complete: Floats) -> Reason | None:
    n, k = complete.shape
    if k < FEWEST_ITEMS:
        return Reason.TOO_FEW_ITEMS
    if n == 0:
        return Reason.NO_ANSWERS
    if n == 1:
        return Reason.ONE_RESPONDENT
    if (np.ptp(complete, axis=0) == 0).any() or np.ptp(complete.sum(axis=1)) == 0:
        return Reason.ALL_EQUAL
    return Reason.TOO_FEW if n <= k else None


def _omega(model: OneFactor, deviation: Floats, n: int, level: float) -> Estimate:
    """Omega in the items' own units, with its interval on the logit scale."""
    strength, rest = model.loadings * deviation, model.uniquenesses * deviation**2
    omega = omega_of_loadings(strength, rest)
    if not 0 < omega < 1:
        return Estimate(omega, None, None, n, level, Reason.NOT_IDENTIFIED)
    k, inverse = len(strength), np.linalg.inv(np.outer(strength, strength) + np.diag(rest))
    unit = np.eye(k)
    by = [np.outer(unit[i], strength) + np.outer(strength, unit[i]) for i in range(k)]
    by += [np.outer(unit[i], unit[i]) for i in range(k)]
    weighted = [inverse @ change for change in by]
    information = np.array([[np.sum(a * b.T) for b in weighted] for a in weighted]) * (n - 1) / 2
    common, unique = float(strength.sum()), float(rest.sum())
    whole = (common**2 + unique) ** 2
    slope = np.concatenate([np.full(k, 2 * common * unique / whole), np.full(k, -(common**2) / whole)])
    try:
        variance = float(slope @ np.linalg.solve(information, slope))
    except np.linalg.LinAlgError:
        return Estimate(omega, None, None, n, level, Reason.NOT_IDENTIFIED)
    half = normal_quantile(level) * np.sqrt(max(variance, 0.0)) / (omega * (1 - omega))
    middle = np.log(omega / (1 - omega))
    low, high = (1 / (1 + np.exp(-(middle + side * half))) for side in (-1, 1))
    return Estimate(omega, float(low), float(high), n, level)
