"""A learner on a phone: enrols, answers wrongly then rightly, marks a topic as done, goes on where they stopped; with a script and without."""

import re

import pytest
from playwright.sync_api import expect

COURSE = "/learn/cluster-management/"
TOPIC = COURSE + "what-a-cluster-is/"


def answer(page, choice):
    form = page.locator("form[action*='/organisation/answer/']")
    form.get_by_label(choice, exact=True).check()
    form.get_by_role("button", name="Check").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_topic_on_a_phone(visit, javascript):
    person = "newcomer@talka.example" if javascript else "visitor@talka.example"
    page = visit(person, phone=True, javascript=javascript)
    page.goto(COURSE)
    page.get_by_role("button", name="Enrol").click()
    page.goto(TOPIC)
    answer(page, "True")
    exercise = page.locator(".exercise", has=page.locator("#h-organisation"))
    expect(exercise.locator(".say").first).to_be_visible()
    answer(page, "False")
    expect(exercise).to_contain_text(re.compile("Right|Correct|solved", re.IGNORECASE))

    page.get_by_role("button", name="Mark as done").click()
    expect(page).to_have_url(re.compile("/why-nearness-pays/"))
    page.goto("/today/")
    expect(page.get_by_role("heading", name="Continue: Why nearness pays, and when it stops paying")).to_be_visible()
    expect(page.locator("main")).to_contain_text("1 of 50 topics")


def test_every_page_of_a_learner_fits_a_narrow_phone(site, visit):
    page = visit("learner@talka.example", phone=True)
    page.set_viewport_size({"width": 320, "height": 700})
    wide = {}
    for path in (
        "/",
        "/today/",
        "/learn/",
        COURSE,
        TOPIC,
        COURSE + "glossary/",
        "/search/?q=members",
        "/skills/gaps/",
        "/me/",
        "/clusters/",
    ):
        page.goto(path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide[path] = over
    assert wide == {}


def test_no_page_asks_another_host(site, visit):
    page = visit("learner@talka.example")
    foreign = []
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((site.url, "data:", "blob:")) else None)
    for path in ("/today/", COURSE, TOPIC, "/me/"):
        page.goto(path, wait_until="networkidle")
    assert foreign == []


def test_no_page_breaks_the_content_security_policy(visit):
    page = visit("manager@talka.example")
    said = []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    for path in ("/today/", COURSE, TOPIC, "/my-cluster/", "/insight/courses/cluster-management/", "/style/"):
        page.goto(path)
    assert said == []
