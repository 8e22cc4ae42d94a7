"""`talka demo`: the living example."""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from talka.cli import serve


def register(add, group) -> None:
    command = add(
        "demo", demo, "fill the sample network and start the site",
        "Makes two pilot clusters with people, a survey, a course and a year of use, all generated and marked as sample data, and starts the site. "
        "The second time it starts at once.",
    )  # fmt: skip
    command.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    command.add_argument(
        "--check", action="store_true", help="start, walk every page of a tour as every kind of person, print one line per page, stop"
    )
    command.add_argument("--remove", action="store_true", help="remove the sample network and keep everything else")


def demo(given: argparse.Namespace) -> int:
    if not given.data and "TALKA_DATA" not in os.environ:
        os.environ["TALKA_DATA"] = str(Path("data") / "demo")
    os.environ.setdefault("TALKA_URL", f"http://localhost:{given.port}")
    serve.prepare()
    keep_names()
    from talka.home import actions, queries

    if given.remove:
        actions.remove_sample(by=None, at=datetime.now(UTC))
        print("The sample network is removed; everything else is kept.")
        return 0
    if not queries.look_for_sample():
        fill()
    if given.check:
        from talka.cli.tour import walk

        return walk(given.port)
    sign_ins = actions.sample_signins()
    width = max(len(s.email) for s in sign_ins)
    print(f"\nTalka's sample network: http://localhost:{given.port}\nEvery person and figure in it is generated. Sign in as\n")
    for s in sign_ins:
        print(f"  {s.email:<{width}}  {s.kind}: {s.look}")
    print(f"\n  password for all: {sign_ins[0].password}\n\nRemove it again with: talka demo --remove\n", flush=True)
    supervisor = serve.Supervisor(given.host, given.port)
    return supervisor.run()


def keep_names() -> None:
    """A sample network that was made on another port keeps the names that its statements have; web and worker inherit them."""
    from django.conf import settings

    from talka.records.actions.statements import named_after

    if "TALKA_NAMES_URL" not in os.environ:
        os.environ["TALKA_NAMES_URL"] = settings.NAMES_URL = named_after()


def fill() -> None:
    """Builds the sample network with a line of progress."""
    from talka.home import actions
    from talka.kit import memory

    start, on_screen = time.monotonic(), sys.stdout.isatty()

    last = ""

    def show(text: str, share: float) -> None:
        nonlocal last
        if not on_screen and text == last:
            return
        last = text
        line = f"  {share:4.0%}  {text}"
        print(f"\r\x1b[K{line}" if on_screen else line, end="" if on_screen else "\n", flush=True)

    print("Making the sample network (once) ...", flush=True)
    actions.build_sample(at=datetime.now(UTC), progress=show)
    show("The figures", 0.97)
    memory.answer_ahead()
    print(f"{chr(13) if on_screen else ''}Ready after {time.monotonic() - start:.0f} s.{' ' * 40 if on_screen else ''}", flush=True)
