"""Writes of the record store."""

from talka.records.actions.sources import Key, UnknownScope, add_key, make_source, revoke, rotate
from talka.records.actions.statements import Busy, Conflict, own_source, store, store_bulk

__all__ = [
    "Busy",
    "Conflict",
    "Key",
    "UnknownScope",
    "add_key",
    "make_source",
    "own_source",
    "revoke",
    "rotate",
    "store",
    "store_bulk",
]
