"""The copy of the statements: each once, whatever happens while it is made."""

import pyarrow.parquet as pq
import pytest

from talka.insight import lake as lakes
from talka.insight.lake import Lake, LakeBroken
from tests.factories.insight import row, store

ROWS = [
    row(1, "2026-09-30T23:59:59"),
    row(2, "2026-10-01T00:00:00", actor="bob"),
    row(3, "2026-09-02T10:00:00"),
    row(5, "2026-10-05T10:00:00"),
    row(6, "2026-10-05T10:00:00", voided=True),
]


def sequences(lake: Lake) -> list[int]:
    return sorted(n for file in lake.files(lake.manifest()) for n in pq.read_table(file, partitioning=None)["sequence"].to_pylist())


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def test_every_statement_comes_once_into_the_file_of_its_month_and_voided_ones_stay_out(lake):
    with lake.alone(wait=True):
        assert lake.take_in(store(ROWS), through=6) == 5
        assert lake.take_in(store(ROWS), through=6) == 0
    assert sequences(lake) == [1, 2, 3, 5]
    assert [(p.month, p.first, p.last, p.rows) for p in lake.manifest().parts] == [("2026-09", 1, 3, 2), ("2026-10", 2, 5, 2)]


def test_only_what_is_safely_committed_is_taken(lake):
    lake.take_in(store(ROWS), through=2)
    assert sequences(lake) == [1, 2]
    lake.take_in(store(ROWS), through=6)
    assert sequences(lake) == [1, 2, 3, 5]


def test_batches_split_nothing_and_double_nothing(lake, monkeypatch):
    monkeypatch.setattr(lakes, "BATCH", 2)
    assert lake.take_in(store(ROWS), through=6) == 5
    assert sequences(lake) == [1, 2, 3, 5]


class PowerCutError(Exception):
    pass


@pytest.mark.parametrize("moment", range(1, 9))
def test_a_crash_at_any_moment_loses_nothing_and_doubles_nothing(lake, monkeypatch, moment):
    monkeypatch.setattr(lakes, "BATCH", 2)
    flushes = 0

    def flush_until_the_power_goes(path):
        nonlocal flushes
        flushes += 1
        if flushes == moment:
            raise PowerCutError

    with monkeypatch.context() as bad_day:
        bad_day.setattr(lakes, "_flush", flush_until_the_power_goes)
        with pytest.raises(PowerCutError):
            lake.take_in(store(ROWS), through=6)
    known = sequences(lake)
    assert known == [n for n in (1, 2, 3, 5) if n <= lake.manifest().through], "what the manifest names is whole"
    lake.take_in(store(ROWS), through=6)
    assert sequences(lake) == [1, 2, 3, 5]
    on_disk = {str(p.relative_to(lake.folder)) for p in lake.folder.glob("statements/*/*")}
    assert on_disk == {p.path for p in lake.manifest().parts}, "nothing half-written is left"


def test_many_small_files_of_a_month_become_one(lake):
    rows = [row(n, "2026-10-05T10:00:00") for n in range(1, 15)]
    for n in range(1, 15):
        lake.take_in(store(rows), through=n)
    assert lake.compact(many=13) == 1
    assert len(lake.manifest().parts) == 1
    assert sequences(lake) == list(range(1, 15))
    assert len(list(lake.folder.glob("statements/*/*"))) == 15, "readers of the old manifest still find their files"


def test_an_erased_persons_rows_are_read_anew_from_the_store(lake):
    lake.take_in(store(ROWS), through=6)
    anonymous = [row(1, "2026-09-30T23:59:59", actor="someone"), ROWS[1], row(5, "2026-10-05T10:00:00", actor="someone")]
    lake.note_erasure([1, 3, 5])
    assert lake.erase_noted(store(anonymous)) == 1
    assert lake.erase_noted(store(anonymous)) == 0, "done once"
    assert sequences(lake) == [1, 2, 5]
    actors = {a for file in lake.files(lake.manifest()) for a in pq.read_table(file, partitioning=None)["actor"].to_pylist()}
    assert actors == {"someone", "bob"}
    assert len(list(lake.folder.glob("statements/*/*"))) == 2, "erased means erased"


def test_a_second_writer_does_not_wait_and_does_not_write(lake):
    with lake.alone(wait=True) as mine, Lake(lake.folder).alone(wait=False) as too:
        assert (mine, too) == (True, False)


def test_an_unreadable_manifest_or_a_missing_file_is_named(lake):
    lake.take_in(store(ROWS), through=6)
    gone = lake.folder / lake.manifest().parts[0].path
    gone.unlink()
    with pytest.raises(LakeBroken, match=gone.name):
        lake.files(lake.manifest())
    (lake.folder / "manifest.json").write_text("{")
    with pytest.raises(LakeBroken, match="manifest"):
        lake.manifest()


def test_thrown_away_and_built_again_it_is_the_same(lake):
    lake.take_in(store(ROWS), through=6)
    version = lake.manifest().version
    lake.empty()
    assert sequences(lake) == []
    lake.take_in(store(ROWS), through=6)
    assert sequences(lake) == [1, 2, 3, 5]
    assert lake.manifest().version > version
