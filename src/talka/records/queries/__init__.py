"""Reads of the record store. Whoever asks is an argument: a source's reader, or a person."""

from talka.records.queries import formats
from talka.records.queries.lake import COLUMNS, rows_after, safe_sequence, stored_after
from talka.records.queries.people import (
    clusters_managed,
    credentials_of,
    forwards_seen,
    looks_after_sources,
    referring,
    refusals_seen,
    source_seen,
    sources_seen,
    statement_seen,
    throughput,
)
from talka.records.queries.statements import Filter, Page, Reader, by_id, consistent_through, newest_sequence, render, search

__all__ = [
    "COLUMNS",
    "Filter",
    "Page",
    "Reader",
    "by_id",
    "clusters_managed",
    "consistent_through",
    "credentials_of",
    "formats",
    "forwards_seen",
    "looks_after_sources",
    "newest_sequence",
    "referring",
    "refusals_seen",
    "render",
    "rows_after",
    "safe_sequence",
    "search",
    "source_seen",
    "sources_seen",
    "statement_seen",
    "stored_after",
    "throughput",
]
