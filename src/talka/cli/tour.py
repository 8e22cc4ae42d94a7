"""`talka demo --check`: walks a tour of pages as every kind of person and says how each did."""

import http.client
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from talka.cli import Stop

MOST_QUERIES, MOST_TOPIC_QUERIES, MOST_KB = 25, 12, 60


@dataclass(frozen=True, slots=True)
class Step:
    """One page as one person: what came back."""

    who: str
    path: str
    status: int
    milliseconds: float
    queries: int
    kilobytes: float

    def wrong(self) -> str:
        """Why this page fails the tour, or nothing."""
        if self.status != 200:
            return f"status {self.status}"
        most = MOST_TOPIC_QUERIES if re.fullmatch(r"/learn/[^/]+/[^/]+/", self.path) else MOST_QUERIES
        if self.queries > most:
            return f"more than {most} queries"
        return f"more than {MOST_KB} KB" if self.kilobytes > MOST_KB else ""


class Browser:
    """One visitor with a cookie jar, over plain HTTP on this machine."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, {}

    def open(self, path: str, form: dict[str, str] | None = None) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Host": f"localhost:{self.port}",
            "Accept-Encoding": "gzip",
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
        }
        body = None
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"http://localhost:{self.port}{path}"}
            body = urlencode({**form, "csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
        connection.request("POST" if form is not None else "GET", path, body, headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";", 1)[0]
        content = answer.read()
        connection.close()
        return answer, content

    def sign_in(self, email: str, password: str) -> None:
        self.open("/accounts/login/")
        answer, _content = self.open("/accounts/login/", {"login": email, "password": password})
        if answer.status != 302:
            raise Stop(f"{email} could not sign in (status {answer.status}).")

    def step(self, who: str, path: str) -> Step:
        """Follows redirects to the page and measures the last answer."""
        for _hop in range(5):
            begin = time.perf_counter()
            answer, content = self.open(path)
            took = (time.perf_counter() - begin) * 1000
            if answer.status not in {301, 302, 303}:
                break
            target = urlsplit(answer.getheader("Location") or "/")
            path = target.path + (f"?{target.query}" if target.query else "")
        queries = re.search(r'db;desc="(\d+)"', answer.getheader("Server-Timing") or "")
        return Step(who, path, answer.status, took, int(queries[1]) if queries else 0, len(content) / 1024)


def walk(port: int) -> int:
    """Starts the site, walks, stops. 0 when every page passed."""
    from talka.home import queries
    from talka.home.actions import sample_signins

    server = subprocess.Popen([sys.executable, "-m", "talka", "up", "--port", str(port)])  # noqa: S603  # ourselves
    failed, steps = 0, 0
    try:
        wait_for(port, server)
        for sign_in in sample_signins():
            browser = Browser(port)
            if sign_in.email:
                browser.sign_in(sign_in.email, sign_in.password)
            for path in queries.tour(sign_in.email):
                step = browser.step(sign_in.kind, path)
                wrong = step.wrong()
                failed, steps = failed + bool(wrong), steps + 1
                print(
                    f"{step.status}  {step.milliseconds:6.0f} ms  {step.queries:3d} queries  {step.kilobytes:6.1f} KB  {step.who:<17} {step.path}  {wrong and 'FAILED: ' + wrong}",
                    flush=True,
                )
    finally:
        server.terminate()
        server.wait(timeout=30)
    print(f"{steps - failed} of {steps} pages passed.")
    return int(bool(failed))


def wait_for(port: int, server: subprocess.Popen[bytes], *, patience: float = 60) -> None:
    """Returns when the port answers. Raises Stop if the server ends or stays silent."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Stop(f"the server ended with status {server.returncode}.")
        with socket.socket() as s:
            s.settimeout(1)
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise Stop(f"nothing listened on port {port} within {patience:.0f} s.")
