"""Speed of the record store beside a bare floor and a named peer, under the same load in the same call.

    make bench BENCH=records
    python bench/records.py [--stored 100000,10000000] [--seconds 5] [--stores talka,floor,ralph] [--only posts|gets] [--work FOLDER]
    python bench/records.py --stored 100000 --stores talka,floor          (short: two minutes)

For each store: POST of batches of 1, 50 and 500 statements (about 1.2 KB, each with its own id) over 1 and 8 connections into an empty store;
then, with each number of `--stored` statements in a store of its own, GET by id, by verb and since (100), by agent (100), by related activity (100).
Prints the table of what is to be reached, ours on SQLite with synchronous=FULL beside the floor and ralph, our ratio to each, CPU, memory and
bytes on disk. The others are asked at 100,000 at most: ralph reads all it holds for each question.

The load comes from `lrsload.py` (with `wrk`), the floor is `floor_lrs.py`; both are looked for in `../shared/tools` or in the folder LRS_TOOLS. Ralph
comes from PyPI into a virtual environment in the work folder (data/bench), which also keeps the filled stores of ours for the next time: ten
million take half an hour or more once (stopped, the filling goes on where it was), and seven gigabytes.
"""

import argparse
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from stores import load, servers
from stores.load import ROOT, Cell, Store
from stores.servers import NotHere

# Statements a second for POST; milliseconds (median) for GET at 100,000 stored. At ten million twice as many, and p99 at most 15.
REACH = {
    "POST 1 x 1": 1_000, "POST 1 x 8": 2_000, "POST 50 x 1": 6_000, "POST 50 x 8": 8_000, "POST 500 x 1": 8_000, "POST 500 x 8": 10_000,
    "GET by id": 1, "GET verb+since 100": 3, "GET agent 100": 3, "GET related activity 100": 3,
}  # fmt: skip
MANY = 1_000_000
LATEST = 15  # ms, p99 from MANY on
PEERS_HOLD = 100_000  # statements at most


def run_talka(given: argparse.Namespace, work: Path) -> Store:
    made = Store("talka", "", "", 0)
    if given.only != "gets":
        folder = servers.prepare_talka(work, "talka-posts", 0)
        with servers.talka(folder) as store:
            load.posts(store, given.seconds)
            made.cells |= store.cells
            made.memory = load.memory(store.pid)
        shutil.rmtree(folder)
    for stored in given.stored if given.only != "posts" else []:
        folder = servers.prepare_talka(work, f"talka-{stored}", stored)
        made.disk[stored] = servers.disk_talka(folder)
        with servers.talka(folder) as store:
            load.gets(store, given.seconds, folder / "state.json")
            made.cells |= _at(stored, store)
            made.memory = made.memory or load.memory(store.pid)
    return made


def _at(stored: int, store: Store) -> dict[str, Cell]:
    """The GETs of a store, named with how many statements it holds."""
    return {f"{what}, {stored:,}": cell for what, cell in store.cells.items()}


def run_peer(name: str, open_store: Callable[[Path, Path], AbstractContextManager[Store]], given: argparse.Namespace, work: Path) -> Store:
    """Another store: POSTs into an empty one, GETs from one with the fewest of `--stored` statements."""
    made, stored = Store(name, "", "", 0), min(*given.stored, PEERS_HOLD)
    for phase in ("posts", "gets"):
        if given.only not in {"", phase}:
            continue
        with tempfile.TemporaryDirectory(prefix="talka-bench-") as place:
            folder = Path(place)
            if phase == "gets" and name == "ralph":
                servers.fill_ralph(folder, stored)
            with open_store(folder, work) as store:
                if phase == "posts":
                    load.posts(store, given.seconds)
                    made.memory = load.memory(store.pid)
                    made.cells |= store.cells
                else:
                    if name == "floor":
                        servers.fill_by_door(store, stored, folder / "state.json")
                    load.gets(store, given.seconds, folder / "state.json")
                    files = (folder / "floor.db", folder / "floor.db-wal", folder / "data" / "fs_lrs.jsonl")
                    made.disk[stored] = servers.size_of(*files) / 1000 / stored
                    made.cells |= _at(stored, store)
    return made


def lines_of(stored: list[int]) -> Iterator[tuple[str, int, int]]:
    """(what is measured, its goal, how many statements are stored) for each line of the table; 0 stored for POST."""
    for what, goal in REACH.items():
        if what.startswith("POST"):
            yield what, goal, 0
    for many in stored:
        for what, goal in REACH.items():
            if what.startswith("GET"):
                yield f"{what}, {many:,}", goal * (2 if many >= MANY else 1), many


def show(stores: list[Store], stored: list[int]) -> bool:
    """Prints the table; answers whether everything that is to be reached was reached."""
    ours, peers, reached = stores[0], stores[1:], True
    print(f"\n{'':38}{'to reach':>10}" + "".join(f"{s.name:>30}" for s in stores) + "".join(f"{'to ' + p.name:>12}" for p in peers))
    for what, goal, many in lines_of(stored):
        cell = ours.cells.get(what)
        if cell is None:
            continue
        good = (cell.p50 <= goal and (many < MANY or cell.p99 <= LATEST)) if many else cell.rate >= goal
        reached &= good and not cell.errors
        ratios = "".join(f"{_ratio(cell, p.cells.get(what), is_get=bool(many)):>12}" for p in peers)
        goal_text = f"{goal:,} ms" if many else f"{goal:,}/s"
        print(
            f"{what:38}{goal_text:>10}"
            + "".join(f"{_told(s.cells.get(what), is_get=bool(many)):>30}" for s in stores)
            + ratios
            + ("" if good else "  MISSED")
        )
    print(f"{'CPU ms per 1,000 (POST 500)':48}" + "".join(f"{_cpu(s):>30}" for s in stores))
    print(f"{'memory in MB':48}" + "".join(f"{s.memory:>30,.0f}" for s in stores))
    for many in (n for n in stored if n in ours.disk):
        reached &= ours.disk[many] <= 1
        what = f"kB on disk per statement, {many:,}"
        print(f"{what:38}{'1.0':>10}" + "".join(f"{s.disk[many]:>30.2f}" if many in s.disk else f"{'-':>30}" for s in stores))
    return reached


def _told(cell: Cell | None, *, is_get: bool) -> str:
    if cell is None or not cell.rate:
        return "-" if cell is None else "not answered"
    failed = f" {cell.errors} ERRORS" if cell.errors else ""
    return (f"p50 {cell.p50:,.2f} p99 {cell.p99:,.2f}" if is_get else f"{cell.rate:,.0f}/s p99 {cell.p99:,.0f} ms") + failed


def _cpu(store: Store) -> str:
    cell = store.cells.get("POST 500 x 1")
    return f"{cell.cpu:,.0f}" if cell else "-"


def _ratio(ours: Cell, theirs: Cell | None, *, is_get: bool) -> str:
    if theirs is None or not theirs.rate or not theirs.p50 or not ours.p50:
        return "-"
    times = theirs.p50 / ours.p50 if is_get else ours.rate / theirs.rate
    return f"{times:,.2f}" if times < 10 else f"{times:,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", default="100000,10000000", help="statements stored before the GETs (100000,10000000)")
    parser.add_argument("--seconds", type=float, default=5.0, help="per measurement (5)")
    parser.add_argument("--stores", default="talka,floor,ralph", help="which stores (talka,floor,ralph)")
    parser.add_argument("--only", choices=["posts", "gets"], default="", help="only the one or the other")
    parser.add_argument("--work", type=Path, default=ROOT / "data" / "bench", help="where the peer is installed and filled stores are kept")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    work = given.work.resolve()
    given.stored = sorted(int(n) for n in given.stored.split(","))
    if not load.has_lrsload():
        print(
            f"ATTENTION: {load.LRSLOAD} or wrk is not there. A slower client of our own measures instead: rates of single statements are too low."
        )
    stores = []
    for name in given.stores.split(","):
        print(f"{name} ...", flush=True)
        try:
            stores.append(run_talka(given, work) if name == "talka" else run_peer(name, getattr(servers, name), given, work))
            for what, cell in stores[-1].cells.items():
                print(f"  {what:38}{_told(cell, is_get=what.startswith('GET'))}", flush=True)
        except NotHere as e:
            print(f"ATTENTION: {name} is NOT compared: {e}")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {len(os.sched_getaffinity(0))} cores")
    reached = show(stores, given.stored)
    if given.json:
        figures = {s.name: {"memory": s.memory, "disk": s.disk, "cells": {k: vars(c) for k, c in s.cells.items()}} for s in stores}
        given.json.write_text(json.dumps(figures, indent=1))
    print("Everything was reached." if reached else "NOT everything was reached.")


if __name__ == "__main__":
    main()
