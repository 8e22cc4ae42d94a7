"""Who answered, and what could the silent ones change?"""

from dataclasses import dataclass
from math import sqrt

from talka.science.estimate import Estimate, Reason, missing, normal_quantile


@dataclass(frozen=True, slots=True)
class Response:
    """Answers among those invited. rate: share 0 to 1 with Wilson's interval.

    finite_population: factor on standard errors of figures about the invited, 0 when all answered; None if fewer than two invited.
    """

    answered: int
    invited: int
    rate: Estimate
    finite_population: float | None


def wilson(successes: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share, 0 to 1. Raises ValueError unless 0 <= successes <= n and n >= 1.

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209–212.
    """
    _check(successes, n)
    if n == 0:
        raise ValueError("a share needs at least one case")
    low, high = score_interval(successes / n, n, level=level)
    return 0.0 if successes == 0 else low, 1.0 if successes == n else high


def score_interval(share: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share 0 to 1 from `n` > 0 cases, which may be an effective number and so a fraction."""
    z2 = normal_quantile(level) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2) / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def share(successes: int, n: int, *, level: float = 0.95) -> Estimate:
    """A share, 0 to 1, with Wilson's interval; None and the reason when n is 0. Raises ValueError unless 0 <= successes <= n."""
    _check(successes, n)
    if n == 0:
        return missing(Reason.NO_ANSWERS, level=level)
    return Estimate(successes / n, *wilson(successes, n, level=level), n, level)


def finite_population_factor(n: int, population: int) -> float:
    """√((N − n)/(N − 1)): multiply a standard error with it when n of only N people were asked.

    Raises ValueError unless 1 <= n <= N and N >= 2. Source: Cochran (1977), Sampling techniques, 23 f.
    """
    if population < 2 or not 1 <= n <= population:
        raise ValueError(f"{n} of {population}: between one and all of at least two people are needed")
    return sqrt((population - n) / (population - 1))


def response(answered: int, invited: int, *, level: float = 0.95) -> Response:
    """The response rate with its interval, and the finite-population factor. Raises ValueError unless 0 <= answered <= invited."""
    rate = share(answered, invited, level=level)
    factor = finite_population_factor(answered, invited) if answered and invited > 1 else None
    return Response(answered, invited, rate, factor)


def worst_case(positive: int, answered: int, invited: int) -> tuple[float, float] | None:
    """Lowest and highest share, 0 to 1, of positive answers had everybody answered; None if nobody was invited.

    Raises ValueError unless 0 <= positive <= answered <= invited.
    Source: Manski (1989), Anatomy of the selection problem, Journal of Human Resources 24, 343–360.
    """
    _check(positive, answered)
    _check(answered, invited)
    if not invited:
        return None
    return positive / invited, (positive + invited - answered) / invited


def _check(part: int, whole: int) -> None:
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is not possible")
