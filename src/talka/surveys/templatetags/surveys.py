"""Numbers as this room's pages show them."""

from django import template

from talka.surveys.tables import number

register = template.Library()


@register.filter
def decimals(value: float | None, places: int = 1) -> str:
    """A number with so many decimals in the reader's language; nothing as a dash."""
    return number(value, places)


@register.filter
def percent(value: float | None, places: int = 0) -> str:
    """A share, 0 to 1, as percent."""
    return "–" if value is None else f"{number(100 * value, places)}\u202f%"
