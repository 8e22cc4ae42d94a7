"""What a source may do, and who may look after sources."""

from enum import StrEnum

from talka.people.rules import Ability, Part

MANAGE_SOURCES = Ability("look after the sources of statements here", frozenset({Part.MANAGER}))


class Scope(StrEnum):
    """What a credential opens."""

    WRITE = "statements/write"
    READ_MINE = "statements/read/mine"
    READ = "statements/read"
    STATE = "state"
    PROFILE = "profile"
    ALL = "all"


SCOPES = tuple(Scope)


def allows(scopes: frozenset[str], needed: Scope) -> bool:
    """Whether these scopes open `needed`; reading all includes reading one's own, `all` includes everything."""
    if Scope.ALL in scopes or needed in scopes:
        return True
    return needed == Scope.READ_MINE and Scope.READ in scopes
