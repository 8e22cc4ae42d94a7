"""An author's way: a new lesson with five materials, review, publication, a copy, an earlier version back; and two authors in one topic."""

import io
import re

from PIL import Image
from playwright.sync_api import expect

from tests.journeys.conftest import barriers

EDITOR, MANAGER = "editor@talka.example", "manager@talka.example"


def add(page, kind):
    """One more material at the end."""
    # A quiz or a case has plus signs of its own; the body's last is the page's last.
    page.locator("button.c-sf-add-button").last.click()
    page.locator(".w-combobox__option-text, .w-combobox__option").get_by_text(kind, exact=True).first.click()


def field(page, n, name):
    return page.locator(f"[name='body-{n}-value-{name}']")


def saved(page):
    """Autosave has said that all is kept."""
    expect(page.locator(".w-autosave-indicator__state--saved").first).to_be_visible(timeout=15_000)


def press(page, action):
    """One of the buttons at the editor's foot; all but the first are in its menu. What was typed is saved before."""
    saved(page)
    page.wait_for_timeout(1_500)
    saved(page)
    button = page.locator(f"button[name='action-{action}']").first
    if not button.is_visible():
        page.locator("footer [data-w-dropdown-target='toggle'], footer .w-dropdown__toggle").last.click()
    button.click()
    go_on(page)
    page.wait_for_load_state()


def go_on(page):
    """Where the window is behind, even behind its own saving, the editor says so first."""
    page.wait_for_timeout(300)
    button = page.locator("#w-save-confirmation-dialog [data-w-dialog-target='confirm'], [data-w-dialog-target='confirm']").first
    if button.is_visible():
        button.click()


def keep(page):
    page.locator("footer button:has-text('Save draft')").first.click()
    page.wait_for_load_state()


def begin(page, title):
    page.goto("/clusters/pennine-health/courses/new/")
    page.fill("input[name=title]", title)
    page.click("button:has-text('Begin')")
    page.wait_for_url(re.compile(r"/courses/(?!new)[\w-]+/$"))
    return page.url


def picture():
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "#1f5c4a").save(out, "PNG")
    return {"name": "mill.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def write(page):
    """A topic with five materials, in the first lesson of the course that is open."""
    page.click("a:has-text('New topic')")
    page.fill("[name=title]", "Why a mill shares its saw")
    add(page, "Text")
    field(page, 0, "text").fill("A saw that stands still earns nothing.")
    page.wait_for_url(re.compile(r"/topic/edit/\d+/"))
    add(page, "Picture")
    page.locator(".file-field input[type=file]").first.set_input_files(picture())
    expect(page.locator(".file-says").first).to_contain_text("is kept")
    assert field(page, 1, "src").input_value() == "mill.png"
    add(page, "Single choice")
    field(page, 2, "prompt").fill("Who gains?")
    add(page, "Number")
    field(page, 3, "prompt").fill("How many hours are 2 days?")
    field(page, 3, "right").fill("1,234")
    add(page, "Code")
    field(page, 4, "language").fill("sql")
    field(page, 4, "text").fill("select 1")


def told_above(author):
    """All that is to fix stands above too, and each line leads to its field."""
    above = author.locator(".to-mend a")
    expect(above).to_have_text(
        [
            "2. Picture, Description in words",
            "3. Single choice, Choices 1, Text",
            "3. Single choice, Choices 2, Text",
            "3. Single choice, Choices",
            "4. Number, Right",
        ]
    )
    above.last.click()
    expect(field(author, 3, "right")).to_be_focused()


def test_an_author_s_way(visit, axe):
    author = visit(EDITOR)
    other = begin(author, "Another course")
    course = begin(author, "Sharing machines")
    write(author)
    press(author, "submit")
    # Each fault is said at its field, and nothing typed is gone.
    said = author.locator("[data-contentpath='body']")
    expect(said).to_contain_text("Describe in words what the picture shows")
    expect(said).to_contain_text("“1,234” is not a number")
    expect(said).to_contain_text("No choice is right.")
    told_above(author)
    expect(field(author, 3, "right")).to_have_value("1,234")
    field(author, 1, "alt").fill("A saw mill beside a river, seen from above.")
    field(author, 3, "right").fill("48,0")
    for n, word in enumerate(("All who share", "Nobody")):
        field(author, 2, f"choices-{n}-value-text").fill(word)
    field(author, 2, "choices-0-value-right").check()
    assert barriers(author, axe) == []
    look_at_the_preview(author, axe)
    press(author, "submit")
    expect(author.locator(".messages")).to_contain_text("submitted for moderation")
    topic = re.search(r"/topic/edit/\d+/", author.url)[0]
    address = f"/staff/snippets/courses{topic}"

    manager = visit(MANAGER)
    for _step in ("expert", "publisher"):
        manager.goto(address)
        manager.locator("footer [data-w-dropdown-target='toggle'], footer .w-dropdown__toggle").last.click()
        manager.locator("button:has-text('Approve')").first.click()
        manager.wait_for_load_state()
    manager.goto(course)
    manager.select_option("select[name=visibility]", "cluster")
    manager.locator("#readers button").first.click()
    manager.goto(f"/learn/{course.rstrip('/').rsplit('/', 1)[-1]}/why-a-mill-shares-its-saw/")
    expect(manager.locator("main")).to_contain_text("A saw that stands still earns nothing.")
    expect(manager.locator("main img")).to_have_attribute("alt", "A saw mill beside a river, seen from above.")

    two_authors(author, manager, address)

    # The version that was published comes back from the history.
    author.goto(address.replace("edit", "history"))
    author.locator(
        "//tr[contains(., 'Live version')]/following-sibling::tr[.//button[@aria-label='Actions']][1]//button[@aria-label='Actions']"
    ).click()
    author.get_by_role("link", name="Review this version").click()
    author.wait_for_url(re.compile("/revert/"))
    expect(field(author, 0, "text")).to_have_value("A saw that stands still earns nothing.")
    author.locator("footer button[type=submit]").first.click()
    go_on(author)
    expect(author.locator(".messages")).to_contain_text("has been replaced with version")

    author.goto(address)
    expect(field(author, 0, "text")).to_have_value("A saw that stands still earns nothing.")
    author.locator("header [data-w-dropdown-target='toggle'], header .w-dropdown__toggle").first.click()
    author.locator("a:has-text('Copy to another course')").first.click()
    author.select_option("#target", label="Another course · Another course")
    author.click("button:has-text('Copy')")
    author.wait_for_url(other)
    expect(author.locator("main")).to_contain_text("Why a mill shares its saw")


def look_at_the_preview(author, axe):
    """As a learner will see it: no barrier, also on a narrow phone, and nothing that is tried there is sent."""
    saved(author)
    with author.expect_response(re.compile("/preview/")) as made:
        if author.locator("[data-side-panel='preview']").is_hidden():
            author.locator("[aria-label='Toggle preview']").first.click()
    preview = author.context.new_page()
    preview.set_viewport_size({"width": 320, "height": 700})
    preview.goto(made.value.url.split("?")[0] + "?mode=")
    expect(preview.locator("main")).to_contain_text("A saw that stands still earns nothing.")
    assert barriers(preview, axe) == []
    assert preview.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    sent = []
    preview.on("request", lambda request: sent.append(request.url))
    preview.get_by_label("All who share").check()
    preview.get_by_role("button", name="Check").first.click()
    preview.wait_for_timeout(300)
    assert sent == []
    preview.close()


def two_authors(author, manager, address):
    """Different places come together by themselves; the same place is asked for; both texts are there."""
    author.goto(address)
    manager.goto(address)
    field(author, 0, "text").fill("The author's words.")
    keep(author)
    field(manager, 4, "text").fill("select 2")
    field(manager, 0, "text").fill("The manager's words.")
    manager.wait_for_timeout(1_500)
    keep_behind(manager)
    expect(manager.locator("h1")).to_contain_text("both changed the same place")
    expect(manager.locator("main")).to_contain_text("The author's words.")
    manager.click("button:has-text('Bring together')")
    manager.wait_for_url(re.compile(address))
    expect(field(manager, 0, "text")).to_have_value("The author's words.\n\nThe manager's words.")
    expect(field(manager, 4, "text")).to_have_value("select 2")


def keep_behind(page):
    """Saves in a window that is behind."""
    page.locator("footer button:has-text('Save draft')").first.click()
    go_on(page)
    page.wait_for_url(re.compile("/merge/"))
