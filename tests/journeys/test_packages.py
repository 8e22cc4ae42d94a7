"""Packages from upload to statement: H5P and SCORM played in a browser, and one that tries what no content may do."""

import json
import re

from playwright.sync_api import expect

from tests.factories import courses as make
from tests.factories import packages as boxes
from tests.journeys.conftest import barriers

PACK = {
    "course.yaml": "format: talka-pack/1\nkey: boxed\ntitle: Boxed\nlanguage: en\nmodules:\n"
    "  - {key: one, title: One, lessons: [{key: only, title: Only, topics: [h5p, scorm, spy]}]}\n",
    **{
        f"topics/{key}/topic.yaml": f"key: {key}\ntitle: Topic {key}\nminutes: 5\nmaterials: [{{kind: text, key: a, file: a.md}}]\n"
        for key in ("h5p", "scorm", "spy")
    },
    **{f"topics/{key}/a.md": "Words.\n" for key in ("h5p", "scorm", "spy")},
}


def sent(name: str, content: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "application/zip", "buffer": content}


def bring_in(page, desk: str, file: dict[str, object], topic: str) -> None:
    """The package is uploaded and shown in the topic, for all to see."""
    page.goto(desk)
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Upload and look inside").click()
    page.locator("#id_topic").select_option(topic)
    page.get_by_label("Publish the topic with it at once").check()
    page.get_by_role("button", name="Add at the end of the topic").click()
    expect(page.locator("main")).to_contain_text("learners see it")


def play(page, course: str, topic: str):
    page.goto(f"{course}{topic}/")
    page.locator(".package-card .button").click()
    return page.frame_locator("iframe.play-frame")


def test_packages_from_upload_to_statement(site, visit, axe):  # noqa: PLR0915  # one way, told in one piece
    page = visit("manager@talka.example")
    page.goto("/my-cluster/")
    cluster = re.search(r"/clusters/([\w-]+)/", page.url)[1]
    page.goto(f"/clusters/{cluster}/courses/import/")
    page.set_input_files("input[type=file]", sent("pack.zip", make.zipped({k: v.encode() for k, v in PACK.items()})))
    page.get_by_role("button", name="Show what would happen").click()
    page.get_by_role("button", name=re.compile("^Import")).click()
    page.goto(f"/clusters/{cluster}/courses/")
    desk = f"{page.get_by_role('link', name='Boxed', exact=True).get_attribute('href')}packages/"

    page.goto(desk)
    page.set_input_files("input[type=file]", sent("evil.zip", boxes.scorm12(**{"a/evil.exe": b"MZ"})))
    page.get_by_role("button", name="Upload and look inside").click()
    expect(page.get_by_role("alert")).to_contain_text("a/evil.exe: is a program; leave it out")
    expect(page.get_by_role("button", name="Try again evil.zip")).to_be_visible()

    bring_in(page, desk, sent("tiny.h5p", boxes.h5p()), "h5p")
    bring_in(page, desk, sent("scorm.zip", boxes.scorm12()), "scorm")
    bring_in(page, desk, sent("spy.zip", boxes.spy(site.url)), "spy")
    assert barriers(page, axe) == []

    # Whoever writes a course may learn in it.
    page.set_viewport_size({"width": 390, "height": 844})
    course = re.sub(r".*/courses/([\w-]+)/packages/", r"/learn/\1/", desk)
    frame = play(page, course, "h5p")
    expect(frame.locator(".tiny-text")).to_have_text("Is oak a wood? Tries: 0")
    frame.locator(".tiny-wrong").click()
    frame.locator(".tiny-right").click()
    page.wait_for_selector("[data-state=done]")
    # The tab goes before anything was saved by the clock; the content's last words count.
    page.goto("/today/")
    frame = play(page, course, "h5p")
    expect(frame.locator(".tiny-text")).to_have_text("Is oak a wood? Tries: 2")

    frame = play(page, course, "scorm")
    expect(frame.locator("#where")).to_contain_text("ab-initio")
    frame.get_by_role("button", name="Answer").click()
    page.wait_for_selector("[data-state=saved]")
    page.goto(f"{course}scorm/")
    frame = play(page, course, "scorm")
    expect(frame.locator("#where")).to_contain_text("at page-3, resume, half")
    frame.get_by_role("button", name="Finish").click()
    page.wait_for_selector("[data-state=done]")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.goto(f"{course}scorm/")
    expect(page.locator(".package-card")).to_contain_text("1 of 2 parts done")

    foreign = []
    page.on("request", lambda r: foreign.append(r.url) if "evil.example" in r.url else None)
    frame = play(page, course, "spy")
    expect(frame.locator("#seen")).to_contain_text("other content")
    expect(frame.locator("#seen")).to_contain_text("picture")
    expect(frame.locator("#seen")).to_contain_text("network")
    seen = json.loads(frame.locator("#seen").inner_text())
    assert {name: value.startswith("blocked") for name, value in seen.items()} == dict.fromkeys(seen, True)
    assert seen.keys() >= {
        "cookie",
        "page",
        "storage",
        "address",
        "leave",
        "window",
        "network",
        "site",
        "own data",
        "other content",
        "picture",
    }
    assert foreign == []
    assert page.url.startswith(site.url)
