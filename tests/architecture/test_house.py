"""What the import contract cannot see: keys that point up, rooms entered through their views, rooms without a README, forbidden files."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent
HOUSE = ROOT / "src" / "talka"
# From the top floor down; a room knows only rooms after it.
FLOORS = ["home", "insight", "curriculum", "courses", "surveys", "records|skills", "clusters", "people", "kit"]
FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor.split("|")}
FORBIDDEN = {"services", "utils", "helpers", "managers", "mixins", "exceptions"}
OPEN_TO_OTHERS = {"models", "queries", "actions", "rules", "signals"}


def sources():
    return sorted(p for p in HOUSE.rglob("*.py") if "migrations" not in p.parts)


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_foreign_keys_point_down(room):
    up = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in apps.get_app_config(room).get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model and (other := field.related_model._meta.app_label) in FLOOR
        if other != room and FLOOR[other] <= FLOOR[room]
        # Django's own seam: whoever is signed in is named by a setting, not by a room.
        if field.related_model._meta.label != settings.AUTH_USER_MODEL
    ]
    assert not up


def test_a_room_is_entered_through_its_open_files():
    wrong = []
    for path in sources():
        room = path.relative_to(HOUSE).parts[0]
        if room not in FLOOR:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [f"{node.module}.{a.name}" for a in node.names]
                if isinstance(node, ast.ImportFrom) and node.module
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            for name in names:
                match = re.match(r"talka\.(\w+)\.(\w+)", name)
                if match and match[1] in FLOOR and match[1] not in {room, "kit"} and match[2] not in OPEN_TO_OTHERS:
                    wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert not wrong


def test_no_file_has_a_name_that_says_nothing():
    assert not [str(p.relative_to(ROOT)) for p in sources() if p.stem in FORBIDDEN]


@pytest.mark.parametrize("room", [*sorted(FLOOR), "science"])
def test_every_room_has_a_readme(room):
    text = (HOUSE / room / "README.md").read_text()
    assert text.startswith("# ")
    assert len(text.split()) >= 30


LONGEST = 500


def test_files_stay_readable():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in sources()}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}


def test_nothing_is_left_for_later():
    """No marker of unfinished work."""
    found = []
    for path in sources():
        text = path.read_text()
        found += [f"{path.relative_to(ROOT)}: {word}" for word in ("TODO", "FIXME", "XXX") if word in text]
    assert not found


def test_every_setting_is_documented():
    from talka.environment import SETTINGS

    text = (ROOT / "docs" / "operators.md").read_text()
    assert not [s.name for s in SETTINGS if s.name not in text]


def test_every_command_is_documented():
    from talka.cli import _parser

    commands = next(a for a in _parser()._actions if a.metavar == "COMMAND").choices
    text = (ROOT / "docs" / "operators.md").read_text()
    assert not [c for c in commands if f"talka {c}" not in text]


def test_signals_and_slots_are_listed():
    """ARCHITECTURE.md names every signal and every slot."""
    text = (ROOT / "ARCHITECTURE.md").read_text()
    signals = {m for p in HOUSE.glob("*/signals.py") for m in re.findall(r"^(\w+) = Signal\(", p.read_text(), re.MULTILINE)}
    slots = {m for p in HOUSE.rglob("*.html") for m in re.findall(r'\{% slot "([\w.-]+)"', p.read_text())}
    assert not {name for name in signals | slots if f"`{name}`" not in text}
