"""Pages, links and media files of other programs as materials of a topic."""

import io
import re

from django.utils.translation import gettext as _

from talka.courses.exchange.markup import Finder, to_markdown
from talka.courses.exchange.reading import Fate, Made, Read, ReadMaterial, ReadTopic
from talka.courses.media import MediaRefused, check_media

PICTURES = frozenset({"png", "jpg", "jpeg", "webp", "svg"})
FILMS = frozenset({"mp4", "webm"})
RECORDINGS = frozenset({"mp3", "ogg", "m4a"})
HTML = frozenset({"html", "htm", "xhtml"})
TEXTS = frozenset({"md", "txt"})


def ending_of(path: str) -> str:
    return path.rsplit(".", 1)[-1].lower() if "." in path.rsplit("/", 1)[-1] else ""


def add_page(
    read: Read, topic: ReadTopic, markup: str, *, title: str, place: str, find: Finder | None = None, changes: tuple[str, ...] = ()
) -> None:
    """An HTML page as texts and the pictures between them, in their order."""
    found = re.search(r"<body[^>]*>(.*)</body>", markup, re.DOTALL | re.IGNORECASE)
    done = to_markdown(found[1] if found else markup, find=find, marked=True)
    all_changes = list(dict.fromkeys([*changes, *done.changes]))
    if not done.text.strip():
        read.note(place, title, Fate.LEFT, "; ".join([_("is empty"), *all_changes]))
        return
    line = read.note(place, title, Fate.CHANGED if all_changes else Fate.TAKEN, "; ".join(all_changes))
    words: list[str] = []

    def flush() -> None:
        text = "\n\n".join(words).strip()
        words.clear()
        if text:
            topic.materials.append(ReadMaterial("text", "", {"text": text + "\n"}, line))

    for block in re.split(r"\n{2,}", done.text):
        numbers = [int(n) for n in re.findall(r"\x01(\d+)\x02", block)]
        plain = re.sub(r" ?\x01\d+\x02", "", block).strip()
        if plain and not re.fullmatch(r"[*_\\\s]*", plain):
            words.append(plain)
        for number in numbers:
            picture = done.pictures[number]
            flush()
            add_file(read, topic, picture.name, picture.content, title=picture.alt, place=place, line=line)
    flush()


def add_file(read: Read, topic: ReadTopic, path: str, content: bytes, *, title: str, place: str, line: int | None = None) -> None:
    """A picture, film or recording as a material of its own; other files are listed. `line`: it belongs to a page that has its line already."""
    ending, name = ending_of(path), path.rsplit("/", 1)[-1]
    value: dict[str, object] = {}
    problem = ""
    try:
        check_media(f"x.{ending}", content)
    except MediaRefused as refused:
        problem = str(refused)
    kind = "image" if ending in PICTURES else "video" if ending in FILMS else "audio" if ending in RECORDINGS else ""
    if not kind:
        problem = _("“{kind}” has no counterpart here").format(kind=f".{ending}")
    elif kind != "image" and not problem:
        seconds = seconds_of(content)
        value["seconds"] = seconds
        problem = "" if seconds else _("is damaged or incomplete; download or create it again")
    if problem:
        read.note(place, name, Fate.LEFT, problem)
        return
    value["src"] = topic.add_file(path, content)
    if kind == "image":
        value["alt"] = title or name.rsplit(".", 1)[0]
        title = "" if line is not None else title
    if line is None:
        line = read.note(place, title or name, Fate.TAKEN)
    topic.materials.append(ReadMaterial(kind, title if kind != "image" else "", value, line))


def seconds_of(content: bytes) -> float:
    """How long a film or recording runs; 0 if it can't be played."""
    import av

    try:
        with av.open(io.BytesIO(content)) as container:
            return round(container.duration / 1_000_000, 1) if container.duration else 0.0
    except (OSError, ValueError, IndexError):  # what the library raises for files that are none
        return 0.0


def add_link(read: Read, topic: ReadTopic, *, title: str, url: str, words: str = "", place: str) -> None:
    """A link to the web as a text."""
    if not re.match(r"https?://", url):
        read.note(place, title, Fate.LEFT, _("is not a web address: {url}").format(url=url[:80]))
        return
    label = re.sub(r"([\[\]\\])", r"\\\1", title or url)
    address = url.replace(" ", "%20").replace(")", "%29").replace("(", "%28")
    text = f"[{label}]({address})\n" + (f"\n{words}\n" if words else "")
    read.take(topic, Made({"text": text}, title=title, kind="text"), place=place)


def decoded(content: bytes) -> str:
    """Text of a file whose encoding nobody promised."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
