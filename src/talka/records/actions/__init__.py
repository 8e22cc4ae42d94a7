"""Writes of the record store."""

from talka.records.actions.erasure import delete, erase, pseudonymise, remove_sample
from talka.records.actions.importing import BadFile, Report, import_file
from talka.records.actions.refusals import CannotRetry, retry, tidy_refusals
from talka.records.actions.sources import Key, UnknownScope, add_key, make_source, revoke, rotate
from talka.records.actions.statements import Busy, Conflict, own_source, store, store_bulk

__all__ = [
    "BadFile",
    "Busy",
    "CannotRetry",
    "Conflict",
    "Key",
    "Report",
    "UnknownScope",
    "add_key",
    "delete",
    "erase",
    "import_file",
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
