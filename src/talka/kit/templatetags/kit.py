"""Tags that every template has without loading them."""

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html, mark_safe
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.kit import icons, markdown, nav, slots
from talka.kit.text import plain

register = template.Library()
register.filter("plain", plain)

# More stitches than this can't be told apart on a phone; the band is then drawn in proportion.
MOST_STITCHES = 60


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, **values: Any) -> SafeString:
    """The panels that upper rooms registered for this place."""
    return mark_safe("".join(slots.render(name, context["request"], values)))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inline icon; without `label` it is decoration beside a text."""
    if label:
        return format_html('<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, mark_safe(icons.SHAPES[name]))
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', mark_safe(icons.SHAPES[name]))


@register.simple_tag
def weave(done: int, total: int, *, label: str = "", now: bool = True) -> SafeString:
    """Progress as threads woven: `done` of `total` stitches, the next one marked unless `now` is False or all are done.

    The words say the numbers to everybody; `label` replaces "17 of 50 done".
    """
    total, done = max(int(total or 0), 0), max(int(done or 0), 0)
    done = min(done, total)
    words = label or (_("{done} of {total} done").format(done=done, total=total) if total else _("nothing to do yet"))
    stitches = min(total, MOST_STITCHES) or 1
    woven = done if total == stitches else (stitches if done == total else min(stitches - 1, round(done * stitches / max(total, 1))))
    lines = [f'<line x2="{stitches * 12 - 2}" y1="5" y2="5" stroke-dasharray="10 2"/>']
    if woven and done:
        lines.append(f'<line class="done" x2="{woven * 12 - 2}" y1="5" y2="5" stroke-dasharray="10 2"/>')
    if now and total and done < total:
        lines.append(f'<line class="now" x1="{woven * 12}" x2="{woven * 12 + 10}" y1="5" y2="5"/>')
    return format_html(
        '<svg class="weave" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        stitches * 12 - 2,
        words,
        mark_safe("".join(lines)),
    )


@register.simple_tag(takes_context=True)
def rail_links(context: Context, cluster: Any) -> list[nav.Link]:
    """The items of this cluster's workspace that the viewer may open."""
    return nav.rail_links(context["request"], cluster)


@register.filter("markdown")
def to_html(text: str) -> SafeString:
    """Markdown as safe HTML."""
    return markdown.to_html(text)


@register.filter
def minutes(count: float | None) -> str:
    """A span of minutes in words: 45 -> "45 min", 150 -> "2.5 h"."""
    if count is None:
        return ""
    if count < 90:
        return _("{n} min").format(n=round(count))
    hours = round(count / 60, 1)
    return _("{n} h").format(n=int(hours) if hours == int(hours) else hours)


@register.filter
def people(count: int) -> str:
    """A number of people in words."""
    return ngettext("{n} person", "{n} people", count).format(n=count)
