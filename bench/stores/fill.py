"""Fills our own store with millions of statements: each is checked as any other and written by the same writer, without HTTP.

    python bench/stores/fill.py COUNT STATE.json     (the store: TALKA_DATA)

Writes what the GETs need to know into STATE.json, in the form of `lrsload.py`: some ids, and an instant with half of the statements after it.
Stopped in the middle, it goes on where it was the next time. The disk is not waited for: what is filled here can be filled again.
"""

import gc
import json
import random
import sys
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import django

CHUNK = 50_000  # one step through the index takes all neighbours along: the more at once, the less each costs
NOTED_EVERY = 500_000


def fill(count: int, state: Path) -> None:
    from django.db import connection
    from statements import lines

    from talka.records import writing
    from talka.records.actions.statements import origin_of
    from talka.records.models import Source
    from talka.records.queries import newest_sequence
    from talka.records.rules import statements as rules

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")
    origin = origin_of(Source.objects.get(is_own=False))
    known = json.loads(state.read_text()) if state.is_file() else {"ids": [], "since": "", "count": 0}
    ids, since, done, begin = known["ids"], known["since"], newest_sequence(), time.monotonic()
    before, chance = done, random.Random()  # noqa: S311  # statements, not secrets
    stream = lines(count - done, chance)
    gc.freeze()
    gc.disable()  # nothing of this goes in circles
    while some := list(islice(stream, min(CHUNK, max(1, count // 2)))):
        if not since and done >= count // 2:
            since = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        batch = writing.Batch(origin, [rules.read(line, version=rules.V1, make_id=bytes) for _key, line in some])
        writing.write([batch.pack()])
        if batch.error is not None:
            raise batch.error
        done += len(some)
        ids += [key for key, _line in some[:: max(1, count // 20_000)]]
        if done % NOTED_EVERY == 0 or done >= count:
            state.write_text(json.dumps({"ids": ids, "since": since, "count": done}))
            print(f"  {done:,} stored, {(done - before) / (time.monotonic() - begin):,.0f}/s", flush=True)


if __name__ == "__main__":
    django.setup()
    fill(int(sys.argv[1]), Path(sys.argv[2]))
