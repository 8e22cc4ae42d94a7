import io
import zipfile

import pytest

from talka.courses.actions import read_pack
from talka.courses.exchange import actions
from talka.courses.exchange.cartridge import write_pack
from talka.courses.exchange.formats import read_file
from talka.courses.exchange.reading import Fate, Unreadable
from talka.courses.rules import materials as m
from tests.factories.courses import SVG, pack_files, zipped

CC = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
TEST = """<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="a" title="Check"><qtimetadata><qtimetadatafield>
<fieldlabel>cc_maxattempts</fieldlabel><fieldentry>3</fieldentry></qtimetadatafield></qtimetadata><section ident="s">{items}</section></assessment></questestinterop>"""
ITEM = """<item ident="i" title="Wood"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>
<fieldentry>{profile}</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation><material>
<mattext texttype="text/html">&lt;p&gt;Which is &lt;b&gt;wood&lt;/b&gt;?&lt;/p&gt;</mattext></material>
<response_lid ident="r" rcardinality="Single"><render_choice>
<response_label ident="1"><material><mattext>Oak</mattext></material></response_label>
<response_label ident="2"><material><mattext>Iron</mattext></material></response_label></render_choice></response_lid></presentation>
<resprocessing><outcomes><decvar varname="SCORE"/></outcomes><respcondition><conditionvar><varequal respident="r">2</varequal></conditionvar>
<displayfeedback feedbacktype="Response" linkrefid="two"/></respcondition><respcondition><conditionvar><varequal respident="r">1</varequal>
</conditionvar><setvar action="Set" varname="SCORE">100</setvar></respcondition></resprocessing>
<itemfeedback ident="two"><material><mattext>It is a metal.</mattext></material></itemfeedback></item>"""


def cartridge(outline, resources, files, *, version="1.1.0"):
    listed = "".join(
        f'<resource identifier="{n}" type="{kind}" href="{href}"><file href="{href}"/></resource>' for n, kind, href in resources
    )
    manifest = (
        f'<manifest identifier="m" xmlns="{CC}" xmlns:l="http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest"><metadata>'
        f"<schema>IMS Common Cartridge</schema><schemaversion>{version}</schemaversion><l:lom><l:general><l:title><l:string>Woods</l:string>"
        f"</l:title></l:general></l:lom></metadata><organizations><organization identifier='o' structure='rooted-hierarchy'><item identifier='root'>"
        f"{outline}</item></organization></organizations><resources>{listed}</resources></manifest>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("imsmanifest.xml", manifest)
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def leaf(title, reference):
    return f'<item identifier="i-{reference}" identifierref="{reference}"><title>{title}</title></item>'


def folder(title, *inside):
    return f'<item identifier="f-{title}"><title>{title}</title>{"".join(inside)}</item>'


@pytest.mark.parametrize("version", ["1.1.0", "1.2.0", "1.3.0"])
def test_pages_links_discussions_and_tests_come_in_and_the_rest_is_named(version, png):
    outline = folder(
        "Trees",
        leaf("Read", "page"),
        leaf("See", "link"),
        leaf("Talk", "talk"),
        leaf("Check", "test"),
        leaf("Paper", "pdf"),
        leaf("Tool", "lti"),
        leaf("Gone", "gone"),
        "<item identifier='h'><title>Later</title></item>",
    )
    resources = [
        ("page", "webcontent", "web/page.html"),
        ("link", "imswl_xmlv1p1", "link.xml"),
        ("talk", "imsdt_xmlv1p1", "talk.xml"),
        ("test", "imsqti_xmlv1p2/imscc_xmlv1p1/assessment", "test.xml"),
        ("pdf", "webcontent", "paper.pdf"),
        ("lti", "imsbasiclti_xmlv1p0", "lti.xml"),
        ("pic", "webcontent", "web/a b.png"),
    ]
    files = {
        "web/page.html": "<html><head><title>x</title></head><body><h1>Oak</h1><p>Before.</p><p><img src='a%20b.png' alt='An oak'></p><p>After.</p></body></html>",
        "web/a b.png": png,
        "link.xml": "<webLink><title>Woods</title><url href='https://example.org/woods'/></webLink>",
        "talk.xml": "<topic><title>Talk</title><text texttype='text/html'>&lt;p&gt;What is &lt;i&gt;your&lt;/i&gt; tree?&lt;/p&gt;</text></topic>",
        "test.xml": TEST.format(items=ITEM.format(profile="cc.multiple_choice.v0p1") + ITEM.format(profile="matching_question")),
        "paper.pdf": "%PDF",
        "lti.xml": "<x/>",
    }
    form, read = read_file(cartridge(outline, resources, files, version=version), name="w.imscc")
    assert (form, read.title) == ("Common Cartridge", "Woods")
    assert [(line.what, line.fate, line.why) for line in read.lines] == [
        ("Read", Fate.TAKEN, ""),
        ("Woods", Fate.TAKEN, ""),
        ("Talk", Fate.CHANGED, "a discussion became its opening text"),
        ("Check", Fate.TAKEN, ""),
        ("Wood", Fate.TAKEN, ""),
        ("Wood", Fate.LEFT, "“matching_question” has no counterpart here"),
        ("paper.pdf", Fate.LEFT, "“.pdf” has no counterpart here"),
        ("Tool", Fate.LEFT, "is an outside tool (LTI); add it to the topic yourself"),
        ("Gone", Fate.LEFT, "refers to “gone”, which is missing"),
        ("Later", Fate.LEFT, "is empty"),
    ]
    topics = {t.title: t for t in read.topics()}
    assert [(x.kind, x.value.get("text") or x.value.get("alt")) for x in topics["Read"].materials] == [
        ("text", "## Oak\n\nBefore.\n"),
        ("image", "An oak"),
        ("text", "After.\n"),
    ]
    assert topics["Talk"].materials[0].value == {"text": "What is *your* tree?\n"}
    (quiz,) = topics["Check"].materials
    assert (quiz.kind, quiz.value) == ("quiz", {"attempts": 3})
    assert quiz.questions[0].value == {
        "title": "Wood",
        "prompt": "Which is **wood**?",
        "type": "single",
        "choices": [{"key": "oak", "text": "Oak", "right": True}, {"key": "iron", "text": "Iron", "feedback": "It is a metal."}],
        "shuffle": False,
    }
    actions._checked(read)


def test_two_levels_of_folders_are_modules_and_lessons():
    outline = folder("One", folder("Deep", leaf("A", "p")), leaf("B", "p"))
    _form, read = read_file(cartridge(outline, [("p", "webcontent", "p.html")], {"p.html": "<p>x</p>"}), name="w.imscc")
    assert [(x.title, [(y.title, [t.title for t in y.topics]) for y in x.lessons]) for x in read.modules] == [
        ("One", [("Deep", ["A"]), ("One", ["B"])])
    ]


def test_a_broken_manifest_is_refused_with_the_line():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("imsmanifest.xml", "<manifest><metadata>")
    with pytest.raises(Unreadable, match=r"imsmanifest\.xml: Line 1, column 21: this is not valid XML\."):
        read_file(out.getvalue(), name="w.imscc")


def test_scripts_and_frames_in_pages_are_left_out_by_name():
    page = "<p onclick='x()'>Hello <a href='javascript:x()'>you</a></p><script>steal()</script><iframe src='https://bad.example/'></iframe>"
    _form, read = read_file(cartridge(leaf("P", "p"), [("p", "webcontent", "p.html")], {"p.html": page}), name="w.imscc")
    (topic,) = read.topics()
    assert [x.value for x in topic.materials] == [{"text": "Hello you\n"}]
    assert read.lines[0].why == "left out: <script>; left out: <iframe> https://bad.example/; a link into the package became plain text"


def test_a_course_of_ours_goes_out_and_its_pages_and_tests_come_back():
    pack, _files = read_pack(zipped(pack_files()))
    form, read = read_file(write_pack(pack, "https://talka.example/travel/small"), name="ours.imscc")
    assert (form, read.title, [x.title for x in read.modules]) == ("Common Cartridge", "A small course", ["One", "Two"])
    assert [line.why for line in read.lines if line.fate == Fate.LEFT] == []
    topics = {t.title: t for t in read.topics()}
    assert list(topics) == ["What a cluster is", "Try it", "Try it: exercises", "Check", "The end"]
    assert topics["What a cluster is"].files == {"map.svg": SVG.encode()}
    (quiz,) = topics["Try it: exercises"].materials
    assert [q.value["type"] for q in quiz.questions] == ["single", "multiple", "truefalse", "short", "open"]
    went = pack.definitions["topics/exercises/single.yaml"]
    came = m.parse("exercise", quiz.questions[0].value)
    assert (came.prompt, [(c.text, c.right, c.feedback) for c in came.choices]) == (
        went.prompt,
        [(c.text, c.right, c.feedback) for c in went.choices],
    )
    assert (came.explanation, came.feedback) == (went.explanation, went.feedback)
    assert topics["Check"].materials[0].value == {"attempts": 2, "minutes": 10}
