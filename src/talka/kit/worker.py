"""The worker process: queued tasks in the main thread, recurring work beside it, and a sign of life."""

import threading
import time
from pathlib import Path

from django.conf import settings
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from talka.kit import schedule


def pulse_file() -> Path:
    return Path(settings.DATA) / "run" / "worker.pulse"


def beat() -> None:
    pulse_file().parent.mkdir(exist_ok=True)
    pulse_file().touch()


def silence() -> float | None:
    """Seconds since the worker's last sign of life; None if there never was one."""
    file = pulse_file()
    return time.time() - file.stat().st_mtime if file.exists() else None


def run() -> int:
    """Works until told to stop."""
    stop = threading.Event()
    schedule.every(10, beat, name="sign of life", first=0)
    beat()
    beside = threading.Thread(target=schedule.keep, args=(stop,), name="schedule", daemon=True)
    beside.start()
    worker = Worker(
        queue_names=["*"],
        interval=1.0,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(24),
        excluded_queue_names=[],
    )
    worker.configure_signals()
    try:
        worker.run()
    finally:
        stop.set()
        beside.join(timeout=10)
    return 0
