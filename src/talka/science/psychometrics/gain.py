"""What was learned between a test before and the same test after?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Estimate, Floats, Reason, mean_with_t_interval, missing

DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class PersonGain:
    """One matched person: row in the input, shares before and after in percent, normalised change −1 to 1 or None at the ends."""

    row: int
    before: float
    after: float
    change: float | None


@dataclass(frozen=True, slots=True)
class Gain:
    """A class's learning gain, matched pairs only.

    hake: ⟨g⟩ of class means with a bootstrap interval; size: low < .3 <= medium < .7 <= high. change: mean normalised change of
    persons with t-interval. matched: pairs; only_before dropped out; only_after joined late; at_ends: pairs that began and ended
    at 0 or at 100 and say nothing about change.
    """

    hake: Estimate
    size: Literal["low", "medium", "high"] | None
    change: Estimate
    mean_before: float | None
    mean_after: float | None
    matched: int
    only_before: int
    only_after: int
    at_ends: int
    persons: tuple[PersonGain, ...]


def normalised_change(before: float, after: float) -> float | None:
    """One person's change c, −1 to 1, from percents: the part of the possible gain that was gained, or of the score that was lost.

    None when both are 0 or both are 100. Raises ValueError outside 0 to 100.
    Source: Marx & Cummings (2007), Normalized change, American Journal of Physics 75, 87–91.
    """
    if not (0 <= before <= 100 and 0 <= after <= 100):
        raise ValueError("scores are percents, 0 to 100")
    if after > before:
        return (after - before) / (100 - before)
    if after < before:
        return (after - before) / before
    return None if before in (0, 100) else 0.0


def learning_gain(before: ArrayLike, after: ArrayLike, *, level: float = 0.95, seed: int = 0) -> Gain:
    """Hake's gain ⟨g⟩ = (after − before)/(100 − before) of class means, and the mean normalised change of persons.

    before, after: (persons,) percents 0 to 100 of the same people, NaN = not taken. Raises ValueError for lengths that differ or
    scores outside 0 to 100. Source: Hake (1998), American Journal of Physics 66, 64–74; persons: as `normalised_change`.
    """
    was, now = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if was.shape != now.shape or was.ndim != 1:
        raise ValueError("before and after must be two lists of the same people")
    if ((was < 0) | (was > 100) | (now < 0) | (now > 100)).any():
        raise ValueError("scores are percents, 0 to 100")
    both = ~np.isnan(was) & ~np.isnan(now)
    rows = np.flatnonzero(both)
    persons = tuple(
        PersonGain(int(row), float(was[row]), float(now[row]), normalised_change(float(was[row]), float(now[row]))) for row in rows
    )
    changes = [person.change for person in persons if person.change is not None]
    hake = _hake(was[both], now[both], level, seed)
    change = mean_with_t_interval(changes, level=level)
    if persons and not changes:
        change = missing(Reason.AT_THE_END, n=len(persons), level=level)
    return Gain(
        hake=hake,
        size=None if hake.value is None else _size(hake.value),
        change=change,
        mean_before=float(was[both].mean()) if len(rows) else None,
        mean_after=float(now[both].mean()) if len(rows) else None,
        matched=len(rows),
        only_before=int((~np.isnan(was) & np.isnan(now)).sum()),
        only_after=int((np.isnan(was) & ~np.isnan(now)).sum()),
        at_ends=len(persons) - len(changes),
        persons=persons,
    )


def _size(gain: float) -> Literal["low", "medium", "high"]:
    if gain < 0.3:
        return "low"
    return "medium" if gain < 0.7 else "high"


def _hake(was: Floats, now: Floats, level: float, seed: int) -> Estimate:
    n = len(was)
    if n == 0:
        return missing(Reason.NO_ANSWERS, level=level)
    if was.mean() >= 100:
        return missing(Reason.AT_THE_END, n=n, level=level)
    gain = float((now.mean() - was.mean()) / (100 - was.mean()))
    if n == 1:
        return Estimate(gain, None, None, 1, level, Reason.ONE_RESPONDENT)
    if np.ptp(was) == 0 and np.ptp(now) == 0:
        return Estimate(gain, None, None, n, level, Reason.ALL_EQUAL)
    draws = min(DRAWS, max(500, 20_000_000 // n))
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        chosen = rng.integers(0, n, n)
        mean = was[chosen].mean()
        if mean < 100:
            drawn.append((now[chosen].mean() - mean) / (100 - mean))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(gain, float(low), float(high), n, level)
