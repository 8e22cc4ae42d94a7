"""A package's zip becomes a folder, or is refused by name. Nothing is believed that the zip says about itself."""

import stat
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

MOST_FILES = 20_000
LARGEST_FILE = 700_000_000
LARGEST_PACKAGE = 2_000_000_000
LARGEST_STRUCTURE = 10_000_000
# How many times its packed size a file may have; text packs well, so small files are not asked.
HIGHEST_RATIO = 250
ASKED_FROM = 5_000_000
LONGEST_PATH = 240
CHUNK = 262_144
MOST_FINDINGS = 50
# What systems leave behind in archives and nobody plays.
LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
ARCHIVES = frozenset({"zip", "gz", "tgz", "bz2", "xz", "7z", "rar", "tar", "h5p", "imscc", "mbz", "jar", "apk", "iso", "cab"})
PROGRAMS = frozenset({
    "exe", "msi", "bat", "cmd", "com", "scr", "dll", "so", "dylib", "app", "sh", "bash", "ps1", "vbs", "vbe", "wsf", "hta", "lnk", "reg",
    "php", "php3", "php4", "php5", "phtml", "phar", "asp", "aspx", "jsp", "jspx", "cgi", "pl", "py", "rb", "htaccess", "htpasswd",
})  # fmt: skip
# A file that is called a picture, sound or film and begins like this is none.
MEDIA = frozenset(
    {"png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "mp3", "m4a", "ogg", "wav", "mp4", "webm", "woff", "woff2", "ttf"}
)
NO_MEDIA = (b"<!doctype", b"<html", b"<script", b"<?php", b"<svg", b"mz\x90", b"\x7felf", b"#!/", b"pk\x03\x04")


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` names the file or unit, `says` what is the matter. `grave` ones refuse the package, the others are told."""

    place: str
    says: str
    grave: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.says}" if self.place else self.says


class PackageRefused(Exception):
    """The package was not taken. `findings` name each file and the reason."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(frozen=True, slots=True)
class Unpacked:
    files: int
    bytes: int


def refuse(place: str, says: str) -> PackageRefused:
    return PackageRefused([Finding(place, says)])


def unpack(file: Path, *, name: str, into: Path, progress: Callable[[int, int], None] | None = None) -> Unpacked:
    """Writes the plain files of the zip `file` (called `name` by who sent it) into the empty folder `into`.

    A single XML file becomes `cmi5.xml`, since a course structure may come without a zip. `progress` hears bytes done and promised.
    Raises PackageRefused; what lies in `into` then is to be thrown away.
    """
    with file.open("rb") as stream:
        begins = stream.read(512)
        if begins.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and name.lower().endswith(".xml"):
            return _single(file, into)
        if not begins.startswith(b"PK"):
            raise refuse(name, _("is not a package that can be played here: H5P, SCORM or cmi5"))
        stream.seek(0)
        try:
            archive = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, UnicodeDecodeError) as e:
            raise refuse(name, _("is damaged or incomplete; download or create it again")) from e
        with archive:
            entries = _entries(archive, name)
            return _write(archive, entries, into, progress)


def _single(file: Path, into: Path) -> Unpacked:
    size = file.stat().st_size
    if size > LARGEST_STRUCTURE:
        raise refuse(file.name, _("is larger than {n} MB").format(n=LARGEST_STRUCTURE // 1_000_000))
    (into / "cmi5.xml").write_bytes(file.read_bytes())
    return Unpacked(1, size)


def _entries(archive: zipfile.ZipFile, name: str) -> list[tuple[str, zipfile.ZipInfo]]:
    """(path, entry) of all files worth having. Raises PackageRefused with everything that is wrong, not only the first."""
    found: list[tuple[str, zipfile.ZipInfo]] = []
    wrong: list[Finding] = []
    infos = [i for i in archive.infolist() if not i.is_dir()]
    if len(infos) > MOST_FILES or sum(i.file_size for i in infos) > LARGEST_PACKAGE:
        says = _("has more than {files} files or unpacks to more than {size} MB")
        raise refuse(name, says.format(files=MOST_FILES, size=LARGEST_PACKAGE // 1_000_000))
    for info in infos:
        path = info.filename.replace("\\", "/")
        parts = [p for p in path.split("/") if p not in {"", "."}]
        if "__MACOSX" in parts or not parts or parts[-1].lower() in LITTER:
            continue
        if problem := _problem(info, path, parts):
            wrong.append(Finding(info.filename[:200], problem))
        else:
            found.append(("/".join(parts), info))
    wrong += _clashes([path for path, _info in found])
    if wrong:
        raise PackageRefused(wrong[:MOST_FINDINGS])
    return found


def _problem(info: zipfile.ZipInfo, path: str, parts: Sequence[str]) -> str:  # noqa: PLR0911  # one reason each
    mode = info.external_attr >> 16
    ending = parts[-1].rsplit(".", 1)[-1].lower()
    if path.startswith("/") or ".." in parts or parts[0].endswith(":") or any(ord(c) < 32 for c in path):
        return _("leads out of the archive; such files are refused")
    if len(path) > LONGEST_PATH or any(len(p.encode(errors="surrogateescape")) > 200 for p in parts):
        return _("has a name that is too long or cannot be used here")
    if parts[0].startswith("~"):
        return _("has a name that is too long or cannot be used here")
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return _("is a link or a device, not a file")
    if info.flag_bits & 0x1:
        return _("is encrypted; create it without a password")
    if ending in ARCHIVES:
        return _("is an archive inside the archive; unpack it or leave it out")
    if ending in PROGRAMS:
        return _("is a program; leave it out")
    if info.file_size > LARGEST_FILE:
        return _("is larger than {n} MB").format(n=LARGEST_FILE // 1_000_000)
    if info.file_size > ASKED_FROM and info.file_size > HIGHEST_RATIO * max(1, info.compress_size):
        return _("unpacks to far more than its size; such files are refused")
    return ""


def _clashes(paths: Sequence[str]) -> list[Finding]:
    """Paths that stand there twice, and files that are folders too."""
    seen: set[str] = set()
    wrong = []
    folders = {"/".join(p.split("/")[:n]) for p in paths for n in range(1, p.count("/") + 1)}
    for path in paths:
        if path in seen:
            wrong.append(Finding(path, _("appears twice")))
        if path in folders:
            wrong.append(Finding(path, _("is a file and a folder at once")))
        seen.add(path)
    return wrong


def _write(
    archive: zipfile.ZipFile, entries: Sequence[tuple[str, zipfile.ZipInfo]], into: Path, progress: Callable[[int, int], None] | None
) -> Unpacked:
    promised, done = sum(info.file_size for _path, info in entries), 0
    wrong: list[Finding] = []
    for path, info in entries:
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(info) as stream, target.open("wb") as out:
                done += _copy(stream, out, path, promised=info.file_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as e:
            raise refuse(path, _("is damaged or incomplete; download or create it again")) from e
        if problem := _wrong_type(target):
            wrong.append(Finding(path, problem))
        if progress is not None:
            progress(done, promised)
    if wrong:
        raise PackageRefused(wrong[:MOST_FINDINGS])
    return Unpacked(len(entries), done)


def _copy(stream: IO[bytes], out: IO[bytes], path: str, *, promised: int) -> int:
    """Never reads more than the entry promised, whatever the packed bytes hold."""
    written = 0
    while chunk := stream.read(CHUNK):
        written += len(chunk)
        if written > promised:
            raise refuse(path, _("does not have the size that the archive says"))
        out.write(chunk)
    if written != promised:
        raise refuse(path, _("does not have the size that the archive says"))
    return written


def _wrong_type(file: Path) -> str:
    ending = file.suffix.removeprefix(".").lower()
    if ending not in MEDIA:
        return ""
    with file.open("rb") as stream:
        begins = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return _("is called .{ending} but contains something else").format(ending=ending) if begins.startswith(NO_MEDIA) else ""
