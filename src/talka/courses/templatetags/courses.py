"""Small filters of the courses' templates."""

from collections.abc import Sequence
from typing import Any

from django import template

register = template.Library()


@register.filter
def at(things: Any, place: Any) -> Any:
    """The thing at a place of a list, or under a key of a mapping; nothing where there is none."""
    try:
        return things[place]
    except (LookupError, TypeError):
        return ""


@register.filter
def unlocalised(number: float) -> str:
    """A number as a drawing needs it: with a point whatever the reader's language."""
    return f"{number:g}"


@register.filter
def term_named(terms: Sequence[Any], key: str) -> str:
    """The words of the term with this key."""
    return next((t.term for t in terms if t.key == key), key)
