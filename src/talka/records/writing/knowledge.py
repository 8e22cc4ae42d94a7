"""What statements tell about activities and agents, per border: merged definitions, and names. Written only when new or changed."""

from collections.abc import Iterable
from typing import Any

import orjson

from talka.records import driver, terms
from talka.records.rules import statements as rules
from talka.records.rules.statements import Json, Part
from talka.records.writing.batches import ACTIVITY, AGENT, Later

_definitions: dict[tuple[int, str], Json] = {}
_agent_names: set[tuple[int, str, str]] = set()
_MOST = 200_000


def forget() -> None:
    _definitions.clear()
    _agent_names.clear()


terms.on_forget(forget)


def note_definitions(border: int, parts: Iterable[Part], later: Later) -> None:
    """Merges definitions that are new or changed; a definition seen last time costs one look."""
    fresh: dict[str, list[Json]] = {}
    for part in parts:
        for iri, definition in part.definitions:
            if _definitions.get((border, iri)) is not definition:
                fresh.setdefault(iri, []).append(definition)
    if not fresh:
        return
    numbers = terms.number([(ACTIVITY, iri) for iri in fresh], later=later)
    ids = {numbers[ACTIVITY, iri]: iri for iri in fresh}
    rows = driver.ask_each("SELECT activity, definition, border FROM records_definition WHERE activity IN (*)", list(ids))
    known = {activity: _json(definition) for activity, definition, where in rows if where == border}
    new: list[driver.Row] = []
    for number, iri in sorted(ids.items()):
        merged = known.get(number)
        for definition in fresh[iri]:
            merged = rules.merge_definition(merged, definition)
        if number not in known:
            new.append((border, number, _text(merged)))
        elif merged != known[number]:
            driver.do("UPDATE records_definition SET definition = ? WHERE activity = ? AND border = ?", [_text(merged), number, border])
    driver.insert("records_definition", "border, activity, definition", new, "ON CONFLICT (activity, border) DO NOTHING")
    last = {(border, iri): definitions[-1] for iri, definitions in fresh.items()}
    later(lambda: _keep_definitions(last))


def _json(stored: Any) -> Json:
    value: Json = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    return value


def _text(definition: Json | None) -> str:
    text = orjson.dumps(definition).decode()
    # PostgreSQL's JSON holds no U+0000; the statement itself keeps it.
    return orjson.dumps(_without_nul(definition)).decode() if "\\u0000" in text else text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(v) for v in value]
    if isinstance(value, dict):
        return {_without_nul(k): _without_nul(v) for k, v in value.items()}
    return value


def _keep_definitions(last: dict[tuple[int, str], Json]) -> None:
    if len(_definitions) > _MOST:
        _definitions.clear()
    _definitions.update(last)


def note_names(border: int, parts: Iterable[Part], later: Later) -> None:
    """Notes under which names agents came."""
    fresh = {
        (border, key, name) for part in parts for key, name, _direct in part.agents if name and (border, key, name) not in _agent_names
    }
    if not fresh:
        return
    numbers = terms.number([(AGENT, key) for _border, key, _name in fresh], later=later)
    rows = sorted((b, numbers[AGENT, key], terms.digest(AGENT, name), name) for b, key, name in fresh)
    driver.insert("records_agentname", "border, agent, digest, name", rows, "ON CONFLICT (agent, border, digest) DO NOTHING")
    later(lambda: _keep_names(fresh))


def _keep_names(fresh: set[tuple[int, str, str]]) -> None:
    if len(_agent_names) > _MOST:
        _agent_names.clear()
    _agent_names.update(fresh)
