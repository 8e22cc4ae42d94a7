"""What a published material looks like: Markdown to safe HTML, drawings cleaned and inlined, terms explained. Done once, at publishing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from html import escape
from typing import Any, get_args, get_origin

import msgspec
from django.template.loader import render_to_string
from django.utils import translation

from talka.courses.body import bare, fields_of, is_part
from talka.courses.media import MediaRefused, parse_captions, safe_svg
from talka.courses.rules import materials as m
from talka.courses.rules.packs import gaps_of
from talka.kit.markdown import to_html
from talka.kit.text import plain as words_of

# Kinds whose HTML is the same for everybody; the others are rendered with the learner's own state around the same pieces.
STATIC = frozenset({"text", "document", "image", "infographic", "timeline", "vocabulary", "formula", "code"})


@dataclass(frozen=True, slots=True)
class Term:
    key: str
    term: str
    definition: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a material needs from its course to be shown: files of its topic by name, terms of the course, addresses."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    terms: Sequence[Term] = ()
    language: str = "en"
    # The address of a file of this topic, by name.
    file_url: Callable[[str], str] = "files/{}".format
    glossary_url: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    shown: dict[str, Any]
    html: str
    plain: str
    words: int
    seconds: float | None


def render(kind: str, key: str, definition: m.Definition, around: Surroundings) -> Rendered:
    """Everything a page and the search need of one material. Raises MediaRefused for a broken drawing or caption file."""
    shown = _shown(type(definition), definition, inline=kind != "vocabulary", around=around, key=key)
    shown |= _extras(kind, key, definition, around)
    html = ""
    if kind in STATIC:
        with translation.override(around.language):
            html = render_to_string(
                f"courses/materials/{kind}.html", {"d": msgspec.to_builtins(definition), "shown": shown, "key": key, "around": around}
            )
    text = _plain(definition, shown)
    return Rendered(
        shown=shown,
        html=html.strip(),
        plain=text,
        words=len(text.split()),
        seconds=getattr(definition, "seconds", None) or _film_seconds(definition),
    )


def _film_seconds(definition: m.Definition) -> float | None:
    return sum(s.seconds for s in definition.slides) if isinstance(definition, m.Film) else None


def _is_markdown(annotation: Any) -> bool:
    return any(isinstance(a, msgspec.Meta) and a.extra and a.extra.get("markdown") for a in get_args(annotation))


def _shown(structure: type[m.Part], part: m.Part, *, inline: bool, around: Surroundings, key: str) -> dict[str, Any]:
    """The nested HTML of all Markdown fields, under their names with `_html` behind; parts in lists keep their place."""
    made: dict[str, Any] = {}
    by_file_name = {f.encode_name: f.name for f in msgspec.structs.fields(structure)}
    for name, annotation in fields_of(structure):
        value = getattr(part, by_file_name[name])
        kind = bare(annotation)
        if _is_markdown(annotation):
            # A topic has the h1, a material's title is h2, and so on down.
            markup = to_html(value, first_heading=3 if structure is not m.Text else 2)
            made[f"{name}_html"] = explain_terms(markup, around.terms, prefix=key, url=around.glossary_url) if inline else markup
        elif get_origin(kind) is list and is_part(inner := bare(get_args(kind)[0])):
            made[name] = [_shown(inner, item, inline=inline, around=around, key=f"{key}-{name}-{n}") for n, item in enumerate(value)]
        elif get_origin(kind) is dict and is_part(inner := bare(get_args(kind)[1])):
            made[name] = {k: _shown(inner, item, inline=inline, around=around, key=f"{key}-{k}") for k, item in value.items()}
    return made


def _extras(kind: str, key: str, definition: m.Definition, around: Surroundings) -> dict[str, Any]:  # noqa: PLR0911  # one case per kind
    match definition:
        case m.Infographic() | m.Hotspot():
            return {
                "svg": _drawing(definition.image, around, prefix=f"m-{key}", alt=definition.alt),
                "src": around.file_url(definition.image),
            }
        case m.Image():
            return {"svg": _drawing(definition.src, around, prefix=f"m-{key}", alt=definition.alt), "src": around.file_url(definition.src)}
        case m.Video() | m.Audio():
            captions = [(c, around.file_url(c.file)) for c in getattr(definition, "captions", [])]
            return {
                "src": definition.src if definition.src.startswith("https://") else around.file_url(definition.src),
                "tracks": [{"language": c.language, "label": c.label, "url": url} for c, url in captions],
                "transcript_html": _transcript(definition, around),
            }
        case m.Document() if definition.attachment:
            return {"attachment": around.file_url(definition.attachment)}
        case m.Cloze():
            return {"parts": cloze_parts(definition)}
        case m.Formula():
            return {"mathml": mathml(definition.latex)}
        case _:
            return {}


def _drawing(name: str, around: Surroundings, *, prefix: str, alt: str) -> str:
    return safe_svg(around.files[name], prefix=prefix, alt=alt) if name.endswith(".svg") and name in around.files else ""


def _transcript(definition: m.Video | m.Audio, around: Surroundings) -> str:
    if definition.transcript in around.files:
        return to_html(around.files[definition.transcript].decode("utf-8"), first_heading=3)
    cues = []
    for caption in getattr(definition, "captions", []):
        if caption.file in around.files:
            try:
                cues = parse_captions(around.files[caption.file])
            except MediaRefused:
                continue
            break
    return f"<p>{escape(' '.join(said for _start, _end, said in cues))}</p>" if cues else ""


def cloze_parts(cloze: m.Cloze) -> list[dict[str, Any]]:
    """The text cut at its gaps: {"text": ...} and {"gap": n} in turn."""
    parts: list[dict[str, Any]] = []
    gaps = gaps_of(cloze.text)
    for n, text in enumerate(re.split(r"\{[^{}]*\}", cloze.text)):
        if text:
            parts.append({"text": text})
        if n < len(gaps):
            parts.append({"gap": n, "size": max(6, min(24, max(map(len, gaps[n]), default=6) + 2))})
    return parts


MATH_TAGS = {
    *(
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "msup",
        "msub",
        "msubsup",
        "mfrac",
        "msqrt",
        "mroot",
        "mtext",
        "mspace",
        "mover",
        "munder",
        "munderover",
    ),
    *("mtable", "mtr", "mtd", "mstyle", "mfenced", "mpadded"),
}


def mathml(latex: str) -> str:
    """The formula as MathML, which browsers and screen readers know; the LaTeX itself where it can't be turned."""
    import nh3
    from latex2mathml.converter import convert

    try:
        markup = convert(latex, display="block")
    except Exception:  # noqa: BLE001  # the converter raises what it likes; the reader still gets the formula as its author wrote it
        return f"<code>{escape(latex)}</code>"
    return nh3.clean(markup, tags=MATH_TAGS, attributes={"math": {"display", "xmlns"}, "mo": {"stretchy", "fence"}, "mtd": {"columnalign"}})


# Terms explain themselves

_MARKUP = re.compile(r"(<[^>]+>)")
_CLOSED = ("a", "h1", "h2", "h3", "h4", "h5", "h6", "code", "pre", "dfn", "abbr", "button", "th")


def explain_terms(markup: str, terms: Sequence[Term], *, prefix: str, url: str) -> str:
    """`markup` with the first occurrence of every term turned into a button that shows its explanation; headings and links are left alone."""
    if not terms or not markup:
        return markup
    by_word = {t.term.lower(): t for t in terms}
    # Longest first, so that "committed member" wins over "member"; a plural s may follow, and a point that must not stand alone on the next line.
    words = "|".join(re.escape(w) for w in sorted(by_word, key=len, reverse=True))
    pattern = re.compile(rf"\b((?:{words}))(s?)\b([.,:;!?)…]*)", re.IGNORECASE)
    explained: set[str] = set()
    tips: list[str] = []

    def tip(found: re.Match[str]) -> str:
        term = by_word[found[1].lower()]
        if term.key in explained:
            return found[0]
        explained.add(term.key)
        name = f"t-{prefix}-{term.key}"
        tips.append(
            f'<span popover id="{name}" class="tip"><b>{escape(term.term)}</b> {escape(term.definition)}'
            + (f' <a href="{escape(url)}#{escape(term.key)}">{escape(translation.gettext("Glossary"))}</a>' if url else "")
            + "</span>"
        )
        made = f'<dfn><button type="button" class="term" popovertarget="{name}">{found[1]}{found[2]}</button></dfn>'
        return f'<span class="with-point">{made}{found[3]}</span>' if found[3] else made

    closed: list[str] = []
    out = []
    for piece in _MARKUP.split(markup):
        if piece.startswith("<"):
            tag = piece.strip("</>").split(" ", 1)[0].lower()
            if tag in _CLOSED:
                if piece.startswith("</"):
                    if closed and closed[-1] == tag:
                        closed.pop()
                elif not piece.endswith("/>"):
                    closed.append(tag)
            out.append(piece)
        else:
            out.append(piece if closed else pattern.sub(tip, piece))
    return "".join(out) + "".join(tips)


@singledispatch
def _plain(definition: m.Definition, shown: dict[str, Any]) -> str:
    """The words of a material for the search: everything that a reader can read, and nothing that gives away a solution."""
    return words_of(shown.get("intro_html", ""))


@_plain.register(m.Text)
@_plain.register(m.Document)
def _(text: m.Text | m.Document, shown: dict[str, Any]) -> str:
    return words_of(to_html(text.text))


@_plain.register
def _(film: m.Film, shown: dict[str, Any]) -> str:
    return " ".join(" ".join([s.title, *s.lines, s.say]) for s in film.slides)


@_plain.register(m.Video)
@_plain.register(m.Audio)
def _(played: m.Video | m.Audio, shown: dict[str, Any]) -> str:
    return words_of(shown["transcript_html"])


@_plain.register
def _(words: m.Vocabulary, shown: dict[str, Any]) -> str:
    return " ".join(f"{t.term}: {t.definition}" for t in words.terms)


@_plain.register
def _(exercise: m.Exercise, shown: dict[str, Any]) -> str:
    return words_of(shown["prompt_html"])


@_plain.register
def _(case: m.Case, shown: dict[str, Any]) -> str:
    return " ".join(words_of(html) for html in [shown["intro_html"], shown["nodes"][case.start]["text_html"]])


@_plain.register
def _(tool: m.Tool, shown: dict[str, Any]) -> str:
    return " ".join([words_of(shown["intro_html"]), *(f.label for f in tool.fields)])


@_plain.register
def _(graphic: m.Infographic, shown: dict[str, Any]) -> str:
    return " ".join([graphic.alt, *(f"{s.label}: {words_of(h['text_html'])}" for s, h in zip(graphic.spots, shown["spots"], strict=True))])


@_plain.register
def _(timeline: m.Timeline, shown: dict[str, Any]) -> str:
    return " ".join(f"{e.when} {e.title}: {words_of(h['text_html'])}" for e, h in zip(timeline.events, shown["events"], strict=True))


@_plain.register
def _(image: m.Image, shown: dict[str, Any]) -> str:
    return f"{image.alt} {image.caption}".strip()


@_plain.register
def _(code: m.Code, shown: dict[str, Any]) -> str:
    return code.text


@_plain.register
def _(formula: m.Formula, shown: dict[str, Any]) -> str:
    return " ".join(f"{s.symbol} {s.text}" for s in formula.meaning)
