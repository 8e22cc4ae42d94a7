"""A real site with the sample network, and a real browser.

The site is made once per run by `talka demo`, as a newcomer would, in a folder and on a port of its own.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items):
    """All journeys are marked, and share one site, so one worker runs them all."""
    for item in items:
        if "/journeys/" in str(item.fspath):
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.xdist_group("journeys"))


@dataclass(frozen=True)
class Site:
    url: str
    data: Path
    password: str
    said: str
    toured: str


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TALKA_")}
    environment |= {"PYTHONPATH": str(ROOT / "src"), "TALKA_URL": f"http://localhost:{port}"}
    log = data / "said.txt"
    command = [sys.executable, "-m", "talka", "demo", "--data", str(data), "--port", str(port)]
    tour = subprocess.run(
        [*command, "--check"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + 300
        while time.monotonic() < end and server.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5):
                break
            time.sleep(0.5)
        else:
            pytest.fail(f"the sample network did not start:\n{log.read_text()[-3000:]}")
        said = log.read_text()
        password = re.search(r"password for all: (\S+)", said)[1]
        yield Site(f"http://localhost:{port}", data, password, said, tour.stdout)
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as p:
        yield p


@pytest.fixture(scope="session")
def browser(playwright_here) -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        pytest.fail("Chromium is missing. Install it: sudo apt-get install chromium")
    browser = playwright_here.chromium.launch(executable_path=program, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def visit(site, browser) -> Iterator[Callable[..., Page]]:
    """`visit("learner@talka.example", phone=True)` opens the site as that person; "" is signed out."""
    contexts = []

    def open_as(email: str = "", *, phone: bool = False, dark: bool = False, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            locale="en-GB",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if email:
            page.goto("/accounts/login/")
            page.fill("input[name=login]", email)
            page.fill("input[name=password]", site.password)
            page.click("form:has(input[name=password]) button:has-text('Sign in')")
            page.wait_for_url("**/today/")
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which finds barriers for people with disabilities."""
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()


def barriers(page: Page, axe: str) -> list[str]:
    """Serious and critical findings on the page as it stands."""
    page.evaluate(axe)
    rules = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"
    found = page.evaluate(
        f"axe.run(document, {rules}).then(r => r.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.target.join(' ')).join(', ')]))"
    )
    return [f"{rule}: {where}" for rule, impact, where in found if impact in {"serious", "critical"}]
