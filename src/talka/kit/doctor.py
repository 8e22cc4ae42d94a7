"""Findings about the installation: cause, effect and fix, the same on the page, as JSON and as exit code.

Rooms add their own checks with `@check`; a check answers None when all is well.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from talka.kit import worker


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is good, advice or broken. For good ones only `title` is filled."""

    name: str
    state: str
    title: str
    cause: str = ""
    effect: str = ""
    fix: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a check found."""

    state: str
    cause: str
    effect: str
    fix: str


_checks: dict[str, tuple[str, Callable[[], Trouble | None]]] = {}


def check(name: str, title: str) -> Callable[[Callable[[], Trouble | None]], Callable[[], Trouble | None]]:
    def keep(function: Callable[[], Trouble | None]) -> Callable[[], Trouble | None]:
        _checks[name] = (title, function)
        return function

    return keep


def findings() -> list[Finding]:
    """Every check's finding, the worst first."""
    found = []
    for name, (title, function) in _checks.items():
        try:
            trouble = function()
        except Exception as e:  # noqa: BLE001  # a check that fails is itself a finding
            trouble = Trouble(
                "broken", f"The check itself failed: {type(e).__name__}: {e}", "This part is not known.", "Report it with this text."
            )
        found.append(
            Finding(name, "good", title)
            if trouble is None
            else Finding(name, trouble.state, title, trouble.cause, trouble.effect, trouble.fix)
        )
    return sorted(found, key=lambda f: ("broken", "advice", "good").index(f.state))


@check("data", "The data folder can be written")
def _data() -> Trouble | None:
    if os.access(settings.DATA, os.W_OK):
        return None
    return Trouble("broken", f"{settings.DATA} is not writable.", "Nothing can be saved.", f"chown -R $(id -un) {settings.DATA}")


@check("disk", "There is room on the disk")
def _disk() -> Trouble | None:
    free = shutil.disk_usage(settings.DATA).free / 1e9
    if free >= 2:
        return None
    return Trouble(
        "broken" if free < 0.2 else "advice",
        f"{free:.1f} GB are free under {settings.DATA}.",
        "Below 0.2 GB uploads and statements will be refused.",
        "Make room, or move TALKA_DATA to a larger disk.",
    )


@check("secret", "The secret key is secret")
def _secret() -> Trouble | None:
    file = Path(settings.DATA) / "secret.key"
    if not file.exists() or not file.stat().st_mode & 0o077:
        return None
    return Trouble("broken", f"{file} can be read by others.", "Whoever reads it can sign in as anyone.", f"chmod 600 {file}")


@check("database", "The database answers and is whole")
def _database() -> Trouble | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)" if connection.vendor == "sqlite" else "SELECT 'ok'")
            answer = cursor.fetchone()[0]
    except (DatabaseError, sqlite3.Error) as e:
        return Trouble(
            "broken", f"The database does not answer: {e}", "The site is down.", "Check TALKA_DATABASE_URL and that the server runs."
        )
    if answer == "ok":
        return None
    return Trouble(
        "broken",
        f"The database file is damaged: {answer}",
        "Pages will fail.",
        "Stop the site and put the last backup back: talka restore FILE --replace",
    )


@check("migrations", "The database fits this version")
def _migrations() -> Trouble | None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return None
    return Trouble(
        "broken", f"{len(plan)} changes to the database are not made yet.", "Pages will fail.", "talka backup, then start with: talka up"
    )


@check("worker", "The worker for background jobs runs")
def _worker() -> Trouble | None:
    quiet = worker.silence()
    if quiet is not None and quiet < 60:
        return None
    since = "It never ran" if quiet is None else f"Its last sign of life is {quiet / 60:.0f} minutes old"
    return Trouble(
        "advice",
        f"{since}.",
        "Mail, long imports and fresh figures wait.",
        "Start the site with `talka up`, or `talka worker` on one node.",
    )


@check("mail", "Mail can be sent")
def _mail() -> Trouble | None:
    if settings.ENVIRONMENT.mail:
        return None
    return Trouble(
        "advice",
        "TALKA_MAIL_URL is not set.",
        f"Letters are kept as files in {settings.DATA}/mail; sign-in links must be copied by hand.",
        "Set TALKA_MAIL_URL=smtp+tls://user:password@host:587",
    )


@check("address", "The site's address is one that others can reach")
def _address() -> Trouble | None:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if host not in {"localhost", "127.0.0.1"}:
        return None
    return Trouble(
        "advice",
        f"TALKA_URL is {settings.SITE_URL}.",
        "Links in mail and identifiers in statements work on this machine only.",
        "Set TALKA_URL to the public address before real use.",
    )


@check("backup", "There is a backup of the last seven days")
def _backup() -> Trouble | None:
    folder = Path(settings.DATA) / "backups"
    newest = max((f.stat().st_mtime for f in folder.glob("talka-*.tar.gz")), default=None)
    if newest is not None and time.time() - newest < 7 * 86400:
        return None
    since = "There is none" if newest is None else f"The last one is {(time.time() - newest) / 86400:.0f} days old"
    return Trouble(
        "advice",
        f"{since} in {folder}.",
        "What was typed since then would be lost with this disk.",
        "talka backup (daily, from cron), and copy the file elsewhere",
    )


@check("debug", "Errors are not shown to strangers")
def _debug() -> Trouble | None:
    if not settings.DEBUG:
        return None
    return Trouble("broken", "TALKA_DEBUG is 1.", "Error pages show settings and data to anyone.", "Unset TALKA_DEBUG.")
