"""The lake: a copy of all statements as Parquet files by month, with the names of things beside it. Facts stay where they were made;
this folder can be thrown away and built again.

How a statement gets here exactly once: `manifest.json` says up to which sequence the store was copied and which files hold it. A part is
written under another name, flushed to the disk and renamed; then a new manifest takes the old one's place in the same way. Whoever reads
opens only files that the manifest names: a half-written part, or one whose manifest was never written, does not exist for them and
is swept away by the next run.
"""

import fcntl
import gc
import json
import os
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FORMAT = "talka-lake/1"
BATCH = 50_000  # rows per read of the store: about 100 MB while they pass through
MANY = 12  # so many parts of one month are made into one
GRACE = 600.0  # seconds that a replaced file stays, for readers that opened the old manifest

# As records.queries.rows_after answers them, in this order.
ROW = pa.schema(
    [
        ("sequence", pa.int64()),
        ("id", pa.string()),
        ("stored_us", pa.int64()),
        ("timestamp_us", pa.int64()),
        ("actor", pa.string()),
        ("verb", pa.string()),
        ("activity", pa.string()),
        ("activity_type", pa.string()),
        ("object_kind", pa.string()),
        ("parent", pa.string()),
        ("grouping", pa.string()),
        ("registration", pa.string()),
        ("source", pa.int64()),
        ("success", pa.bool_()),
        ("completion", pa.bool_()),
        ("score", pa.float64()),
        ("duration_s", pa.float64()),
        ("response", pa.string()),
        ("position_from", pa.float64()),
        ("position_to", pa.float64()),
        ("language", pa.string()),
        ("platform", pa.string()),
        ("voided", pa.bool_()),
    ]
)
SCHEMA = ROW.remove(ROW.get_field_index("voided"))

RowsAfter = Callable[..., Sequence[tuple[Any, ...]]]


class LakeBroken(Exception):
    """The manifest cannot be read, or a file that it names is missing. `insight.actions.rebuild_lake` makes the lake anew."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: the statements of `month` whose sequence is within `first` to `last`."""

    path: str
    month: str
    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the lake holds. `version` grows with every change of this lake; `lake` tells it from others, such as the one before a restore."""

    format: str = FORMAT
    lake: str = ""
    version: int = 0
    through: int = 0
    parts: tuple[Part, ...] = ()
    dimensions: dict[str, str] = field(default_factory=dict)
    refreshed_at: float = 0.0
    # Replaced files and when they were: [path, seconds since 1970].
    retired: tuple[tuple[str, float], ...] = ()

    @property
    def rows(self) -> int:
        return sum(p.rows for p in self.parts)

    @property
    def state(self) -> str:
        """The same text as long as the same statements and names are held, so that an answer can be kept that long."""
        return f"{self.lake}/{self.version}"


@dataclass(frozen=True, slots=True)
class Lake:
    """The folder and what may be done with it."""

    folder: Path

    def manifest(self) -> Manifest:
        """The current manifest; an empty one where there is no lake yet. Raises LakeBroken."""
        try:
            raw = json.loads((self.folder / "manifest.json").read_bytes())
        except FileNotFoundError:
            return Manifest()
        except (OSError, ValueError) as broken:
            raise LakeBroken(f"{self.folder / 'manifest.json'}: {broken}") from broken
        if raw.get("format") != FORMAT:
            raise LakeBroken(f"{self.folder / 'manifest.json'} has the format {raw.get('format')}, this program writes {FORMAT}")
        return Manifest(**raw | {"parts": tuple(Part(**p) for p in raw["parts"]), "retired": tuple((p, t) for p, t in raw["retired"])})

    def files(self, manifest: Manifest) -> list[str]:
        """Full paths of the statements' files. Raises LakeBroken if one is missing."""
        paths = [self.folder / p.path for p in manifest.parts]
        if missing := [p for p in paths if not p.exists()]:
            raise LakeBroken(f"{len(missing)} files of the lake are missing, the first is {missing[0]}")
        return [str(p) for p in paths]

    @contextmanager
    def alone(self, *, wait: bool) -> Iterator[bool]:
        """Whether this process may write now; another one's writing ends it at once unless `wait`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def take_in(self, rows_after: RowsAfter, *, through: int, progress: Callable[[int], None] | None = None) -> int:
        """Copies every statement after the manifest's mark up to sequence `through`. Answers how many. The caller is `alone`.

        Each batch is whole: its parts and then the manifest, so that a crash loses nothing and doubles nothing.
        """
        manifest, taken = self.manifest(), 0
        self._sweep(manifest)
        while manifest.through < through:
            with _no_collector():
                rows = _upto(rows_after(manifest.through, limit=BATCH), through)
                parts = self._write(rows, manifest.version + 1) if rows else ()
            if not rows:
                manifest = self._save(replace(manifest, through=through))
                break
            manifest = self._save(replace(manifest, through=rows[-1][0], parts=manifest.parts + parts))
            taken += len(rows)
            if progress:
                progress(taken)
        return taken

    def compact(self, *, many: int = MANY) -> int:
        """Makes one file of each month that has more than `many`. Answers how many months. The caller is `alone`."""
        manifest = self.manifest()
        months: dict[str, list[Part]] = {}
        for part in manifest.parts:
            months.setdefault(part.month, []).append(part)
        crowded = {month: parts for month, parts in months.items() if len(parts) > many}
        for month, parts in crowded.items():
            table = pa.concat_tables([pq.read_table(self.folder / p.path, schema=SCHEMA, partitioning=None) for p in parts])
            whole = self._put(table.sort_by("sequence"), month, manifest.version + 1)
            manifest = self._swap(manifest, parts, (whole,))
        return len(crowded)

    def rewrite(self, rows_after: RowsAfter, sequences: Iterable[int]) -> int:
        """Reads anew from the store every file whose span holds one of `sequences`: after an erasure. Answers how many files. Caller is `alone`."""
        manifest, rewritten, changed = self.manifest(), 0, sorted(set(sequences))
        for part in manifest.parts:
            if bisect_left(changed, part.first) == bisect_right(changed, part.last):
                continue
            rewritten += 1
            kept: list[pa.Table] = []
            after = part.first - 1
            while after < part.last:
                rows = _upto(rows_after(after, limit=BATCH), part.last)
                if not rows:
                    break
                after = rows[-1][0]
                kept += [table for month, table in _by_month(_table(rows)) if month == part.month]
            table = pa.concat_tables(kept) if kept else SCHEMA.empty_table()
            fresh = (self._put(table, part.month, manifest.version + 1),) if table.num_rows else ()
            manifest = self._swap(manifest, [part], fresh)
            # Erased means erased: no grace for the old file. A reader that opened it a moment ago asks again.
            (self.folder / part.path).unlink(missing_ok=True)
        return rewritten

    def note_erasure(self, sequences: Iterable[int]) -> Path:
        """Writes down, before the store forgets them, which statements the lake must read anew; `erase_noted` does it."""
        note = self.folder / "erasures" / f"{uuid4().hex}.json"
        note.parent.mkdir(parents=True, exist_ok=True)
        partial = note.with_suffix(".partial")
        partial.write_text(json.dumps(sorted(sequences)))
        _flush(partial)
        partial.replace(note)
        return note

    def erase_noted(self, rows_after: RowsAfter) -> int:
        """Does what `note_erasure` wrote down. A note whose erasure was undone is harmless: the store is read as it is. Caller is `alone`."""
        notes = sorted(self.folder.glob("erasures/*.json"))
        for note in notes:
            self.rewrite(rows_after, json.loads(note.read_bytes()))
            note.unlink()
        return len(notes)

    def put_dimension(self, name: str, table: pa.Table) -> None:
        """Replaces the names of things called `name`, if they changed. The caller is `alone`."""
        manifest = self.manifest()
        old = manifest.dimensions.get(name)
        if old and (self.folder / old).exists() and pq.read_table(self.folder / old).equals(table):
            return
        path = f"dimensions/{name}-{manifest.version + 1:08d}.parquet"
        self._file(path, table)
        retired = manifest.retired + (((old, time.time()),) if old else ())
        self._save(replace(manifest, dimensions=manifest.dimensions | {name: path}, retired=retired))

    def touch(self, at: float) -> Manifest:
        """Notes that the lake is as of `at` (seconds since 1970) and removes what was replaced long enough ago. The caller is `alone`."""
        manifest = self.manifest()
        due = [path for path, since in manifest.retired if time.time() - since > GRACE]
        manifest = self._save(replace(manifest, refreshed_at=at, retired=tuple(r for r in manifest.retired if r[0] not in due)), same=True)
        for path in due:
            (self.folder / path).unlink(missing_ok=True)
        return manifest

    def empty(self) -> None:
        """Throws the copy away. The caller is `alone`; what readers have open stays readable to them."""
        manifest = self.manifest() if (self.folder / "manifest.json").exists() else Manifest()
        self._save(Manifest(lake=manifest.lake, version=manifest.version))
        self._sweep(Manifest())

    # Writing: nothing is visible until it is whole.

    def _write(self, rows: Sequence[tuple[Any, ...]], version: int) -> tuple[Part, ...]:
        return tuple(self._put(table, month, version) for month, table in _by_month(_table(rows)) if table.num_rows)

    def _put(self, table: pa.Table, month: str, version: int) -> Part:
        first, last = table["sequence"][0].as_py(), table["sequence"][-1].as_py()
        path = f"statements/month={month}/{first:012d}-{last:012d}-v{version}.parquet"
        self._file(path, table)
        return Part(path, month, first, last, table.num_rows)

    def _file(self, path: str, table: pa.Table) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        pq.write_table(table, partial, compression="zstd", compression_level=1)
        _flush(partial)
        partial.replace(target)
        _flush(target.parent)

    def _swap(self, manifest: Manifest, old: Sequence[Part], new: tuple[Part, ...]) -> Manifest:
        gone = {p.path for p in old}
        now = time.time()
        return self._save(
            replace(
                manifest,
                parts=tuple(p for p in manifest.parts if p.path not in gone) + new,
                retired=manifest.retired + tuple((path, now) for path in sorted(gone)),
            )
        )

    def _save(self, manifest: Manifest, *, same: bool = False) -> Manifest:
        """The manifest takes the old one's place. `same`: what is held has not changed, so answers may be kept."""
        manifest = manifest if same else replace(manifest, lake=manifest.lake or uuid4().hex, version=manifest.version + 1)
        target = self.folder / "manifest.json"
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(manifest), indent=1))
        _flush(partial)
        partial.replace(target)
        _flush(self.folder)
        return manifest

    def _sweep(self, manifest: Manifest) -> None:
        """Removes what a crash left behind: files that no manifest names."""
        named = {p.path for p in manifest.parts} | set(manifest.dimensions.values()) | {path for path, _since in manifest.retired}
        for pattern in ("statements/*/*", "dimensions/*"):
            for file in self.folder.glob(pattern):
                if str(file.relative_to(self.folder)) not in named:
                    file.unlink(missing_ok=True)


@contextmanager
def _no_collector() -> Iterator[None]:
    """A million values of a batch hold no circles: the collector would look through them again and again, for a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _upto(rows: Sequence[tuple[Any, ...]], last: int) -> Sequence[tuple[Any, ...]]:
    """The rows as far as sequence `last`; they come in order, so mostly all of them."""
    return rows if not rows or rows[-1][0] <= last else [r for r in rows if r[0] <= last]


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _table(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows as columns, without the voided ones."""
    columns = [pa.array(column, type=kind.type) for column, kind in zip(zip(*rows, strict=True), ROW, strict=True)]
    table = pa.Table.from_arrays(columns, schema=ROW)
    voided = np.asarray(table["voided"].fill_null(False))
    if voided.any():
        table = table.filter(pa.array(~voided))
    return table.drop_columns(["voided"])


def _by_month(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    months = np.asarray(table["timestamp_us"]).astype("datetime64[us]").astype("datetime64[M]")
    for month in np.unique(months):
        mask = months == month
        yield str(month), table if mask.all() else table.filter(pa.array(mask))
