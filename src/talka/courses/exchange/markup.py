"""HTML of other programs into our Markdown and plain text, with a word on everything that gets lost; and back."""

import base64
import binascii
import re
import xml.etree.ElementTree as ET  # builds only
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from markdownify import MarkdownConverter

from talka.courses.exchange.reading import Picture
from talka.kit import markdown

# What acts, plays or loads: none of it can stand in a text of ours. The first the report names, the others nobody misses.
ACTING = ("script", "iframe", "object", "embed", "applet", "video", "audio", "form", "input", "button", "select", "textarea", "svg", "canvas",
          "frame", "frameset")  # fmt: skip
UNSEEN = ("meta", "link", "style", "title", "base", "head", "noscript", "template")
FORMATTING = {"strong", "b", "em", "i", "u", "code", "pre", "table", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "a", "s"}
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
LOST_LINK = gettext_noop("a link into the package became plain text")

# The bytes of a picture that a text names by its address there; None if there is no such file.
Finder = Callable[[str], bytes | None]


@dataclass(slots=True)
class Converted:
    text: str
    pictures: list[Picture] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)


class _Converter(MarkdownConverter):
    class Options(MarkdownConverter.DefaultOptions):
        heading_style = "atx"
        bullets = "-"
        strong_em_symbol = "*"
        newline_style = "backslash"
        table_infer_header = True

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Only what would change the page: a backslash before a sign, stars, backticks, underscores at the edge of a word, made-up links."""
        if not text or parent_tags & {"pre", "code", "_noformat"}:
            return text or ""
        text = re.sub(r"\\(?=[!-/:-@\[-`{-~])", r"\\\\", text)
        text = re.sub(r"([*`])", r"\\\1", text)
        text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)
        text = re.sub(r"~(?=~)", r"\\~", text)
        text = re.sub(r"&(?=#?\w+;)", r"\\&", text)
        return text.replace("](", "]\\(")

    def convert_p(self, el: Any, text: str, parent_tags: set[str]) -> str:
        made: str = super().convert_p(el, text, parent_tags)
        return re.sub(r"(?m)^([ \t]*)(?=(?:[-+>]|#{1,6})(?:\s|$))", r"\1\\", re.sub(r"(?m)^([ \t]*\d{1,9})([.)])(?=\s)", r"\1\\\2", made))


def to_markdown(markup: str, *, find: Finder | None = None, marked: bool = False) -> Converted:
    r"""`markup` (HTML from anywhere) as Markdown. Pictures are taken out and handed back; what can't be kept is named in `changes`.

    With `marked`, the sign \\x01n\\x02 stays where picture n stood, so that a caller can put it back.
    """
    soup = _tree(markup)
    made = Converted("")
    _take_out_acting(soup, made)
    _take_pictures(soup, made, find, marked=marked)
    _spell_out(soup)
    _speak_our_tags(soup)
    for link in soup.find_all("a"):
        if not re.match(r"(?i)(https?:|mailto:|tel:)", str(link.get("href") or "").strip()):
            if link.get("href"):
                made.changes.append(_(LOST_LINK))
            link.unwrap()
    safe = str(markdown.clean(str(soup)))
    made.text = _tidy(_Converter().convert(safe))
    return made


def to_plain(markup: str, *, find: Finder | None = None) -> Converted:
    """`markup` as text without any signs, for places where we keep plain words. Formatting that is lost is named in `changes`."""
    soup = _tree(markup)
    made = Converted("")
    _take_out_acting(soup, made)
    _take_pictures(soup, made, find)
    _spell_out(soup)
    if soup.find(lambda tag: tag.name in FORMATTING and tag.get_text(strip=True)):
        made.changes.append(_("formatting inside a short text became plain words"))
    for br in soup.find_all("br"):
        br.replace_with("\n")
    for block in soup.find_all(["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote"]):
        block.insert_after("\n")
    lines = [" ".join(line.split()) for line in soup.get_text().replace("\xa0", " ").split("\n")]
    made.text = "\n".join(line for line in lines if line)
    return made


def _tree(markup: str) -> BeautifulSoup:
    soup = BeautifulSoup(markup or "", "html.parser")
    for comment in soup.find_all(string=lambda s: isinstance(s, Comment)):
        comment.extract()
    return soup


def _take_out_acting(soup: BeautifulSoup, made: Converted) -> None:
    for math in soup.find_all("math"):
        tex = math.find("annotation")
        words = str(math.get("alttext") or (tex.get_text() if tex else "") or math.get_text(" ", strip=True))
        made.changes.append(_("the formula “{text}” became plain text").format(text=" ".join(words.split())[:60]))
        math.replace_with(" ".join(words.split()))
    for tag in soup.find_all("object"):
        if str(tag.get("type") or "").startswith("image/") and tag.get("data"):
            alt = str(tag.get("alt") or tag.get_text(" ", strip=True))
            tag.replace_with(soup.new_tag("img", attrs={"src": str(tag["data"]), "alt": alt}))
    for tag in soup.find_all([*ACTING, *UNSEEN]):
        if tag.decomposed:
            continue
        source = str(tag.get("src") or tag.get("data") or "")
        if tag.name in ACTING:
            made.changes.append(_("left out: {names}").format(names=f"<{tag.name}> {source[:80]}".strip()))
        tag.decompose()


def _take_pictures(soup: BeautifulSoup, made: Converted, find: Finder | None, *, marked: bool = False) -> None:
    for image in soup.find_all("img"):
        source, alt = str(image.get("src") or ""), " ".join(str(image.get("alt") or "").split())
        content = _inline_picture(source) if source.startswith("data:") else (find(source) if find and source else None)
        if content is None:
            # Pictures of other hosts are not fetched: a page of ours asks no foreign host for anything.
            made.changes.append(_("left out: the picture “{name}”, which is missing").format(name=source[:80]))
            image.replace_with(f"[{alt}]" if alt else "")
            continue
        name = (
            "picture." + re.match(r"\w*", source[11:])[0]
            if source.startswith("data:")
            else unquote(source.partition("?")[0]).rsplit("/", 1)[-1]
        )
        made.pictures.append(Picture(name, content, alt))
        if marked:
            image.replace_with(f"\x01{len(made.pictures) - 1}\x02")
        else:
            made.changes.append(_("a picture inside the text now stands before it"))
            image.decompose()


def _inline_picture(source: str) -> bytes | None:
    head, _comma, data = source.partition(",")
    if not head.startswith("data:image/") or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        return None


def _spell_out(soup: BeautifulSoup) -> None:
    """Raised and lowered text without markup: x² and H₂O, or ^(…) and _(…) where there is no such sign."""
    for tag, table, sign in (("sup", _RAISED, "^"), ("sub", _LOWERED, "_")):
        for found in soup.find_all(tag):
            words = found.get_text()
            short = words.translate(table)
            whole = all(a != b or not a.strip() for a, b in zip(words, short, strict=False)) and len(words) == len(short)
            found.replace_with(short if whole else f"{sign}({words})" if len(words) > 1 else f"{sign}{words}")


_OURS = {
    "b": "strong",
    "i": "em",
    "cite": "em",
    "var": "em",
    "del": "s",
    "strike": "s",
    "h1": "h2",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
}
_BLOCKS = (
    "div",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "aside",
    "figure",
    "figcaption",
    "center",
    "dl",
    "dt",
    "dd",
    "fieldset",
    "address",
    "details",
    "summary",
    "nav",
)
_HOLDS = (*_BLOCKS, "p", "ul", "ol", "table", "pre", "blockquote", "hr", "h2", "h3", "h4", "h5", "h6")


def _speak_our_tags(soup: BeautifulSoup) -> None:
    """Tags of prose under the one name that we keep; boxes that hold words become paragraphs, boxes that hold boxes dissolve."""
    for tag in soup.find_all(list(_OURS)):
        tag.name = _OURS[tag.name]
    for tag in soup.find_all(_BLOCKS):
        if tag.name == "dt":
            tag.wrap(soup.new_tag("p"))
            tag.name = "strong"
        elif tag.find(_HOLDS) is None:
            tag.name = "p"
    for tag in soup.find_all(_BLOCKS):
        # Loose words between boxes would run into their neighbours.
        for node in list(tag.contents):
            if isinstance(node, NavigableString) and str(node).strip():
                node.wrap(soup.new_tag("p"))
        tag.unwrap()


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\xa0", " ").replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def canonical(text: str) -> str:
    """Markdown in the one way in which it comes back from HTML: the same page, perhaps with other signs."""
    return to_markdown(str(markdown.to_html(text))).text


def to_elements(markup: str) -> list[ET.Element]:
    """HTML of ours (cleaned) as XML elements without a namespace; loose text becomes a paragraph."""
    made: list[ET.Element] = []
    for node in BeautifulSoup(markup, "html.parser").contents:
        if isinstance(node, Tag):
            made.append(_element(node))
        elif isinstance(node, NavigableString) and str(node).strip():
            paragraph = ET.Element("p")
            paragraph.text = str(node)
            made.append(paragraph)
    return made


def _element(tag: Tag) -> ET.Element:
    made = ET.Element(tag.name, {k: str(v) if not isinstance(v, list) else " ".join(v) for k, v in tag.attrs.items() if k != "rel"})
    last: ET.Element | None = None
    for node in tag.contents:
        if isinstance(node, Tag):
            last = _element(node)
            made.append(last)
        elif isinstance(node, NavigableString):
            if last is None:
                made.text = (made.text or "") + str(node)
            else:
                last.tail = (last.tail or "") + str(node)
    return made


def inner_markup(element: ET.Element) -> str:
    """What stands inside an XML element, as HTML without namespaces."""
    parts = [_escaped(element.text or "")]
    for child in element:
        parts += [outer_markup(child), _escaped(child.tail or "")]
    return "".join(parts)


def outer_markup(element: ET.Element) -> str:
    if not isinstance(element.tag, str):
        return ""
    name = element.tag.rsplit("}", 1)[-1]
    attributes = "".join(f' {k.rsplit("}", 1)[-1]}="{_escaped(v)}"' for k, v in element.attrib.items())
    if name in {"br", "img", "hr"}:
        return f"<{name}{attributes}>"
    return f"<{name}{attributes}>{inner_markup(element)}</{name}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
