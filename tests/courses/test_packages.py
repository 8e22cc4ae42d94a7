"""Packages: what is found in them, what refuses them, and that nothing half-taken remains."""

import io
import struct
import zipfile

import pytest

from talka.courses.models import Package, PackageRun, PackageUnit, Topic
from talka.courses.packages import actions, queries
from talka.courses.packages.actions.taking import store_folder
from talka.courses.packages.sequencing import Step, Unclear, holds, waiting_for
from talka.people.actions import NotAllowed
from tests.factories import courses as make
from tests.factories import packages as boxes
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path


@pytest.fixture
def course():
    return make.plain_course(visibility="public")


def refusal(course, content, name="package.zip") -> list[str]:
    """Why it is refused; nothing of it may remain."""
    with pytest.raises(actions.PackageRefused) as refused:
        boxes.take(course, content, name)
    assert Package.objects.count() == 0
    assert list(store_folder().iterdir()) == []
    return [str(f) for f in refused.value.findings]


def test_an_h5p_is_one_content_with_its_library(course):
    package = boxes.take(course, boxes.h5p(), "tiny.h5p")
    assert (package.kind, package.title, package.files, package.name) == ("h5p", "A tiny question", 4, "tiny.h5p")
    unit = package.units.get()
    assert (unit.kind, unit.key, unit.settings) == ("content", "content", {"library": "H5P.Tiny 1.0"})
    assert (package.path / "H5P.Tiny-1.0" / "tiny.js").is_file()


def test_scorm_12_is_a_menu_with_blocks_and_prerequisites(course):
    package = boxes.take(course, boxes.scorm12())
    assert (package.kind, package.title) == ("scorm12", "A SCORM course")
    rows = [(u.key, u.kind, u.href, u.parent.key if u.parent else None) for u in package.units.select_related("parent")]
    assert rows == [("a", "sco", "sco/one.html", None), ("block", "block", "", None), ("b", "content", "two.html?x=1", "block")]
    assert package.units.get(key="a").settings == {"mastery": "80", "launch_data": "launch me"}
    assert {line.unit.key: line.waits for line in queries.menu_of(package, None)} == {"a": "", "block": "", "b": "First"}


def test_scorm_2004_goes_on_in_order_where_one_may_not_choose(course):
    package = boxes.take(course, boxes.scorm2004())
    assert package.kind == "scorm2004"
    assert {line.unit.key: line.waits for line in queries.menu_of(package, None)} == {"one": "", "two": "One"}


def test_a_folder_packed_whole_is_looked_into(course):
    files = {f"my course/{path}": content for path, content in boxes.scorm12_files().items()} | {
        "__MACOSX/x": b"",
        "my course/.DS_Store": b"",
    }
    package = boxes.take(course, make.zipped(files))
    assert (package.path / "imsmanifest.xml").is_file()


def zip_of(*entries, **options) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = options.get("mode", 0) << 16
            archive.writestr(info, content)
    return out.getvalue()


def encrypted() -> bytes:
    raw = bytearray(make.zipped(boxes.scorm12_files()))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.find(signature)
        raw[place + at] |= 1
    return bytes(raw)


def lying() -> bytes:
    """An entry that promises ten bytes and holds two hundred."""
    raw = bytearray(zip_of(("imsmanifest.xml", b"x" * 200)))
    place = raw.find(b"PK\x01\x02")
    raw[place + 24 : place + 28] = struct.pack("<I", 10)
    return bytes(raw)


HOSTILE = {
    "no zip": (b"%PDF-1.7 hello", ["package.zip: is not a package that can be played here: H5P, SCORM or cmi5"]),
    "cut off": (boxes.scorm12()[:300], ["package.zip: is damaged or incomplete; download or create it again"]),
    "encrypted": (encrypted(), ["imsmanifest.xml: is encrypted; create it without a password"]),
    "traversal": (zip_of(("../../evil.js", b"x")), ["../../evil.js: leads out of the archive; such files are refused"]),
    "absolute": (zip_of(("/etc/passwd", b"x")), ["/etc/passwd: leads out of the archive; such files are refused"]),
    "windows": (zip_of(("C:\\x\\..\\..\\a.js", b"x")), ["C:\\x\\..\\..\\a.js: leads out of the archive; such files are refused"]),
    "link": (zip_of(("a.html", b"/etc/passwd"), mode=0o120777), ["a.html: is a link or a device, not a file"]),
    "bomb": (zip_of(("zeros.html", b"\0" * 9_000_000)), ["zeros.html: unpacks to far more than its size; such files are refused"]),
    "nested": (zip_of(("inner.zip", b"PK")), ["inner.zip: is an archive inside the archive; unpack it or leave it out"]),
    "program": (boxes.scorm12(**{"setup.exe": b"MZ"}), ["setup.exe: is a program; leave it out"]),
    "script of a server": (boxes.scorm12(**{"a/shell.php": b"<?php"}), ["a/shell.php: is a program; leave it out"]),
    "player's place": (zip_of(("~talka/h5p.js", b"x")), ["~talka/h5p.js: has a name that is too long or cannot be used here"]),
    "twice": (zip_of(("a.html", b"1"), ("a.html", b"2")), ["a.html: appears twice"]),
    "file and folder": (zip_of(("a", b"1"), ("a/b", b"2")), ["a: is a file and a folder at once"]),
    "picture that is a page": (boxes.scorm12(**{"a.png": b"<html><script>"}), ["a.png: is called .png but contains something else"]),
    "nothing known": (make.zipped({"index.html": b"hi"}), ["package.zip: is not a package that can be played here"]),
    "tin can": (make.zipped({"tincan.xml": b"<x/>"}), ["package.zip: is a Tin Can package"]),
    "two at once": (
        zip_of(("../a", b"x"), ("b.exe", b"x")),
        ["../a: leads out of the archive; such files are refused", "b.exe: is a program; leave it out"],
    ),
    "lying about its size": (lying(), ["imsmanifest.xml: is "]),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_archives_are_refused_by_name(course, name):
    content, expected = HOSTILE[name]
    said = refusal(course, content)
    assert len(said) == len(expected)
    for one, begins in zip(said, expected, strict=True):
        assert one.startswith(begins)


BROKEN_H5P = {
    "no content": ({"content/content.json": None}, "content/content.json: is missing"),
    "no JSON": ({"h5p.json": "{"}, "h5p.json: is not valid JSON"),
    "a list": ({"h5p.json": "[]"}, "h5p.json: is not valid JSON"),
    "no library": ({"H5P.Tiny-1.0/library.json": None}, "H5P.Tiny 1.0: is not in the package; export it with its libraries"),
    "another library": (
        {"H5P.Tiny-1.0/library.json": '{"machineName": "H5P.Tiny", "majorVersion": 1, "minorVersion": 2}'},
        "H5P.Tiny-1.0/library.json: is for H5P.Tiny 1.2, not for H5P.Tiny 1.0",
    ),
    "no script": ({"H5P.Tiny-1.0/tiny.js": None}, "H5P.Tiny-1.0/library.json: refers to “tiny.js”, which is missing"),
    "script in content": ({"content/evil.js": "x"}, "content/evil.js: is of a type that H5P does not allow here"),
    "page in content": ({"content/evil.html": "<script>"}, "content/evil.html: is of a type that H5P does not allow here"),
    "drawing with a script": ({"content/images/a.svg": "<svg onload='x()'/>"}, "content/images/a.svg: is a drawing with a script in it"),
}


@pytest.mark.parametrize("name", BROKEN_H5P)
def test_broken_h5p_is_refused_by_name(course, name):
    changes, expected = BROKEN_H5P[name]
    assert expected in refusal(course, boxes.h5p(**changes), "a.h5p")


BROKEN_SCORM = {
    "entities": (
        "<!DOCTYPE m [<!ENTITY a 'b'>]><manifest>&a;</manifest>",
        "imsmanifest.xml: declares entities of its own; such files are refused",
    ),
    "no XML": ("<manifest>", "imsmanifest.xml: Line 1, column"),
    "no SCORM": ("<manifest xmlns='urn:x'/>", "imsmanifest.xml: is not a SCORM manifest"),
    "elsewhere": (
        boxes.manifest12(resources='<resource identifier="ra" href="https://evil.example/"/><resource identifier="rb" href="two.html"/>'),
        "First: leads to another site (https://evil.example/)",
    ),
    "missing page": (
        boxes.manifest12(resources='<resource identifier="ra" href="no.html"/><resource identifier="rb" href="two.html"/>'),
        "First: refers to “no.html”, which is missing",
    ),
    "missing resource": (
        boxes.manifest12(items='<item identifier="a" identifierref="zz"><title>A</title></item>'),
        "A: refers to “zz”",
    ),
}


@pytest.mark.parametrize("name", BROKEN_SCORM)
def test_broken_scorm_is_refused_by_name(course, name):
    manifest, expected = BROKEN_SCORM[name]
    said = refusal(course, boxes.scorm12(**{"imsmanifest.xml": manifest}))
    assert any(one.startswith(expected) for one in said), said


def test_addresses_of_other_sites_are_told_not_refused(course):
    package = boxes.take(course, boxes.h5p(**{"content/content.json": '{"video": "https://video.example.com/a"}'}))
    assert package.manifest["findings"][0][1].startswith("refers to other sites (video.example.com)")


def test_only_authors_take_packages(course):
    with pytest.raises(NotAllowed):
        boxes.take(course, boxes.h5p(), by=person("Learner"))
    assert not store_folder().exists()


# New versions


def test_a_new_version_keeps_runs_by_key(course):
    package = boxes.take(course, boxes.scorm12())
    enrolment = make.enrolment(person("Lea"), course)
    runs = [actions.begin_run(unit=u, enrolment=enrolment, at=make.WHEN) for u in package.units.exclude(kind="block")]
    newer = boxes.manifest12(
        items='<item identifier="a" identifierref="ra"><title>First, mended</title></item><item identifier="c" identifierref="rb"><title>Third</title></item>'
    )
    offer = boxes.take(course, boxes.scorm12(**{"imsmanifest.xml": newer}), replaces=package)
    changes = queries.changes_between(package, offer)
    assert (changes.kept, changes.new, changes.gone, changes.runs) == (["First, mended"], ["Third"], ["Second"], 1)
    assert list(queries.packages_of(course)) == [package]
    again = actions.accept_offer(offer=offer, by=boxes.author(course), at=make.WHEN)
    assert (again.pk, again.version, Package.objects.count()) == (package.pk, 2, 1)
    assert {r.unit.title for r in PackageRun.objects.all()} == {"First, mended", "Second"}
    assert [u.key for u in PackageUnit.objects.current()] == ["a", "c"]
    assert PackageRun.objects.count() == len(runs)


def test_a_new_version_is_of_the_same_kind(course):
    package = boxes.take(course, boxes.scorm12())
    with pytest.raises(actions.PackageRefused, match=r"is H5P, but would replace SCORM 1\.2"):
        boxes.take(course, boxes.h5p(), replaces=package)


def test_removed_packages_come_back_for_a_month(course):
    package, by = boxes.take(course, boxes.h5p()), boxes.author(course)
    topic = boxes.show(package, make.topic(course, "t0"))
    actions.remove_package(package=package, by=by, at=make.WHEN)
    material = topic.materials.get(kind="package")
    assert queries.shown_package(material) is None
    actions.restore_package(package=package, by=by)
    assert queries.shown_package(material) == package


def test_a_topic_shows_a_package_once(course):
    package = boxes.take(course, boxes.h5p())
    topic = make.topic(course, "t0")
    for _time in range(2):
        topic = boxes.show(package, topic)
    assert [b["type"] for b in topic.body.raw_data] == ["text", "package"]
    assert [t.slug for t in queries.topics_with(package)] == ["t0"]
    assert Topic.objects.get(pk=topic.pk).live


def test_another_clusters_course_cannot_show_it(course):
    package = boxes.take(course, boxes.h5p())
    other = make.plain_course("other", visibility="public")
    material = boxes.show(package, make.topic(other, "t0")).materials.get(kind="package")
    assert queries.shown_package(material) is None


# Prerequisites


@pytest.mark.parametrize(
    ("script", "done", "expected"),
    [("a", {"a"}, True), ("a", set(), False), ("a&b", {"a"}, False), ("a|b", {"b"}, True), ("~a", set(), True), ("(a|b)&~c", {"a"}, True)],
)
def test_prerequisites(script, done, expected):
    assert holds(script, dict.fromkeys(done, True)) is expected


@pytest.mark.parametrize("script", ["a&", "(a", "a b", "a=passed", "2*{a,b,c}", ")", "~"])
def test_unclear_prerequisites_close_nothing(script):
    with pytest.raises(Unclear):
        holds(script, {})
    assert waiting_for([Step("x", prerequisites=script)], set()) == {}


def test_a_block_is_done_when_all_in_it_is():
    steps = [Step("b", block=True), Step("b1", parent="b"), Step("b2", parent="b"), Step("end", prerequisites="b")]
    assert waiting_for(steps, {"b1"}) == {"end": "b"}
    assert waiting_for(steps, {"b1", "b2"}) == {}
