import io
import xml.etree.ElementTree as ET
import zipfile

import msgspec
import pytest

from talka.courses.actions import read_pack
from talka.courses.exchange import limits, qti
from talka.courses.exchange.formats import read_file
from talka.courses.exchange.reading import Fate, Unreadable, without_empty
from talka.courses.rules import materials as m
from tests.courses.exchange.ours import exercises
from tests.factories.courses import SVG, pack_files, zipped


def test_every_exercise_comes_back_equal_but_for_the_listed_losses():
    for name, exercise in exercises("qti"):
        item = qti.write_item(exercise, identifier=name.replace("/", "--"), pictures=lambda image: (image, SVG.encode()))
        made = qti.item_of(qti.plainly(ET.fromstring(item)), find=lambda _source: SVG.encode())
        assert (made.refused, made.changes) == ("", []), name
        # Outcomes stand in the manifest.
        assert m.parse("exercise", without_empty(made.value)) == msgspec.structs.replace(limits.through_qti(exercise), assesses=[]), name


def test_a_whole_course_goes_out_and_its_exercises_come_back():
    pack, _files = read_pack(zipped(pack_files()))
    form, read = read_file(qti.write_pack(pack), name="ours.zip")
    assert form == "QTI"
    assert [line.why for line in read.lines if line.fate != Fate.TAKEN] == []
    topics = {t.title: t for t in read.topics()}
    came = [m.parse(x.kind, without_empty(x.value)) for x in topics["Try it"].materials]
    went = [pack.definitions[f"topics/exercises/{e.file}"] for e in pack.topics["exercises"].materials if e.kind == "exercise"]
    assert came == [msgspec.structs.replace(limits.through_qti(e), attempts=e.attempts) for e in went]
    (quiz,) = topics["Check"].materials
    assert quiz.value == {"pass": 0.5, "minutes": 10, "draw": 2}
    assert [q.value["type"] for q in quiz.questions] == ["single", "truefalse", "number"]
    assert topics["Try it"].files == {"map.svg": SVG.encode()}


ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i" title="Two" adaptive="false" timeDependent="false">
<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">{correct}</responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody>{body}</itemBody>
<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/></assessmentItem>"""


def item(body, *correct, cardinality="single", base="identifier"):
    values = "".join(f"<value>{c}</value>" for c in correct)
    return ITEM.format(body=body, cardinality=cardinality, base=base, correct=f"<correctResponse>{values}</correctResponse>").encode()


def one(content):
    _form, read = read_file(content, name="i.xml")
    materials = [x for t in read.topics() for x in t.materials]
    return materials[-1].value if materials else None, read.lines[-1]


def test_a_choice_of_version_2():
    body = (
        '<p>See <b>this</b>.</p><choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="1"><prompt>Which?</prompt>'
        '<simpleChoice identifier="A">Oak</simpleChoice><simpleChoice identifier="B">Iron</simpleChoice></choiceInteraction>'
    )
    value, line = one(item(body, "A"))
    assert value == {
        "title": "Two",
        "points": 1.0,
        "prompt": "See **this**.\n\nWhich?",
        "type": "single",
        "choices": [{"key": "a", "text": "Oak", "right": True}, {"key": "b", "text": "Iron"}],
    }
    assert line.fate == Fate.TAKEN


def test_gaps_in_a_text_of_version_2():
    body = '<p>Fill.</p><p>A <textEntryInteraction responseIdentifier="RESPONSE"/> tree.</p>'
    value, _line = one(item(body, "oak", base="string"))
    assert {k: value[k] for k in ("type", "prompt", "text")} == {"type": "cloze", "prompt": "Fill.", "text": "A {oak} tree."}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('<hottextInteraction responseIdentifier="RESPONSE"/>', "“hottextInteraction” has no counterpart here"),
        (
            '<choiceInteraction responseIdentifier="RESPONSE"/><orderInteraction responseIdentifier="R2"/>',
            "asks several questions in one item (choiceInteraction, orderInteraction); make a separate item of each",
        ),
        ("", "is empty"),
    ],
)
def test_what_has_no_counterpart_is_named(body, says):
    value, line = one(item(body, "A"))
    assert value is None
    assert (line.fate, line.why) == (Fate.LEFT, says)


def package(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def manifest(*resources):
    listed = "".join(f'<resource identifier="r{n}" type="{kind}" href="{href}"/>' for n, (kind, href) in enumerate(resources))
    return f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"><resources>{listed}</resources></manifest>'


def test_broken_and_missing_items_are_lines_and_the_others_come_in():
    files = {
        "imsmanifest.xml": manifest(
            ("imsqti_item_xmlv2p1", "good.xml"), ("imsqti_item_xmlv2p1", "bad.xml"), ("imsqti_item_xmlv2p1", "no.xml"), ("strange", "x")
        ),
        "good.xml": item("<p>Only words.</p>"),
        "bad.xml": "<assessmentItem>",
        "inner.zip": b"PK",
    }
    _form, read = read_file(package(files), name="p.zip")
    assert [(line.place, line.fate, line.why) for line in read.lines] == [
        ("imsmanifest.xml", Fate.LEFT, "is missing"),
        ("imsmanifest.xml", Fate.LEFT, "“strange” has no counterpart here"),
        ("good.xml", Fate.TAKEN, ""),
        ("bad.xml", Fate.LEFT, "bad.xml: Line 1, column 17: this is not valid XML."),
        ("inner.zip", Fate.LEFT, "is an archive inside the archive; unpack it or leave it out"),
    ]


def test_a_package_without_items_is_refused():
    with pytest.raises(Unreadable, match=r"p\.zip, imsmanifest\.xml: lists nothing that can be imported"):
        read_file(package({"imsmanifest.xml": manifest()}), name="p.zip")
