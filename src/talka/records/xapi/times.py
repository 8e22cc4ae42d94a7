"""Instants in HTTP headers."""

from email.utils import formatdate


def http_date(us: int) -> str:
    """Microseconds since 1970 as HTTP writes it (RFC 9110), to the second."""
    return formatdate(us / 1_000_000, usegmt=True)
