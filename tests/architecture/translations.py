"""Are the translations complete? Extracts every text anew and names what has no translation. Exit status 1 if anything is missing."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    if not shutil.which("xgettext"):
        print("xgettext is missing, so the translations cannot be checked. Install it: sudo apt-get install gettext", file=sys.stderr)
        return 1
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work) / "talka"
        shutil.copytree(ROOT / "src" / "talka", copy, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
        for language in languages():
            (copy / "locale" / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "TALKA_DATA": f"{work}/data",
            "DJANGO_SETTINGS_MODULE": "talka.settings",
        }
        command = [sys.executable, "-m", "django", "makemessages", "--no-location", "--no-wrap", *(f"--locale={x}" for x in languages())]
        subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
        for language in languages():
            with (copy / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as f:
                catalogue = read_po(f, locale=language)
            missing = [
                m.id for m in catalogue if m.id and (m.fuzzy or not all(m.string if isinstance(m.string, (list, tuple)) else [m.string]))
            ]
            print(f"{language}: {len(catalogue) - len(missing)} of {len(catalogue)} texts translated")
            for text in missing[:20]:
                print(f"  missing: {text!r}")
            wrong += len(missing)
    return int(bool(wrong))


def languages() -> list[str]:
    """The languages that the site offers, beside English, which the source is written in."""
    text = (ROOT / "src" / "talka" / "settings.py").read_text()
    line = next(x for x in text.splitlines() if x.startswith("LANGUAGES = "))
    return [code for code, _name in ast.literal_eval(line.removeprefix("LANGUAGES = ")) if code != "en"]


if __name__ == "__main__":
    raise SystemExit(main())
