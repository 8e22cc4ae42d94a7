"""Tags that every template has without loading them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, mark_safe
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from talka.kit import charts, fragments, icons, markdown, nav, slots
from talka.kit.text import plain

register = template.Library()
register.filter("plain", plain)

# More stitches than this can't be told apart on a phone; the band is then drawn in proportion.
MOST_STITCHES = 60


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, **values: Any) -> SafeString:
    """The panels that upper rooms registered for this place."""
    return mark_safe("".join(slots.render(name, context["request"], values)))


@register.simple_tag(takes_context=True)
def top_bar(context: Context) -> SafeString:
    """The bar on top, the tabs of a phone and the person's menu; for who is signed in, kept for all to whom it looks the same."""
    request, user = context.get("request"), context.get("user")
    made = context.template.engine.get_template("kit/top.html")
    if request is None or user is None or not user.is_authenticated:
        return made.render(context)
    links = tuple((str(link.label), link) for group in ("top_links", "person_links") for link in context[group])
    searching = request.resolver_match is not None and request.resolver_match.view_name == "home:search"
    key = ("top", get_language(), context["theme"], context["network_name"], user.get_short_name(), searching, links)

    def render() -> str:
        with context.push(csrf_token=fragments.CSRF, here=fragments.HERE):
            return made.render(context)

    marks = {fragments.CSRF: fragments.csrf_of(request), fragments.HERE: request.get_full_path()}
    return mark_safe(fragments.put_in(fragments.kept(key, render), marks))


class Alike(template.Node):
    def __init__(self, inside: template.NodeList) -> None:
        self.inside, self.name = inside, object()

    def render(self, context: Context) -> str:
        return fragments.kept((self.name, get_language()), lambda: self.inside.render(context))


@register.tag
def alike(parser: template.base.Parser, _token: template.base.Token) -> Alike:
    """What stands up to `endalike` is the same for everybody who reads this language: texts, fixed addresses. Rendered once, then kept."""
    inside = parser.parse(("endalike",))
    parser.delete_first_token()
    return Alike(inside)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inline icon; without `label` it is decoration beside a text."""
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, mark_safe(icons.SHAPES[name])
        )
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
    """A span of minutes in words: 45 -> "45 min", 150 -> "2.5 h", 2352 -> "39 h"."""
    if count is None:
        return ""
    if count < 90:
        return _("{n} min").format(n=round(count))
    hours = round(count / 60, 1 if count < 600 else None)
    return _("{n} h").format(n=number_format(f"{hours:g}"))


@register.filter
def clock(seconds: float | None) -> str:
    """A place in a film: 200 -> "3:20"."""
    return "" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@register.filter
def people(count: int) -> str:
    """A number of people in words."""
    return ngettext("{n} person", "{n} people", count).format(n=count)


@register.simple_tag(takes_context=True)
def figure(context: Context, fig: charts.Figure, anchor: str = "") -> SafeString:
    """A figure with its picture in two widths, its foot and its table."""
    pictures = {}
    if fig.spec is not None and not fig.hidden:
        pictures = {"desk": picture(fig.spec, fig.name), "phone": picture(fig.spec, fig.name, charts.Size.PHONE)}
    template_ = context.template.engine.get_template("kit/figure.html")
    with context.push(fig=fig, anchor=anchor, desk=pictures.get("desk"), phone=pictures.get("phone")):
        return mark_safe(template_.render(context))


def picture(spec: Any, label: str, size: charts.Size = charts.Size.DESK, css: str = "chart") -> SafeString:
    """The drawing with its name for screen readers."""
    opening = format_html('<svg class="{}" role="img" aria-label="{}" ', css, label)
    return mark_safe(charts.svg(spec, size).replace("<svg ", opening, 1))


@register.simple_tag
def sparkline(values: Sequence[float | None], label: str) -> SafeString:
    """A small line in a row of text; `label` says what it shows in words."""
    return picture(charts.sparkline(values), label, css="sparkline")


@register.filter
def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@register.filter
def shown(value: Any) -> Any:  # noqa: PLR0911  # one line per type reads best
    """A value of a table as a person reads it: numbers and dates in the reader's language, nothing as a dash."""
    match value:
        case None | "":
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case float():
            return number_format(round(value, 3 if abs(value) < 1 else 2), use_l10n=True, force_grouping=True)
        case int() | Decimal():
            return number_format(value, use_l10n=True, force_grouping=True)
        case datetime():
            return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
        case date():
            return date_format(value, "SHORT_DATE_FORMAT")
    return value
