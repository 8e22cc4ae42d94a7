"""`talka backup` and `restore`: everything that a person typed or did, in one file; both while the site is up."""

import argparse
import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from talka import __version__
from talka.cli import Stop, start_django
from talka.cli.serve import alive, migrate

FORMAT = "talka-backup/1"
# The lake, static files and pictures of charts are made anew from the rest.
KEPT_FOLDERS = ("media", "packages")


def register(add, group) -> None:
    command = add(
        "backup", backup, "keep everything in one file", "Writes database, uploads and the secret key into one file. The site may stay up."
    )
    command.add_argument("file", nargs="?", help="where to write (default: TALKA_DATA/backups/talka-DATE.tar.gz)")
    command = add(
        "restore", restore, "put a backup back",
        "Checks a backup whole, then puts it back. A running site pauses for it and goes on by itself. What is there now is kept beside it first.",
    )  # fmt: skip
    command.add_argument("file", help="a file that `talka backup` wrote")
    command.add_argument("--replace", action="store_true", help="needed when this installation already holds data")
    add(
        "upgrade", upgrade, "bring the data up to the program's version",
        "After new code is installed: keeps a backup, changes the database, checks the result, and puts the backup back by itself if anything fails.",
    )  # fmt: skip


def backup(given: argparse.Namespace) -> int:
    start_django()
    from django.conf import settings

    target = Path(given.file) if given.file else settings.DATA / "backups" / f"talka-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"
    write(target.resolve())
    print(f"Kept in {target} ({target.stat().st_size / 1e6:.1f} MB). Read it back with: talka restore {target}")
    return 0


def write(target: Path) -> None:
    """Writes a whole backup to `target`; a broken run leaves no file of that name."""
    from django.conf import settings

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as work:
        folder = Path(work)
        database = dump_database(folder)
        files = [("secret.key", settings.DATA / "secret.key")] if (settings.DATA / "secret.key").exists() else []
        for name in KEPT_FOLDERS:
            files += [
                (str(p.relative_to(settings.DATA)), p)
                for p in sorted((settings.DATA / name).rglob("*"))
                if p.is_file() and not p.is_symlink()
            ]
        files.append((f"database/{database.name}", database))
        manifest = {"format": FORMAT, "version": __version__, "made_at": datetime.now(UTC).isoformat(), "files": {}}
        fresh = folder / "backup.tar.gz"
        with tarfile.open(fresh, "w:gz", compresslevel=4) as tar:
            for name, path in files:
                manifest["files"][name] = digest(path)
                tar.add(path, arcname=name, recursive=False)
            text = json.dumps(manifest, indent=1).encode()
            entry = tarfile.TarInfo("manifest.json")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
        fresh.replace(target)


def dump_database(folder: Path) -> Path:
    """A consistent copy of the live database in `folder`."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        copy = folder / "talka.sqlite3"
        source, target = sqlite3.connect(database["NAME"]), sqlite3.connect(copy)
        with source, target:
            source.backup(target)
        source.close()
        target.close()
        return copy
    copy = folder / "talka.pgdump"
    run_pg("pg_dump", ["--format=custom", "--no-owner", f"--file={copy}", "--dbname", settings.ENVIRONMENT.database])
    return copy


def run_pg(program: str, words: list[str]) -> None:
    if not shutil.which(program):
        raise Stop(f"{program} is not on this machine. Install it: sudo apt-get install postgresql-client")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)  # noqa: S603  # a fixed program, no shell
    if done.returncode:
        raise Stop(f"{program} failed: {done.stderr.strip()[-600:]}")


def digest(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def restore(given: argparse.Namespace) -> int:
    start_django()
    from django.conf import settings

    source = Path(given.file).resolve()
    if not source.is_file():
        raise Stop(f"{source} is not a file.")
    with tempfile.TemporaryDirectory(dir=settings.DATA, prefix=".restore-") as work:
        folder = Path(work)
        manifest = unpack(source, folder)
        if holds_data() and not given.replace:
            raise Stop(
                "this installation holds data already. Nothing was changed. To put the backup in its place, add --replace; what is here now is kept in TALKA_DATA/backups first."
            )
        with pause(settings.DATA):
            if holds_data():
                write(settings.DATA / "backups" / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz")
            load_database(folder)
            for name in KEPT_FOLDERS:
                shutil.rmtree(settings.DATA / name, ignore_errors=True)
                if (folder / name).exists():
                    (folder / name).rename(settings.DATA / name)
            if (folder / "secret.key").exists():
                (folder / "secret.key").replace(settings.DATA / "secret.key")
            for name in ("lake", "cache"):
                shutil.rmtree(settings.DATA / name, ignore_errors=True)
            migrate()
    print(
        f"Restored what was kept on {manifest['made_at'][:16].replace('T', ' ')} UTC ({len(manifest['files'])} files). The figures are computed anew."
    )
    return 0


def upgrade(_given: argparse.Namespace) -> int:
    """Check, backup, migrate, verify; rolls back by itself."""
    start_django()
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from talka.cli.serve import prepare

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        prepare(quietly=True)
        print("The data fits this version already. Nothing was changed.")
        return 0
    kept = settings.DATA / "backups" / f"before-upgrade-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"
    with pause(settings.DATA):
        write(kept)
        print(f"Kept everything in {kept}.\nChanging the database: {len(plan)} steps ...", flush=True)
        try:
            migrate()
            verify()
        except Exception as e:
            with tempfile.TemporaryDirectory(dir=settings.DATA, prefix=".restore-") as work:
                unpack(kept, Path(work))
                load_database(Path(work))
            raise Stop(
                f"the upgrade failed and was rolled back ({type(e).__name__}: {e}). Your data is as before; run the earlier version of the program."
            ) from e
    prepare(quietly=True)
    print("Upgraded. Start the site with: talka up")
    return 0


def verify() -> None:
    """Every table of every room can be read. Raises what the database raises."""
    from django.apps import apps

    for model in apps.get_models():
        if not model._meta.proxy and model._meta.managed:  # noqa: SLF001  # Django's documented model API
            model._default_manager.order_by().first()  # noqa: SLF001  # as above


def holds_data() -> bool:
    """Whether somebody ever signed up here."""
    from django.db import DatabaseError

    from talka.people.models import User

    try:
        return User.objects.exists()
    except DatabaseError:
        return False


def unpack(source: Path, folder: Path) -> dict:
    """Unpacks and checks every file against the manifest before anything is touched. Raises Stop."""
    try:
        with tarfile.open(source) as tar:
            tar.extractall(folder, filter="data")
        manifest = json.loads((folder / "manifest.json").read_text())
    except (tarfile.TarError, OSError, ValueError) as e:
        raise Stop(f"{source} is not a whole backup ({e}). Nothing was changed.") from e
    if manifest.get("format") != FORMAT:
        raise Stop(f"{source} has the format {manifest.get('format')!r}; this version reads {FORMAT}. Nothing was changed.")
    for name, expected in manifest["files"].items():
        if not (folder / name).is_file() or digest(folder / name) != expected:
            raise Stop(f"{source} is damaged: {name} is not what was kept. Nothing was changed.")
    return manifest


def load_database(folder: Path) -> None:
    from django.conf import settings
    from django.db import connections

    database = settings.DATABASES["default"]
    connections.close_all()
    lite, post = folder / "database" / "talka.sqlite3", folder / "database" / "talka.pgdump"
    if database["ENGINE"].endswith("sqlite3"):
        if not lite.exists():
            raise Stop("this backup is of a PostgreSQL installation: set TALKA_DATABASE_URL. Nothing was changed.")
        source, target = sqlite3.connect(lite), sqlite3.connect(database["NAME"], timeout=60)
        with source, target:
            source.backup(target)
        source.close()
        target.close()
        return
    if not post.exists():
        raise Stop("this backup is of an SQLite installation: unset TALKA_DATABASE_URL. Nothing was changed.")
    run_pg(
        "pg_restore", ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname", settings.ENVIRONMENT.database, str(post)]
    )


@contextmanager
def pause(data: Path, *, patience: float = 40) -> Iterator[None]:
    """A site running on this folder stops serving inside the block and goes on after it."""
    run = data / "run"
    if not ((run / "up.pid").exists() and alive((run / "up.pid").read_text())):
        yield
        return
    (run / "pause").touch()
    try:
        end = time.monotonic() + patience
        while not (run / "paused").exists():
            if time.monotonic() > end:
                raise Stop("the running site did not pause. Nothing was changed. Stop it and try again.")
            time.sleep(0.1)
        yield
    finally:
        (run / "pause").unlink(missing_ok=True)
