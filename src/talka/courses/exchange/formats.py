"""The formats that come in and go out, and what a file is by its content, whatever it is called."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from talka.courses.exchange import gift, moodle
from talka.courses.exchange.reading import Read, Unreadable
from talka.courses.rules.packs import Pack

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Written:
    """A format that goes out. `write` takes the course as a pack and the address of this site."""

    key: str
    label: str
    says: str | Promise
    ending: str
    media_type: str
    write: Callable[[Pack, str], bytes]


def _moodle(pack: Pack, _site: str) -> bytes:
    return moodle.write_pack(pack)


OUT: dict[str, Written] = {
    w.key: w
    for w in (
        Written(
            "moodle", "Moodle XML", _("All exercises as a question bank for Moodle and its relatives."), "xml", "application/xml", _moodle
        ),
    )
}


def read_file(content: bytes, *, name: str) -> tuple[str, Read]:
    """(name of the format, what was read). Raises Unreadable with one clear sentence."""
    if not content.strip():
        raise Unreadable(f"{name}: is empty")
    head = content[:4000]
    if re.search(rb"<(?:\w+:)?quiz[\s>]", head):
        return moodle.NAME, moodle.read(content, name=name)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Unreadable(f"{name}: is XML, but none that is known here; known are Moodle XML and QTI")
    if head.startswith((ZIP, GZIP)):
        raise Unreadable(f"{name}: is an archive, but none that is known here")
    if b"\x00" in head:
        raise Unreadable(f"{name}: is none of the formats known here; known are {KNOWN}")
    if b"{" not in content or b"}" not in content:
        raise Unreadable(f"{name}: is text without a question in braces, so it is no GIFT; known are {KNOWN}")
    return gift.NAME, gift.read(content, name=name)


KNOWN = "GIFT and Moodle XML"
