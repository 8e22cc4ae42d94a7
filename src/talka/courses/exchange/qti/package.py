"""A QTI package: the manifest says which items and tests there are."""

import re
import xml.etree.ElementTree as ET  # builds only
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from talka.courses.exchange.archive import Archive
from talka.courses.exchange.banks import UNTITLED, Shelf
from talka.courses.exchange.qti.item import plainly
from talka.courses.exchange.qti.reading import item_of
from talka.courses.exchange.reading import Fate, Made, Read, ReadMaterial, ReadTopic, Unreadable, unreadable
from talka.courses.exchange.xml import attribute, child, children, descendants, local, parse, text

MANIFEST = "imsmanifest.xml"
ITEM, TEST = "imsqti_item", "imsqti_test"
# Accompanies items without being one; looked at where an item names it.
QUIET = ("webcontent", "associatedcontent", "css", "imsqti_rptemplate", "controlfile", "resourcemetadata")


@dataclass(slots=True)
class _Package:
    archive: Archive
    read: Read
    # Paths of items that a test has taken, and outcomes by path of the item.
    taken: set[str] = field(default_factory=set)
    outcomes: dict[str, list[str]] = field(default_factory=dict)


def read_single(content: bytes, *, name: str) -> Read:
    """One item as a file of its own."""
    root = plainly(parse(content, file=name))
    read = Read(title=root.get("title") or name.rsplit(".", 1)[0], language=root.get("lang", ""))
    if local(root) != "assessmentItem":
        raise unreadable(name, _("is only a part of a package; send the whole package, a zip with {file}").format(file=MANIFEST))
    read.take(Shelf(read).topic, item_of(root), place=name)
    return read


def read_package(archive: Archive, *, manifest: ET.Element) -> Read:
    """Items and tests of a package. Raises Unreadable."""
    head = child(manifest, "metadata")
    title = next((text(e) for e in descendants(head, "title") if text(e)), "") if head is not None else ""
    read = Read(title=title or archive.name.rsplit(".", 1)[0])
    package = _Package(archive, read)
    resources = list(descendants(manifest, "resource"))
    items, tests = [], []
    for resource in resources:
        kind, path = resource.get("type", ""), archive.find(resource.get("href", ""), base=MANIFEST)
        if path is None and kind.startswith((ITEM, TEST)):
            read.note(MANIFEST, resource.get("href", "") or resource.get("identifier", ""), Fate.LEFT, _("is missing"))
        elif kind.startswith(TEST) and path:
            tests.append(path)
        elif kind.startswith(ITEM) and path:
            items.append(path)
            package.outcomes[path] = [text(taxon, "id") for taxon in descendants(resource, "taxon") if text(taxon, "id")]
        elif not kind.startswith(QUIET):
            read.note(MANIFEST, resource.get("identifier", ""), Fate.LEFT, _("“{kind}” has no counterpart here").format(kind=kind))
    if not items and not tests:
        raise unreadable(f"{archive.name}, {MANIFEST}", _("lists nothing that can be imported"))
    for path in tests:
        _test(package, path)
    shelf = Shelf(read, read.title, UNTITLED, UNTITLED)
    for path in items:
        if path not in package.taken:
            read.take(shelf.topic, _item(package, path), place=path)
    return read


def _item(package: _Package, path: str) -> Made:
    package.taken.add(path)
    try:
        root = plainly(parse(package.archive.read(path), file=path))
    except Unreadable as broken:
        return Made(title=path.rsplit("/", 1)[-1], refused=str(broken))
    if local(root) != "assessmentItem":
        return Made(
            title=path.rsplit("/", 1)[-1],
            refused=_("begins with <{found}>, not with <{wanted}>").format(found=local(root), wanted="assessmentItem"),
        )
    package.read.language = package.read.language or root.get("lang", "").split("-")[0]

    def find(source: str) -> bytes | None:
        found = package.archive.find(source, base=path)
        return package.archive.read(found) if found else None

    try:
        made = item_of(root, find=find)
    except Unreadable as broken:
        return Made(title=root.get("title", path), refused=str(broken))
    if made.kind == "exercise" and package.outcomes.get(path):
        fitting = [o for o in package.outcomes[path] if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", o) and len(o) <= 80]
        made.value["assesses"] = fitting
        if strange := [o for o in package.outcomes[path] if o not in fitting]:
            made.changes.append(_("links to learning objectives are not kept: {names}").format(names=", ".join(strange)[:200]))
    return made


def _test(package: _Package, path: str) -> None:
    read = package.read
    try:
        root = plainly(parse(package.archive.read(path), file=path))
    except Unreadable as broken:
        read.note(path, path, Fate.LEFT, str(broken))
        return
    title = root.get("title") or path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    references = list(descendants(root, "assessmentItemRef"))
    score = next((d for d in children(root, "outcomeDeclaration") if d.get("identifier") == "SCORE"), None)
    mastery = score.get("masteryValue", "") if score is not None else ""
    limits, selection = next(descendants(root, "timeLimits"), None), next(descendants(root, "selection"), None)
    shelf = Shelf(read, read.title, title, title)
    quiz: ReadMaterial | None = None
    if mastery or limits is not None or selection is not None:
        quiz = _quiz(read, shelf.topic, title, path, mastery, limits, selection)
    for reference in references:
        href = package.archive.find(reference.get("href", ""), base=path)
        if href is None:
            read.note(path, reference.get("identifier", ""), Fate.LEFT, _("is missing"))
            continue
        made = _item(package, href)
        control = child(reference, "itemSessionControl")
        if made.kind == "exercise" and control is not None and control.get("maxAttempts", "0").isdigit():
            made.value["attempts"] = min(100, int(control.get("maxAttempts", "0")))
        read.take(shelf.topic, made, place=href, into=quiz if made.kind == "exercise" else None)
    if quiz is not None:
        _settle(read, shelf.topic, quiz)
    for name in ("branchRule", "preCondition", "testFeedback"):
        if next(descendants(root, name), None) is not None:
            read.note(path, title, Fate.LEFT, _("“{kind}” has no counterpart here").format(kind=name))


def _quiz(
    read: Read, topic: ReadTopic, title: str, path: str, mastery: str, limits: ET.Element | None, selection: ET.Element | None
) -> ReadMaterial:
    value: dict[str, object] = {}
    changes = []
    try:
        if mastery:
            value["pass"] = float(mastery)
    except ValueError:
        changes.append(_("the pass mark {value} cannot be used; it is 80 % here").format(value=mastery))
    if not 0 <= float(value.get("pass", 0)) <= 1:  # type: ignore[arg-type]
        changes.append(_("the pass mark {value} cannot be used; it is 80 % here").format(value=mastery))
        value.pop("pass")
    seconds = attribute(limits, "maxTime") if limits is not None else ""
    if seconds.replace(".", "").isdigit():
        value["minutes"] = min(600, max(1, round(float(seconds) / 60)))
    if selection is not None and selection.get("select", "").isdigit():
        value["draw"] = int(selection.get("select", ""))
    line = read.note(path, title, Fate.CHANGED if changes else Fate.TAKEN, "; ".join(changes))
    quiz = ReadMaterial("quiz", title[:400], value, line)
    topic.materials.append(quiz)
    return quiz


def _settle(read: Read, topic: ReadTopic, quiz: ReadMaterial) -> None:
    """A quiz needs a question, and draws no more than it has."""
    if not quiz.questions:
        topic.materials.remove(quiz)
        line = read.lines[quiz.line]
        read.lines[quiz.line] = type(line)(line.place, line.what, Fate.LEFT, _("None of its questions could be used."))
    else:
        quiz.value["draw"] = min(int(quiz.value.get("draw", 0)), len(quiz.questions))
