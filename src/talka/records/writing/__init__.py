"""The one place where statements are written: many at once, in one transaction, found by UNIQUE where they clash.

`write` runs on the caller's connection inside a transaction. The door of `/xapi/` doesn't call it itself: `commit` puts its statements
into the line, where whoever comes first commits all that wait together.
"""

from talka.records.writing.batches import ACTIVITY, AGENT, BORDER, REGISTRATION, SOURCE, TEXT, VERB, Batch, Busy, Conflict, Origin, Outcome
from talka.records.writing.clashes import sift, write, write_what_fits
from talka.records.writing.line import commit, run, write_inline
from talka.records.writing.references import postings_of

__all__ = [
    "ACTIVITY",
    "AGENT",
    "BORDER",
    "REGISTRATION",
    "SOURCE",
    "TEXT",
    "VERB",
    "Batch",
    "Busy",
    "Conflict",
    "Origin",
    "Outcome",
    "commit",
    "postings_of",
    "run",
    "sift",
    "write",
    "write_inline",
    "write_what_fits",
]
