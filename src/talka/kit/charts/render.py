"""From a Vega-Lite specification to a small SVG whose colours are the page's tokens; drawn once, then kept."""

import hashlib
import os
import re
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.cache import cache
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import get_format
from django.utils.translation import get_language

from talka.kit.tokens import SERIES, for_print

# Raised when the theme or the clean-up changes, so that kept pictures are drawn anew.
EDITION = 3
SVG = "http://www.w3.org/2000/svg"
ET.register_namespace("", SVG)


class Size(Enum):
    """The two widths of the plot area, in pixels: text keeps its size on a phone instead of shrinking with the picture."""

    DESK = 560
    PHONE = 250


Spec = dict[str, Any] | Callable[[Size], dict[str, Any]]

THEME: dict[str, Any] = {
    "background": "transparent",
    # Vega passes colours through unread, so one picture serves the light and the dark scheme.
    "font": "sans-serif",
    "padding": {"left": 2, "right": 10, "top": 2, "bottom": 2},
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--slate)",
        "titleColor": "var(--slate)",
        "gridColor": "var(--rule)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelPadding": 5,
        "titlePadding": 8,
        "labelOverlap": True,
        "labelSeparation": 6,
    },
    "axisX": {"grid": False, "tickCount": 6},
    "axisY": {
        "domain": False,
        "ticks": False,
        "tickCount": 4,
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "start",
        "titleBaseline": "bottom",
        "titleX": 0,
        "titleY": -10,
    },
    "legend": {
        "labelColor": "var(--slate)",
        "titleColor": "var(--slate)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "orient": "top",
        "symbolType": "square",
        # Above the title of the upright axis, which stands there too.
        "offset": 28,
    },
    "text": {"color": "var(--slate)", "fontSize": 12},
    "rule": {"color": "var(--line)"},
    "line": {"color": "var(--pine)", "strokeWidth": 2.5},
    "area": {"color": "var(--pine)"},
    "bar": {"color": "var(--pine)"},
    "point": {"color": "var(--pine)", "filled": True, "size": 70},
    "range": {"category": [f"var(--{name})" for name in SERIES], "ramp": ["var(--pine-soft)", "var(--pine)"]},
}


def whole(spec: Spec, size: Size) -> dict[str, Any]:
    """The specification for `size` with the house's theme beneath its own settings."""
    made = dict(spec(size)) if callable(spec) else dict(spec)
    made.setdefault("$schema", "https://vega.github.io/schema/vega-lite/v6.json")
    made.setdefault("width", size.value)
    if not callable(spec) and isinstance(made["width"], int):
        made["width"] = min(made["width"], size.value)
    for layer in made.get("layer", ()):
        layer.setdefault("encoding", {})  # Vega-Lite stumbles over a layer without one
    own = made.get("config", {})
    made["config"] = {
        **THEME,
        **{k: {**THEME[k], **v} if isinstance(v, dict) and isinstance(THEME.get(k), dict) else v for k, v in own.items()},
    }
    return made


def words() -> dict[str, dict[str, Any]]:
    """How numbers and days are written on axes in the reader's language, as d3 wants it; empty for English, which d3 writes by itself."""
    if (get_language() or "en").split("-")[0] == "en":
        return {}
    numbers = {
        "decimal": get_format("DECIMAL_SEPARATOR"),
        "thousands": get_format("THOUSAND_SEPARATOR"),
        "grouping": [3],
        "currency": ["", "\u202f€"],
        "percent": "\u202f%",
    }
    # Django's week begins on Monday, d3's on Sunday.
    week = [6, 0, 1, 2, 3, 4, 5]
    days = {
        "dateTime": "%x, %X",
        "date": "%Y-%m-%d",
        "time": "%H:%M",
        "periods": ["", ""],
        "days": [str(WEEKDAYS[n]) for n in week],
        "shortDays": [str(WEEKDAYS_ABBR[n]) for n in week],
        "months": [str(MONTHS[n]) for n in range(1, 13)],
        "shortMonths": [str(MONTHS_3[n]) for n in range(1, 13)],
    }
    return {"format_locale": numbers, "time_format_locale": days}


def _kept(key: str) -> Path:
    return Path(settings.DATA) / "cache" / "charts" / f"{key}.svg"


def svg(spec: Spec, size: Size = Size.DESK) -> str:
    """The picture as SVG markup without size, role and label: those belong to where it is shown.

    Kept in memory and under TALKA_DATA/cache/charts by the hash of the specification and of the words of the reader's language; the first
    drawing takes some 50 ms.
    """
    made = whole(spec, size)
    raw = orjson.dumps(made, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY, default=str)
    spoken = words()
    key = hashlib.sha256(raw + str(EDITION).encode() + (orjson.dumps(spoken) if spoken else b"")).hexdigest()[:40]
    if found := cache.get(f"chart:{key}"):
        return found
    file = _kept(key)
    try:
        drawn = file.read_text()
        os.utime(file)  # still in use: see `drop_unused`
    except FileNotFoundError:
        drawn = _clean(_draw(raw, spoken), key[:8])
        file.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and moved: another process never reads half a picture.
        draft = file.with_suffix(f".{threading.get_ident()}.new")
        draft.write_text(drawn)
        draft.replace(file)
    cache.set(f"chart:{key}", drawn, 60 * 60 * 24)
    return drawn


def drop_unused(*, days: float = 3) -> int:
    """Deletes kept pictures that nobody has asked for in so many days. Answers how many."""
    old = [file for file in _kept("").parent.glob("*.svg") if time.time() - file.stat().st_mtime > days * 86_400]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _draw(raw: bytes, spoken: dict[str, dict[str, Any]]) -> str:
    import vl_convert  # it loads a JavaScript engine: only who draws pays

    return vl_convert.vegalite_to_svg(raw.decode(), allowed_base_urls=[], **spoken)


# Vega names clips and gradients the same in every picture; two pictures on one page would share them.
_REFERENCE = re.compile(r'(\bid="|url\(#)((?:clip|gradient_)[0-9]+)')
_NOISE = ("class", "role", "aria-roledescription", "aria-label", "aria-hidden", "pointer-events", "font-family", "version")


def _clean(markup: str, key: str) -> str:
    """Without what Vega writes for scripts, hidden labels and empty groups: about a third is left. Names within the picture become its own."""
    root = ET.fromstring(_REFERENCE.sub(rf"\g<1>{key}-\g<2>", markup))  # noqa: S314  # our own drawing, from our own specification
    _prune(root)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    return ET.tostring(root, encoding="unicode")


def _prune(parent: ET.Element) -> None:
    for child in list(parent):
        _prune(child)
        tag = child.tag.rpartition("}")[2]
        empty_path = (
            tag == "path"
            and (child.get("display") == "none" or "background" in (child.get("class") or ""))
            and not (child.get("fill") or child.get("stroke"))
        )
        hidden = child.get("opacity") == "0" or (tag == "text" and not "".join(child.itertext()).strip())
        if empty_path or hidden or (tag == "g" and not len(child)):
            parent.remove(child)
            continue
        for name in _NOISE:
            child.attrib.pop(name, None)
        if child.get("opacity") == "1":
            del child.attrib["opacity"]
    for name in _NOISE:
        parent.attrib.pop(name, None)


def printed(spec: Spec, size: Size = Size.DESK) -> str:
    """The picture for PDF and mail: tokens replaced by the light scheme's colours, with a size of its own."""
    drawn = for_print(svg(spec, size))
    _x, _y, width, height = drawn.partition('viewBox="')[2].partition('"')[0].split()
    return drawn.replace("<svg ", f'<svg width="{width}" height="{height}" font-family="sans-serif" ', 1)


def warm() -> threading.Thread:
    """Loads the drawing engine in the background, so that the first visitor does not wait half a second for it."""
    thread = threading.Thread(
        target=lambda: svg({"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}),
        name="charts-warm",
        daemon=True,
    )
    thread.start()
    return thread
