"""Single values of xAPI: IRIs, language tags, identifiers, instants, durations. Values in, values out."""

import re
from datetime import UTC, datetime, timedelta

# RFC 3987, loosely: a scheme, then anything but what an IRI may never hold.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+", re.ASCII)
# RFC 5646: language, script, region, variants, extensions, private use; or private use alone.
_TAG = re.compile(
    r"(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4}|[A-Za-z]{5,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?"
    r"|[xX](?:-[A-Za-z0-9]{1,8})+|[iI]-[A-Za-z]{2,12})"
)
_MBOX = re.compile(r"mailto:[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.?[^\s@<>,;:\"()\[\]\\]*")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
_SHA2 = re.compile(r"(?:[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_VERSION = re.compile(r"1\.0(?:\.(?:0|[1-9][0-9]*))?|2\.0(?:\.(?:0|[1-9][0-9]*))?")
_INSTANT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?(?:([Zz])|([+\-])(\d\d):?(\d\d)?)?", re.ASCII
)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?Z", re.ASCII)
_DURATION = re.compile(
    r"P(?:(\d+(?:[.,]\d+)?)W|(?=\d|T\d)(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?)",
    re.ASCII,
)
_SECONDS = (604_800, 31_557_600, 2_629_800, 86_400, 3_600, 60, 1)  # weeks, years, months, days, hours, minutes, seconds
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-*]+(?:\s*;.*)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# What was seen and found right. Emptied when full: a client that makes up values must not fill the memory.
_MOST = 50_000
_right_iris: set[str] = set()
_right_tags: set[str] = set()


def is_iri(value: object) -> bool:
    """Whether `value` is an absolute IRI (RFC 3987)."""
    if not isinstance(value, str):
        return False
    if value in _right_iris:
        return True
    if not _IRI.fullmatch(value):
        return False
    if len(_right_iris) >= _MOST:
        _right_iris.clear()
    _right_iris.add(value)
    return True


def is_language_tag(value: object) -> bool:
    """Whether `value` has the form of a language tag (RFC 5646)."""
    if not isinstance(value, str):
        return False
    if value in _right_tags:
        return True
    if not _TAG.fullmatch(value):
        return False
    if len(_right_tags) >= _MOST:
        _right_tags.clear()
    _right_tags.add(value)
    return True


def is_mbox(value: object) -> bool:
    return isinstance(value, str) and _MBOX.fullmatch(value) is not None


def is_sha1(value: object) -> bool:
    return isinstance(value, str) and _SHA1.fullmatch(value) is not None


def is_sha2(value: object) -> bool:
    return isinstance(value, str) and _SHA2.fullmatch(value) is not None


def is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def is_statement_version(value: object) -> bool:
    """Whether a statement may carry this version: of the lines 1.0 and 2.0."""
    return isinstance(value, str) and _VERSION.fullmatch(value) is not None


def is_media_type(value: object) -> bool:
    return isinstance(value, str) and _MIME.fullmatch(value) is not None


def microseconds(at: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (at - _EPOCH) // _MICROSECOND


def instant(us: int) -> datetime:
    """The inverse of `microseconds`."""
    return _EPOCH + us * _MICROSECOND


def iso(us: int) -> str:
    """The instant as the store writes it: UTC with microseconds and `Z`."""
    return instant(us).isoformat(timespec="microseconds")[:-6] + "Z"


def read_instant(text: object) -> int | None:
    """Microseconds since 1970 of an ISO 8601 instant (with `Z`, an offset, or none, which is read as UTC); None if it is none.

    RFC 3339 section 4.3: −00:00 says that the offset is unknown, and xAPI refuses it. Digits beyond microseconds are dropped.
    """
    if not isinstance(text, str):
        return None
    if _PLAIN.fullmatch(text):  # as nearly everybody writes it: Python reads that itself, much quicker
        try:
            return microseconds(datetime.fromisoformat(text))
        except ValueError:
            pass  # a leap second, or no day of the calendar
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, _z, sign, off_hours, off_minutes = found.groups()
    offset = 0
    if sign:
        hours, minutes = int(off_hours), int(off_minutes or 0)
        if hours > 23 or minutes > 59 or (sign == "-" and not hours and not minutes):
            return None
        offset = (hours * 60 + minutes) * (-1 if sign == "-" else 1)
    leap = second == "60"
    try:
        at = datetime(int(year), int(month), int(day), int(hour), int(minute or 0), 59 if leap else int(second or 0), tzinfo=UTC)
        us = microseconds(at) + leap * 1_000_000 + int(((fraction or "") + "000000")[:6]) - offset * 60_000_000
        instant(us)
    except (ValueError, OverflowError):
        return None
    return us


def has_offset(text: str) -> bool:
    """Whether an instant that `read_instant` took says its zone."""
    return text[-1] in "Zz" or "+" in text[10:] or "-" in text[10:]


def read_duration(text: object) -> float | None:
    """Seconds of an ISO 8601 duration; None if it is none. A year counts 365.25 days and a month a twelfth of it."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    return sum(float(n.replace(",", ".")) * unit for n, unit in zip(found.groups(), _SECONDS, strict=True) if n)


def read_uuid(text: str) -> bytes | None:
    """The sixteen bytes of an identifier; None if it is none."""
    return bytes.fromhex(text.replace("-", "")) if _UUID.fullmatch(text) else None


def write_uuid(key: bytes) -> str:
    h = key.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
