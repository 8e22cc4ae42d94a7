"""Packs: the same bytes out as in, every bad pack refused whole with file and place."""

import io
import stat
import zipfile

import pytest

from talka.courses import actions, packs
from talka.courses.models import Attempt, Course, CourseFile, Material, Topic
from talka.courses.rules.packs import BadPack, cycle_in
from talka.people.actions import NotAllowed
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff
from tests.factories.people import operator, person

pytestmark = pytest.mark.django_db


def refusals(files) -> list[str]:
    with pytest.raises(BadPack) as refused:
        actions.import_pack(make.zipped(files), by=None, at=make.WHEN)
    assert not Course.objects.exists()
    assert not CourseFile.objects.exists()
    return [str(p) for p in refused.value.problems]


def test_a_folder_comes_out_with_the_same_bytes(tmp_path):
    files = make.pack_files()
    course = actions.import_pack(make.folder(files, tmp_path), by=None, at=make.WHEN)
    assert actions.export_files(course) == files


def test_our_own_zip_comes_out_with_the_same_bytes():
    first = actions.export_pack(make.course())
    Course.objects.all().delete()
    assert actions.export_pack(actions.import_pack(first, by=None, at=make.WHEN)) == first


def test_without_the_sources_the_canonical_form_is_stable():
    course = make.course()
    CourseFile.objects.filter(course=course, is_source=True).delete()
    canonical = actions.export_files(course)
    assert canonical["course.yaml"].startswith(b"format: talka-pack/1\nkey: small\n")
    Course.objects.all().delete()
    assert actions.export_files(make.course(files=canonical)) == canonical


def test_what_an_author_changed_is_written_anew_and_the_rest_is_left_alone():
    files = make.pack_files()
    course = make.course(files=files)
    topic = make.topic(course, "end")
    topic.title = "The very end"
    topic.save()
    out = actions.export_files(course)
    assert {path for path in files if out[path] != files[path]} == {"topics/end/topic.yaml"}
    assert b"title: The very end\n" in out["topics/end/topic.yaml"]


def test_importing_again_changes_nothing_and_keeps_identity():
    course = make.course()
    before = list(Material.objects.values_list("pk", "uuid", "published_at"))
    again = make.course(at=make.WHEN.replace(day=5))
    assert again == course
    assert list(Material.objects.values_list("pk", "uuid", "published_at")) == before
    assert course.imports.first().report["unchanged"] == ["start", "exercises", "end"]


def test_a_material_that_is_gone_is_retired_with_its_attempts_kept(noon):
    course = make.course()
    row = make.material(course, "single")
    attempt = Attempt.objects.create(user=person(), material=row, n=1, at=noon, token=course.uuid, response={}, score=1, success=True)
    files = make.pack_files()
    files["topics/exercises/topic.yaml"] = files["topics/exercises/topic.yaml"].replace(
        b"  - {kind: exercise, key: single, file: single.yaml}\n", b""
    )
    del files["topics/exercises/single.yaml"]
    make.course(files=files, at=noon)
    row.refresh_from_db()
    assert row.retired_at == noon
    assert list(row.attempts.all()) == [attempt]
    make.course(at=noon)
    row.refresh_from_db()
    assert row.retired_at is None


def test_a_topic_left_out_goes_or_hides_when_somebody_has_been_there(noon):
    course = make.plain_course(topics=3)
    made = make.enrolment(person(), course)
    made.progress.create(topic=make.topic(course, "t2"), opened_at=noon)
    make.plain_course(topics=1)
    assert list(Topic.objects.values_list("slug", "live")) == [("t0", True), ("t2", False)]


def test_the_plan_says_what_would_happen_and_does_nothing():
    make.course()
    files = make.pack_files(**{"topics/end/last.md": "Another end.\n"})
    plan = actions.preview_pack(make.zipped(files), by=None)
    assert (plan.new_course, plan.added, plan.changed, plan.unchanged, plan.removed) == (False, (), ("end",), ("start", "exercises"), ())
    assert plan.materials["exercise"] == 13
    assert make.material(Course.objects.get(), "last").definition == {"text": "The end.\n"}


def test_who_may_import():
    north, south = make_cluster(), make_cluster()
    pack = make.zipped(make.pack_files())
    editor = staff(north, "editor")
    course = actions.import_pack(pack, by=editor, at=make.WHEN, cluster=north)
    assert (course.cluster, course.visibility) == (north, "cluster")
    with pytest.raises(NotAllowed):
        actions.import_pack(pack, by=editor, at=make.WHEN, cluster=south)
    with pytest.raises(NotAllowed):
        actions.import_pack(pack, by=editor, at=make.WHEN)
    with pytest.raises(NotAllowed):
        actions.import_pack(pack, by=staff(north, "evaluator"), at=make.WHEN, cluster=north)
    assert actions.import_pack(pack, by=operator(), at=make.WHEN).slug == "small-2"


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("course.yaml", None, "course.yaml: is missing"),
        ("topics/start/read.md", None, "topics/start/topic.yaml, materials[0].file: refers to “read.md”, which is missing"),
        ("topics/end/topic.yaml", None, "topics/end/topic.yaml: is missing"),
        ("topics/start/map.svg", None, "topics/start/image.yaml, src: refers to “map.svg”, which is missing"),
        ("topics/start/extra.md", "x", "topics/start/extra.md: is not used by any material"),
        ("topics/lost/topic.yaml", "key: lost", "topics/lost/topic.yaml: belongs to a topic that no lesson in course.yaml lists"),
        ("course.yaml", "format: talka-pack/9\nkey: x\ntitle: x\nlanguage: en\nmodules: [{key: a, title: A}]", "course.yaml, format: Invalid enum value 'talka-pack/9'"),
        ("course.yaml", "title: [", "course.yaml, line 2: is not valid YAML: did not find expected node content"),
        ("outcomes.yaml", "- &a {key: a}\n- *a\n", "outcomes.yaml: uses a YAML alias (*name); write the value out, or put text that begins with * in quotes"),
        ("outcomes.yaml", b"\xff\xfe", "outcomes.yaml, line 1: is not UTF-8; save it as UTF-8"),
        ("outcomes.yaml", "- {key: a, key: b}", "outcomes.yaml, line 1: is not valid YAML: the key 'key' stands twice"),
        ("topics/start/sheet.yaml", "fields: [{key: a, label: A, kind: line, colour: red}]", "topics/start/sheet.yaml, fields[0]: 'colour' is not a field here"),
        ("topics/start/film.yaml", "slides: []", "topics/start/film.yaml, slides: Expected `array` of length >= 1"),
        ("topics/start/time.yaml", "events: [{when: 1890, title: x, text: y}]", "topics/start/time.yaml, events[0].when: is a int; put it in quotes if it is text"),
        ("topics/exercises/number.yaml", "type: number\nprompt: x\n", "topics/exercises/number.yaml: 'right' is missing"),
        (
            "topics/exercises/single.yaml",
            "type: single\nprompt: x\nchoices: [{key: a, text: a}, {key: b, text: b}]",
            "topics/exercises/single.yaml, choices: no choice is right; mark one with right: true",
        ),
        (
            "topics/exercises/single.yaml",
            "type: single\nprompt: x\nchoices: [{key: a, text: a, right: true}, {key: b, text: b, right: true}]",
            "topics/exercises/single.yaml, choices: 2 choices are right, but a single choice has one; use type: multiple or mark one only",
        ),
        ("topics/exercises/cloze.yaml", "type: cloze\nprompt: x\ntext: no gap", "topics/exercises/cloze.yaml, text: there is no gap; write the missing word in braces, such as {core}"),
        ("topics/exercises/order.yaml", "type: order\nprompt: x\nitems: [{key: a, text: a}]", "topics/exercises/order.yaml, items: Expected `array` of length >= 2"),
        (
            "topics/exercises/truefalse.yaml",
            "type: truefalse\nprompt: x\nright: true\nassesses: [fly]",
            "topics/exercises/truefalse.yaml, assesses[0]: outcomes.yaml has no outcome 'fly'",
        ),
        (
            "topics/start/case.yaml",
            "start: a\nnodes: {a: {text: x, choices: [{text: y, to: b}]}, b: {text: z}}",
            "topics/start/case.yaml, nodes.b: this branch leads nowhere; add choices, or end: good, mixed or poor",
        ),
        (
            "topics/start/case.yaml",
            "start: a\nnodes: {a: {text: x, choices: [{text: y, to: nix}]}}",
            "topics/start/case.yaml, nodes.a.choices[0].to: there is no node 'nix'",
        ),
        (
            "topics/start/case.yaml",
            "start: a\nnodes: {a: {text: x, choices: [{text: y, to: b}]}, b: {text: x, choices: [{text: y, to: a}]}}",
            "topics/start/case.yaml, nodes.a: from here the case never ends",
        ),
        ("topics/start/words.yaml", "terms: [{key: a, term: a, definition: b, see: [zzz]}]", "topics/start/words.yaml, terms, key a: see: there is no term 'zzz' in this course"),
        ("topics/start/clip.vtt", "WEBVTT\n\n00:05 --> 00:01.000\nx\n", "topics/start/clip.vtt: has a time in line 3 that cannot be read; write it like 00:01:02.500 --> 00:01:05.000"),
        ("topics/start/clip.webm", b"MZ not a film", "topics/start/clip.webm: is called .webm but contains something else"),
        (
            "topics/start/map.svg",
            '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>alert(1)</script></svg>',
            "topics/start/map.svg: contains what a drawing must not have here: <script>, onload=",
        ),
        ("topics/start/map.svg", '<!DOCTYPE x [<!ENTITY a "aaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "topics/start/map.svg: is not a valid drawing; export it again as plain SVG"),
        ("topics/exercises/quiz.yaml", "pool: [{file: nix.yaml}]", "topics/exercises/quiz.yaml, pool[0].file: refers to “nix.yaml”, which is missing"),
        ("topics/end/topic.yaml", "key: end\ntitle: x\nminutes: 1\nmaterials: [{kind: text, key: a, file: ../../README.md}]", "topics/end/topic.yaml, materials[0].file: Expected `str` matching regex '^[A-Za-z0-9][A-Za-z0-9._-]*$'"),
        ("topics/end/topic.yaml", "key: end\ntitle: x\nminutes: 1\nrequires: [nowhere]\nmaterials: []", "topics/end/topic.yaml, requires[0]: the course has no topic 'nowhere'"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_its_place(path, content, says):
    assert says in refusals(make.pack_files(**{path: content}))


def test_prerequisites_in_a_circle():
    files = make.pack_files()
    files["topics/start/topic.yaml"] = files["topics/start/topic.yaml"].replace(b"summary:", b"requires: [end]\nsummary:")
    assert refusals(files) == ["topics/start/topic.yaml, requires: prerequisites run in a circle: start → end → start"]


def test_all_problems_are_told_at_once():
    files = make.pack_files(**{"topics/start/read.md": None, "topics/exercises/short.yaml": "type: short\nprompt: x\naccepted: []"})
    assert len(refusals(files)) == 2


@pytest.mark.parametrize("name", ["../evil.md", "/etc/passwd", "topics/start/../../evil.md", "a\\b.md", "C:evil.md"])
def test_a_path_outside_the_folder(name):
    files = make.pack_files()
    files[name] = b"x"
    with pytest.raises(BadPack, match=r"leads out of the archive|letters a to z"):
        packs.read_zip(make.zipped(files))


def test_a_link_in_a_folder_or_zip(tmp_path):
    root = make.folder(make.pack_files(), tmp_path)
    (root / "topics/start/read.md").unlink()
    (root / "topics/start/read.md").symlink_to("/etc/passwd")
    with pytest.raises(BadPack, match=r"topics/start/read\.md: is a link"):
        packs.read_files(root)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("course.yaml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(BadPack, match="is a link or a device"):
        packs.read_zip(out.getvalue())


def test_a_zip_bomb_and_what_is_no_zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("course.yaml", b"x")
        archive.writestr("bomb.png", b"\0" * 50_000_000)
    with pytest.raises(BadPack, match="unpacks to far more than its size"):
        packs.read_zip(out.getvalue())
    with pytest.raises(BadPack, match="is not a zip file"):
        packs.read_zip(b"PK\x03\x04 cut off")
    with pytest.raises(BadPack, match=r"is not a zip file"):
        packs.read_zip(make.zipped(make.pack_files())[:-400])


def test_a_zip_with_one_top_folder_is_the_same_pack():
    files = make.pack_files()
    assert packs.read_zip(make.zipped({f"my-course/{path}": content for path, content in files.items()})) == files


def test_a_cycle_is_found_wherever_it_hides():
    assert cycle_in({"a": ["b"], "b": ["c"], "c": ["b"], "d": []}) == ["b", "c", "b"]
    assert cycle_in({"a": ["b", "c"], "b": ["c"], "c": []}) is None
    assert cycle_in({str(n): [str(n + 1)] for n in range(5000)}) is None
