"""How long do people stay? The Kaplan–Meier curve."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Estimate, Floats, Ints, Reason, missing, normal_quantile


@dataclass(frozen=True, slots=True)
class Retention:
    """A survival curve at its steps; all arrays (steps,), times in the unit of the input. Between steps the curve is flat.

    at_risk, left: people before and leaving at each time. staying: share 0 to 1 after it. low, high: log-log interval; NaN at steps
    where staying is exactly 0, which has no interval. median: time by which half have left, None if the curve stays above.
    """

    times: Floats
    at_risk: Ints
    left: Ints
    staying: Floats
    low: Floats
    high: Floats
    n: int
    median: Estimate
    level: float
    reason: Reason | None

    def at(self, time: float) -> Estimate:
        """Share still there just after `time`, 0 to 1, with its interval. Before the first step: 1, without an interval."""
        if self.reason == Reason.NO_ANSWERS:
            return missing(Reason.NO_ANSWERS, level=self.level)
        step = int(np.searchsorted(self.times, time, "right")) - 1
        if step < 0:
            return Estimate(1.0, None, None, self.n, self.level, Reason.NOT_REACHED)
        if np.isnan(self.low[step]):
            return Estimate(float(self.staying[step]), None, None, self.n, self.level, Reason.NOT_IDENTIFIED)
        return Estimate(float(self.staying[step]), float(self.low[step]), float(self.high[step]), self.n, self.level)


def kaplan_meier(durations: ArrayLike, left: ArrayLike, *, level: float = 0.95) -> Retention:
    """Share of people still there over time.

    durations: (persons,) time from start to leaving, or until last seen active; left: (persons,) True if the person left, False if
    still active (censored). Greenwood's variance, log-log interval. Raises ValueError for lengths that differ, NaN, negative times.
    Sources: Kaplan & Meier (1958), Journal of the American Statistical Association 53, 457–481; interval: Kalbfleisch & Prentice
    (1980), The statistical analysis of failure time data.
    """
    times, gone = np.asarray(durations, dtype=np.float64), np.asarray(left, dtype=bool)
    if times.shape != gone.shape or times.ndim != 1:
        raise ValueError("durations and left must be two lists of the same people")
    if np.isnan(times).any() or (times < 0).any():
        raise ValueError("a duration is a number of at least 0")
    n, nothing, none = len(times), np.zeros(0), np.zeros(0, dtype=np.int64)
    if not gone.any():
        reason = Reason.NOT_REACHED if n else Reason.NO_ANSWERS
        return Retention(nothing, none, none, nothing, nothing, nothing, n, missing(reason, n=n, level=level), level, reason)
    steps, deaths = np.unique(times[gone], return_counts=True)
    at_risk = n - np.searchsorted(np.sort(times), steps, "left")
    staying: Floats = np.cumprod(1 - deaths / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
        spread = normal_quantile(level) * np.sqrt(greenwood) / np.abs(np.log(staying))
        low, high = staying ** np.exp(spread), staying ** np.exp(-spread)
    low, high = np.where(staying > 0, low, np.nan), np.where(staying > 0, high, np.nan)
    median = _median(steps, staying, low, high, n, level)
    return Retention(steps, at_risk, deaths, staying, low, high, n, median, level, None)


def _median(steps: Floats, staying: Floats, low: Floats, high: Floats, n: int, level: float) -> Estimate:
    """First time at which the curve reaches one half; the interval inverts the bands (Brookmeyer & Crowley 1982)."""

    def first(curve: Floats) -> float | None:
        reached = np.flatnonzero(np.nan_to_num(curve, nan=0.0) <= 0.5 + 1e-12)
        return float(steps[reached[0]]) if len(reached) else None

    value, soonest, latest = first(staying), first(low), first(high)
    reason = Reason.NOT_REACHED if value is None or latest is None else None
    return Estimate(value, soonest, latest, n, level, reason)
