"""H5P: one content with the libraries that play it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from talka.courses.packages.readers.manifest import Manifest, Unit
from talka.courses.packages.unpacking import Finding

# What H5P itself lets into a package: https://h5p.org/allowed-file-extensions
CONTENT = frozenset({
    "json", "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "svg", "eot", "ttf", "woff", "woff2", "otf", "webm", "mp4", "ogg", "mp3",
    "m4a", "wav", "txt", "pdf", "rtf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "csv", "diff", "patch", "swf",
    "xml", "md", "textile", "vtt", "webvtt", "gltf", "glb", "webp",
})  # fmt: skip
LIBRARY = CONTENT | {"js", "css", "map", "scss", "ts", "license", "lock"}
# Files without an ending, and those that developers forget.
TOLERATED = frozenset(
    {"license", "readme", "copying", "notice", "authors", "changelog", ".gitignore", ".gitattributes", ".editorconfig", ".npmignore"}
)
ACTIVE_SVG = re.compile(
    rb"<\s*(?:\w+:)?(?:script|foreignobject|iframe|embed|object)\b|\bon[a-z]{3,}\s*=|javascript\s*:|<!entity", re.IGNORECASE
)
ADDRESS = re.compile(r"https?://([\w.-]+)", re.IGNORECASE)
NAME = re.compile(r"[\w.-]{1,100}")
LARGEST_JSON = 20_000_000


def read(folder: Path) -> Manifest:
    """The content as one unit with the key "content"."""
    findings: list[Finding] = []
    head = _json(folder, "h5p.json", findings)
    content = _json(folder, "content/content.json", findings)
    if head is None or content is None:
        return Manifest("h5p", "", (), findings=findings)
    findings += _files(folder)
    main, libraries = str(head.get("mainLibrary") or ""), _dependencies(head)
    found = next((row for row in libraries if row[0] == main), None)
    if found is None:
        findings.append(Finding("h5p.json", _("does not name its main library among its dependencies")))
    findings += _missing(folder, libraries)
    if hosts := sorted(set(ADDRESS.findall(json.dumps(content)))):
        findings.append(
            Finding(
                "content/content.json",
                _("refers to other sites ({hosts}); what is loaded from there stays blocked").format(hosts=", ".join(hosts[:5])),
                grave=False,
            )
        )
    title = str(head.get("title") or "").strip()[:400] or "H5P"
    library = f"{main} {found[1]}.{found[2]}" if found else main
    unit = Unit(key="content", title=title, kind="content", href="content/content.json", settings={"library": library})
    language = str(head.get("defaultLanguage") or head.get("language") or "")
    return Manifest("h5p", title, (unit,), {"library": library}, findings, "" if language == "und" else language[:20])


def _json(folder: Path, path: str, findings: list[Finding]) -> dict[str, Any] | None:
    file = folder / path
    if not file.is_file():
        findings.append(Finding(path, _("is missing")))
        return None
    if file.stat().st_size > LARGEST_JSON:
        findings.append(Finding(path, _("is larger than {n} MB").format(n=LARGEST_JSON // 1_000_000)))
        return None
    try:
        made = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        findings.append(Finding(path, _("is not valid JSON")))
        return None
    if not isinstance(made, dict):
        findings.append(Finding(path, _("is not valid JSON")))
        return None
    return made


def _dependencies(of: dict[str, Any]) -> list[tuple[str, int, int]]:
    rows = of.get("preloadedDependencies")
    made = []
    for row in rows if isinstance(rows, list) else ():
        try:
            made.append((str(row["machineName"]), int(row["majorVersion"]), int(row["minorVersion"])))
        except (KeyError, TypeError, ValueError):
            continue
    return made


def _missing(folder: Path, wanted: list[tuple[str, int, int]]) -> Iterator[Finding]:
    """Libraries that the content or another library needs and the package does not carry."""
    seen: set[tuple[str, int, int]] = set()
    queue = list(wanted)
    while queue:
        row = queue.pop()
        if row in seen:
            continue
        seen.add(row)
        name, major, minor = row
        places = [p for p in (f"{name}-{major}.{minor}", name) if NAME.fullmatch(p) and (folder / p / "library.json").is_file()]
        if not places:
            yield Finding(f"{name} {major}.{minor}", _("is not in the package; export it with its libraries"))
            continue
        problems: list[Finding] = []
        library = _json(folder, f"{places[0]}/library.json", problems)
        yield from problems
        if library is not None:
            yield from _unplayable(folder / places[0], library, row)
        queue += _dependencies(library or {})


def _unplayable(folder: Path, library: dict[str, Any], wanted: tuple[str, int, int]) -> Iterator[Finding]:
    """What would leave the frame empty: a library that is another than its folder says, or whose scripts or styles are not there."""
    path = f"{folder.name}/library.json"
    said = tuple(str(library.get(name)) for name in ("machineName", "majorVersion", "minorVersion"))
    if said != tuple(map(str, wanted)):
        found, needed = f"{said[0]} {said[1]}.{said[2]}", f"{wanted[0]} {wanted[1]}.{wanted[2]}"
        yield Finding(path, _("is for {found}, not for {wanted}").format(found=found, wanted=needed))
    for kind in ("preloadedJs", "preloadedCss"):
        rows = library.get(kind)
        for row in rows if isinstance(rows, list) else ():
            file = str(row.get("path", "")) if isinstance(row, dict) else ""
            if not file or ".." in Path(file).parts or not (folder / file.split("?")[0].lstrip("/")).is_file():
                yield Finding(path, _("refers to “{name}”, which is missing").format(name=file or "?"))


def _files(folder: Path) -> Iterator[Finding]:
    """Scripts belong to libraries, and only what H5P allows belongs anywhere."""
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        path = file.relative_to(folder)
        ending, top = file.suffix.removeprefix(".").lower(), path.parts[0]
        inside_library = len(path.parts) > 1 and top != "content" and (folder / top / "library.json").is_file()
        if file.name.lower() in TOLERATED or (inside_library and not ending):
            continue
        if ending in {"html", "htm", "xhtml"}:
            if not inside_library:
                yield Finding(str(path), _("is of a type that H5P does not allow here"))
        elif ending not in (LIBRARY if inside_library else CONTENT):
            yield Finding(
                str(path),
                _("is of a type that H5P does not allow here"),
                grave=not inside_library,
            )
        elif ending == "svg" and not inside_library and ACTIVE_SVG.search(file.read_bytes()[:5_000_000]):
            yield Finding(str(path), _("is a drawing with a script in it"))
