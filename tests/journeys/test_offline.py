"""A lesson is saved on a phone, the line is cut, three exercises are answered, the browser starts anew, the server dies in mid-delivery: all arrives once."""

import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.conftest import FLAGS, PHONE, ROOT

COURSE = "/learn/cluster-management/"


class Server:
    """An installation of its own with the one course, so that it can be killed without harm to the other journeys."""

    def __init__(self, data: Path):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.data, self.url = data, f"http://localhost:{self.port}"
        self.process: subprocess.Popen | None = None
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("TALKA_")}
        self.environment |= {"PYTHONPATH": str(ROOT / "src"), "TALKA_URL": self.url}
        said = self.talka("init")
        self.password = re.search(r"password\s+(\S+)", said)[1]
        self.person = re.search(r"sign in as\s+(\S+)", said)[1]
        self.talka("import", "pack", "content/courses/cluster-management")

    def talka(self, *words: str) -> str:
        command = [sys.executable, "-m", "talka", *words, "--data", str(self.data)]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True).stdout

    def start(self) -> None:
        command = [sys.executable, "-m", "talka", "up", "--data", str(self.data), "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def wait(self) -> None:
        for _n in range(300):
            try:
                urllib.request.urlopen(f"{self.url}/health/", timeout=5).close()
            except OSError:
                time.sleep(0.3)
            else:
                return
        pytest.fail("the server did not start")

    def kill(self) -> None:
        if self.process is not None:
            for pid in [self.process.pid, *descendants(self.process.pid)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def descendants(pid: int) -> list[int]:
    """Every process that this one began, and theirs."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            rest = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(rest[1]), []).append(int(stat.parent.name))
    found, look = [], [pid]
    while look:
        look = [child for parent in look for child in parents.get(parent, [])]
        found += look
    return found


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "data")
    made.start()
    made.wait()
    yield made
    made.kill()


def answers(server: Server) -> list[tuple[int, str]]:
    """(material, when) of every attempt of the person."""
    with sqlite3.connect(f"file:{server.data}/talka.sqlite3?mode=ro", uri=True) as db:
        query = "SELECT a.material_id, a.at FROM courses_attempt a JOIN people_user u ON u.id = a.user_id WHERE u.email = ? ORDER BY a.at"
        return db.execute(query, [server.person]).fetchall()


def told(server: Server) -> int:
    """Statements that say that the person answered."""
    with sqlite3.connect(f"file:{server.data}/talka.sqlite3?mode=ro", uri=True) as db:
        (uuid,) = db.execute("SELECT uuid FROM people_user WHERE email = ?", [server.person]).fetchone()
        dashed = re.sub(r"(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", uuid.replace("-", ""))
        query = (
            "SELECT COUNT(*) FROM records_statement s JOIN records_term a ON a.id = s.actor JOIN records_term v ON v.id = s.verb "
            "WHERE a.value LIKE ? AND v.value LIKE '%/answered'"
        )
        return db.execute(query, [f"%{dashed}%"]).fetchone()[0]


def wait_for(what: Callable[[], bool], *, seconds: float) -> None:
    """Until it is so, or the time is over: what follows says which."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)


def answer_first(page: Page) -> None:
    """Answers the page's first open choice."""
    form = page.locator("form[action*='/answer/']:has(input[type=radio])").first
    form.locator("input[type=radio]").first.check()
    form.get_by_role("button", name="Check").click()
    expect(form.get_by_text("Kept on this device")).to_be_visible()


def test_work_without_a_line_arrives_once(server, playwright_here, tmp_path):
    program = shutil.which("chromium") or shutil.which("chromium-browser")

    def browser() -> tuple[BrowserContext, Page]:
        context = playwright_here.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=program, args=FLAGS, base_url=server.url, viewport=PHONE, locale="en-GB"
        )
        page = context.pages[0]
        page.set_default_timeout(20_000)
        return context, page

    context, page = browser()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", server.person)
    page.fill("input[name=password]", server.password)
    page.click("form:has(input[name=password]) button:has-text('Sign in')")
    page.wait_for_url("**/today/")
    page.goto(COURSE)
    if (enrol := page.locator("form[action$='/enrol/'] button")).count():
        enrol.first.click()
        page.wait_for_load_state()
    page.goto(f"{COURSE}what-a-cluster-is/")
    page.click("text=Save this lesson for offline")
    expect(page.locator("[data-offline] [data-line]")).to_contain_text("Saved on this device", timeout=60_000)
    lesson = page.evaluate("async (url) => (await fetch(url)).json()", page.locator("[data-offline]").get_attribute("data-lesson"))
    choices = [one["url"] for one in lesson["pages"] if page.evaluate(
        "async (url) => /answer\\/[^]*?type=.radio/.test(await (await fetch(url, {headers: {'X-Talka-Save': '1'}})).text())", one["url"]
    )][:3]  # fmt: skip
    assert len(choices) == 3
    before, said = len(answers(server)), told(server)

    server.kill()
    for address in choices[:2]:
        page.goto(address)
        answer_first(page)
    context.close()
    context, page = browser()
    page.goto(choices[2])
    answer_first(page)
    expect(page.locator("[data-told]")).to_contain_text("Waiting for a connection: 3")
    page.goto("/offline/")
    expect(page.locator("[data-waiting] li")).to_have_count(3)
    assert len(answers(server)) == before

    # The server comes back, and dies again as soon as something has arrived.
    server.start()
    page.goto(choices[2])
    wait_for(lambda: len(answers(server)) > before, seconds=90)
    server.kill()
    server.start()
    server.wait()
    page.goto("/offline/")
    # The list is hidden before the page has looked into the device, too: what has arrived says that all is sent.
    wait_for(lambda: len(answers(server)) >= before + 3, seconds=60)
    expect(page.locator("section:has([data-waiting])")).to_be_hidden(timeout=60_000)
    expect(page.locator("section:has([data-refused])")).to_be_hidden()
    context.close()
    made = answers(server)[before:]
    assert len({material for material, _at in made}) == len(made) == 3
    assert told(server) - said == 3
