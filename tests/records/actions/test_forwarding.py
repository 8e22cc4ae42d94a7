import base64
import hashlib
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from talka.kit.doctor import findings
from talka.records import actions, multipart
from talka.records.actions import forwarding
from talka.records.models import Forward
from tests.factories import clusters
from tests.factories.records import NOON, source, statement, stored

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inner(settings):
    settings.INNER_HOSTS = {"127.0.0.1"}


@pytest.fixture
def other_store():
    """A store that answers as `status` says and keeps what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.seen.append((self.path, self.headers["Authorization"], self.read(raw)))
            self.send_response(self.server.status)
            self.end_headers()
            self.wfile.write(b"no room" if self.server.status != 200 else b"[]")

        def read(self, raw):
            """The statements; what came with them as multipart is kept beside."""
            kind = self.headers["Content-Type"]
            if kind == "application/json":
                return json.loads(raw)
            first, *files = multipart.read(raw, multipart.boundary_of(kind))
            self.server.files += [(f.headers["x-experience-api-hash"], f.content) for f in files]
            return json.loads(first.content)

        def log_message(self, *_args):
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.files, server.status = [], [], 200
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def forward(server, **fields):
    address = f"http://127.0.0.1:{server.server_port}/xapi/"
    return actions.make_forward(name="Copy", endpoint=address, key="k", secret="s3cret", by=None, at=NOON, **fields)


def test_what_is_new_goes_out_once_in_order(other_store):
    stored(statement(1))
    made = forward(other_store)
    assert "s3cret" not in made.secret
    assert actions.forward_due(at=NOON) == 0
    stored(*[statement(n) for n in range(250)])
    assert actions.forward_due(at=NOON) == 250
    assert actions.forward_due(at=NOON) == 0
    path, authorization, _first = other_store.seen[0]
    assert (path, authorization) == ("/xapi/statements", "Basic " + base64.b64encode(b"k:s3cret").decode())
    assert [len(sent) for _p, _a, sent in other_store.seen] == [200, 50]
    assert [s["object"]["id"].rpartition("/")[2] for _p, _a, sent in other_store.seen for s in sent] == [str(n) for n in range(250)]


def test_failures_are_seen_and_tried_again_later(other_store):
    forward(other_store)
    stored(statement(1))
    other_store.status = 503
    assert actions.forward_due(at=NOON) == 0
    kept = Forward.objects.get()
    assert (kept.failures, kept.last_error, kept.next_at) == (1, "HTTP 503: no room", NOON + timedelta(minutes=1))
    assert actions.forward_due(at=NOON) == 0
    assert len(other_store.seen) == 1  # not before its time
    other_store.status = 200
    assert actions.forward_due(at=NOON + timedelta(minutes=2)) == 1
    kept.refresh_from_db()
    assert (kept.failures, kept.last_error, kept.sent) == (0, "", 1)


def test_the_bytes_of_attachments_go_along(other_store, source, caller):
    raw = b"a certificate"
    sha2 = hashlib.sha256(raw).hexdigest()
    note = {"usageType": "http://u.example/a", "display": {"en": "x"}, "contentType": "text/plain", "length": len(raw), "sha2": sha2}
    head = {"Content-Type": "text/plain", "Content-Transfer-Encoding": "binary", "X-Experience-API-Hash": sha2}
    made = json.dumps(statement(1, attachments=[note])).encode()
    content_type, body = multipart.write([({"Content-Type": "application/json"}, made), (head, raw)])
    forward(other_store)
    assert caller("POST", "/statements", body, content_type=content_type).status == 200
    assert actions.forward_due(at=NOON) == 1
    assert other_store.files == [(sha2, raw)]


def test_only_what_was_asked_for(other_store):
    north = clusters.cluster()
    forward(other_store, cluster=north, verbs=["http://v.example/done"], whole_past=True)
    inside, outside = source(cluster=north), source()
    done = {"verb": {"id": "http://v.example/done"}}
    stored(statement(1, **done), statement(2), source=inside)
    stored(statement(3, **done), source=outside)
    assert actions.forward_due(at=NOON) == 1
    assert [s["object"]["id"][-1] for _p, _a, sent in other_store.seen for s in sent] == ["1"]


def test_a_redirect_is_not_followed(other_store):
    forward(other_store, whole_past=True)
    stored(statement(1))
    other_store.status = 307
    assert actions.forward_due(at=NOON) == 0
    assert len(other_store.seen) == 1
    assert Forward.objects.get().last_error.startswith("HTTP 307")


def test_an_address_in_the_own_network_is_not_called(other_store, settings):
    settings.INNER_HOSTS = frozenset()
    forward(other_store, whole_past=True)
    stored(statement(1))
    assert actions.forward_due(at=NOON) == 0
    assert other_store.seen == []
    made = Forward.objects.get()
    assert (made.failures, made.sequence) == (1, 0)
    assert "this site's own network" in made.last_error
    settings.INNER_HOSTS = {"127.0.0.1"}  # the operator allows it: it goes on from where it was
    assert actions.forward_due(at=NOON + timedelta(minutes=1)) == 1


def test_pauses_grow_up_to_six_hours():
    assert [forwarding.pause(n) for n in (1, 2, 3, 9, 100)] == [
        timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=256), timedelta(hours=6),
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://x.example", "nothing", "https://user:secret@x.example"])
def test_addresses_that_are_none(address):
    with pytest.raises(actions.BadAddress):
        actions.make_forward(name="x", endpoint=address, key="k", secret="s", by=None, at=NOON)


def test_the_doctor_names_a_forward_that_fails(other_store):
    forward(other_store, whole_past=True)
    stored(statement(1))
    assert "forwards" not in {f.name for f in findings() if f.state != "good"}
    other_store.status = 500
    actions.forward_due(at=NOON)
    (found,) = (f for f in findings() if f.name == "forwards")
    assert (found.state, "failed 1 times in a row: HTTP 500: no room" in found.cause) == ("advice", True)
