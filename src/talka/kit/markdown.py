"""CommonMark with tables, cleaned: what authors and visitors type becomes HTML that can't harm."""

import nh3
from django.utils.html import mark_safe
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_reader = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])

TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "a", "img", "hr", "br"),
    *("table", "thead", "tbody", "tr", "th", "td", "dfn", "abbr", "sup", "sub"),
}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "abbr": {"title"}}


def clean(markup: str) -> SafeString:
    """`markup` (HTML of unknown origin) with only the tags of prose left: no scripts, styles, forms, frames or foreign pictures' tricks."""
    return mark_safe(
        nh3.clean(
            markup,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes={"http", "https", "mailto", "tel"},
            allowed_classes={"td": {"n"}, "th": {"n"}},
            link_rel="noopener noreferrer",
        )
    )


def to_html(text: str, *, first_heading: int = 2) -> SafeString:
    """Markdown as safe HTML. Headings begin at `first_heading` whatever the author used first, so that a page keeps one h1."""
    tokens = _reader.parse(text or "")
    levels = [int(t.tag[1]) for t in tokens if t.type == "heading_open"]
    shift = first_heading - min(levels) if levels else 0
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + shift, 6)}"
        elif token.type in {"th_open", "td_open"} and "right" in str(token.attrs.pop("style", "")):
            # Markdown's alignment is an inline style, which our content policy forbids.
            token.attrs["class"] = "n"
    return clean(_reader.renderer.render(tokens, _reader.options, {}))
