"""Writes of the record store."""

from talka.records.actions.erasure import delete, erase, pseudonymise, remove_sample
from talka.records.actions.forwarding import BadAddress, forward_due, make_forward, resume_forward, stop_forward
from talka.records.actions.importing import BadFile, BadImport, Report, import_file
from talka.records.actions.refusals import CannotRetry, retry, tidy_refusals
from talka.records.actions.sources import Key, UnknownScope, add_key, add_source, make_source, revoke, rotate
from talka.records.actions.statements import Busy, Conflict, own_source, store, store_bulk
from talka.records.actions.tokens import browser_token

__all__ = [
    "BadAddress",
    "BadFile",
    "BadImport",
    "Busy",
    "CannotRetry",
    "Conflict",
    "Key",
    "Report",
    "UnknownScope",
    "add_key",
    "add_source",
    "browser_token",
    "delete",
    "erase",
    "forward_due",
    "import_file",
    "make_forward",
    "make_source",
    "own_source",
    "pseudonymise",
    "remove_sample",
    "resume_forward",
    "retry",
    "revoke",
    "rotate",
    "stop_forward",
    "store",
    "store_bulk",
    "tidy_refusals",
]
