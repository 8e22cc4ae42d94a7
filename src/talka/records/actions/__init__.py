"""Writes of the record store."""

from talka.records.actions.erasure import delete, erase, pseudonymise, remove_sample
from talka.records.actions.refusals import CannotRetry, retry, tidy_refusals
from talka.records.actions.sources import Key, UnknownScope, add_key, make_source, revoke, rotate
from talka.records.actions.statements import Busy, Conflict, own_source, store, store_bulk

__all__ = [
    "Busy",
    "CannotRetry",
    "Conflict",
    "Key",
    "UnknownScope",
    "add_key",
    "delete",
    "erase",
    "make_source",
    "own_source",
    "pseudonymise",
    "remove_sample",
    "retry",
    "revoke",
    "rotate",
    "store",
    "store_bulk",
    "tidy_refusals",
]
