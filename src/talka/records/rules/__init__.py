"""Pure decisions about statements, documents and those who may read or write them."""

from talka.records.rules.access import MANAGE_SOURCES, SCOPES, Scope
from talka.records.rules.statements import Invalid, agent_key, identity
from talka.records.rules.values import instant, iso, microseconds, read_duration, read_instant

__all__ = [
    "MANAGE_SOURCES",
    "SCOPES",
    "Invalid",
    "Scope",
    "actor_of",
    "agent_key",
    "identity",
    "instant",
    "iso",
    "microseconds",
    "read_duration",
    "read_instant",
]


def actor_of(uuid: object, base: str) -> dict[str, object]:
    """The actor for a person of this site: an account named by the person's uuid, never a name or an address."""
    return {"objectType": "Agent", "account": {"homePage": base, "name": str(uuid)}}
