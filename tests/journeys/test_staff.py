"""A cluster manager sees what a learner did within a minute, and every figure opens down to its definition."""

import re
import time

from playwright.sync_api import expect

USAGE = "/insight/courses/cluster-management/?csv=topics"


def opened(page, topic):
    """How many people opened a topic, from the figure's own CSV."""
    answer = page.request.get(USAGE)
    assert answer.ok, answer.status
    line = next(x for x in answer.text().splitlines() if topic in x)
    return [int(n) for n in re.findall(r"(?<![\d.])\d+(?![\d.])", line.split(topic, 1)[1])]


def test_use_is_seen_within_a_minute(visit):
    manager = visit("manager@talka.example")
    topic = "Your roadmap for the first year"
    before = opened(manager, topic)
    learner = visit("learner@talka.example", phone=True)
    learner.goto("/learn/cluster-management/your-roadmap/")
    learner.get_by_role("button", name="Mark as done").click()
    end = time.monotonic() + 60
    while opened(manager, topic) == before and time.monotonic() < end:
        time.sleep(3)
    assert opened(manager, topic) != before


def test_my_cluster_shows_needs_closed_and_leads_to_the_definition(visit):
    page = visit("manager@talka.example")
    page.goto("/my-cluster/")
    card = page.locator(".card", has=page.get_by_role("heading", name="Needs closed"))
    expect(card.locator(".big")).to_have_text(re.compile(r"^\d+\s?%$"))
    card.get_by_role("link", name="how this is counted").click()
    expect(page.get_by_role("heading", name="Needs closed")).to_be_visible()


def test_the_sample_is_marked_on_every_page(visit):
    page = visit()
    for path in ("/", "/learn/", "/clusters/", "/accounts/login/"):
        page.goto(path)
        expect(page.locator(".sample").first).to_contain_text("generated")


def test_a_member_of_one_cluster_cannot_open_the_other(visit):
    page = visit("manager@talka.example")
    assert page.goto("/clusters/lower-elbe-construction/members/").status == 404
    assert page.goto("/clusters/lower-elbe-construction/overview/").status == 404
    assert page.goto("/clusters/pennine-health/members/").status == 200
