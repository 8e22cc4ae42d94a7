"""Compression of stored statements with a trained dictionary; every row says which dictionary it needs."""

import logging
import random
import threading
import time
import uuid
from collections.abc import Iterable

import orjson
import zstandard
from django.db import DatabaseError, IntegrityError, transaction

from talka.records.models import Dictionary, Statement

log = logging.getLogger(__name__)

PLAIN = 0
LEVEL = 3
SIZE = 32_768

_lock = threading.Lock()
_training = threading.Lock()
_dictionaries: dict[int, zstandard.ZstdCompressionDict] = {}
_newest = PLAIN
_believed_until = 0.0  # another process may have trained a newer one: ask again once a minute
_mine = threading.local()


def _samples(count: int = 1500) -> list[bytes]:
    """Statements as the first ones in a new store look like, always the same: what the first dictionary learns from."""
    chance = random.Random(7)  # noqa: S311  # the same samples on every machine
    verbs = (
        "registered",
        "initialized",
        "completed",
        "answered",
        "passed",
        "failed",
        "progressed",
        "interacted",
        "experienced",
        "launched",
    )
    kinds = ("course", "module", "lesson", "cmi.interaction", "assessment", "media", "interaction")

    def name() -> str:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    made = []
    for n in range(count):
        base, verb, kind = (
            chance.choice(("http://localhost:8000", "https://learn.example.org", "https://lms.example.com")),
            chance.choice(verbs),
            chance.choice(kinds),
        )
        statement: dict[str, object] = {
            "id": name(),
            "actor": {"objectType": "Agent", "account": {"homePage": base, "name": name()}},
            "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en": verb, "en-US": verb}},
            "object": {
                "objectType": "Activity",
                "id": f"{base}/id/{kind}/{name()}",
                "definition": {
                    "name": {"en": f"Unit {n}"},
                    "description": {"en-US": ""},
                    "type": f"http://adlnet.gov/expapi/activities/{kind}",
                },
            },
        }
        if n % 3 == 0:
            statement["result"] = {
                "score": {"scaled": chance.random(), "raw": n, "min": 0, "max": 100},
                "success": True,
                "completion": True,
                "response": "a",
                "duration": f"PT{n}.5S",
                "extensions": {"https://w3id.org/xapi/video/extensions/time": n},
            }
        statement["context"] = {
            "registration": name(),
            "platform": "Talka",
            "language": "en",
            "contextActivities": {
                "parent": [{"objectType": "Activity", "id": f"{base}/id/topic/{name()}"}],
                "grouping": [{"id": f"{base}/id/course/{name()}", "objectType": "Activity"}],
                "category": [{"id": f"{base}/id/profile"}, {"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}],
            },
            "extensions": {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": name()},
        }
        statement |= {"timestamp": f"2026-01-{n % 28 + 1:02d}T10:{n % 60:02d}:00.000Z", "version": "1.0.0"}
        made.append(orjson.dumps(statement))
    return made


def _load(number: int) -> zstandard.ZstdCompressionDict:
    """The dictionary of this number, once per process."""
    with _lock:
        if number not in _dictionaries:
            dictionary = zstandard.ZstdCompressionDict(bytes(Dictionary.objects.values_list("data", flat=True).get(pk=number)))
            dictionary.precompute_compress(level=LEVEL)
            _dictionaries[number] = dictionary
        return _dictionaries[number]


def forget() -> None:
    """Drops what this process knows of dictionaries: the database was emptied or restored."""
    global _newest  # noqa: PLW0603  # one number per process
    with _lock:
        _dictionaries.clear()
        _newest = PLAIN
    _mine.__dict__.clear()


def _current() -> int:
    """The number of the dictionary for new rows. The very first call in a new store makes the first dictionary."""
    if _newest and time.monotonic() < _believed_until:
        return _newest
    found = Dictionary.objects.order_by("-pk").values_list("pk", flat=True).first()
    if found is None:
        with _training:  # a third of a second of work: once, not once in each thread
            if not Dictionary.objects.exists():
                _add(1, _samples())
        found = 1
    # Inside a transaction that may yet be undone the number isn't kept: the next one asks again.
    transaction.on_commit(lambda: _use(found))
    return found


def warm() -> None:
    """Makes what the first statement would wait for. Does nothing where the tables aren't there yet."""
    try:
        pack(b"{}")
    except DatabaseError:
        log.info("no dictionary could be made yet")


def _use(number: int) -> None:
    global _newest, _believed_until
    _newest, _believed_until = max(_newest, number), time.monotonic() + 60


def _add(number: int, samples: list[bytes]) -> None:
    data = zstandard.train_dictionary(SIZE, samples, level=LEVEL).as_bytes()
    try:
        with transaction.atomic():
            Dictionary.objects.create(pk=number, data=data)
    except IntegrityError:
        pass  # another process was first; its dictionary is as good


def retrain(*, samples: int = 5000) -> int:
    """Trains a new dictionary from the newest statements of this store and uses it from now on. Answers its number."""
    number = (Dictionary.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    rows = Statement.objects.order_by("-sequence").values_list("dictionary", "json")[:samples]
    _add(number, [unpack(version, blob) for version, blob in rows])
    transaction.on_commit(lambda: _use(number))
    return number


RETRAIN_AT = (5_000, 200_000)  # statements stored: after these the store's own are better samples than ours


def retrain_when_due() -> bool:
    """Trains a dictionary from the store's own statements once there are enough; and again when there are many. Answers whether it did."""
    newest = Dictionary.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if not 1 <= newest <= len(RETRAIN_AT):
        return False
    last = Statement.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    if last < RETRAIN_AT[newest - 1]:
        return False
    retrain()
    return True


def pack(plain: bytes) -> tuple[int, bytes]:
    """(number of the dictionary, compressed bytes)."""
    return _pack(plain, _current())


def pack_all(plains: Iterable[bytes]) -> list[tuple[int, bytes]]:
    """Each as `pack` does it; which dictionary is the current one is asked once for all."""
    number = _current()
    return [_pack(plain, number) for plain in plains]


def _pack(plain: bytes, number: int) -> tuple[int, bytes]:
    known: tuple[zstandard.ZstdCompressionDict, zstandard.ZstdCompressor] | None = getattr(_mine, "packer", None)
    dictionary = _dictionaries.get(number) or _load(number)
    if known is None or known[0] is not dictionary:
        # A compressor serves one thread at a time; each thread has its own.
        known = _mine.packer = (dictionary, zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary, write_dict_id=False))
    return number, known[1].compress(plain)


def unpack(number: int, packed: bytes | memoryview) -> bytes:
    """The inverse of `pack`."""
    if number == PLAIN:
        return bytes(packed)
    openers: dict[int, tuple[zstandard.ZstdCompressionDict, zstandard.ZstdDecompressor]] | None = getattr(_mine, "openers", None)
    if openers is None:
        openers = _mine.openers = {}
    known = openers.get(number)
    dictionary = _dictionaries.get(number) or _load(number)
    if known is None or known[0] is not dictionary:
        known = openers[number] = (dictionary, zstandard.ZstdDecompressor(dict_data=dictionary))
    return known[1].decompress(packed)
