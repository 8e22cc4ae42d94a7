"""What a course structure must keep. The clauses are those of the cmi5 specification, Quartz 1st edition, 13 and 14."""

import pytest

from talka.courses.cmi5.structure import Block, Broken, Objective, Structure, Unit, parse

COURSE = """<course id="https://e.example/c"><title><langstring lang="en">Soil</langstring></title>
<description><langstring>About soil</langstring></description></course>"""


def text(name, words="x"):
    return f'<{name}><langstring lang="en">{words}</langstring></{name}>'


def unit(n=1, url="one.html", attributes="", extra="", more=""):
    return f'<au id="https://e.example/u{n}" {attributes}>{text("title", f"U{n}")}{text("description")}{more}<url>{url}</url>{extra}</au>'


def block(n, inside):
    return f'<block id="https://e.example/b{n}">{text("title")}{text("description")}{inside}</block>'


def course(inside, head=COURSE, before=""):
    space = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
    return f'<?xml version="1.0"?>{before}<courseStructure xmlns="{space}">{head}{inside}</courseStructure>'.encode()


def read(inside, *, files=("one.html",), **more):
    return parse(course(inside, **more), has_file=None if files is None else files.__contains__)


def test_a_whole_structure():
    objective = f'<objectives><objective id="https://e.example/o">{text("description")}{text("title", "O")}</objective></objectives>'
    refers = '<objectives><objective idref="https://e.example/o"/></objectives>'
    found = read(
        objective
        + block(
            1,
            unit(
                attributes='moveOn="CompletedAndPassed" masteryScore="0.91234" launchMethod="OwnWindow" activityType="https://e.example/t"',
                url="\n one.html?a=1&amp;b=2 \n", more=refers, extra="<launchParameters> p </launchParameters><entitlementKey>k</entitlementKey>",
            ) + block(2, unit(2, url="https://far.example/x")),
        )
    )  # fmt: skip
    x = {"en": "x"}
    one = Unit(
        "https://e.example/u1", {"en": "U1"}, x, "one.html?a=1&b=2", "CompletedAndPassed", 0.9123, "OwnWindow", "https://e.example/t", "p", "k",
        ("https://e.example/o",),
    )  # fmt: skip
    two = Unit("https://e.example/u2", {"en": "U2"}, x, "https://far.example/x")
    assert found == Structure(
        "https://e.example/c", {"en": "Soil"}, {"und": "About soil"}, (Objective("https://e.example/o", {"en": "O"}, x),),
        (Block("https://e.example/b1", x, x, (), (one, Block("https://e.example/b2", x, x, (), (two,)))),),
    )  # fmt: skip
    assert list(found.units()) == [one, two]


def test_more_than_a_thousand_units():
    assert len(list(read("".join(unit(n) for n in range(1, 1202))).units())) == 1201


def test_extensions_of_others_are_left_aside_and_told():
    found = read(unit(extra='<x:keyword xmlns:x="https://e.example/ns">k</x:keyword>'))
    assert found.remarks == ("Left aside: parts of the extension https://e.example/ns",)


NO_ID = COURSE.replace(' id="https://e.example/c"', "")
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
DEEP = "".join(f'<block id="https://e.example/b{n}">{text("title")}{text("description")}' for n in range(60)) + unit() + "</block>" * 60


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (course(unit(), head=COURSE.replace("https://", "")), "is not a full IRI"),
        (course(unit(), head=NO_ID), "course: the id is missing. [13.1.1]"),
        (course(unit().replace("https://e.example/u1", "u1")), "is not a full IRI"),
        (course(block(1, unit()).replace("https://e.example/b1", "b1")), "is not a full IRI"),
        (course(unit() + unit()), "appears twice. [13.1.4]"),
        (course(block(1, unit(1)) + block(1, unit(2))), "appears twice. [13.1.2]"),
        (course(unit(url="http://e.example index.html")), "has characters that an address cannot have"),
        (course(unit(url="../one.html")), "leads out of the package. [14.1]"),
        (course(unit(url="%2e%2e/one.html")), "leads out of the package. [14.1]"),
        (course(unit(url="/one.html")), "leads out of the package. [14.1]"),
        (course(unit(url="//far.example/one.html")), "leads out of the package. [14.1]"),
        (course(unit(url="two.html")), "names a file that is not in the package. [14.1]"),
        (course(unit(url="javascript:alert(1)")), "opens another program"),
        (course(unit(url="one.html?fetch=1")), "brings the parameter “fetch”"),
        (course(unit(url="")), "the url is empty"),
        (course(unit(attributes='moveOn="Never"')), "moveOn cannot be “Never”"),
        (course(unit(attributes='masteryScore="1.1"')), "masteryScore must be a number from 0 to 1"),
        (course(unit(attributes='masteryScore="1e-1"')), "masteryScore must be a number from 0 to 1"),
        (course(unit(attributes='launchMethod="Popup"')), "launchMethod cannot be “Popup”"),
        (course(unit(attributes='volume="11"')), "the attribute “volume” is not known"),
        (course(unit().replace("<url>", "<launchParameters/><url>")), "<url> is in the wrong place"),
        (course(unit(extra="<url>one.html</url>")), "<url> appears twice"),
        (course(""), "<au> / <block> is missing"),
        (course(unit(), head=""), "<course> is missing"),
        (course(unit().replace(text("title", "U1"), "<title/>")), "<langstring> is missing"),
        (course(DEEP), "more than 40 deep"),
        (course(unit(), before=BOMB), "its own document type"),
        (course(unit(), before=FILE), "its own document type"),
        (b"<manifest/>", "This is not a cmi5 course structure"),
        (b"<courseStructure>", "this is not valid XML"),
        (b"", "this is not valid XML"),
        (b"<?xml version='1.0' encoding='utf-7'?><a/>", "encoding"),
        (course(unit()) + b" " * 10_000_001, "more than 10 MB"),
    ],
)
def test_what_is_wrong_is_named(content, says):
    with pytest.raises(Broken) as broken:
        parse(content, has_file=("one.html",).__contains__)
    assert says in str(broken.value)
    assert len(broken.value.findings) <= 21


def test_a_structure_without_a_package_knows_whole_addresses_only():
    assert read(unit(url="https://far.example/x"), files=None)
    with pytest.raises(Broken, match="this file is not in a package"):
        read(unit(), files=None)


def test_a_thousand_mistakes_are_one_report():
    with pytest.raises(Broken) as broken:
        read("".join(unit(n, url="x.html") for n in range(1000)))
    assert len(broken.value.findings) == 21
    assert broken.value.findings[-1] == "There is more; fix these first."
