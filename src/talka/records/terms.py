"""Names and their numbers: known in memory, written only when new. What is learnt in a transaction is kept once it is committed."""

from collections.abc import Callable, Iterable
from hashlib import blake2b

from django.db import transaction

from talka.records import driver
from talka.records.rules import statements as rules

Name = tuple[int, str]  # kind, value
Later = Callable[[Callable[[], None]], object]

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
    if not missing:
        return found
    with driver.errors():
        return found | _select({digest(*name): name for name in missing})


def _select(names: dict[bytes, Name]) -> dict[Name, int]:
    rows = driver.ask_each("SELECT digest, id FROM records_term WHERE digest IN (*)", list(names))
    return {names[bytes(key)]: known for key, known in rows}


def number(names: Iterable[Name], *, later: Later = transaction.on_commit) -> dict[Name, int]:
    """Numbers of all `names`; those that are new are written. Must run inside a transaction; `later` takes what follows its end."""
    found: dict[Name, int] = {}
    missing: dict[bytes, Name] = {}
    for name in names:
        if (known := _ids.get(name)) is not None:
            found[name] = known
        else:
            missing[digest(*name)] = name
    if not missing:
        return found
    with driver.errors():
        learnt = _learn(missing)
    later(lambda: _keep(learnt))
    return found | learnt


def _learn(missing: dict[bytes, Name]) -> dict[Name, int]:
    """Numbers of names that this process doesn't know: of those that exist, and of those that are written now."""
    learnt: dict[Name, int] = {}
    if not driver.is_sqlite():
        # An insert that finds the name there would use up a number of the sequence all the same: look first.
        learnt = _select(missing)
    # In one order everywhere, so that two writers that add the same names wait for each other instead of blocking each other.
    new = sorted((key, name) for key, name in missing.items() if name not in learnt)
    rows = driver.insert(
        "records_term",
        "kind, digest, value",
        [(kind, key, value) for key, (kind, value) in new],
        "ON CONFLICT (digest) DO NOTHING RETURNING digest, id",
    )
    for key, known in rows:
        learnt[missing[bytes(key)]] = known
    if len(learnt) < len(missing):
        learnt |= _select({key: name for key, name in missing.items() if name not in learnt})
    return learnt


def _keep(learnt: dict[Name, int]) -> None:
    if len(_ids) + len(learnt) > _MOST:
        forget()
    _ids.update(learnt)
