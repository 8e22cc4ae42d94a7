"""One figure by itself: may it be shown, and how finely?"""

from math import floor

THRESHOLD = 10  # people behind a figure that everybody may see
THRESHOLD_INSIDE = 5  # people behind a figure inside one's own cluster


def shown(n: int, threshold: int = THRESHOLD) -> bool:
    """Whether a single figure that rests on `n` people may be shown. Raises ValueError for a negative n.

    Source: design/methods.md §4: fewer than 10 people are hidden, 5 inside a cluster.
    """
    if n < 0:
        raise ValueError("a number of people is not negative")
    return n >= threshold


def rounded(count: int, base: int = 5) -> int:
    """`count` to the nearest multiple of `base`, halves up, so that two figures a day apart don't tell of one person.

    Raises ValueError for a negative count or base < 1. Source: deterministic rounding, Hundepool et al. (2012), Statistical
    disclosure control, 5.4.2.
    """
    if count < 0 or base < 1:
        raise ValueError("a count is not negative and a base is at least 1")
    return base * floor(count / base + 0.5)


def rounded_percent(part: int, n: int) -> float | None:
    """A share in percent, as finely as n people bear: whole percents below 1,000, one decimal from there; None if n is 0.

    Raises ValueError unless 0 <= part <= n. The borders are ours: no digit that less than one person in ten would move.
    """
    if not 0 <= part <= n:
        raise ValueError(f"{part} of {n} is not possible")
    return None if n == 0 else round(100 * part / n, 0 if n < 1000 else 1)
