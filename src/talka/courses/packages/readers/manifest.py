"""What every reader answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from talka.courses.packages.unpacking import Finding


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to play (`kind`: content, au, sco) or a block of such things. `parent` is the key of the block it stands in."""

    key: str
    title: str
    kind: str
    href: str = ""
    parent: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """`kind` is one of Package.Kind; `units` in order, blocks before what they hold; `settings` belong to the kind; `language` as in the file."""

    kind: str
    title: str
    units: Sequence[Unit]
    settings: Mapping[str, Any] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    language: str = ""
