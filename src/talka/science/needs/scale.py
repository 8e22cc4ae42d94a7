"""The answering scale that importance and ability share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talka.science.estimate import Floats, table


class OffScale(ValueError):
    """An answer lies outside the scale. `row` and `item` are its zero-based place, `value` what was found there."""

    def __init__(self, name: str, row: int, item: int, value: float, low: float, high: float) -> None:
        super().__init__(f"{name}: row {row}, item {item} holds {value:g}, outside the scale {low:g} to {high:g}")
        self.row, self.item, self.value = row, item, value


@dataclass(frozen=True, slots=True)
class Scale:
    """Lowest and highest possible answer, for example Scale(1, 5). Raises ValueError unless 0 <= low < high."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high < float("inf"):
            raise ValueError(f"a scale needs 0 <= low < high, not {self.low:g} to {self.high:g}")

    @property
    def midpoint(self) -> float:
        return (self.low + self.high) / 2

    @property
    def highest_borich(self) -> float:
        """The score when everybody finds an item most important and masters it least: high·(high − low), 20 on a scale 1 to 5."""
        return self.high * (self.high - self.low)

    def answers(self, values: ArrayLike, name: str) -> Floats:
        """`values` as a matrix (respondents, items), NaN = missing. Raises OffScale at the first answer outside the scale."""
        matrix = table(values, name)
        off = np.argwhere((matrix < self.low) | (matrix > self.high))
        if len(off):
            row, item = int(off[0, 0]), int(off[0, 1])
            raise OffScale(name, row, item, float(matrix[row, item]), self.low, self.high)
        return matrix


def paired(importance: ArrayLike, ability: ArrayLike, scale: Scale) -> tuple[Floats, Floats]:
    """Both matrices, checked against `scale` and each other's shape. Raises OffScale, ValueError."""
    wanted, can = scale.answers(importance, "importance"), scale.answers(ability, "ability")
    if wanted.shape != can.shape:
        raise ValueError(f"importance {wanted.shape} and ability {can.shape} must have the same shape")
    return wanted, can
