"""Are the translations complete and sound? Extracts every text anew and names what is wrong. Exit status 1 if anything is.

Wrong is: a text without a translation or with a doubtful ("fuzzy") one, a placeholder or an HTML tag that the translation loses or invents,
a plural that has not as many forms as the language, and a rule for plurals that is not the one that Django's own catalogue has.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from gettext import c2py
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
# What a translation must carry over as it is: %(name)s, %s, a doubled %, {name}, and tags with all they hold.
KEPT = re.compile(r"%\(\w+\)[a-z]|%s|%%|\{[^{}]*\}|<[^>]+>")


def main() -> int:
    if not shutil.which("xgettext"):
        print("xgettext is missing, so the translations cannot be checked. Install it: sudo apt-get install gettext", file=sys.stderr)
        return 1
    found = 0
    for place in unseen_names():
        print(f"{place}: xgettext does not know this name, so its texts are never extracted; import it as `_` or under its own name")
        found += 1
    for language, catalogue in extracted().items():
        texts = [m for m in catalogue if m.id]
        missing = [m.id for m in texts if m.fuzzy or not all(forms(m))]
        broken = [complaint for m in texts if not m.fuzzy and all(forms(m)) for complaint in complaints(m, catalogue)]
        if plural_rule(catalogue.plural_forms) != plural_rule(rule_of_django(language)):
            broken.append(f"the header's Plural-Forms are not those of Django: {rule_of_django(language)}")
        print(f"{language}: {len(texts) - len(missing)} of {len(texts)} texts translated, {len(broken)} of them wrong")
        for text in missing[:20]:
            print(f"  missing: {text!r}")
        for complaint in broken[:20]:
            print(f"  wrong: {complaint}")
        found += len(missing) + len(broken)
    return int(bool(found))


def extracted() -> dict[str, Catalog]:
    """The catalogue of each language as it is after extracting all texts from a copy of the source."""
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
        return {language: catalogue_at(copy / "locale" / language / "LC_MESSAGES" / "django.po") for language in languages()}


def unseen_names() -> list[str]:
    """Where a function that translates is imported under a name of its own: file and line."""
    alias = re.compile(r"^\s*from django\.utils\.translation import .*\bn?p?gettext(_lazy|_noop)? as (?!_\b)\w+", re.MULTILINE)
    files = sorted((ROOT / "src" / "talka").rglob("*.py"))
    texts = {file: file.read_text() for file in files}
    return [f"{f.relative_to(ROOT)}:{texts[f][: m.start()].count(chr(10)) + 1}" for f in files for m in alias.finditer(texts[f])]


def languages() -> list[str]:
    """The languages that the site offers, beside English, which the source is written in."""
    text = (ROOT / "src" / "talka" / "settings.py").read_text()
    line = next(x for x in text.splitlines() if x.startswith("LANGUAGES = "))
    return [code for code, _name in ast.literal_eval(line.removeprefix("LANGUAGES = ")) if code != "en"]


def catalogue_at(path: Path) -> Catalog:
    with path.open("rb") as f:
        return read_po(f)


def rule_of_django(language: str) -> str:
    """The Plural-Forms of Django's own catalogue. Only its header is read: some of its texts have more forms than it says."""
    text = (Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.po").read_text()
    header = "".join(re.findall(r'^"(.*)"$', text.partition("\n\n")[0], re.MULTILINE))
    return re.search(r"Plural-Forms: (.*?)\\n", header).group(1)


def plural_rule(header: str) -> str:
    """The rule without spaces and the brackets around all of it, so that two ways to write it compare equal."""
    rule = re.sub(r"\s", "", header).rstrip(";")
    return re.sub(r"plural=\((.*)\)$", r"plural=\1", rule)


def forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string,)


def complaints(message: Message, catalogue: Catalog) -> list[str]:
    """What is wrong with one translated text.

    The first form of a plural may leave the number out ("One topic") where it stands for one alone. In French it stands for nought too,
    in Lithuanian for 21 and 31.
    """
    if not message.pluralizable:
        wanted, given = kept(message.id), kept(forms(message)[0])
        return [] if wanted == given else [f"{message.id!r} carries {sorted(wanted)}, its translation {sorted(given)}"]
    found = []
    if len(forms(message)) != catalogue.num_plurals:
        found.append(f"{message.id[0]!r} has {len(forms(message))} forms, the language {catalogue.num_plurals}")
    form_of = c2py(catalogue.plural_expr)
    first_is_one = [n for n in range(200) if form_of(n) == 0] == [1]
    one, many = set(kept(message.id[0])), set(kept(message.id[1]))
    for n, form in enumerate(forms(message)):
        given = set(kept(form))
        least = one & many if n == 0 and first_is_one else many
        if not least <= given <= many:
            found.append(f"{message.id[1]!r} carries {sorted(many)}, form {n} of its translation {sorted(given)}")
    return found


def kept(text: str) -> Counter[str]:
    return Counter(KEPT.findall(text))


if __name__ == "__main__":
    raise SystemExit(main())
