"""`talka demo --check`: walks a tour of pages as every kind of person and says how each did."""

import http.client
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from talka.cli import Stop

if TYPE_CHECKING:
    from talka.courses.models import Course, Topic

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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
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
    from talka.home.actions import sample_signins

    server = subprocess.Popen([sys.executable, "-m", "talka", "up", "--port", str(port)])  # noqa: S603  # ourselves
    failed, steps = 0, 0
    try:
        wait_for(port, server)
        for kind, email, password in [("signed out", "", ""), *((s.kind, s.email, s.password) for s in sample_signins())]:
            browser = Browser(port)
            if email:
                browser.sign_in(email, password)
            for path in paths(email):
                step = browser.step(kind, path)
                wrong = step.wrong()
                failed, steps = failed + bool(wrong), steps + 1
                print(
                    f"{step.status}  {step.milliseconds:6.0f} ms  {step.queries:3d} queries  {step.kilobytes:6.1f} KB  {step.who:<30} {step.path}  {wrong and 'FAILED: ' + wrong}",
                    flush=True,
                )
    finally:
        server.terminate()
        server.wait(timeout=60)
    print(f"{steps - failed} of {steps} pages passed.")
    return int(bool(failed))


def paths(email: str) -> list[str]:
    """The tour of one person: what they would open, by what they may see."""
    from django.contrib.auth.models import AnonymousUser
    from django.urls import reverse

    from talka.clusters.queries import clusters_seen, workspaces_of
    from talka.courses.queries import courses_for
    from talka.people.models import User
    from talka.people.queries import standing_of
    from talka.people.rules import Part
    from talka.surveys.queries import surveys_of

    viewer = User.objects.get(email=email) if email else AnonymousUser()
    standing = standing_of(viewer)
    tour = [
        reverse("home:front"),
        reverse("clusters:list"),
        reverse("courses:catalogue"),
        reverse("home:search") + "?q=members",
        reverse("kit:style"),
    ]
    tour += [reverse("clusters:page", args=[c.slug]) for c in clusters_seen(viewer=viewer)[:2]]
    courses = list(courses_for(viewer)[:2])
    tour += [reverse("courses:course", args=[c.slug]) for c in courses]
    if not email:
        return [*tour, reverse("account_login"), reverse("people:ask-link")]
    tour += [reverse("home:today"), reverse("people:me")]
    tour += [reverse("courses:topic", args=[c.slug, t.slug]) for c in courses for t in topics(c)]
    for cluster in workspaces_of(viewer=viewer)[:2]:
        views = ["home:overview", "clusters:members", "clusters:services", "surveys:needs", "curriculum:curricula", "insight:cluster"]
        if standing.operator or Part.MANAGER in standing.clusters.get(cluster.pk, ()):
            views.append("clusters:settings")
        tour += [reverse(v, args=[cluster.slug]) for v in views]
        tour += [reverse("surveys:survey", args=[cluster.slug, s.slug]) for s in surveys_of(cluster, viewer=viewer)[:2]]
        tour += [reverse("insight:course", args=[c.slug]) for c in courses]
    if standing.operator:
        tour += [reverse("people:list"), reverse("people:doctor"), reverse("records:sources")]
    return tour


def topics(course: "Course") -> list["Topic"]:
    """One topic with each kind of material, so that every kind is seen."""
    from talka.courses.models import Topic

    found, seen = [], set()
    for topic in (
        Topic.objects.filter(lesson__module__course=course)
        .prefetch_related("materials")
        .order_by("lesson__module__order", "lesson__order", "order")
    ):
        kinds = {m.kind for m in topic.materials.all()}
        if kinds - seen:
            found.append(topic)
            seen |= kinds
    return found


def wait_for(port: int, server: subprocess.Popen[bytes], *, patience: float = 180) -> None:
    """Returns when the site answers. Raises Stop if the server ends or stays silent."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if server.poll() is not None:
            raise Stop(f"the server ended with status {server.returncode}.")
        try:
            answer, _content = Browser(port).open("/health/")
        except OSError:
            time.sleep(0.2)
            continue
        if answer.status < 500:
            return
    raise Stop(f"nothing answered on port {port} within {patience:.0f} s.")
