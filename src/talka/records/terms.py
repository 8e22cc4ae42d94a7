"""Names and their numbers: known in memory, written only when new. What is learnt in a transaction is kept once it is committed."""

from collections.abc import Callable, Iterable
from hashlib import blake2b

from django.db import connection, transaction

from talka.records.rules import statements as rules

Name = tuple[int, str]  # kind, value

_MOST = 1_000_000
_ids: dict[Name, int] = {}
_forgetters: list[Callable[[], None]] = []


def digest(kind: int, value: str) -> bytes:
    return blake2b(bytes([kind]) + value.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def on_forget(call: Callable[[], None]) -> None:
    """`call` drops what else is known by number."""
    _forgetters.append(call)


def forget() -> None:
    """Drops everything known: the database was emptied, restored, or names were erased."""
    _ids.clear()
    rules.forget()
    for call in _forgetters:
        call()


def find(names: Iterable[Name]) -> dict[Name, int]:
    """Numbers of those among `names` that exist. Writes nothing."""
    wanted = set(names)
    found = {name: number for name in wanted if (number := _ids.get(name))}
    missing = [name for name in wanted if name not in found]
    return found | _select(missing) if missing else found


def _select(names: list[Name]) -> dict[Name, int]:
    by_digest = {digest(*name): name for name in names}
    digests, found = list(by_digest), {}
    for start in range(0, len(digests), 500):
        some = digests[start : start + 500]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT digest, id FROM records_term WHERE digest IN ({', '.join(['%s'] * len(some))})", some)  # noqa: S608
            for key, known in cursor.fetchall():
                found[by_digest[bytes(key)]] = known
    return found


def number(names: Iterable[Name]) -> dict[Name, int]:
    """Numbers of all `names`; those that are new are written. Must run inside a transaction."""
    wanted = set(names)
    found = {name: known for name in wanted if (known := _ids.get(name))}
    missing = [name for name in wanted if name not in found]
    if not missing:
        return found
    learnt = _select(missing)
    # In one order everywhere, so that two writers that add the same names wait for each other instead of blocking each other.
    if new := sorted((digest(*name), name) for name in missing if name not in learnt):
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO records_term (kind, digest, value) VALUES (%s, %s, %s) ON CONFLICT (digest) DO NOTHING",
                [(kind, key, value) for key, (kind, value) in new],
            )
        learnt |= _select([name for _key, name in new])
    transaction.on_commit(lambda: _keep(learnt))
    return found | learnt


def _keep(learnt: dict[Name, int]) -> None:
    if len(_ids) + len(learnt) > _MOST:
        forget()
    _ids.update(learnt)
