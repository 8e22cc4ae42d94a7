"""The style sheet: tokens agree with each other, every text can be read, nothing is too heavy."""

import gzip
import re
from itertools import product
from pathlib import Path

import pytest

from talka import kit
from talka.kit import tokens

SHEET = (Path(kit.__file__).parent / "static/kit/talka.css").read_text()
PAIR = re.compile(r"--([a-z-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\)", re.IGNORECASE)
LIGHT = {name: light for name, light, _dark in PAIR.findall(SHEET)}
DARK = {name: dark for name, _light, dark in PAIR.findall(SHEET)}
GROUNDS = ("linen", "paper")
TEXTS = ("ink", "slate", "pine", "amber", "madder", "sky", "plum", "moss")
PAIRS = [
    *product(TEXTS, GROUNDS),
    *(("ink", f"{name}-soft") for name in ("pine", "amber", "madder", "sky")),
    *((name, f"{name}-soft") for name in ("pine", "amber", "madder", "sky")),
    # Buttons: the page's ground as text on the colour.
    ("linen", "pine"),
    ("linen", "madder"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_right():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids="-on-".join)
def test_every_text_can_be_read(scheme, pair):
    assert contrast(scheme[pair[0]], scheme[pair[1]]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edges_of_fields_can_be_seen(scheme, ground):
    assert contrast(scheme["line"], scheme[ground]) >= 3


def test_older_browsers_and_print_have_the_same_colours():
    plain = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", SHEET.split("@media (prefers-color-scheme: dark)")[0], re.IGNORECASE))
    dark = SHEET.split("@media (prefers-color-scheme: dark)")[1].split("@supports")[0]
    assert plain == LIGHT == tokens.LIGHT
    assert dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", dark, re.IGNORECASE)) == DARK


def test_the_sheet_is_light():
    assert len(gzip.compress(SHEET.encode(), 9)) < 12 * 1024


def test_every_colour_used_is_a_token_that_exists():
    used = set(re.findall(r"var\(--([a-z0-9-]+)", SHEET))
    known = set(LIGHT) | {"serif", "sans", "mono", "radius", "measure", "gutter", "tabs", *(f"s{n}" for n in range(1, 8))}
    assert used <= known
