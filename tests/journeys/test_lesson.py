"""One whole lesson: every exercise by keyboard alone, a lost line, a quiz; left on a phone in the middle and gone on with on another device."""

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import ROOT, barriers

MAKE = """
import django; django.setup()
from talka.courses import films
from talka.courses.models import Course
from tests.factories import courses as make
if not Course.objects.filter(slug="small").exists():
    films.make(make.material(make.course(visibility="public"), "film"))
"""
LESSON, TRY = "/learn/small/start/", "/learn/small/exercises/"


@pytest.fixture(scope="module")
def lesson(site) -> str:
    """A course with every kind of material and exercise beside the sample's."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TALKA_")}
    environment |= {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "TALKA_DATA": str(site.data), "TALKA_URL": site.url}
    environment["DJANGO_SETTINGS_MODULE"] = "talka.settings"
    subprocess.run([sys.executable, "-c", MAKE], cwd=ROOT, env=environment, check=True)
    return "/learn/small/"


def tab_to(page: Page, selector: str) -> None:
    """Tab by Tab to the next thing that fits, as somebody without a mouse does."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    pytest.fail(f"The keyboard does not reach {selector}")


def enrol(page: Page, lesson: str) -> None:
    page.goto(lesson)
    if page.get_by_role("button", name="Enrol").count():
        page.get_by_role("button", name="Enrol").first.click()


def check(page: Page, key: str) -> None:
    """Press the exercise's button and wait for what is said about the answer."""
    tab_to(page, f"#m-{key} .acts button.button:not(.quiet)")
    page.keyboard.press("Enter")
    expect(page.locator(f"#m-{key} .say").first).to_be_visible()


def test_every_exercise_by_keyboard_alone(visit, lesson, axe, tmp_path):
    page = visit("learner@talka.example")
    enrol(page, lesson)
    page.goto(TRY)
    press, write = page.keyboard.press, page.keyboard.type
    for key in ("single", "truefalse", "hotspot"):
        tab_to(page, f"#m-{key} input[type=radio]")
        press("Space")
        check(page, key)
        # What was answered wrongly may be answered again; what follows stands below.
        page.locator(f"#m-{key} .exercise").evaluate("part => part.focus()")
    page.goto(TRY)
    tab_to(page, "#m-multiple input[value=plane]")
    press("Space")
    page.locator("#m-multiple .exercise").evaluate("part => part.focus()")
    tab_to(page, "#m-multiple input[value=saw]")
    press("Space")
    check(page, "multiple")
    expect(page.locator("#m-multiple .say").first).to_contain_text("Right.")
    for key, words, verdict in (("number", "42,5", "Right."), ("short", "the core", "Right.")):
        tab_to(page, f"#m-{key} input:not([type=hidden])")
        write(words)
        check(page, key)
        expect(page.locator(f"#m-{key} .say").first).to_contain_text(verdict)
    for n, word in enumerate(("centre", "members")):
        tab_to(page, f"#m-cloze [name=gap-{n}]")
        write(word)
    check(page, "cloze")
    for name, word in (("pair-saw", "cuts"), ("pair-plane", "smooths")):
        tab_to(page, f"#m-match [name={name}]")
        write(word)
    check(page, "match")
    expect(page.locator("#m-match .say").first).to_contain_text("Right.")
    tab_to(page, "#m-order .move button")
    press("Enter")
    check(page, "order")
    page.locator("#m-categorise .exercise").evaluate("part => part.focus()")
    for _row in range(2):
        tab_to(page, "#m-categorise select")
        write("Firm")
    check(page, "categorise")
    page.locator("#m-scale .exercise").evaluate("part => part.focus()")
    tab_to(page, "#m-scale input[type=radio]")
    press("ArrowRight")
    check(page, "scale")
    tab_to(page, "#m-open textarea")
    write("Mills in the valley.")
    check(page, "open")
    expect(page.locator("#m-open")).to_contain_text("One good answer")
    (tmp_path / "map.pdf").write_bytes(b"%PDF-1.7\n")
    page.locator("#m-upload input[type=file]").set_input_files(tmp_path / "map.pdf")
    check(page, "upload")
    assert barriers(page, axe) == []
    the_quiz(page, axe)


def the_quiz(page: Page, axe: str) -> None:
    """Begun, handed in empty, and failed: all by keyboard."""
    page.goto(f"{TRY}#m-quiz")
    tab_to(page, "#m-quiz .quiz button")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/quiz/quiz/$"))
    assert barriers(page, axe) == []
    tab_to(page, "button[name=finish]")
    page.keyboard.press("Enter")
    # Nothing is answered: a sitting does not end by a slip.
    expect(page.locator("main [role=alert]")).to_contain_text("no answer yet")
    assert barriers(page, axe) == []
    tab_to(page, "button[name=finish]")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Not passed yet")
    assert barriers(page, axe) == []


def pass_the_quiz(page: Page, axe: str) -> None:
    """Whatever two questions are drawn: answered rightly, and above the pass mark."""
    page.goto(f"{TRY}#m-quiz")
    page.locator("#m-quiz .quiz button").click()
    expect(page).to_have_url(re.compile("/quiz/quiz/$"))
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert barriers(page, axe) == []
    for label in ("The mill", "True"):
        if (choice := page.get_by_label(label, exact=True)).count():
            choice.check()
    if (number := page.get_by_label("Your number")).count():
        number.fill("42,5")
    page.locator("button[name=finish]").click()
    expect(page.locator("main")).to_contain_text("Passed.")
    assert barriers(page, axe) == []


def test_left_on_a_phone_and_gone_on_with_elsewhere(visit, lesson, axe):
    phone = visit("newcomer@talka.example", phone=True)
    phone.set_viewport_size({"width": 320, "height": 700})  # as wide as 1280 at 400 %
    enrol(phone, lesson)
    for path in ("/learn/", lesson, LESSON):
        phone.goto(path)
        assert barriers(phone, axe) == [], path
        assert phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, path
    expect(phone.locator("#m-film video track[kind=captions]")).to_have_count(1)
    phone.locator("#m-tool [name=f-field]").fill("Oak and ash")
    expect(phone.locator("#m-tool [data-saved]")).to_contain_text("Saved")
    phone.get_by_role("button", name="The older one").click()
    expect(phone.locator("#m-case")).to_contain_text("She listens.")
    phone.locator("#m-infographic summary").first.click()
    with phone.expect_response(re.compile("/film/watch/$")):
        phone.locator("#m-film video").evaluate("film => { film.muted = true; film.currentTime = 2.5; return film.play(); }")
    with phone.expect_response(re.compile("/film/watch/$")):
        phone.locator("#m-film video").evaluate("film => film.pause()")
    phone.goto(TRY)
    assert phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    with phone.expect_response(re.compile("/open/draft/$")):
        phone.locator("#m-open textarea").fill("Half a sentence")
    # The line breaks in mid-answer: said once, nothing lost, nothing counted twice.
    phone.locator("#m-number input[name=number]").fill("42")
    phone.context.set_offline(True)
    phone.locator("#m-number").get_by_role("button", name="Check").click()
    expect(phone.locator("#m-number [data-line]")).to_contain_text("No connection. Your answer is still here")
    phone.context.set_offline(False)
    phone.locator("#m-number").get_by_role("button", name="Check").click()
    expect(phone.locator("#m-number .say").first).to_contain_text("Right.")
    assert barriers(phone, axe) == []
    pass_the_quiz(phone, axe)

    desk = visit("newcomer@talka.example")
    desk.goto(TRY)
    expect(desk.locator("#m-open textarea")).to_have_value("Half a sentence")
    expect(desk.locator("#m-number input[name=number]")).to_have_value("42")
    desk.goto(LESSON)
    expect(desk.locator("#m-tool [name=f-field]")).to_have_value("Oak and ash")
    expect(desk.locator("#m-case")).to_contain_text("She listens.")
    assert float(desk.locator("#m-film video").get_attribute("data-position")) >= 2
    desk.goto("/learn/?q=dries")
    desk.locator(".hits a[href*='/start/']").first.click()
    expect(desk.locator("#m-video")).to_be_visible()
