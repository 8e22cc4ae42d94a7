"""A cmi5 package: its course structure as units and blocks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from talka.courses.cmi5.structure import Block, Broken, Structure, Texts, parse
from talka.courses.cmi5.structure import Unit as Assignable
from talka.courses.packages.readers.manifest import Manifest, Unit
from talka.courses.packages.unpacking import Finding, PackageRefused

FILE = "cmi5.xml"
LONGEST_TITLE = 400
LONGEST_KEY = 500


def read(folder: Path) -> Manifest:
    """What the structure in `folder` says. Raises PackageRefused with every clause that it breaks."""
    alone = [one.name for one in folder.iterdir()] == [FILE]
    try:
        found = parse((folder / FILE).read_bytes(), has_file=None if alone else lambda path: (folder / path).is_file())
    except Broken as broken:
        raise PackageRefused([Finding(FILE, says) for says in broken.findings]) from None
    settings: dict[str, Any] = {
        "id": found.id,
        "titles": found.title,
        "descriptions": found.description,
        "objectives": [{"id": o.id, "titles": o.title, "descriptions": o.description} for o in found.objectives],
    }
    language = next((tag for tag in found.title if tag != "und"), "")
    units = list(_units(found))
    clashes = (
        [Finding(FILE, _("has two ids that begin with the same {n} characters").format(n=LONGEST_KEY))]
        if len({u.key for u in units}) < len(units)
        else []
    )
    return Manifest(
        "cmi5", _title(found.title), units, settings, [Finding(FILE, says, grave=False) for says in found.remarks] + clashes, language
    )


def _title(texts: Texts) -> str:
    return " ".join(next(iter(texts.values()), "").split())[:LONGEST_TITLE] or FILE


def _units(structure: Structure) -> Iterator[Unit]:
    def walk(children: tuple[Assignable | Block, ...], parent: str | None) -> Iterator[Unit]:
        for child in children:
            key = child.id[:LONGEST_KEY]
            told: dict[str, Any] = {
                "id": child.id,
                "titles": child.title,
                "descriptions": child.description,
                "objectives": list(child.objectives),
            }
            if isinstance(child, Block):
                yield Unit(key, _title(child.title), "block", parent=parent, settings=told)
                yield from walk(child.children, key)
                continue
            told |= {
                "move_on": child.move_on, "mastery": child.mastery, "method": child.method, "activity_type": child.activity_type,
                "parameters": child.parameters, "entitlement": child.entitlement,
            }  # fmt: skip
            yield Unit(key, _title(child.title), "au", child.url, parent, told)

    return walk(structure.children, None)
