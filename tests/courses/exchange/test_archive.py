"""Archives that were made to harm, or were harmed on their way."""

import gzip
import io
import stat
import tarfile
import zipfile

import pytest

from talka.courses.exchange import archive
from talka.courses.exchange.archive import open_tar, open_zip
from talka.courses.exchange.reading import Unreadable


def zipped(*entries, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for entry, content in entries:
            made.writestr(entry, content)
    return out.getvalue()


def tarred(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for info, content in members:
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def link():
    info = zipfile.ZipInfo("link.xml")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted():
    made = bytearray(zipped(("a.xml", b"<a/>")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(mark) + offset] |= 1
    return bytes(made)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zipped(("a.xml", b"<a/>" * 100))[:60], "p.zip: is damaged or incomplete; download or create it again"),
        (b"PK\x03\x04nothing", "p.zip: is damaged or incomplete; download or create it again"),
        (zipped(("../a.xml", b"")), "p.zip, ../a.xml: leads out of the archive; such files are refused"),
        (zipped(("/etc/a.xml", b"")), "p.zip, /etc/a.xml: leads out of the archive; such files are refused"),
        (zipped(("a\\..\\..\\b.xml", b"")), "p.zip, a\\..\\..\\b.xml: leads out of the archive; such files are refused"),
        (zipped((link(), b"/etc/passwd")), "p.zip, link.xml: is a link or a device, not a file"),
        (encrypted(), "p.zip, a.xml: is encrypted; create it without a password"),
        (zipped(("a.xml", b"\0" * 5_000_000)), "p.zip, a.xml: unpacks to far more than its size; such files are refused"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "file",  # the archives hold the time at which they were made
)
def test_a_zip_that_harms_is_refused_by_name(content, says):
    with pytest.raises(Unreadable) as refused:
        open_zip(content, name="p.zip")
    assert str(refused.value) == says


def test_too_many_files(monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    with pytest.raises(Unreadable, match="has more than 3 files"):
        open_zip(zipped(*[(f"{n}.xml", b"") for n in range(4)]), name="p.zip")


def test_a_file_damaged_inside_is_named_when_it_is_read():
    content = bytearray(zipped(("a.xml", b"<a>some words</a>")))
    content[40] ^= 0xFF
    opened = open_zip(bytes(content), name="p.zip")
    with pytest.raises(Unreadable, match=r"p\.zip, a\.xml: is damaged or incomplete"):
        opened.read("a.xml")


def member(name, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = "/etc/passwd" if kind == tarfile.SYMTYPE else ""
    return info


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (tarred((member("../a"), b"x")), "b.mbz, ../a: leads out of the archive; such files are refused"),
        (tarred((member("a", tarfile.SYMTYPE), b"")), "b.mbz, a: is a link or a device, not a file"),
        (tarred((member("a", tarfile.FIFOTYPE), b"")), "b.mbz, a: is a link or a device, not a file"),
        (tarred((member("a"), b"x" * 1000))[:-20], "b.mbz: is damaged or incomplete; download or create it again"),
        (b"\x1f\x8b\x08 nothing of the kind", "b.mbz: is damaged or incomplete; download or create it again"),
        (gzip.compress(b"\0" * 30_000_000), "b.mbz: unpacks to far more than its size; such files are refused"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "file",  # the archives hold the time at which they were made
)
def test_a_backup_that_harms_is_refused_by_name(content, says):
    with pytest.raises(Unreadable) as refused:
        open_tar(content, name="b.mbz")
    assert str(refused.value) == says


def test_references_lead_to_files_inside_only():
    opened = open_zip(zipped(("web/a b.png", b"x"), ("c.xml", b"")), name="p.zip")
    assert opened.find("a%20b.png", base="web/page.html") == "web/a b.png"
    assert opened.find("../c.xml?x=1#y", base="web/page.html") == "c.xml"
    assert opened.find("../../../../etc/passwd", base="web/page.html") is None
