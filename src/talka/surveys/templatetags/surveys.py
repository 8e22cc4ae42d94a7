"""Numbers as this room's pages show them."""

from collections.abc import Mapping
from typing import Any

from django import template

from talka.surveys.tables import number, test_words

register = template.Library()


@register.filter
def decimals(value: float | None, places: int = 1) -> str:
    """A number with so many decimals in the reader's language; nothing as a dash."""
    return number(value, places)


@register.filter
def percent(value: float | None, places: int = 0) -> str:
    """A share, 0 to 1, as percent."""
    return "–" if value is None else f"{number(100 * value, places)}\u202f%"


@register.filter
def in_words(condition: Mapping[str, Any]) -> str:
    """A condition as in "come is yes"."""
    return " ".join(str(part) for part in (condition["item"], test_words()[condition["is"]], condition.get("value", "")) if part != "")
