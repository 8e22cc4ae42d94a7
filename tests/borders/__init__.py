"""Who may open what: each room lists its addresses with the expected answer for every kind of viewer.

A room's file here holds `ROWS` and, if its addresses need things, `build(world)` that makes them.
`tests/architecture/test_borders.py` walks the whole address map and fails on an address without a row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

VIEWERS = (
    "signed out",
    "stranger",  # signed in, belongs to nobody
    "other cluster",  # works for a member of another cluster
    "other organisation",  # works for another member of the same cluster
    "member",  # works for the organisation in question
    "contact",  # is training contact of the organisation in question
    "editor",
    "evaluator",
    "manager",  # of the cluster in question
    "operator",
)
EVERYONE = dict.fromkeys(VIEWERS, 200)


def expect(default: int, **others: int) -> dict[str, int]:
    """The same answer for all but `others`; underscores stand for blanks: `expect(404, signed_out=302, manager=200)`."""
    return dict.fromkeys(VIEWERS, default) | {name.replace("_", " "): status for name, status in others.items()}


def staff_only(*parts: str, hidden: int = 404) -> dict[str, int]:
    """Operators and `parts` see it; the signed-out are sent to sign in; for all others it does not exist."""
    return expect(hidden, signed_out=302, operator=200) | dict.fromkeys(parts or ("manager", "editor", "evaluator"), 200)


@dataclass(frozen=True)
class Row:
    """One address. `name` as in reverse(); `kwargs` from the world; `expect` maps each viewer to a status; `data` makes it a POST."""

    name: str
    expect: Mapping[str, int]
    kwargs: Callable[[Any], dict[str, Any]] | Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    data: Callable[[Any], dict[str, Any]] | Mapping[str, Any] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        missing = set(VIEWERS) - set(self.expect)
        assert not missing, f"{self.name}: no expectation for {missing}"
