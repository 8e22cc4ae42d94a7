"""`talka init`, `up`, `worker`: an empty network, and the processes that keep it running."""

import argparse
import gc
import hashlib
import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from talka.cli import Stop, start_django


def register(add, group) -> None:
    command = add(
        "init",
        init,
        "make an empty network",
        "Makes the database and the first operator, and prints the sign-in. Run again, it changes nothing.",
    )
    command.add_argument("--email", default="operator@localhost.localdomain", help="the operator's e-mail address")
    command = add(
        "up", up, "start the site: web and worker in one", "Starts the web server and the worker for background jobs. Ctrl-C stops both."
    )
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
    command = add(
        "worker",
        worker,
        "run background jobs only",
        "Runs background jobs: mail, imports, reports, the lake. `talka up` starts one; further web nodes need none.",
    )
    command = add("messages", messages, "compile the translations")
    command = add(
        "manage", manage, "run one of Django's own commands", "For developers: `talka manage shell`, `talka manage migrate --plan` ..."
    )
    command.add_argument("words", nargs=argparse.REMAINDER, metavar="...")


def init(given: argparse.Namespace) -> int:
    prepare()
    from django.utils.timezone import now

    from talka.people.actions import make_operator
    from talka.people.models import User

    if known := User.objects.filter(is_superuser=True).first():
        print(f"There is an operator already: {known.email}. Nothing was changed.")
        return 0
    password = secrets.token_urlsafe(12)
    operator = User.objects.create_user(given.email, password, name="Operator")
    make_operator(user=operator, by=None, at=now())
    print(f"An empty network is ready.\n\n  sign in as  {operator.email}\n  password    {password}\n\nStart it with: talka up")
    return 0


def prepare(*, quietly: bool = False) -> None:
    """Database up to date, translations compiled, static files gathered; seconds when there is nothing to do."""
    compile_messages()
    start_django()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        if not quietly:
            print(f"Preparing the database: {len(plan)} steps ...", flush=True)
        # On a first start both take long, and neither needs the other.
        with beside("from talka.cli import serve, start_django; start_django(); serve.gather_static()"):
            migrate()
    gather_static()


@contextmanager
def beside(code: str) -> Iterator[None]:
    """`code` runs in a process of its own meanwhile. How it ended is not asked: whoever needs its work looks whether it is there."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own line
    try:
        yield
    finally:
        process.wait()


def migrate() -> None:
    """The database as this version needs it.

    Every step makes hundreds of model classes anew; a collector that looks through them as often as usual takes a third of the time.
    """
    from django.core.management import call_command

    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def gather_static() -> None:
    """Collects static files when any of them changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    seen = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            seen.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".gathered"
    if not stamp.exists() or stamp.read_text() != seen.hexdigest():
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(seen.hexdigest())


def compile_messages() -> int:
    """Compiles each translation that is newer than its compiled form. Answers how many."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    done = 0
    for source in Path(__file__).resolve().parent.parent.glob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as po:
            catalogue = read_po(po)
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as mo:
            write_mo(mo, catalogue)
        fresh.replace(target)
        done += 1
    return done


def messages(_given: argparse.Namespace) -> int:
    compile_messages()
    return 0


def manage(given: argparse.Namespace) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["talka manage", *given.words])
    return 0


def worker(_given: argparse.Namespace) -> int:
    start_django()
    from talka.kit.worker import run

    code = run()
    # An answer may be half-way in a thread of its own, inside libraries that cannot be stopped in mid-step and would abort the process.
    # Nothing of it is kept before it is whole, so ending here loses nothing.
    logging.shutdown()
    os._exit(code)


def up(given: argparse.Namespace) -> int:
    prepare()
    print(f"Talka listens on http://{given.host}:{given.port} (Ctrl-C stops it)", flush=True)
    return Supervisor(given.host, given.port).run()


class Supervisor:
    """Keeps the web server and the worker running, and pauses both while a backup is put back.

    Files under TALKA_DATA/run: `up.pid` says that a site runs here; `pause` asks it to stop serving, `paused` answers.
    """

    def __init__(self, host: str, port: int) -> None:
        from django.conf import settings

        self.run_folder = Path(settings.DATA) / "run"
        self.run_folder.mkdir(exist_ok=True)
        self.commands = {
            "web": [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1",
                "--blocking-threads", str(settings.ENVIRONMENT.threads), "--backlog", "1024", "--http", "1", "--log-level", "error",
                "--no-ws", "talka.wsgi:application",
            ],
            "worker": [sys.executable, "-m", "talka", "worker"],
        }  # fmt: skip
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def run(self) -> int:
        pid = self.run_folder / "up.pid"
        if pid.exists() and alive(pid.read_text()):
            raise Stop(f"a site already runs on this folder (process {pid.read_text().strip()}). Stop it first, or name another --data.")
        pid.write_text(str(os.getpid()))
        for name in ("pause", "paused"):
            (self.run_folder / name).unlink(missing_ok=True)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            self._start()
            return self._watch()
        finally:
            self._stop()
            pid.unlink(missing_ok=True)

    def _asked_to_stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def _start(self) -> None:
        self.children = {name: self._begin(name) for name in self.commands}

    def _begin(self, name: str) -> subprocess.Popen[bytes]:
        # A group of its own, so that nothing that it started outlives it.
        return subprocess.Popen(self.commands[name], start_new_session=True)  # noqa: S603  # our own command

    def _stop(self) -> None:
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        self.children = {}

    def _watch(self) -> int:
        while not self.stopping:
            time.sleep(0.2)
            if (self.run_folder / "pause").exists():
                self._pause()
            if (code := self.children["web"].poll()) is not None:
                raise Stop(f"the web server ended with status {code}; its last lines stand above. Everything saved is kept.")
            if self.children["worker"].poll() is not None:
                time.sleep(1)
                self.children["worker"] = self._begin("worker")
        return 0

    def _pause(self) -> None:
        self._stop()
        (self.run_folder / "paused").touch()
        while (self.run_folder / "pause").exists() and not self.stopping:
            time.sleep(0.1)
        (self.run_folder / "paused").unlink(missing_ok=True)
        self._start()


def alive(pid: str) -> bool:
    """Whether a process of this number runs and is one of ours."""
    try:
        os.kill(int(pid), 0)
        return "talka" in Path(f"/proc/{int(pid)}/cmdline").read_text()
    except (OSError, ValueError):
        return False
