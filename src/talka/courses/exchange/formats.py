"""The formats that come in and go out, and what a file is by its content, whatever it is called."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talka.courses.exchange import backup, cartridge, gift, moodle, qti, thin
from talka.courses.exchange.archive import Archive, open_tar, open_zip
from talka.courses.exchange.reading import Fate, Read, Unreadable, unreadable
from talka.courses.exchange.xml import parse
from talka.courses.rules.packs import Pack

ZIP, GZIP = b"PK\x03\x04", b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Written:
    """A format that goes out. `write` takes the course as a pack and the beginning of its doors on this site."""

    key: str
    label: str
    says: str | Promise
    ending: str
    media_type: str
    write: Callable[[Pack, str], bytes]


def _moodle(pack: Pack, _door: str) -> bytes:
    return moodle.write_pack(pack)


def _qti(pack: Pack, _door: str) -> bytes:
    return qti.write_pack(pack)


_THIN = gettext_lazy("A thin package: every topic opens here in its own window and reports when it is done.")
_CARTRIDGE = gettext_lazy("Pages and tests for other platforms; what they cannot show is a link to this site.")
ZIPPED = "application/zip"
OUT: dict[str, Written] = {
    w.key: w
    for w in (
        Written("qti", "QTI 3.0", gettext_lazy("All exercises and quizzes as a package of items and tests."), "zip", ZIPPED, _qti),
        Written(
            "moodle",
            "Moodle XML",
            gettext_lazy("All exercises as a question bank for Moodle and its relatives."),
            "xml",
            "application/xml",
            _moodle,
        ),
        Written("cartridge", "Common Cartridge 1.3", _CARTRIDGE, "imscc", ZIPPED, cartridge.write_pack),
        Written("scorm", "SCORM 1.2", _THIN, "zip", ZIPPED, thin.write_scorm),
        Written("cmi5", "cmi5", _THIN, "zip", ZIPPED, thin.write_cmi5),
    )
}


MANIFEST = "imsmanifest.xml"
KNOWN = "GIFT, Moodle XML, Moodle (.mbz), QTI, Common Cartridge"
_QTI_ITEM = re.compile(rb"<(?:\w+:)?(?:qti-assessment-|assessment)(?:item|test|Item|Test)[\s>]")


def read_file(content: bytes, *, name: str) -> tuple[str, Read]:
    """(name of the format, what was read). Raises Unreadable with one clear sentence."""
    if not content.strip():
        raise unreadable(name, _("is empty"))
    head = content[:4000]
    if content.startswith((ZIP, GZIP)):
        return _read_archive(content, name)
    if re.search(rb"<(?:\w+:)?quiz[\s>]", head):
        return moodle.NAME, moodle.read(content, name=name)
    if _QTI_ITEM.search(head):
        return qti.NAME, qti.read_single(content, name=name)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise _unknown(name)
    # GIFT is plain text with its answers in braces.
    if b"\x00" in head or b"{" not in content or b"}" not in content:
        raise _unknown(name)
    return gift.NAME, gift.read(content, name=name)


def _unknown(name: str) -> Unreadable:
    return unreadable(name, _("has none of the formats that can be imported here: {formats}").format(formats=KNOWN))


def _read_archive(content: bytes, name: str) -> tuple[str, Read]:
    archive = open_tar(content, name=name) if content.startswith(GZIP) else open_zip(content, name=name)
    archive = archive.inside(MANIFEST).inside(backup.START)
    if backup.START in archive:
        format_name, read = backup.NAME, backup.read_backup(archive)
    elif MANIFEST in archive:
        format_name, read = _read_manifest(archive)
    elif "course.yaml" in archive:
        raise unreadable(name, _("is a course pack; import it with “Import a pack”"))
    else:
        raise _unknown(name)
    for path in archive.nested:
        read.note(path, path, Fate.LEFT, _("is an archive inside the archive; unpack it or leave it out"))
    return format_name, read


def _read_manifest(archive: Archive) -> tuple[str, Read]:
    manifest = parse(archive.read(MANIFEST), file=MANIFEST)
    if cartridge.is_cartridge(manifest):
        return cartridge.NAME, cartridge.read_cartridge(archive, manifest=manifest)
    return qti.NAME, qti.read_package(archive, manifest=manifest)
