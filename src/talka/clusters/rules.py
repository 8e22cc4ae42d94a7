"""Pure decisions about clusters: who counts as what, who may do what."""

from dataclasses import dataclass

from talka.people.rules import STAFF, Ability, Part

WORK = Ability("open the workspace of this cluster", STAFF)
ADMIT = Ability("admit members to this cluster", frozenset({Part.MANAGER}))
APPOINT = Ability("give parts in this cluster", frozenset({Part.MANAGER}))
SERVE = Ability("change the services of this cluster", frozenset({Part.MANAGER}))


@dataclass(frozen=True, slots=True)
class Commitment:
    signed: bool
    pays: bool
    gives_in_kind: bool
    activities_last_year: int


def is_committed(c: Commitment, *, regular: int = 4) -> bool:
    """A member counts as committed if it has signed, pays, gives in kind, or took part at least `regular` times in a year.

    Source: definition of "Clusters are Individuals" (2012); `regular` is ours.
    """
    return c.signed or c.pays or c.gives_in_kind or c.activities_last_year >= regular
