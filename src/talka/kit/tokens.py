"""The colours of talka.css as values, for what is drawn outside a page: PDF, mail. A test holds them equal to the style sheet."""

import re

LIGHT = {
    "linen": "#FAF7F2",
    "paper": "#FFFFFF",
    "rule": "#E4DED3",
    "line": "#857D6F",
    "ink": "#1C2330",
    "slate": "#5B6472",
    "pine": "#1F5C4A",
    "pine-soft": "#E3EEE9",
    "amber": "#8F5600",
    "amber-soft": "#F8ECD8",
    "madder": "#A23B3B",
    "madder-soft": "#F9E7E5",
    "sky": "#235E92",
    "sky-soft": "#E4EEF7",
    "plum": "#6B4A7E",
    "moss": "#5F6C28",
}
# The order in which series take their colours; beyond six, patterns: never colour alone.
SERIES = ("pine", "amber", "sky", "madder", "plum", "moss")

_VARIABLE = re.compile(r"var\(--([a-z-]+)(?:,[^()]*)?\)")


def for_print(text: str) -> str:
    """`text` (SVG) with every `var(--token)` replaced by the light scheme's value."""
    return _VARIABLE.sub(lambda m: LIGHT.get(m[1], m[0]), text)
