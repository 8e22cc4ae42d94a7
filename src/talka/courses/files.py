"""Files that authors send: what each really is (by its content, never by its name), where it is kept, and how it leaves.

Nothing lies under a web root: small files are rows of the database, large ones lie under TALKA_DATA by their content's hash.
"""

import hashlib
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import gettext as _

from talka.courses.media import MOST_PIXELS, MediaRefused, forbidden_in, parse_captions
from talka.courses.models import CourseFile
from talka.courses.rules.uploads import ENDINGS, LARGEST_DRAWING, LIMITS, MB

# What fits into a row; everything larger is a file.
LARGEST_ROW = 1 * MB
TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml",
    "mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg", "ogg": "audio/ogg", "m4a": "audio/mp4",
    "vtt": "text/vtt; charset=utf-8", "md": "text/plain; charset=utf-8", "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}  # fmt: skip
# Shown inside a page; everything else leaves as a download.
INLINE = frozenset({"png", "jpg", "jpeg", "webp", "svg", "mp4", "webm", "mp3", "ogg", "m4a", "vtt"})
CODECS = frozenset({"h264", "vp8", "vp9", "av1", "aac", "mp3", "opus", "vorbis", "flac"})
OFFICE = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
OPEN = {"application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods", "application/vnd.oasis.opendocument.presentation": "odp"}  # fmt: skip


class FileRefused(Exception):
    """The file can't be taken. The text says why, and what to do; nothing was kept."""

    @classmethod
    def nothing(cls) -> "FileRefused":
        return cls(_("Choose a file first."))


@dataclass(frozen=True, slots=True)
class Found:
    """What a file really is. `seconds` is how long a film or a recording plays."""

    ending: str
    seconds: float | None = None


def examine(file: IO[bytes], *, size: int, wanted: str) -> Found:
    """What `file` is, if it is what the field `wanted` takes, whole, safe and of a sensible size. Raises FileRefused."""
    if size == 0:
        raise FileRefused(_("The file is empty. Choose another one."))
    if size > LIMITS[wanted]:
        raise FileRefused(
            _("The file has {size} MB; at most {most} MB are accepted here. Make it smaller, or link to it.").format(
                size=-(-size // MB), most=LIMITS[wanted] // MB
            )
        )
    ending, seconds = _ending(file, wanted)
    if ending not in ENDINGS[wanted]:
        raise FileRefused(_strange(ending, wanted))
    if ending == "svg" and size > LARGEST_DRAWING:
        raise FileRefused(_("A drawing has at most {most} MB. Simplify it, or save it as PNG.").format(most=LARGEST_DRAWING // MB))
    try:
        _check(file, ending)
    except MediaRefused as why:
        raise FileRefused(_("The file {why}.").format(why=why)) from why
    return Found(ending, seconds)


def _kinds(wanted: str) -> str:
    return {
        "picture": _("a picture (PNG, JPEG, WebP, or a drawing as SVG)"),
        "film": _("a film (MP4 with H.264, or WebM)"),
        "audio": _("a recording (MP3, M4A, Ogg)"),
        "captions": _("captions (WebVTT, .vtt)"),
        "transcript": _("a transcript (plain text or Markdown)"),
        "document": _("a document (PDF, Word, Excel, PowerPoint, OpenDocument)"),
    }[wanted]


def _strange(ending: str, wanted: str) -> str:
    if not ending:
        return _("The content of this file cannot be shown here. Send {kinds}.").format(kinds=_kinds(wanted))
    return _("By its content this is a .{ending} file. Send {kinds}.").format(ending=ending, kinds=_kinds(wanted))


def _ending(file: IO[bytes], wanted: str) -> tuple[str, float | None]:
    """(ending, seconds) by content; "" for what nobody knows."""
    import filetype

    file.seek(0)
    head = file.read(8_192)
    file.seek(0)
    if wanted in {"captions", "transcript"}:
        return _text(head, wanted), None
    if _is_drawing(head):
        return "svg", None
    guessed = filetype.guess(head)
    mime = guessed.mime if guessed else ""
    if mime.startswith(("video/", "audio/")) or (not mime and wanted in {"film", "audio"}):
        return _played(file, wanted)
    if head.startswith(b"PK\x03\x04"):
        return _office(file), None
    return {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "application/pdf": "pdf"}.get(
        mime, guessed.extension if guessed else ""
    ), None


def _text(head: bytes, wanted: str) -> str:
    if b"\x00" in head:
        return ""
    return "vtt" if wanted == "captions" else "md"


def _is_drawing(head: bytes) -> bool:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith(b"<") and b"<svg" in head


def _office(file: IO[bytes]) -> str:
    """Which document a zip is, by what lies in it; "zip" for any other."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return OPEN.get(archive.read("mimetype").decode("ascii", "replace").strip(), "zip")
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise FileRefused(_("The document contains macros. Save it without them (as .docx, .xlsx or .pptx)."))
            return next((ending for start, ending in OFFICE.items() if any(name.startswith(start) for name in names)), "zip")
    except (zipfile.BadZipFile, OSError, KeyError, RuntimeError) as e:
        raise FileRefused(_("The file is broken or cut off. Save it again, or send it again.")) from e


def _played(file: IO[bytes], wanted: str) -> tuple[str, float]:
    """(ending, seconds) of a film or recording that can be read from its first to its last second."""
    import av

    try:
        with av.open(file, "r", metadata_errors="replace") as container:
            film = _streams(container, wanted)
            ending = _container(set(container.format.name.split(",")), str(container.metadata.get("major_brand", "")).strip(), film=film)
            promised = container.duration / av.time_base if container.duration else 0.0
            last = _last_second(container)
    except (av.error.FFmpegError, ValueError, OSError) as e:
        raise FileRefused(
            _("This can't be played: it is damaged, cut off, or not a film or recording. Send {kinds}.").format(kinds=_kinds(wanted))
        ) from e
    if last <= 0 or last < promised * 0.9 - 1:
        raise FileRefused(
            _("The file is cut off: it should last {promised} seconds but ends after {last}. Send it again.").format(
                promised=round(promised), last=round(last)
            )
        )
    return ending, round(max(promised, last), 2)


def _streams(container: Any, wanted: str) -> bool:
    """Whether it has moving pictures. Raises FileRefused for what the field does not take, or few browsers play."""
    film = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if wanted == "film" and not film:
        raise FileRefused(_("This has sound but no pictures. Use the material “Audio” for it."))
    if not film and not container.streams.audio:
        raise FileRefused(_strange("", wanted))
    for stream in (*film, *container.streams.audio):
        codec = stream.codec_context.codec.canonical_name
        if codec not in CODECS:
            raise FileRefused(
                _("It is encoded as {codec}, which many browsers can't play. Save it as {kinds}.").format(codec=codec, kinds=_kinds(wanted))
            )
    return bool(film)


def _container(names: set[str], brand: str, *, film: bool) -> str:
    if "mp4" in names:
        return "mov" if brand == "qt" else ("mp4" if film else "m4a")
    if names & {"webm", "matroska"}:
        return "webm"
    return next((ending for ending in ("mp3", "ogg", "wav", "flac") if ending in names), min(names))


def _last_second(container: Any) -> float:
    """When the last packet plays; reads all of them and decodes none."""
    last = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return last


def _check(file: IO[bytes], ending: str) -> None:
    """Raises MediaRefused for a broken picture, a drawing that acts, captions with broken times, text that is none."""
    file.seek(0)
    if ending in {"png", "jpg", "webp"}:
        _picture(file)
    elif ending in {"svg", "vtt", "md", "pdf"}:
        {"svg": _drawing, "vtt": _captions, "md": _words, "pdf": _paper}[ending](file.read())


def _drawing(content: bytes) -> None:
    if found := sorted(set(forbidden_in(content))):
        raise MediaRefused(_("contains what a drawing must not have here: {what}").format(what=", ".join(found)))


def _captions(content: bytes) -> None:
    if not parse_captions(content):
        raise MediaRefused(_("has no captions: after the line WEBVTT come times such as 00:00:01.000 --> 00:00:04.000"))


def _words(content: bytes) -> None:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise MediaRefused(_("is not UTF-8; save it as UTF-8")) from e


def _paper(content: bytes) -> None:
    if b"%%EOF" not in content[-2_048:]:
        raise MediaRefused(_("is cut off; send it again"))
    if re.search(rb"/JavaScript\b|/JS\s*[(<\d]|/Launch\b|/EmbeddedFile\b", content):
        raise MediaRefused(_("contains a script or another file; print it to PDF again"))


def _picture(file: IO[bytes]) -> None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise MediaRefused(_("has more than {n} million pixels; make it smaller").format(n=MOST_PIXELS // 1_000_000))
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as e:
        raise MediaRefused(_("is broken or cut off; save the picture again")) from e


# Keeping


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "courses"


def place_of(sha256: str) -> Path:
    """Where a large file with this content lies."""
    return folder() / sha256[:2] / sha256


@dataclass(frozen=True, slots=True)
class Kept:
    """The values of a CourseFile row for a content."""

    content: bytes
    sha256: str
    on_disk: bool


def keep(content: bytes | UploadedFile) -> Kept:
    """The content as a row keeps it: in the row if it is small, else on disk under its hash."""
    if isinstance(content, bytes):
        digest = hashlib.sha256(content).hexdigest()
        if len(content) <= LARGEST_ROW:
            return Kept(content, digest, on_disk=False)
        _put(digest, [content])
        return Kept(b"", digest, on_disk=True)
    hashed = hashlib.sha256()
    content.seek(0)
    for part in content.chunks():
        hashed.update(part)
    content.seek(0)
    if (content.size or 0) <= LARGEST_ROW:
        return Kept(content.read(), hashed.hexdigest(), on_disk=False)
    _put(hashed.hexdigest(), content.chunks())
    return Kept(b"", hashed.hexdigest(), on_disk=True)


def _put(digest: str, parts: Any) -> None:
    path = place_of(digest)
    if path.exists():
        # A younger date keeps it from being tidied away before its row is there.
        os.utime(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            for part in parts:
                out.write(part)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def read(row: CourseFile) -> bytes:
    """A file's whole content."""
    return place_of(row.sha256).read_bytes() if row.on_disk else bytes(row.content)


def size_of(row: CourseFile) -> int:
    return place_of(row.sha256).stat().st_size if row.on_disk else len(row.content)


def tidy() -> int:
    """Files on disk that no row has named for a day are gone. Answers how many."""
    if not folder().is_dir():
        return 0
    named = set(CourseFile.objects.filter(on_disk=True).values_list("sha256", flat=True))
    edge = (now() - timedelta(days=1)).timestamp()
    gone = 0
    for path in folder().glob("*/*"):
        if path.name not in named and path.stat().st_mtime < edge:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def free_name(wanted: str, ending: str, taken: set[str]) -> str:
    """A name of letters, digits and hyphens that no file of the topic has."""
    stem = slugify(Path(wanted).stem)[:60].strip("-_") or "file"
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}.{ending}" if n == 1 else f"{stem}-{n}.{ending}") not in taken)


# Leaving

HEADERS = {
    # A file opened by itself must not act either.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600",
}


def headers_of(name: str, shown: str = "") -> dict[str, str]:
    """The headers of a file: what a page shows comes inline, all else as a download under the name that its author gave it."""
    ending = name.rsplit(".", 1)[-1].lower()
    way = "inline" if ending in INLINE else "attachment"
    return HEADERS | {"Content-Disposition": f'{way}; filename="{plain(shown or name)}"'}


def plain(name: str) -> str:
    """A file's name as a header may carry it."""
    return "".join(ch if ch.isascii() and (ch.isalnum() or ch in "._- ") else "_" for ch in name)


def type_of(name: str) -> str:
    return TYPES.get(name.rsplit(".", 1)[-1].lower(), "application/octet-stream")
