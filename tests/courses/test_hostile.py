"""HTML, scripts, turned writing, emoji and spreadsheet formulas in every field of authors and learners: shown as typed, run nowhere, lost nowhere."""

import io
from typing import Literal, get_args, get_origin

import msgspec
import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from lxml import html as lxml_html

from talka.courses import actions
from talka.courses.blocks import BODY_BLOCKS
from talka.courses.body import bare, fields_of, is_part
from talka.courses.models import CourseReview, HandIn
from talka.courses.packs import dump_yaml, load_yaml
from talka.courses.rules import materials as m
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff
from tests.factories.people import person

pytestmark = pytest.mark.django_db

NASTY = "=1+1</title><script>alert('x')</script><img src=x onerror=alert(1)><a href=\"javascript:alert(2)\">z</a> \u202eturned\u202c 🧵 {{ 7 }} %s"
# What a reader must still be able to read of it, whatever Markdown makes of the rest.
SEEN = "<img src=x onerror=alert(1)>"
# Texts with a use beside being read: names of things, addresses, times, formulas, and a cloze that needs its gap.
MEANING = {
    "src",
    "latex",
    "see",
    "category",
    "start",
    "to",
    "accept",
    "assesses",
    "file",
    "image",
    "figure",
    "attachment",
    "transcript",
    "package",
}

AT_ONCE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default", "slow"]}}


def poisoned(structure, value):
    """A definition with NASTY in every field that holds words."""
    made = dict(value)
    for name, annotation in fields_of(structure):
        if name in value or name not in MEANING:
            put = words_for(annotation, value.get(name), name)
            if put is not None:
                made[name] = put
    return made


def words_for(annotation, value, name):
    kind = bare(annotation)
    if is_part(kind):
        return poisoned(kind, value or {})
    if get_origin(kind) in {list, dict}:
        inner = bare(get_args(kind)[-1])
        if is_part(inner):
            rows = value.items() if isinstance(value, dict) else enumerate(value or ())
            made = {key: poisoned(inner, row) for key, row in rows}
            return made if get_origin(kind) is dict else list(made.values())
        if not value or name in MEANING or inner is not str:
            return value
        return dict.fromkeys(value, NASTY) if isinstance(value, dict) else [f"{NASTY} {n}" for n, _v in enumerate(value)]
    meta = [a for a in get_args(annotation) if isinstance(a, msgspec.Meta)]
    if kind is not str or get_origin(kind) is Literal or name in MEANING or any(a.pattern for a in meta):
        return value
    return NASTY.replace("{{ 7 }}", "{core}") if name == "text" and value and "{" in value else NASTY


def hostile_course(**kwargs):
    """The small course with NASTY in all words of all kinds of material."""
    changes, left = {}, {}
    for kind, (name, text) in make.OTHERS.items():
        if name.endswith(".md"):
            changes[f"topics/start/{name}"] = (
                f"# {NASTY}\n\n{NASTY}\n\n| {NASTY.replace('|', '')} | b |\n|---|---|\n| 1 | {NASTY} |\n\n[{NASTY}](https://example.org/)\n\n![{NASTY}](map.svg)\n"
            )
        else:
            left[f"topics/start/{name}"] = (m.STRUCTURES[kind], text)
    left |= {f"topics/exercises/{kind}.yaml": (m.EXERCISES[kind], text) for kind, text in make.EXERCISES.items()}
    left |= {
        f"topics/exercises/quiz-{n}.yaml": (m.EXERCISES[kind], make.EXERCISES[kind])
        for n, kind in (("a", "single"), ("b", "truefalse"), ("c", "number"))
    }
    left["topics/exercises/quiz.yaml"] = (m.Quiz, make.QUIZ)
    for path, (structure, text) in left.items():
        changes[path] = dump_yaml(poisoned(structure, load_yaml(text.encode(), file=path)))
    changes["topics/start/clip.vtt"] = f"WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n{NASTY}\n"
    for path in ("topics/start/topic.yaml", "topics/exercises/topic.yaml", "course.yaml", "glossary.yaml", "outcomes.yaml"):
        changes[path] = with_words(load_yaml(make.pack_files()[path], file=path))
    return make.course(files=make.pack_files(**changes), **kwargs)


def with_words(whole):
    """Titles, summaries and the like of a course and its topics."""

    def put(value):
        if isinstance(value, dict):
            return {
                k: NASTY if k in {"title", "summary", "audience", "text", "definition", "term", "source"} else put(v)
                for k, v in value.items()
            }
        return [put(v) for v in value] if isinstance(value, list) else value

    return dump_yaml(put(whole))


def harm_in(markup: str) -> list[str]:
    """What a browser would run of the words."""
    found = []
    for element in lxml_html.fromstring(markup).iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "script" and "alert(" in (element.text or "") and "json" not in element.get("type", ""):
            found.append("script")
        if element.tag == "img" and element.get("src") == "x":
            found.append("img")
        found.extend(name for name, value in element.attrib.items() if name.startswith("on") or value.lower().startswith("javascript:"))
    return found


def words_of(markup: str) -> str:
    return lxml_html.fromstring(markup).text_content()


def test_every_kind_is_among_them():
    """A new kind of block has to come into this test."""
    # A recording has no words but its title, like a film; a package and an outside tool are another program's.
    assert {name for name, _block in BODY_BLOCKS} - {"audio", "package", "outside"} == {
        *make.OTHERS,
        *(f"exercise_{kind}" for kind in make.EXERCISES),
        "quiz",
    }


def test_what_authors_write_is_shown_and_never_run(client, settings, django_capture_on_commit_callbacks):
    settings.TASKS = AT_ONCE
    north = make_cluster(f"North {NASTY}"[:60])
    course = hostile_course(cluster=north, visibility="public")
    lea, manager = person(f"Lea {NASTY}"[:100]), staff(north, "manager")
    make.enrolment(lea, course)
    client.force_login(lea)
    pages = {}
    for slug in ("start", "exercises"):
        page = client.get(f"/learn/small/{slug}/").content.decode()
        pages[slug] = page
        for section in lxml_html.fromstring(page).xpath("//section[@data-material]"):
            # Nothing lost: each material says its words as they were typed.
            assert SEEN in section.text_content() or section.xpath(
                ".//*[contains(@alt, 'onerror=alert(1)') or contains(@aria-label, 'onerror=alert(1)')]"
            ), section.get("id")
    for name in ("begin", "train"):
        pages[name] = client.get(reverse("courses:lesson", args=["small", name])).content.decode()
    pages["glossary"] = client.get("/learn/small/glossary/").content.decode()
    pages["course"] = client.get("/learn/small/").content.decode()
    pages["search"] = client.get("/learn/", {"q": "turned"}).content.decode()
    pages["catalogue"] = client.get("/learn/").content.decode()
    pages["today"] = client.get("/today/").content.decode()
    client.post("/learn/small/exercises/quiz/quiz/start/")
    pages["quiz"] = client.get("/learn/small/exercises/quiz/quiz/").content.decode()
    client.post("/learn/small/exercises/quiz/quiz/answers/", {"n": "1", "finish": "sure"})
    pages["result"] = client.get("/learn/small/exercises/quiz/quiz/").content.decode()
    for kind in make.EXERCISES:
        client.post(reverse("courses:hint", args=["small", "exercises", kind]))
        pages[f"solution of {kind}"] = client.post(
            reverse("courses:solution", args=["small", "exercises", kind]), headers={"X-Talka-Piece": "1"}
        ).content.decode()
    client.force_login(manager)
    desk = f"/clusters/{north.slug}/courses/small/"
    for name, path in {
        "desk": desk,
        "times": f"{desk}times/",
        "release": f"{desk}release/",
        "copy": f"{desk}copy/",
        "board": f"{desk}production/",
    }.items():
        pages[name] = client.get(path).content.decode()
    for slug in ("start", "exercises"):
        pk = make.topic(course, slug).pk
        pages[f"editor {slug}"] = client.get(f"/staff/snippets/courses/topic/edit/{pk}/").content.decode()
        pages[f"history {slug}"] = client.get(f"/staff/snippets/courses/topic/history/{pk}/").content.decode()
    pages["listing"] = client.get("/staff/snippets/courses/topic/").content.decode()
    assert {name: harm for name, page in pages.items() if (harm := harm_in(page))} == {}
    assert [
        name for name in ("search", "glossary", "course", "begin", "quiz", "listing", "times") if SEEN not in words_of(pages[name])
    ] == []
    client.force_login(lea)
    assert client.get("/learn/small/start/document/document.pdf").content.startswith(b"%PDF")
    with django_capture_on_commit_callbacks(execute=True):
        actions.invite(course=course, cluster=north, addresses=["ada@example.org"], due_on=None, by=manager, at=make.WHEN)
    assert mail.outbox
    for letter in mail.outbox:
        assert [harm_in(body) for body, _type in letter.alternatives] == [[] for _body in letter.alternatives]
        assert "\n" not in letter.subject


def test_what_learners_type_is_shown_and_never_run(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    north = make_cluster("North")
    course = make.course(cluster=north, visibility="public")
    lea, editor = person(NASTY[:150]), staff(north, "editor")
    make.enrolment(lea, course)
    client.force_login(lea)

    def at(name, *where):
        return reverse(f"courses:{name}", args=["small", *where])

    client.post(at("note", "start"), {"text": NASTY, "version": "0"})
    client.post(
        at("sheet", "start", "tool"),
        {"version": "0", **{f"f-{k}": NASTY for k in ("field", "notes", "count", "on", "size")}, "f-who-0-0": NASTY},
    )
    for kind, field in (
        ("short", "text"),
        ("open", "text"),
        ("number", "number"),
        ("scale", "value"),
        ("cloze", "gap-0"),
        ("match", "pair-saw"),
        ("single", "choice"),
    ):
        page = client.post(at("answer", "exercises", kind), {field: NASTY}, follow=True).content.decode()
        assert harm_in(page) == [], kind
    name = "=cmd <img src=x onerror=alert(1)>.pdf"
    client.post(at("answer", "exercises", "upload"), {"file": SimpleUploadedFile(name, b"%PDF-1.7\n%%EOF")})
    CourseReview.objects.create(user=lea, course=course, stars=1, text=NASTY, at=make.WHEN, done=1.0)
    pages = {name: client.get(path).content.decode() for name, path in {
        "start": "/learn/small/start/", "exercises": "/learn/small/exercises/", "notes": at("notes"), "course": "/learn/small/", "me": "/me/",
    }.items()}  # fmt: skip
    assert {name: harm for name, page in pages.items() if (harm := harm_in(page))} == {}
    assert [name for name in ("notes", "course", "exercises") if SEEN not in words_of(pages[name])] == []
    start = lxml_html.fromstring(pages["start"])
    assert start.xpath("string(//textarea[@name='f-notes'])").lstrip("\n") == NASTY
    assert start.xpath("//*[@name='f-field']")[0].get("value") == NASTY

    client.force_login(editor)
    desk = f"/clusters/{north.slug}/courses/small/"
    lists = ("hand-ins/", "reviews/", "learners/", "invitations/", "rules/")
    told = {path: client.get(desk + path).content.decode() for path in lists}
    handed = HandIn.objects.get()
    told["hand-in"] = client.get(f"{desk}hand-ins/{handed.pk}/").content.decode()
    assert SEEN in words_of(told["hand-in"])
    assert {path: harm for path, page in told.items() if (harm := harm_in(page))} == {}
    for path in lists:
        sheet = b"".join(client.get(f"{desk}{path}?format=csv")).decode("utf-8-sig")
        for line in io.StringIO(sheet):
            assert not line.lstrip('"').startswith(("=", "+", "-", "@")), path
            assert ',"=' not in line
            assert ",=" not in line
