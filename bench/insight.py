"""The lake and its answers at scale: export of a million statements, and every metric over them.

    python bench/insight.py [--statements 1000000]

Fills a store of its own with statements of 2,000 people over a year (rows only: what the lake reads), then prints seconds and what is allowed.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

os.environ["TALKA_DATA"] = tempfile.mkdtemp(prefix="talka-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "talka.settings"
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # after the environment is set
from django.db import transaction  # noqa: E402
from django.utils.timezone import localdate, now  # noqa: E402

from talka.insight import actions  # noqa: E402
from talka.insight.ask import Scope, prepared  # noqa: E402
from talka.insight.metrics import all_metrics  # noqa: E402
from talka.records import terms  # noqa: E402
from talka.records.actions import own_source  # noqa: E402
from talka.records.models import Statement, Term  # noqa: E402

EXPORT_AT_MOST = 10.0  # seconds per million statements
ANSWER_AT_MOST = 2.0  # seconds per metric and million statements
PEOPLE, TOPICS = 2_000, 50
VERBS = ("experienced", "answered", "completed", "interacted")


def fill(count: int) -> None:
    chance, source = random.Random(1), own_source().pk  # noqa: S311  # the same load every time
    with transaction.atomic():
        names = terms.number(
            [(Term.Kind.AGENT, f"http://localhost:8000 person-{n}") for n in range(PEOPLE)]
            + [(Term.Kind.VERB, f"http://adlnet.gov/expapi/verbs/{v}") for v in VERBS]
            + [(Term.Kind.ACTIVITY, f"http://localhost:8000/id/topic/{n}") for n in range(TOPICS)]
            + [(Term.Kind.ACTIVITY, "http://localhost:8000/id/course/bench")]
        )
    people, verbs, topics, course = (
        [n for (k, _v), n in names.items() if k == Term.Kind.AGENT],
        [n for (k, _v), n in names.items() if k == Term.Kind.VERB],
        [n for (k, v), n in names.items() if "/topic/" in v],
        next(n for (k, v), n in names.items() if v.endswith("/bench")),
    )
    start = int((time.time() - 364 * 86400) * 1e6)
    step = 364 * 86400 * 1_000_000 // count
    for first in range(0, count, 20_000):
        Statement.objects.bulk_create(
            [
                Statement(
                    sequence=n + 1, id=n.to_bytes(16, "big"), stored=start + n * step, source_id=source, actor=chance.choice(people),
                    verb=chance.choice(verbs), object=chance.choice(topics), object_kind=1, grouping=course, score=chance.random(),
                    success=chance.random() < 0.6, dictionary=0, json=b"{}",
                )
                for n in range(first, min(count, first + 20_000))
            ],
            batch_size=2_000,
        )  # fmt: skip


def report(what: str, seconds: float, allowed: float) -> bool:
    print(f"{what:44} {seconds:8.2f} s   at most {allowed:6.1f} s   {'' if seconds <= allowed else 'TOO SLOW'}", flush=True)
    return seconds <= allowed


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--statements", type=int, default=1_000_000)
    count = parser.parse_args().statements
    scale = count / 1_000_000
    call_command("migrate", verbosity=0)
    fill(count)
    begin = time.perf_counter()
    taken = actions.refresh_lake(at=now(), wait=True)
    good = report(f"export of {taken:,} statements", time.perf_counter() - begin, EXPORT_AT_MOST * scale)
    scope = Scope(zone="Europe/Berlin", until=localdate(), course="http://localhost:8000/id/course/bench")
    begin = time.perf_counter()
    with prepared(actions.the_lake(), scope) as db:
        good &= report("prepared for a course", time.perf_counter() - begin, ANSWER_AT_MOST * max(1, scale))
        for key, metric in all_metrics().items():
            begin = time.perf_counter()
            db.execute(metric.sql).fetchall()
            good &= report(key, time.perf_counter() - begin, ANSWER_AT_MOST * max(1, scale))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
