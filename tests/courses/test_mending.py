"""What authors should mend: in every text of a topic, in the questions of a quiz, and behind links to other sites."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from talka.courses import actions, queries
from talka.courses.models import TriedLink
from talka.people.actions import NotAllowed
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff

pytestmark = pytest.mark.django_db
ANSWERS = {"/fine": 200, "/gone": 404, "/broken": 500, "/members": 403, "/no-head": 200}


class _Site(BaseHTTPRequestHandler):
    asked: list[str] = []  # one site in one test

    def _answer(self):
        self.asked.append(f"{self.command} {self.path}")
        status = 501 if self.command == "HEAD" and self.path == "/no-head" else ANSWERS[self.path]
        if self.path == "/fine" and self.command == "HEAD":
            self.send_response(302)
            self.send_header("Location", "/no-head")
        else:
            self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = _answer  # noqa: N815  # the server's names

    def log_message(self, *_args):
        """Nothing on the terminal."""


@pytest.fixture
def site(settings):
    settings.INNER_HOSTS = ["127.0.0.1"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    _Site.asked.clear()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def north():
    return make_cluster("North")


@pytest.fixture
def course(north):
    return make.course(cluster=north)


def block(kind, **value):
    return {"type": kind, "id": str(uuid4()), "value": {"key": f"k{uuid4().hex[:8]}", **value}}


def write(topic, *blocks, **changes):
    """A draft of `topic` with these materials, which readers do not see."""
    topic.body = json.dumps(list(blocks))
    for name, value in changes.items():
        setattr(topic, name, value)
    topic.save_revision(clean=False)


def said(course, topic):
    return [(one.place, one.says) for one in queries.findings_in(course) if one.pk == topic.pk]


def test_every_text_of_a_topic_is_read(course):
    topic = make.topic(course, "end")
    question = block("exercise_single", title="Asked", prompt="See [here](/learn/small-x/nowhere/).", explanation="So.")
    write(
        topic,
        block("case", title="Case", start="a", nodes=[{"type": "item", "id": str(uuid4()), "value": {"key": "a", "text": "![](x.png)"}}]),
        block("code", title="Code", language="md", text="[here](nowhere)"),
        block("quiz", title="Quiz", pool=[question]),
    )
    assert said(course, topic) == [
        ("Case", "leads to x.png; write a whole address that begins with https://"),
        ("Case", "has a picture in its text without a description in words."),
        ("Quiz · Asked", "has a link that says only “here”: say in the link where it leads."),
    ]


def test_links_to_other_sites_are_tried_and_what_came_of_them_is_said(course, north, site, noon):
    topic = make.topic(course, "end")
    written = " ".join(f"[{name}]({site}/{name})" for name in ("fine", "gone", "broken", "members"))
    inner = "http://10.1.2.3/x"
    write(
        topic,
        block("text", title="Text", text=f"{written} [inner]({inner}) <{site}/gone>"),
        block("exercise_open", title="Open", prompt="Write.", explanation="So."),
        sources=[f"The mill, {site}/gone."],
    )
    editor, steps = staff(north, "editor"), []
    made = actions.try_links(course=course, by=editor, at=noon, pause=0, progress=lambda done, of: steps.append((done, of)))
    outcomes = {link.url.rsplit("/", 1)[-1]: (link.outcome, link.status) for link in made}
    assert outcomes == {
        "fine": ("fine", 200),
        "gone": ("gone", 404),
        "broken": ("trouble", 500),
        "members": ("fine", 403),
        "x": ("inner", 0),
    }
    assert steps[-1] == (5, 5)
    # Each is asked for once, and a second time only where the first was refused.
    assert _Site.asked.count("HEAD /fine") == _Site.asked.count("GET /gone") == 1
    assert said(course, topic) == [
        ("Text", f"leads to {site}/gone, where there is no such page (404)."),
        ("Text", f"leads to {site}/broken, which answers with an error (500)."),
        ("Text", f"leads to {inner}, which is inside a private network: your readers may not reach it."),
        ("Sources", f"leads to {site}/gone, where there is no such page (404)."),
    ]
    # What an author took out is not spoken of any more, and forgotten the next time.
    write(topic, block("exercise_open", title="Open", prompt="Write.", explanation="So."), sources=[])
    assert said(course, topic) == []
    actions.try_links(course=course, by=editor, at=noon, pause=0)
    assert not TriedLink.objects.filter(course=course).exists()


def test_only_authors_have_links_tried(course, noon):
    for stranger in (AnonymousUser(), staff(make_cluster(), "editor")):
        with pytest.raises(NotAllowed):
            actions.try_links(course=course, by=stranger, at=noon)
