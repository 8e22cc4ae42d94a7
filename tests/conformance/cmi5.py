"""Runs the public LMS test suite of CATAPULT against our own server: `python tests/conformance/cmi5.py SUITE_FOLDER [jest's arguments]`.

The suite (github.com/adlnet/CATAPULT, its folder `lts`, with `PUPPETEER_SKIP_DOWNLOAD=1 npm ci` done and its packages built by `npx webpack`
in `lts/pkg`, Node 20) is not part of this repository. Its units run in the Chromium of this machine (CHROMIUM names another one) and talk to
our server; what the suite asks of a platform beside that (import, launch, waive, abandon) goes through cmi5.lms.js to the desk in this file,
which calls the same actions as the site's pages. Exit code 0 where nothing failed.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))
from tests.conformance.lrs import environment, free_port, start  # noqa: E402  # after the path is there

PUPPETEER = """module.exports = {launch: {headless: true, executablePath: %s, args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"
]}};
"""


class Desk:
    """What the suite asks of a platform, done by our actions on the server's own data."""

    def __init__(self, site: str) -> None:
        import django

        django.setup()
        from django.utils.timezone import now

        from talka.courses.models import Course
        from talka.people.actions import make_operator
        from talka.people.models import User
        from talka.records import actions as records

        self.site, self.now = site, now
        self.staff = User.objects.create_user(email="desk@example.org", name="Desk")
        make_operator(user=self.staff, by=None, at=now())
        self.staff = User.objects.get(pk=self.staff.pk)
        self.course = Course.objects.create(
            key="conformance", slug="conformance", title="Conformance", published_at=now(), visibility="public"
        )
        key = records.add_key(source=records.make_source(name="Conformance", by=None, at=now()), by=None, at=now())
        self.key = (key.key, key.secret)

    def take(self, name: str, content: bytes) -> dict[str, Any]:
        from talka.courses.packages.actions import take_package

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "package"
            file.write_bytes(content)
            package = take_package(course=self.course, file=file, name=name, by=self.staff, at=self.now())
        return {"course": str(package.uuid)}

    def launch(
        self, course: str, unit: int, actor: dict[str, Any], registration: str | None = None, mode: str | None = None
    ) -> dict[str, Any]:
        from django.test import RequestFactory

        from talka.courses.actions import enrol
        from talka.courses.cmi5 import actions, views
        from talka.people.models import User

        name = actor["account"]["name"]
        person = User.objects.filter(name=name).first() or User.objects.create_user(email=f"{name.lower()}@example.org", name=name)
        row = self.units(course)[unit]
        enrolment = enrol(course=self.course, by=person, at=self.now())
        url = views.content_url(RequestFactory().get("/", HTTP_HOST=self.site.split("//")[1]), row, person)
        launched = actions.launch(
            enrolment=enrolment, unit=row, url=url, return_url=f"{self.site}/learn/", at=self.now(), mode=mode or "Normal"
        )
        if registration and str(launched.session.registration.uuid) != registration:
            raise ValueError("another registration")
        return {"url": launched.url}

    def units(self, course: str) -> list[Any]:
        from talka.courses.models import PackageUnit

        return list(PackageUnit.objects.playable().filter(package__uuid=course).select_related("package__course").order_by("order"))

    def waive(self, registration: str, unit: int, reason: str) -> dict[str, Any]:
        from talka.courses.cmi5 import actions
        from talka.courses.models import Cmi5Registration

        row = Cmi5Registration.objects.get(uuid=registration)
        actions.waive(registration=row, unit=self.units(row.package.uuid)[unit], reason=reason, by=self.staff, at=self.now())
        return {}

    def abandon(self, session: str) -> dict[str, Any]:
        from talka.courses.cmi5 import actions
        from talka.courses.models import Cmi5Session

        actions.abandon(session=Cmi5Session.objects.get(uuid=session), by=self.staff, at=self.now())
        return {}


def answering(desk: Desk) -> type[BaseHTTPRequestHandler]:
    from talka.courses.packages.actions import PackageRefused

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                if self.path == "/course":
                    said, status = desk.take(self.headers["X-Name"], self.chunks()), 200
                else:
                    asked = json.loads(
                        self.rfile.read(int(self.headers["Content-Length"])) if self.headers["Content-Length"] else self.chunks()
                    )
                    said, status = {"/launch": desk.launch, "/waive": desk.waive, "/abandon": desk.abandon}[self.path](**asked), 200
            except PackageRefused as refused:
                said, status = {"refused": str(refused)}, 422
            except Exception as error:  # noqa: BLE001  # the suite shows it with the test that asked
                said, status = {"error": repr(error)}, 500
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def chunks(self) -> bytes:
            content = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content

        def log_message(self, *_args: Any) -> None:
            """The suite's own report is enough."""

    return Answering


def main() -> int:
    if len(sys.argv) < 2 and not os.environ.get("LTS_SUITE"):
        sys.stdout.write(__doc__ or "")
        return 2
    suite = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["LTS_SUITE"]).resolve()
    with tempfile.TemporaryDirectory(prefix="talka-conformance-") as folder:
        data, port = Path(folder), free_port()
        site = f"http://127.0.0.1:{port}"
        os.environ |= {"TALKA_URL": site, "TALKA_DATA": folder, "DJANGO_SETTINGS_MODULE": "talka.settings"}
        env = environment(data) | {"TALKA_URL": site}
        subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=env, cwd=HERE.parent.parent, check=True)
        subprocess.run([sys.executable, "-m", "django", "collectstatic", "--noinput", "-v0"], env=env, cwd=HERE.parent.parent, check=True)
        server = start(data, port, more={"TALKA_URL": site})
        try:
            desk = Desk(site)
            counter = ThreadingHTTPServer(("127.0.0.1", 0), answering(desk))
            threading.Thread(target=counter.serve_forever, daemon=True).start()
            return run(suite, data, site, desk, counter.server_port)
        finally:
            os.killpg(server.pid, 15)
            server.wait()


def run(suite: Path, data: Path, site: str, desk: Desk, port: int) -> int:
    """Jest on the suite; answers its exit code."""
    import base64

    (data / "puppeteer.js").write_text(PUPPETEER % json.dumps(os.environ.get("CHROMIUM", "/usr/bin/chromium")))
    env = os.environ | {
        "CATAPULT_LMS": str(HERE / "cmi5.lms.js"),
        "TALKA_DESK": f"http://127.0.0.1:{port}",
        "TALKA_XAPI": f"{site}/xapi",
        "TALKA_KEY": "Basic " + base64.b64encode(":".join(desk.key).encode()).decode(),
        "JEST_PUPPETEER_CONFIG": str(data / "puppeteer.js"),
    }
    command = ["npx", "jest", "--runInBand", "--testTimeout=120000", *sys.argv[2:]]
    return subprocess.run(command, env=env, cwd=suite, check=False).returncode


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent.parent / "src"))
    sys.exit(main())
