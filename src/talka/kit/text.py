"""Plain text from markup."""

import html
import re

import nh3

_GAP = re.compile(r"\s+")
_BLOCK = re.compile(r"</(?:p|div|li|h[1-6]|td|th|tr|blockquote|pre|dd|dt|figcaption)>|<br\s*/?>", re.IGNORECASE)


def plain(markup: str) -> str:
    """The words of `markup` (HTML) on one line: no tags, no entities, blocks parted by a space."""
    spaced = _BLOCK.sub(lambda m: m[0] + " ", markup or "")
    return _GAP.sub(" ", html.unescape(nh3.clean(spaced, tags=set()))).strip()


def shortened(text: str, most: int) -> str:
    """`text` cut at a word so that it has at most `most` characters, with an ellipsis where something is missing."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,;:.-–") + "…"
