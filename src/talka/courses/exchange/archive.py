"""Zip and tar files from strangers: looked at before they are unpacked, unpacked never further than they promised."""

import io
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote

from django.utils.translation import gettext as _

from talka.courses.exchange.reading import unreadable

MOST_FILES = 20_000
LARGEST_FILE = 60_000_000
LARGEST_ARCHIVE = 400_000_000
HIGHEST_RATIO = 200
NESTED = ("zip", "imscc", "mbz", "gz", "tgz", "7z", "rar", "h5p")


class Archive:
    """The plain files of an archive by their paths. Everything that can be checked without unpacking has been checked."""

    def __init__(self, name: str, entries: dict[str, Callable[[], bytes]], sizes: dict[str, int]) -> None:
        self.name, self._entries, self.sizes = name, entries, sizes

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def read(self, path: str) -> bytes:
        """The bytes of a file in it. Raises Unreadable if it is broken or larger than promised; KeyError if there is none."""
        return self._entries[path]()

    def find(self, path: str, *, base: str = "") -> str | None:
        """The path in this archive that a reference in it means: relative to the folder of `base`, percent signs decoded. None if it leads nowhere."""
        for candidate in (path, unquote(path)):
            plain = candidate.split("?", 1)[0].split("#", 1)[0]
            for root in (PurePosixPath(base).parent, PurePosixPath()):
                parts: list[str] = []
                for part in (root / plain).parts:
                    if part == "..":
                        if parts:
                            parts.pop()
                    elif part not in {".", "/"}:
                        parts.append(part)
                if (found := "/".join(parts)) in self._entries:
                    return found
        return None

    def inside(self, landmark: str) -> "Archive":
        """The same, seen from the one folder at the top that holds `landmark`, as some programs pack a folder instead of its files."""
        tops = {path.split("/", 1)[0] for path in self._entries}
        if landmark in self._entries or len(tops) != 1:
            return self
        top = f"{tops.pop()}/"
        entries = {path.removeprefix(top): reader for path, reader in self._entries.items()}
        return Archive(self.name, entries, {path.removeprefix(top): size for path, size in self.sizes.items()})

    @property
    def nested(self) -> list[str]:
        """Archives in the archive; they are not opened."""
        return [path for path in self._entries if path.rsplit(".", 1)[-1].lower() in NESTED]


def open_zip(content: bytes, *, name: str) -> Archive:
    """The files of a zip. Raises Unreadable naming the file and what is wrong with it."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = [i for i in archive.infolist() if not i.is_dir() and "__MACOSX" not in i.filename]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, UnicodeDecodeError) as e:
        raise unreadable(name, _("is damaged or incomplete; download or create it again")) from e
    _check_amount(name, len(infos), sum(i.file_size for i in infos))
    entries: dict[str, Callable[[], bytes]] = {}
    sizes: dict[str, int] = {}
    for info in infos:
        path = _checked_path(name, info.filename)
        if path in entries:
            raise unreadable(f"{name}, {path}", _("appears twice"))
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
            raise unreadable(f"{name}, {path}", _("is a link or a device, not a file"))
        if info.flag_bits & 0x1:
            raise unreadable(f"{name}, {path}", _("is encrypted; create it without a password"))
        _check_size(name, path, info.file_size)
        if info.file_size > 100_000 and info.file_size > HIGHEST_RATIO * max(1, info.compress_size):
            raise unreadable(f"{name}, {path}", _("unpacks to far more than its size; such files are refused"))
        entries[path] = _reader(archive, info, name, path)
        sizes[path] = info.file_size
    return Archive(name, entries, sizes)


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, path: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(info) as stream:
                # The header may lie about the size: never read more than it promised.
                content = stream.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as e:
            raise unreadable(f"{name}, {path}", _("is damaged or incomplete; download or create it again")) from e
        if len(content) != info.file_size:
            raise unreadable(f"{name}, {path}", _("does not have the size that the archive says"))
        return content

    return read


def open_tar(content: bytes, *, name: str) -> Archive:
    """The files of a tar packed with gzip, as course backups are. Raises Unreadable."""
    plain = _unzipped(content, name)
    try:
        archive = tarfile.open(fileobj=plain, mode="r:")  # noqa: SIM115  # stays open as long as the Archive reads from it
        members = []
        for member in archive:
            if member.isdir():
                continue
            members.append(member)
            _check_amount(name, len(members), 0)
    except (tarfile.TarError, EOFError, OSError, ValueError) as e:
        raise unreadable(name, _("is damaged or incomplete; download or create it again")) from e
    _check_amount(name, len(members), sum(m.size for m in members))
    entries: dict[str, Callable[[], bytes]] = {}
    sizes: dict[str, int] = {}
    for member in members:
        path = _checked_path(name, member.name)
        if not member.isreg():
            raise unreadable(f"{name}, {path}", _("is a link or a device, not a file"))
        _check_size(name, path, member.size)
        entries[path] = _tar_reader(archive, member, name, path)
        sizes[path] = member.size
    return Archive(name, entries, sizes)


def _tar_reader(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str, path: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            stream = archive.extractfile(member)
            content = stream.read(member.size) if stream else b""
        except (tarfile.TarError, EOFError, OSError, ValueError) as e:
            raise unreadable(f"{name}, {path}", _("is damaged or incomplete; download or create it again")) from e
        if len(content) != member.size:
            raise unreadable(f"{name}, {path}", _("is damaged or incomplete; download or create it again"))
        return content

    return read


def _unzipped(content: bytes, name: str) -> IO[bytes]:
    """What a gzip holds, in a file that lives in memory while it is small."""
    out = tempfile.SpooledTemporaryFile(max_size=64_000_000)  # noqa: SIM115  # stays open as long as the Archive reads from it
    unpack, total = zlib.decompressobj(wbits=31), 0
    data = content
    try:
        while data and not unpack.eof:
            piece = unpack.decompress(data, 1_000_000)
            data = unpack.unconsumed_tail
            total += len(piece)
            if total > LARGEST_ARCHIVE or total > HIGHEST_RATIO * max(len(content), 50_000):
                raise unreadable(name, _("unpacks to far more than its size; such files are refused"))
            out.write(piece)
    except zlib.error as e:
        raise unreadable(name, _("is damaged or incomplete; download or create it again")) from e
    if not unpack.eof:
        raise unreadable(name, _("is damaged or incomplete; download or create it again"))
    out.seek(0)
    return out


def _checked_path(name: str, path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    if path.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")) or "\x00" in path:
        raise unreadable(f"{name}, {path}", _("leads out of the archive; such files are refused"))
    return "/".join(p for p in parts if p not in {"", "."})


def _check_size(name: str, path: str, size: int) -> None:
    if size > LARGEST_FILE:
        raise unreadable(f"{name}, {path}", _("is larger than {n} MB").format(n=LARGEST_FILE // 1_000_000))


def _check_amount(name: str, files: int, total: int) -> None:
    if files > MOST_FILES or total > LARGEST_ARCHIVE:
        says = _("has more than {files} files or unpacks to more than {size} MB")
        raise unreadable(name, says.format(files=MOST_FILES, size=LARGEST_ARCHIVE // 1_000_000))
