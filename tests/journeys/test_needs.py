"""From needs to a closed gap: a survey from the framework, answered on phones, ranked and decided; a plan for 20 hours that becomes a course; a gap closed."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey
CLUSTER = "/clusters/pennine-health"
# Ticks in each row of steps the one that stands at this share from the left; odd rows are importance, even ones ability.
TICK = """([importance, ability]) => document.querySelectorAll(".steps").forEach((row, n) => {
    const steps = [...row.querySelectorAll("input")];
    const pair = row.closest("fieldset").classList.contains("need");
    steps[Math.round((pair && n % 2 ? ability : importance) * (steps.length - 1))].click();
})"""


def build_survey(page):
    """A named survey with one pair per competence; answers the address of its open link and that of its pages."""
    page.goto(f"{CLUSTER}/needs/new/")
    page.get_by_label("Title").fill("Needs of the spring")
    page.get_by_label("An empty survey").check()
    page.get_by_role("button", name="Make the survey").click()
    page.get_by_role("link", name="Settings", exact=True).last.click()
    page.locator("input[name=identity][value=named]").check()
    page.locator("select[name=framework]").select_option(index=1)
    page.get_by_role("button", name=re.compile("Save")).click()
    page.get_by_role("link", name="Add an audience").click()
    page.locator("[name=title]").fill("People who do the work")
    page.locator("[name=audience]").fill("all")
    page.get_by_role("button", name=re.compile("Save")).click()
    page.get_by_role("link", name="Add a section").click()
    page.locator("[name=title]").fill("What matters")
    page.get_by_role("button", name=re.compile("Save")).click()
    page.get_by_role("button", name="Add pairs for all 20 competences").click()
    expect(page.locator("main")).to_contain_text("20 pairs were added")
    survey = page.url.partition("build/")[0]
    page.get_by_role("button", name="Open it now").click()
    door = page.locator("section[aria-labelledby=open-link] a[href*='/all/']").first.get_attribute("href")
    return door, survey


def answer(page, door, ability):
    page.goto(door)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/all/1/")
    while not page.url.endswith("/end/"):
        here = page.url
        page.evaluate(TICK, [1, ability])
        page.get_by_role("button", name=re.compile("Save and go on|To the end")).click()
        page.wait_for_url(lambda url, here=here: url != here)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("heading", name="Your answers are in")).to_be_visible()


def fill_a_cell_and_take_it_back(page, plan):
    page.goto(f"{plan}matrix/")
    cell = page.locator("#matrix tbody tr").last.locator("td").first
    cell.click()
    cell.press("r")
    expect(cell).to_have_text("R")
    cell.press("Control+z")
    expect(cell).to_have_text("")


def test_from_a_need_to_a_closed_gap(visit):
    manager = visit("manager@talka.example")
    door, survey = build_survey(manager)
    for person, ability in (("learner", 0), ("contact", 0.25), ("evaluator", 0.5)):
        answer(visit(f"{person}@talka.example", phone=True), door, ability)

    manager.goto(f"{survey}build/")
    manager.get_by_role("button", name="Close it now").click()
    expect(manager.locator("main")).to_contain_text("1–20")
    needs = [link.get_attribute("href") for link in manager.locator("table.list a[href*='/need/']").all()[:5]]
    for need in needs:
        manager.goto(need)
        manager.locator("input[name=verdict][value=accept]").check()
        manager.locator("[name=reason]").fill("Three asked for it.")
        manager.get_by_role("button", name="Keep the decision").click()

    manager.goto(f"{CLUSTER}/curricula/new/")
    manager.locator("[name=title]").fill("Twenty hours")
    manager.locator("select[name=survey]").select_option(label="Needs of the spring")
    manager.locator("select[name=course]").select_option(label="Managing a cluster")
    manager.locator("main form button.button").first.click()
    plan = manager.url.split("?")[0]
    manager.goto(f"{plan}needs/")
    expect(manager.locator("table.list tbody tr")).to_have_count(5)
    manager.goto(f"{plan}outcomes/new/")
    manager.locator("[name=text]").fill("plan a first project with three members")
    for box in manager.locator("input[name=needs]").all():
        box.check()
    manager.locator("main form button.button").first.click()
    fill_a_cell_and_take_it_back(manager, plan)
    manager.goto(f"{plan}choose/")
    manager.locator("[name=hours]").fill("20")
    manager.get_by_role("button", name="Choose", exact=True).click()
    expect(manager.locator("main")).to_contain_text("Proven")
    manager.get_by_role("button", name="Adopt this choice").click()
    manager.goto(f"{plan}course/")
    expect(manager.locator("main")).not_to_contain_text("The plan can't become a course yet")
    manager.locator("main form button.button").first.click()
    expect(manager.locator("main")).to_contain_text(re.compile("course", re.IGNORECASE))

    person = visit("operator@talka.example", phone=True)
    person.goto("/skills/cluster-manager/initiating/assess/")
    while "/assess/" in person.url:
        here = person.url
        person.evaluate("document.querySelectorAll('input[type=radio][value=\"1\"]').forEach(step => step.click())")
        person.locator("main form button.button:not(.quiet)").first.click()
        person.wait_for_url(lambda url, here=here: url != here)
    expect(person.locator("main")).to_contain_text(re.compile(r"0 of \d+ gaps closed"))
    person.goto("/learn/cluster-management/")
    person.get_by_role("button", name="Enrol").click()
    person.goto("/learn/cluster-management/what-a-cluster-is/")
    form = person.locator("form[action*='/organisation/answer/']")
    form.get_by_label("False", exact=True).check()
    form.get_by_role("button", name="Check").click()
    expect(person.locator(".exercise", has=person.locator("#h-organisation"))).to_contain_text(
        re.compile("Right|Correct|solved", re.IGNORECASE)
    )
    person.goto("/skills/gaps/")
    expect(person.locator("main")).to_contain_text(re.compile(r"[1-9] of \d+ gaps? closed|[1-9] of \d+ gaps closed"))
