"""Items, tests and pictures of a whole course as one QTI 3.0 package."""

import xml.etree.ElementTree as ET  # builds only
from collections.abc import Iterable, Sequence

from talka.courses import packs
from talka.courses.exchange.limits import written_to
from talka.courses.exchange.qti.writing import ASI, CP, PLACE, XSI, ident, write_item
from talka.courses.exchange.reading import number_text
from talka.courses.exchange.xml import add, clean, write
from talka.courses.rules import materials as m
from talka.courses.rules.packs import Pack


def write_pack(pack: Pack) -> bytes:
    """A zip with an item for every exercise, a test for every topic that has some and one for every quiz, and the pictures."""
    files: dict[str, bytes] = {}
    root = ET.Element("manifest", {"xmlns": CP, "identifier": ident(pack.course.key)})
    head = add(root, "metadata")
    add(head, "schema", "QTI Package")
    add(head, "schemaversion", "3.0.0")
    add(root, "organizations")
    resources = add(root, "resources")
    for key in pack.topics:
        items = {}
        for path, exercise in written_to("qti", pack, key):
            name = path.removeprefix("topics/").rsplit(".", 1)[0].replace("/", "--")
            used: list[str] = []

            def picture(image: str, used: list[str] = used, key: str = key) -> tuple[str, bytes]:
                used.append(f"pictures/{key}/{image}")
                return f"../{used[-1]}", pack.assets.get(f"topics/{key}/{image}", b"")

            files[f"items/{name}.xml"] = write_item(exercise, identifier=name, language=pack.course.language, pictures=picture)
            for address in used:
                files[address] = pack.assets.get(f"topics/{address.removeprefix('pictures/')}", b"")
            items[path] = (name, exercise)
            _resource(resources, name, "imsqti_item_xmlv3p0", f"items/{name}.xml", used, outcomes=exercise.assesses)
        for name, title, quiz, paths in _tests(pack, key, items):
            files[f"tests/{name}.xml"] = _test(name, title, quiz, [items[p] for p in paths])
            _resource(resources, f"test--{name}", "imsqti_test_xmlv3p0", f"tests/{name}.xml", [], needs=[items[p][0] for p in paths])
    files["imsmanifest.xml"] = write(root)
    return packs.write_zip(files)


def _resource(
    resources: ET.Element, name: str, kind: str, href: str, files: Sequence[str], *, outcomes: Sequence[str] = (), needs: Sequence[str] = ()
) -> None:
    made = add(resources, "resource", identifier=ident(name), type=kind, href=href)
    if outcomes:
        lom = ET.SubElement(add(made, "metadata"), "lom", {"xmlns": "http://ltsc.ieee.org/xsd/LOM"})
        sort = add(lom, "classification")
        add(add(sort, "purpose"), "value", "educational objective")
        for key in outcomes:
            add(add(add(sort, "taxonPath"), "taxon"), "id", key)
    for file in (href, *files):
        add(made, "file", href=file)
    for other in needs:
        add(made, "dependency", identifierref=ident(other))


def _tests(pack: Pack, key: str, items: dict[str, tuple[str, m.Exercise]]) -> Iterable[tuple[str, str, m.Quiz | None, list[str]]]:
    """(name, title, quiz or None, paths of its items): the topic's own exercises first, then each quiz."""
    folder, topic = f"topics/{key}/", pack.topics[key]
    own = [folder + e.file for e in topic.materials if folder + e.file in items]
    if own:
        yield key, topic.title, None, own
    for entry in topic.materials:
        quiz = pack.definitions[folder + entry.file]
        if isinstance(quiz, m.Quiz):
            paths = [folder + p.file for p in quiz.pool if folder + p.file in items]
            if paths:
                yield f"{key}--{entry.key}", entry.title or quiz.title or topic.title, quiz, paths


def _test(name: str, title: str, quiz: m.Quiz | None, items: Sequence[tuple[str, m.Exercise]]) -> bytes:
    root = ET.Element("qti-assessment-test", {"xmlns": ASI, XSI: PLACE, "identifier": ident(name), "title": clean(title)})
    score = add(root, "qti-outcome-declaration", identifier="SCORE", cardinality="single", base_type="float")
    if quiz:
        # The share of all points that passes.
        score.set("mastery-value", number_text(quiz.pass_mark))
        score.set("normal-maximum", "1")
        if quiz.minutes:
            add(root, "qti-time-limits", max_time=str(quiz.minutes * 60))
    part = add(
        root, "qti-test-part", identifier="part", navigation_mode="nonlinear", submission_mode="simultaneous" if quiz else "individual"
    )
    section = add(part, "qti-assessment-section", identifier="section", title=title, visible="true")
    if quiz and quiz.draw:
        add(section, "qti-selection", select=str(quiz.draw))
    if quiz:
        add(section, "qti-ordering", shuffle="true")
    for identifier, exercise in items:
        reference = add(section, "qti-assessment-item-ref", identifier=ident(identifier), href=f"../items/{identifier}.xml")
        if not quiz:
            add(reference, "qti-item-session-control", max_attempts=str(exercise.attempts))
    return write(root)
