"""Pictures, captions and films from strangers: what they really are, and how a drawing becomes safe to show inside a page."""

import io
import re
import xml.etree.ElementTree as ET  # only to build and write what defusedxml has parsed
from collections.abc import Iterator

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _


class MediaRefused(Exception):
    """The file is not what its name says, or holds something that must not reach a page. The text says what to do."""


MAGIC = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "webp": (b"RIFF",),
    "webm": (b"\x1aE\xdf\xa3",),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "ogg": (b"OggS",),
    "pdf": (b"%PDF-",),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp"), (b"PK\x03\x04",)),
}
ISO_MEDIA = frozenset({"mp4", "m4a"})
PICTURES = frozenset({"png", "jpg", "jpeg", "webp"})
MOST_PIXELS = 40_000_000


def check_media(name: str, content: bytes) -> None:
    """Raises MediaRefused unless `content` is what the ending of `name` promises."""
    ending = name.rsplit(".", 1)[-1].lower()
    if not content:
        raise MediaRefused(_("is empty"))
    if ending == "svg":
        if found := sorted(set(forbidden_in(content))):
            raise MediaRefused(_("contains what a drawing must not have here: {what}").format(what=", ".join(found)))
    elif ending == "vtt":
        parse_captions(content)
    elif ending == "md":
        _utf8(content)
    elif ending in ISO_MEDIA:
        if content[4:8] != b"ftyp":
            raise MediaRefused(_("is called .{ending} but contains something else").format(ending=ending))
    elif not content.startswith(MAGIC.get(ending, (b"\x00never",))):
        raise MediaRefused(_("is called .{ending} but contains something else").format(ending=ending))
    if ending in PICTURES:
        _check_picture(content)


def _check_picture(content: bytes) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise MediaRefused(_("has more than {n} million pixels; make it smaller").format(n=MOST_PIXELS // 1_000_000))
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as e:
        raise MediaRefused(_("is broken or cut off; save the picture again")) from e


def _utf8(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as e:
        raise MediaRefused(_("is not UTF-8; save it as UTF-8")) from e


# Drawings

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "defs",
        "title",
        "desc",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "marker",
        "symbol",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "pattern",
    ]
)
ATTRIBUTES = frozenset(
    [
        "id",
        "class",
        "viewBox",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "d",
        "points",
        "transform",
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-miterlimit",
        "opacity",
        "color",
        "font-size",
        "font-family",
        "font-weight",
        "font-style",
        "text-anchor",
        "dominant-baseline",
        "alignment-baseline",
        "baseline-shift",
        "letter-spacing",
        "word-spacing",
        "text-decoration",
        "dx",
        "dy",
        "rotate",
        "textLength",
        "lengthAdjust",
        "preserveAspectRatio",
        "role",
        "aria-label",
        "aria-hidden",
        "aria-labelledby",
        "aria-describedby",
        "offset",
        "stop-color",
        "stop-opacity",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "clip-path",
        "clip-rule",
        "clipPathUnits",
        "mask",
        "maskUnits",
        "maskContentUnits",
        "patternUnits",
        "patternTransform",
        "patternContentUnits",
        "marker-start",
        "marker-mid",
        "marker-end",
        "markerWidth",
        "markerHeight",
        "markerUnits",
        "refX",
        "refY",
        "orient",
        "vector-effect",
        "paint-order",
        "visibility",
        "display",
        "overflow",
        "lang",
        "shape-rendering",
        "text-rendering",
        "version",
        "baseProfile",
        "focusable",
    ]
)
REFERENCE = re.compile(r"url\(\s*['\"]?#([\w.-]+)['\"]?\s*\)")
FORBIDDEN_VALUE = re.compile(r"(?i)javascript:|expression\(|@import|data:|https?://|//")


def _parsed(content: bytes) -> ET.Element:
    try:
        root: ET.Element = fromstring(content)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError, UnicodeError) as e:
        raise MediaRefused(_("is not a valid drawing; export it again as plain SVG")) from e
    if root.tag not in {f"{{{SVG}}}svg", "svg"}:
        raise MediaRefused(_("is not a valid drawing; export it again as plain SVG"))
    return root


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _ours(tag: object) -> bool:
    return isinstance(tag, str) and (not tag.startswith("{") or tag.startswith(f"{{{SVG}}}")) and _local(tag) in ELEMENTS


def _bad_value(value: str) -> bool:
    return bool(FORBIDDEN_VALUE.search(value)) or ("url(" in value.lower() and not REFERENCE.search(value))


def forbidden_in(content: bytes) -> Iterator[str]:
    """What in a drawing could act, load or hide something, as it is written there (<script>, onload=): scripts, event attributes, outside references."""
    for element in _parsed(content).iter():
        if not isinstance(element.tag, str):
            continue
        name = _local(element.tag)
        if name.lower() in {
            "script",
            "foreignobject",
            "iframe",
            "image",
            "use",
            "a",
            "animate",
            "set",
            "animatetransform",
            "animatemotion",
            "feimage",
            "style",
        }:
            yield f"<{name}>"
        for attribute, value in element.attrib.items():
            attribute_name = _local(attribute)
            if attribute_name.lower().startswith("on"):
                yield f"{attribute_name}="
            elif attribute_name == "href" and not value.startswith("#"):
                yield "href="
            elif _bad_value(value):
                yield f"{attribute_name}="


def safe_svg(content: bytes, *, prefix: str, alt: str = "") -> str:
    """The drawing with only what the white list knows, ids made distinct by `prefix`, and `alt` as its name. Raises MediaRefused."""
    root = _parsed(content)
    clean = _copy(root, prefix)
    clean.set("xmlns", SVG)
    for fixed in ("width", "height"):
        if "viewBox" in clean.attrib:
            clean.attrib.pop(fixed, None)
    clean.attrib.pop("aria-hidden", None)
    clean.set("role", "img")
    if alt:
        clean.attrib.pop("aria-labelledby", None)
        clean.set("aria-label", alt)
        for child in list(clean):
            # A title inside would show as a second name and as a hover box over the whole picture.
            if child.tag == "title":
                clean.remove(child)
    return ET.tostring(clean, encoding="unicode")


def _copy(element: ET.Element, prefix: str) -> ET.Element:
    made = ET.Element(_local(element.tag))
    made.text = element.text
    for attribute, value in element.attrib.items():
        name = _local(attribute)
        if attribute.startswith("{") or name not in ATTRIBUTES or _bad_value(value):
            continue
        if name == "id":
            made.set(name, f"{prefix}-{value}")
        elif name in {"aria-labelledby", "aria-describedby"}:
            made.set(name, " ".join(f"{prefix}-{v}" for v in value.split()))
        else:
            made.set(name, REFERENCE.sub(lambda found: f"url(#{prefix}-{found[1]})", value))
    last: ET.Element | None = None
    for child in element:
        if _ours(child.tag):
            last = _copy(child, prefix)
            last.tail = child.tail
            made.append(last)
        elif child.tail and child.tail.strip():
            if last is None:
                made.text = (made.text or "") + child.tail
            else:
                last.tail = (last.tail or "") + child.tail
    return made


# Captions

STAMP = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
CUE = re.compile(rf"^{STAMP}[ \t]+-->[ \t]+{STAMP}(?:[ \t].*)?$")


def parse_captions(content: bytes) -> list[tuple[float, float, str]]:
    """(from, to, text) of every cue of a WebVTT file, in seconds. Raises MediaRefused with the line of a broken time."""
    text = _utf8(content)
    lines = text.split("\n")
    if not lines[0].startswith("WEBVTT"):
        raise MediaRefused(_("is not a captions file: its first line must be WEBVTT"))
    cues: list[tuple[float, float, str]] = []
    n = 1
    while n < len(lines):
        if "-->" not in lines[n]:
            n += 1
            continue
        found = CUE.match(lines[n])
        if not found:
            raise MediaRefused(_("has a time in line {n} that cannot be read; write it like 00:01:02.500 --> 00:01:05.000").format(n=n + 1))
        parts = [int(p or 0) for p in found.groups()]
        start, end = _seconds(parts[:4]), _seconds(parts[4:])
        if end <= start:
            raise MediaRefused(_("has a caption in line {n} that ends before it begins").format(n=n + 1))
        n += 1
        said = []
        while n < len(lines) and lines[n].strip():
            said.append(re.sub(r"<[^>]*>", "", lines[n]))
            n += 1
        cues.append((start, end, "\n".join(said)))
    return cues


def _seconds(parts: list[int]) -> float:
    return parts[0] * 3600 + parts[1] * 60 + parts[2] + parts[3] / 1000


def write_captions(cues: list[tuple[float, float, str]]) -> str:
    """A WebVTT file of (from, to, text) in seconds."""
    blocks = [f"{_stamp(start)} --> {_stamp(end)}\n{said.replace('-->', '→')}" for start, end, said in cues]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def _stamp(seconds: float) -> str:
    millis = round(seconds * 1000)
    return f"{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02}.{millis % 1000:03}"
