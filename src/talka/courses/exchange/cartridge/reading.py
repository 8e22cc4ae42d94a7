"""A cartridge comes in: the outline of the manifest, its pages, links, files and tests."""

import xml.etree.ElementTree as ET  # builds only
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from talka.courses.exchange.archive import Archive
from talka.courses.exchange.banks import Shelf
from talka.courses.exchange.cartridge.questions import fields_of, question_of
from talka.courses.exchange.markup import Finder, to_markdown
from talka.courses.exchange.pages import HTML, PICTURES, TEXTS, add_file, add_link, add_page, decoded, ending_of
from talka.courses.exchange.reading import Fate, Made, Read, ReadMaterial, ReadTopic, Unreadable, unreadable
from talka.courses.exchange.xml import attribute, child, children, descendants, local, parse, text

NAME = "Common Cartridge"
MANIFEST = "imsmanifest.xml"
FILE_BASE = ("$IMS-CC-FILEBASE$/", "$IMS_CC_FILEBASE$/", "%24IMS-CC-FILEBASE%24/", "%24IMS_CC_FILEBASE%24/")
OTHER = "Not in the outline"
# What pages use without being pages: fetched where a page names it, otherwise counted.
SIDE_FILES = PICTURES | {"gif", "css", "js", "bmp", "ico", "woff", "woff2", "ttf", "vtt", "srt"}


def is_cartridge(manifest: ET.Element) -> bool:
    schema = text(manifest, "metadata", "schema").lower()
    kinds = [r.get("type", "") for r in descendants(manifest, "resource")]
    return "common cartridge" in schema or any("imscc_" in kind or "imsbasiclti" in kind for kind in kinds)


@dataclass(slots=True)
class _Cartridge:
    archive: Archive
    read: Read
    resources: dict[str, ET.Element]
    taken: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def finder(self, base: str) -> Finder:
        def find(source: str) -> bytes | None:
            for mark in FILE_BASE:
                if mark in source:
                    inner = source.split(mark, 1)[1]
                    path = self.archive.find(f"web_resources/{inner}") or self.archive.find(inner)
                    break
            else:
                path = self.archive.find(source, base=base)
            if path is None:
                return None
            self.used.add(path)
            return self.archive.read(path)

        return find


def read_cartridge(archive: Archive, *, manifest: ET.Element) -> Read:
    """The course in a cartridge. Raises Unreadable."""
    head = child(manifest, "metadata")
    title = next((text(e) for e in descendants(head, "title") if text(e)), "") if head is not None else ""
    language = next((text(e) for e in descendants(head, "language") if text(e)), "") if head is not None else ""
    read = Read(title=(title or archive.name.rsplit(".", 1)[0])[:400], language=language.split("-")[0].lower()[:3])
    cartridge = _Cartridge(archive, read, {r.get("identifier", ""): r for r in descendants(manifest, "resource")})
    if not cartridge.resources:
        raise unreadable(f"{archive.name}, {MANIFEST}", _("lists nothing that can be imported"))
    organization = next(descendants(manifest, "organization"), None)
    roots = children(organization, "item") if organization is not None else []
    # The standard wraps the outline into one item without a title.
    while len(roots) == 1 and not text(roots[0], "title") and children(roots[0], "item"):
        roots = children(roots[0], "item")
    deep = any(children(inner, "item") for root in roots for inner in children(root, "item"))
    for root in roots:
        _walk(cartridge, root, [], deep=deep)
    _the_rest(cartridge)
    return read


def _walk(cartridge: _Cartridge, item: ET.Element, way: list[str], *, deep: bool) -> None:
    title = text(item, "title") or "Untitled"
    inner = children(item, "item")
    if reference := item.get("identifierref"):
        resource = cartridge.resources.get(reference)
        if resource is None:
            cartridge.read.note(MANIFEST, title, Fate.LEFT, _("refers to “{name}”, which is missing").format(name=reference))
        else:
            cartridge.taken.add(reference)
            _resource(cartridge, resource, title, _place(cartridge.read.title, way, title, deep=deep))
    elif not inner and text(item, "title"):
        cartridge.read.note(MANIFEST, title, Fate.LEFT, _("is empty"))
    for below in inner:
        _walk(cartridge, below, [*way, title], deep=deep)


def _place(course: str, way: list[str], title: str, *, deep: bool) -> tuple[str, str, str]:
    """(module, lesson, topic) of a leaf. Two levels of folders are modules and lessons, one level is lessons; what lies deeper joins its name."""
    if not way:
        return course, course, title
    if not deep:
        return course, way[0], title
    return way[0], (way[1] if len(way) > 1 else way[0]), " / ".join([*way[2:], title])


def _resource(cartridge: _Cartridge, resource: ET.Element, title: str, place: tuple[str, str, str]) -> None:
    kind, read = resource.get("type", ""), cartridge.read
    href = resource.get("href") or next((f.get("href", "") for f in children(resource, "file")), "")
    path = cartridge.archive.find(href) if href else None
    if kind.startswith("imsbasiclti"):
        read.note(href or MANIFEST, title, Fate.LEFT, _("is an outside tool (LTI); add it to the topic yourself"))
        return
    if path is None:
        read.note(MANIFEST, title, Fate.LEFT, _("refers to “{name}”, which is missing").format(name=href or "?"))
        return
    topic = read.topic(*(part[:400] for part in place))
    try:
        if kind.startswith("imswl"):
            _weblink(cartridge, topic, path, title)
        elif kind.startswith("imsdt"):
            _discussion(cartridge, topic, path, title)
        elif kind.startswith("imsqti") and kind.endswith("question-bank"):
            _bank(cartridge, path, title)
        elif kind.startswith("imsqti"):
            _assessment(cartridge, topic, path, title)
        elif kind.startswith(("webcontent", "associatedcontent")):
            _content(cartridge, topic, path, title, assignment=kind.startswith("associatedcontent"))
        elif kind.startswith("assignment"):
            _assignment(cartridge, topic, path, title)
        else:
            read.note(path, title, Fate.LEFT, _("“{kind}” has no counterpart here").format(kind=kind))
    except Unreadable as broken:
        read.note(path, title, Fate.LEFT, str(broken))


def _content(cartridge: _Cartridge, topic: ReadTopic, path: str, title: str, *, assignment: bool) -> None:
    ending, content = ending_of(path), cartridge.archive.read(path)
    cartridge.used.add(path)
    if ending in HTML:
        changes = (_("an assignment became its text"),) if assignment else ()
        add_page(cartridge.read, topic, decoded(content), title=title, place=path, find=cartridge.finder(path), changes=changes)
    elif ending in TEXTS:
        cartridge.read.take(topic, Made({"text": decoded(content)}, title=title, kind="text"), place=path)
    else:
        add_file(cartridge.read, topic, path, content, title=title, place=path)


def _weblink(cartridge: _Cartridge, topic: ReadTopic, path: str, title: str) -> None:
    root = parse(cartridge.archive.read(path), file=path)
    url = child(root, "url")
    add_link(cartridge.read, topic, title=text(root, "title") or title, url=attribute(url, "href") if url is not None else "", place=path)


def _page_of(cartridge: _Cartridge, topic: ReadTopic, path: str, title: str, words: ET.Element | None, change: str) -> None:
    if words is None or not text(words):
        cartridge.read.note(path, title, Fate.LEFT, _("is empty"))
        return
    plain = (attribute(words, "texttype") or "text/html") == "text/plain"
    markup = "".join(words.itertext())
    if plain:
        cartridge.read.take(topic, Made({"text": markup}, title=title, kind="text", changes=[change]), place=path)
    else:
        add_page(cartridge.read, topic, markup, title=title, place=path, find=cartridge.finder(path), changes=(change,))


def _discussion(cartridge: _Cartridge, topic: ReadTopic, path: str, title: str) -> None:
    root = parse(cartridge.archive.read(path), file=path)
    _page_of(cartridge, topic, path, text(root, "title") or title, child(root, "text"), _("a discussion became its opening text"))


def _assignment(cartridge: _Cartridge, topic: ReadTopic, path: str, title: str) -> None:
    """An assignment is an exercise to hand in."""
    root = parse(cartridge.archive.read(path), file=path)
    words = child(root, "text")
    done = to_markdown("".join(words.itertext()) if words is not None else "", find=cartridge.finder(path))
    formats = {f.get("type", "") for f in descendants(root, "format")}
    value = {"title": title[:400], "prompt": done.text or title, "type": "upload" if "file" in formats or not formats else "open"}
    cartridge.read.take(topic, Made(value, title=title, pictures=done.pictures, changes=done.changes), place=path)


def _items(cartridge: _Cartridge, path: str) -> tuple[ET.Element, list[ET.Element]]:
    root = parse(cartridge.archive.read(path), file=path)
    if local(root) != "questestinterop":
        raise unreadable(path, _("begins with <{found}>, not with <{wanted}>").format(found=local(root), wanted="questestinterop"))
    return root, list(descendants(root, "item"))


def _assessment(cartridge: _Cartridge, topic: ReadTopic, path: str, title: str) -> None:
    root, items = _items(cartridge, path)
    test = child(root, "assessment")
    fields = fields_of(test) if test is not None else {}
    value: dict[str, object] = {}
    attempts, minutes = fields.get("cc_maxattempts", ""), fields.get("qmd_timelimit", "")
    if attempts.isdigit():
        value["attempts"] = min(100, int(attempts))
    if minutes.isdigit() and int(minutes):
        value["minutes"] = min(600, int(minutes))
    line = cartridge.read.note(path, title, Fate.TAKEN)
    quiz = ReadMaterial("quiz", title[:400], value, line)
    topic.materials.append(quiz)
    for item in items:
        made = question_of(item, find=cartridge.finder(path))
        cartridge.read.take(topic, made, place=path, into=quiz if made.kind == "exercise" else None)
    if not quiz.questions:
        topic.materials.remove(quiz)
        cartridge.read.lines[line] = type(cartridge.read.lines[line])(path, title, Fate.LEFT, "none of its questions could be used")


def _bank(cartridge: _Cartridge, path: str, title: str) -> None:
    root, items = _items(cartridge, path)
    shelf = Shelf(cartridge.read, "Question banks", "Question banks", title or attribute(root, "ident") or "Questions")
    for item in items:
        cartridge.read.take(shelf.topic, question_of(item, find=cartridge.finder(path)), place=path)


def _the_rest(cartridge: _Cartridge) -> None:
    """Resources that the outline does not name: pages and banks come in, files that no page shows are counted."""
    for name, resource in cartridge.resources.items():
        href = resource.get("href") or next((f.get("href", "") for f in children(resource, "file")), "")
        kind, ending = resource.get("type", ""), ending_of(href)
        if name in cartridge.taken or (path := cartridge.archive.find(href) if href else None) in cartridge.used:
            continue
        title = href.rsplit("/", 1)[-1] or name
        if kind.startswith("associatedcontent") and ending not in HTML:
            cartridge.read.note(href or MANIFEST, title, Fate.LEFT, _("belongs to the program that made the file"))
        elif ending in SIDE_FILES and path is not None:
            cartridge.read.remark(_("Files that no page shows were not imported."))
        else:
            _resource(cartridge, resource, title.rsplit(".", 1)[0], (OTHER, OTHER, title.rsplit(".", 1)[0]))
