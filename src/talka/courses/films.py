"""Slide films: from slides in a pack to a small WebM, drawn and encoded here. Made once per content, kept under the data folder."""

import copy
import hashlib
import io
import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse

from talka.courses import files
from talka.courses.models import CourseFile, Material, Translation
from talka.kit.tokens import LIGHT, for_print

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger("talka.films")
WIDTH, HEIGHT = 1280, 720
# Slides stand still: two pictures a second keep seeking exact to half a second and cost almost nothing.
RATE = 2
# Part of the file's name, so that a better drawing replaces older films.
DRAWING = "2"


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "films"


def _figures(material: Material) -> dict[str, bytes]:
    names = {slide.get("figure") for slide in material.wording["slides"]} - {None, ""}
    if not names:
        return {}
    topic = material.topic
    paths = {f"topics/{topic.slug}/{name}": name for name in names}
    rows = CourseFile.objects.filter(course=topic.course_id, path__in=list(paths), is_source=False)
    return {paths[row.path]: files.read(row) for row in rows}


def path_of(material: Material) -> Path:
    """Where the film of this content lies, made or not. Figures count by their name: a changed one comes with a new publication."""
    digest = hashlib.sha256(
        json.dumps([DRAWING, material.wording, material.published_at.isoformat() if _has_figures(material) else ""]).encode()
    )
    return folder() / f"{digest.hexdigest()[:32]}.webm"


def _has_figures(material: Material) -> bool:
    return any(slide.get("figure") for slide in material.wording["slides"])


def is_ready(material: Material) -> bool:
    return path_of(material).exists()


def file_of(material: Material) -> Path | None:
    """The film in the language in which it is read, or until that is drawn, in the course's own."""
    for one in (material, _in_own_language(material)):
        if (path := path_of(one)).exists():
            return path
    return None


def _in_own_language(material: Material) -> Material:
    made = copy.copy(material)
    made.worded = None
    return made


def _in_all_languages(material: Material) -> list[Material]:
    made = [material]
    for title, definition in Translation.objects.filter(place=str(material.uuid), complete=True).values_list("title", "definition"):
        other = copy.copy(material)
        other.title, other.worded = title, definition
        made.append(other)
    return made


def make(material: Material) -> Path:
    """The film is there. Two makers at once do no harm: each writes its own file, and one takes the place."""
    path = path_of(material)
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = _frames(material)
    handle, name = tempfile.mkstemp(suffix=".webm", dir=path.parent)
    os.close(handle)
    try:
        _encode(frames, [slide["seconds"] for slide in material.wording["slides"]], name)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def make_missing(progress: Any = None) -> int:
    """All films of published topics are there, in every language that they are published in. Answers how many were made."""
    own = Material.objects.current().filter(kind="film", topic__live=True).select_related("topic")
    rows = [one for row in own for one in _in_all_languages(row)]
    made = 0
    for n, row in enumerate(rows, 1):
        if not is_ready(row):
            make(row)
            made += 1
        if progress is not None:
            progress(n, len(rows))
    return made


# Drawing


def _svg(slide: dict[str, Any], n: int, total: int, title: str) -> str:
    """One slide as a drawing: calm, with the woven band at its foot and the threads of the film so far."""
    from html import escape

    t = LIGHT
    wide = not slide.get("figure")
    measure = 44 if wide else 26
    y = 190
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{t["linen"]}"/>',
        f'<rect x="0" y="0" width="14" height="{HEIGHT}" fill="{t["pine"]}"/>',
        f'<text x="90" y="84" font-family="sans-serif" font-size="24" fill="{t["slate"]}">{escape(title)}</text>',
    ]
    for line in _wrap(slide["title"], 30 if wide else 20):
        parts.append(f'<text x="90" y="{y}" font-family="serif" font-weight="600" font-size="64" fill="{t["ink"]}">{escape(line)}</text>')
        y += 74
    y += 26
    for text in slide.get("lines", ()):
        for place, line in enumerate(_wrap(text, measure)):
            if place == 0:
                parts.append(f'<rect x="92" y="{y - 24}" width="14" height="14" rx="3" fill="{t["amber"]}"/>')
            parts.append(f'<text x="128" y="{y}" font-family="sans-serif" font-size="36" fill="{t["ink"]}">{escape(line)}</text>')
            y += 50
        y += 14
    step = (WIDTH - 180) / total
    for place in range(total):
        fill = t["pine"] if place < n else t["amber"] if place == n else t["rule"]
        parts.append(f'<rect x="{90 + place * step:.1f}" y="664" width="{step - 8:.1f}" height="12" rx="3" fill="{fill}"/>')
    return "".join([*parts, "</svg>"])


def _wrap(text: str, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def _frames(material: Material) -> "list[Image]":
    import vl_convert
    from PIL import Image

    figures, slides = _figures(material), material.wording["slides"]
    frames = []
    for n, slide in enumerate(slides):
        png = vl_convert.svg_to_png(_svg(slide, n, len(slides), material.title), scale=1)
        frame = Image.open(io.BytesIO(png)).convert("RGB").resize((WIDTH, HEIGHT))
        if (name := slide.get("figure")) and name in figures:
            _place(frame, figures[name], name)
        frames.append(frame)
    return frames


def _place(frame: "Image", content: bytes, name: str) -> None:
    """A slide's own figure in the right half."""
    import vl_convert
    from PIL import Image

    from talka.courses.media import safe_svg

    if name.endswith(".svg"):
        # The renderer knows no CSS variables.
        svg = for_print(safe_svg(content, prefix="f"))
        picture = Image.open(io.BytesIO(vl_convert.svg_to_png(svg, scale=2))).convert("RGBA")
    else:
        picture = Image.open(io.BytesIO(content)).convert("RGBA")
    picture.thumbnail((500, 480))
    frame.paste(picture, (WIDTH - 90 - picture.width, 130 + (500 - picture.height) // 2), picture)


def _encode(frames: "list[Image]", seconds: list[float], name: str) -> None:
    import av

    with av.open(name, "w", format="webm") as container:
        stream = container.add_stream("libvpx-vp9", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        # Still pictures: quality over rate, a key picture every five seconds so that seeking is quick.
        stream.options = {
            "crf": "36",
            "b": "0",
            "deadline": "realtime",
            "cpu-used": "8",
            "row-mt": "1",
            "g": str(RATE * 5),
            "tile-columns": "1",
        }
        clock = 0.0
        place = 0
        for frame, lasts in zip(frames, seconds, strict=True):
            clock += lasts
            picture = av.VideoFrame.from_image(frame)
            while place < round(clock * RATE):
                picture.pts, picture.time_base = place, Fraction(1, RATE)
                container.mux(stream.encode(picture))
                place += 1
        container.mux(stream.encode())


# Serving


HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=86400",
    "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
# Read from disk at a time.
PART = 256 * 1024


def ranged(path: Path, asked: str, *, content_type: str, headers: dict[str, str] | None = None) -> HttpResponseBase:
    """A file, or the part of it that a player asks for: without this no browser can jump to where one stopped."""
    size = path.stat().st_size
    # Compressing on the way would count other bytes than those that were asked for.
    said = HEADERS | (headers or {}) | {"Content-Encoding": "identity"}
    part = _part(asked, size)
    if part is None:
        response = FileResponse(path.open("rb"), content_type=content_type)
        # Set last: FileResponse would name the file as it lies on the disk.
        for name, value in said.items():
            response[name] = value
        return response
    start, end = part
    if start > end:
        return HttpResponse(status=416, headers=said | {"Content-Range": f"bytes */{size}"})
    return StreamingHttpResponse(
        _read(path, start, end - start + 1),
        status=206,
        content_type=content_type,
        headers=said | {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(end - start + 1)},
    )


def ranged_bytes(content: bytes, asked: str, *, content_type: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """The same for a file that is small enough to lie in a row."""
    said, part = HEADERS | (headers or {}), _part(asked, len(content))
    if part is None:
        return HttpResponse(content, content_type=content_type, headers=said)
    start, end = part
    said |= {"Content-Encoding": "identity"}
    if start > end:
        return HttpResponse(status=416, headers=said | {"Content-Range": f"bytes */{len(content)}"})
    return HttpResponse(
        content[start : end + 1],
        status=206,
        content_type=content_type,
        headers=said | {"Content-Range": f"bytes {start}-{end}/{len(content)}"},
    )


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that were asked for; None for the whole. A first behind the last can't be had."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip())
    if not found or not (found[1] or found[2]):
        return None
    if found[1]:
        start, end = int(found[1]), int(found[2]) if found[2] else size - 1
    else:
        start, end = max(0, size - int(found[2])), size - 1
    return start, min(end, size - 1)


def _read(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (part := file.read(min(PART, length))):
            length -= len(part)
            yield part
