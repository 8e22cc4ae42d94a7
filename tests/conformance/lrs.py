"""Runs the public ADL conformance suite against our own server: `python tests/conformance/lrs.py SUITE_FOLDER [1.0.3|2.0.0 ...]`.

The suite (github.com/adlnet/lrs-conformance-test-suite, with its `npm install` done, Node 20) is not part of this repository.
Each version gets an empty store of its own. Exit code 0 where nothing failed.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEY, SECRET = "conformance", "a-secret-for-this-run-only"
MAKE_KEY = f"""
import django; django.setup()
from django.utils.timezone import now
from talka.records import actions
actions.add_key(source=actions.make_source(name="Conformance", by=None, at=now()), by=None, at=now(), key="{KEY}", secret="{SECRET}")
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def environment(data: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TALKA_")}
    return kept | {"TALKA_DATA": str(data), "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "talka.settings"}


def start(
    data: Path, port: int, application: str = "talka.wsgi:application", more: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """The server on a store in `data`, ready to answer; `more` are further settings of its environment."""
    env = environment(data) | (more or {})
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
         "--blocking-threads", "8", "--backpressure", "64", "--log-level", "error", application],
        env=env, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 240  # a busy machine starts slowly
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/xapi/about", timeout=10):
                return server
        except OSError:
            time.sleep(0.1)
    stop(server)
    raise SystemExit("The server did not start.")


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ends the server with all its workers, whatever they are at."""
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)  # the group that `start` made
        server.wait()


def prepare(data: Path) -> None:
    """An empty store with one source."""
    env = environment(data)
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=env, cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-c", MAKE_KEY], env=env, cwd=ROOT, check=True)


def run(suite: Path, version: str) -> dict[str, int]:
    """Runs the suite for one version; answers its last count."""
    with tempfile.TemporaryDirectory(prefix="talka-conformance-") as folder:
        data, port = Path(folder), free_port()
        prepare(data)
        server = start(data, port)
        try:
            told = subprocess.run(
                ["node", "bin/console_runner.js", "-e", f"http://127.0.0.1:{port}/xapi", "-a", "-u", KEY, "-p", SECRET, "-x", version, "-z"],
                cwd=suite, capture_output=True, text=True, check=False, timeout=900,
            ).stdout  # fmt: skip
        finally:
            stop(server)
    counts = re.findall(r'\{"total".*?\}', told)
    if not counts:
        raise SystemExit(f"The suite did not run:\n{told[-2000:]}")
    return json.loads(counts[-1])


def main(arguments: list[str]) -> int:
    if not arguments and (folder := os.environ.get("LRS_SUITE")):
        arguments = [folder]
    if not arguments or not (Path(arguments[0]) / "bin" / "console_runner.js").is_file():
        print("Name the folder of the suite: make conformance LRS_SUITE=/path/to/lrs-conformance-test-suite", file=sys.stderr)  # noqa: T201  # a command prints
        return 2
    failed = 0
    for version in arguments[1:] or ["1.0.3", "2.0.0"]:
        count = run(Path(arguments[0]), version)
        print(f"xAPI {version}: {count['passed']} of {count['total']} passed, {count['failed']} failed")  # noqa: T201
        failed += count["failed"] + (count["passed"] < count["total"])
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
