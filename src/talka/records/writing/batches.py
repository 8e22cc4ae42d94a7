"""What is handed to the writer, and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from talka.records import packing
from talka.records.models import Term
from talka.records.rules.statements import Statement

AGENT, VERB, ACTIVITY, REGISTRATION, TEXT, SOURCE, BORDER = (int(k) for k in Term.Kind)

# Takes what is to be done once the transaction is committed: Django's `transaction.on_commit`, or a list's `append`.
Later = Callable[[Callable[[], None]], object]


class Conflict(Exception):
    """A statement of this id is stored already and says something else."""


class Busy(Exception):
    """The database did not take the statements in time. Nothing was stored; try again."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of statements as the writer needs it: its key and its border (a cluster's key, 0 for the network)."""

    source: int
    border: int


@dataclass(slots=True)
class Batch:
    """Statements that are stored together or not at all, with what became of them."""

    origin: Origin
    statements: Sequence[Statement]
    packed: list[tuple[int, bytes]] = field(default_factory=list)
    error: Exception | None = None

    def pack(self) -> "Batch":
        """Compresses now, so that nobody waits for it in the line."""
        self.packed = packing.pack_all(s.json for s in self.statements)
        return self


@dataclass(slots=True)
class Outcome:
    """What `write_what_fits` did: statements new and known, and the ids of those that clash."""

    new: int = 0
    known: int = 0
    conflicts: list[str] = field(default_factory=list)
