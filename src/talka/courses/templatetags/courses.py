"""Small filters of the courses' templates."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext

from talka.courses.languages import rules

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
def speaks(language: str) -> str:
    """The `lang` of words that are not in the language of the page around them; nothing where they are."""
    return format_html(' lang="{}"', language) if language and language != get_language() else ""


@register.filter
def language_name(language: str) -> str:
    """A language in its own name."""
    return rules.name_of(language)


@register.filter
def term_named(terms: Sequence[Any], key: str) -> str:
    """The words of the term with this key."""
    return next((t.term for t in terms if t.key == key), key)


@register.filter
def done_in(topics: Sequence[Any], done: frozenset[int]) -> str:
    """How many of a lesson's topics are done, as 2/5."""
    return f"{sum(t.pk in done for t in topics)}/{len(topics)}"


@register.filter
def kind_count(kind: str, n: int) -> str:
    """Materials of a kind in words: 3 films."""
    names = {
        "film": ngettext("{n} slide film", "{n} slide films", n), "video": ngettext("{n} video", "{n} videos", n),
        "audio": ngettext("{n} recording", "{n} recordings", n), "image": ngettext("{n} picture", "{n} pictures", n),
        "infographic": ngettext("{n} interactive infographic", "{n} interactive infographics", n),
        "timeline": ngettext("{n} timeline", "{n} timelines", n), "document": ngettext("{n} document", "{n} documents", n),
        "tool": ngettext("{n} tool sheet", "{n} tool sheets", n), "vocabulary": ngettext("{n} vocabulary sheet", "{n} vocabulary sheets", n),
        "case": ngettext("{n} case study", "{n} case studies", n), "exercise": ngettext("{n} exercise", "{n} exercises", n),
        "quiz": ngettext("{n} quiz", "{n} quizzes", n), "formula": ngettext("{n} formula", "{n} formulas", n), "code": ngettext("{n} listing", "{n} listings", n),
        "package": ngettext("{n} interactive package", "{n} interactive packages", n), "outside": ngettext("{n} outside tool", "{n} outside tools", n),
    }  # fmt: skip
    return names[kind].format(n=n)


@register.filter
def kind_name(kind: str) -> str:
    """A kind of material in words."""
    from talka.courses.blocks import KIND_NAMES

    return str(KIND_NAMES.get(kind, kind))


@register.filter
def on_paper(material: Any) -> Any:
    """An exercise as it is printed."""
    from talka.courses.pieces.paper import on_paper as paper

    return paper(material)
