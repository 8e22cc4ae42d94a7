"""Statements out of files: what other systems export, as CSV with a map or as xAPI JSON. Streaming, and safe to repeat."""

import codecs
import csv
import gzip
import io
import itertools
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import orjson
import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from talka.people.actions import require
from talka.people.models import User
from talka.records import writing
from talka.records.actions.sources import make_source
from talka.records.actions.statements import origin_of
from talka.records.models import Source
from talka.records.rules import MANAGE_SOURCES, maps
from talka.records.rules import statements as rules
from talka.records.rules.maps import BadImport

CHUNK = 5_000
MOST_REASONS = 1_000
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://talka/records/import")
_ENVELOPE = re.compile(r'\s*\{\s*"statements"\s*:\s*')


class BadFile(BadImport):
    """The file cannot be read at all. The text says why and what to do."""


@dataclass(slots=True)
class Report:
    """What an import did: lines read, statements new and known, lines skipped by the map, lines refused with their reason."""

    lines: int = 0
    new: int = 0
    known: int = 0
    skipped: int = 0
    refused: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0
    first: list[dict[str, Any]] = field(default_factory=list)  # of a preview: the first statements as they would be stored

    @property
    def per_second(self) -> float:
        return self.lines / self.seconds if self.seconds else 0.0

    def as_text(self, *, show: int = 20) -> str:
        """The report in words: what became of the lines, and the first refused ones with their reason."""
        lines = [f"line {line}: {reason}" if line else reason for line, reason in self.reasons[:show]]
        if self.refused > show:
            lines.append(_("and {n} more refused lines.").format(n=self.refused - show))
        told = _(
            "{lines} lines in {seconds:.1f} s ({speed:,.0f} a second): {new} new, {known} known already, {skipped} skipped by the map, {refused} refused."
        )
        end = told.format(
            lines=self.lines,
            seconds=self.seconds,
            speed=self.per_second,
            new=self.new,
            known=self.known,
            skipped=self.skipped,
            refused=self.refused,
        )
        return "\n".join([*lines, end])

    def refuse(self, line: int, reason: str) -> None:
        self.refused += 1
        if len(self.reasons) < MOST_REASONS:
            self.reasons.append((line, reason))


def read_map_file(path: Path) -> maps.Map:
    """The map in a YAML file. Raises maps.BadMap."""
    try:
        return maps.read_map(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as e:
        raise maps.BadMap(f"{path} cannot be read as a map: {e}") from e


def import_file(
    path: Path,
    *,
    map: Path | None = None,  # noqa: A002  # the option's own name
    source: Source | None = None,
    by: User | None,
    at: datetime,
    preview: bool = False,
    progress: Callable[[int, int, float], None] | None = None,
) -> Report:
    """Stores the statements of a file. Run twice, it stores them once: an id is made from the row and its number among equal rows.

    A CSV file needs a map. Without `source` they belong to a source of the network named like the map (or the file). `progress` is told
    (lines read, lines refused, lines per second). Raises NotAllowed, BadFile, maps.BadMap.
    """
    path = Path(path)
    if by is not None:
        require(by, MANAGE_SOURCES, cluster=source.cluster_id if source else None)
    if not path.is_file():
        raise BadFile(f"There is no file {path}.")
    chart = read_map_file(Path(map)) if map else None
    name = chart.name if chart else path.name.removesuffix(".gz")
    report, start = Report(), time.perf_counter()
    stream = _statements(path, chart, uuid.uuid5(_NAMESPACE, f"{settings.NAMES_URL} {name}"), report, at)
    if preview:
        for statement in stream:
            report.new += 1
            if len(report.first) < 10:
                report.first.append(orjson.loads(statement.json))
        report.seconds = time.perf_counter() - start
        return report
    if source is None:
        source = Source.objects.filter(name=name, cluster=None, is_own=False).first() or make_source(name=name, by=by, at=at)
    origin = origin_of(source)
    while some := list(itertools.islice(stream, CHUNK)):
        outcome = writing.write_what_fits(origin, some)
        report.new += outcome.new
        report.known += outcome.known
        for clash in outcome.conflicts:
            report.refuse(0, f"{clash} is stored already and says something else")
        if progress:
            report.seconds = time.perf_counter() - start
            progress(report.lines, report.refused, report.per_second)
    report.seconds = time.perf_counter() - start
    return report


# ---- bytes to text -------------------------------------------------------------------------------------------------------------


def _bytes(path: Path) -> IO[bytes]:
    with path.open("rb") as f:
        packed = f.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path, given: str) -> str:
    """UTF-8 if the whole file is, UTF-16 by its mark, else the western one-byte encoding that spreadsheets write."""
    try:
        if given:
            return codecs.lookup(given).name
        with _bytes(path) as f:
            head = f.read(4)
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            decoder = codecs.getincrementaldecoder("utf-8")()
            decoder.decode(head)
            while chunk := f.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    except LookupError as e:
        raise BadFile(f"The encoding {given} is not known.") from e
    except (OSError, EOFError) as e:
        raise BadFile(f"{path} cannot be unpacked: {e}") from e
    return "utf-8-sig"


def _statements(path: Path, chart: maps.Map | None, namespace: uuid.UUID, report: Report, at: datetime) -> Iterator[rules.Statement]:
    encoding = _encoding(path, chart.encoding if chart else "")
    with _bytes(path) as raw, io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="") as text:
        seen: Counter[bytes] = Counter()
        rows = _rows(text, chart, report) if chart else _items(text, report)
        for line, key, statement in rows:
            digest = blake2b(key, digest_size=16).digest()
            seen[digest] += 1
            number = seen[digest]

            def make_id(digest: bytes = digest, number: int = number) -> bytes:
                return uuid.uuid5(namespace, f"{digest.hex()} {number}").bytes

            try:
                made = _read(statement, make_id)
            except rules.Invalid as e:
                report.refuse(line, str(e))
                continue
            if made.timestamp is None:
                made.timestamp = rules.values.microseconds(at)
                made.json = made.json[:-1] + b',"timestamp":"%s"}' % rules.values.iso(made.timestamp).encode()
            yield made


def _read(raw: bytes, make_id: Callable[[], bytes]) -> rules.Statement:
    plain = rules.minify(raw)
    two = b'"contextAgents"' in plain or b'"contextGroups"' in plain or b'"version":"2' in plain
    return rules.read(plain, version=rules.V2 if two else rules.V1, make_id=make_id)


# ---- CSV -----------------------------------------------------------------------------------------------------------------------


def _rows(text: IO[str], chart: maps.Map, report: Report) -> Iterator[tuple[int, bytes, bytes]]:
    csv.field_size_limit(1_000_000)
    delimiter = chart.delimiter or _delimiter(text)
    reader = csv.reader(text, delimiter=delimiter)
    try:
        header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
        if missing := sorted(chart.columns - set(header)):
            raise BadFile(f"The file lacks the columns {', '.join(missing)}. It has: {', '.join(header) or 'none'}.")
        for line, cells in enumerate(reader, 2):
            if not any(cells):
                continue
            report.lines += 1
            if len(cells) != len(header):
                report.refuse(line, f"has {len(cells)} cells where the header has {len(header)}")
                continue
            row = dict(zip(header, cells, strict=True))
            if chart.skips(row):
                report.skipped += 1
                continue
            try:
                statement = chart.statement(row, base=settings.NAMES_URL)
            except maps.BadRow as e:
                report.refuse(line, str(e))
                continue
            yield line, "\x1f".join(cells).encode("utf-8", "surrogatepass"), orjson.dumps(statement)
    except csv.Error as e:
        raise BadFile(f"Line {reader.line_num} is no CSV: {e}") from e


def _delimiter(text: IO[str]) -> str:
    """The sign that stands most often in the header."""
    head = text.readline()
    text.seek(0)
    return max(",;\t|", key=head.count)


# ---- JSON ----------------------------------------------------------------------------------------------------------------------


def _items(text: IO[str], report: Report) -> Iterator[tuple[int, bytes, bytes]]:
    """Statements of a list, of a result with `statements`, or one per line; never the whole file at once."""
    head = text.read(65536)
    if not head.strip():
        raise BadFile("The file is empty.")
    envelope = _ENVELOPE.match(head)
    if envelope or head.lstrip().startswith("["):
        rest = head[envelope.end() :] if envelope else head.lstrip()
        found: Iterable[str] = _list(rest, text)
    elif head.lstrip().startswith("{"):
        found = _lines(itertools.chain([head], iter(lambda: text.read(65536), "")))
    else:
        raise BadFile("This is no xAPI JSON. A CSV file needs a map (--map).")
    for n, item in enumerate(found, 1):
        if item.strip():
            report.lines += 1
            raw = item.strip().encode("utf-8", "surrogatepass")
            yield n, raw, raw


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    waiting = ""
    for chunk in chunks:
        *lines, waiting = re.split(r"\r\n|\n|\r", waiting + chunk)
        yield from lines
    yield waiting


def _list(head: str, text: IO[str]) -> Iterator[str]:
    """The items of a JSON list, each as its own text."""
    decoder, waiting, place, ended = json.JSONDecoder(), head, 1, False
    while True:
        while place < len(waiting) and waiting[place] in " \t\r\n,":
            place += 1
        if place < len(waiting) and waiting[place] == "]":
            return
        try:
            _value, end = decoder.raw_decode(waiting, place)
        except (ValueError, RecursionError) as e:
            more = "" if ended else text.read(1 << 20)
            if not more:
                raise BadFile(f"The list breaks off or is no JSON near: {waiting[place : place + 60]!r}") from e
            waiting, place = waiting[place:] + more, 0
            continue
        yield waiting[place:end]
        place = end
