"""The command line, run as a person would: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def talka(*words: str, data: Path, **settings: str) -> tuple[int, str, str]:
    """Exit status, what was said, what went wrong."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TALKA_")}
    environment |= {"PYTHONPATH": str(ROOT / "src"), **settings}
    command = [sys.executable, "-m", "talka", *words, "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stdout, done.stderr
