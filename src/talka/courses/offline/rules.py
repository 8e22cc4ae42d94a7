"""What may be done without a line, and when it happened. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

# Names of the addresses whose forms a phone may keep for later. A quiz runs against the clock and a case shows what follows: they need a line.
KINDS: Mapping[str, str] = {"courses:answer": "answer", "courses:done": "done", "courses:seen": "seen", "courses:watch": "watch"}
MOST = 50  # in one delivery
LONGEST_FIELDS = 60_000  # characters
OLDEST = timedelta(days=400)


class BadDelivery(Exception):
    """What arrived is no list of things done. The text names the place."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing done: where its form leads, what was in it, and when, by the phone's clock."""

    uuid: UUID
    path: str
    fields: tuple[tuple[str, str], ...]
    happened_at: datetime


def read(body: Any, *, at: datetime) -> list[Item]:
    """The items of a delivery `{"sent_at": ..., "items": [{"id", "path", "fields": [[name, value]], "at"}]}`, in order.

    A phone's clock may be wrong: `sent_at` is what it said when sending, so the difference to `at` is taken off every time. Nothing happens in the
    future. Raises BadDelivery.
    """
    if not isinstance(body, dict) or not isinstance(body.get("items"), list):
        raise BadDelivery("$: an object with 'items' is expected")
    if len(body["items"]) > MOST:
        raise BadDelivery(f"$.items: at most {MOST} at a time")
    wrong_by = at - _moment(body.get("sent_at"), "$.sent_at")
    return [_item(one, f"$.items[{n}]", wrong_by, at) for n, one in enumerate(body["items"])]


def _item(one: Any, place: str, wrong_by: timedelta, at: datetime) -> Item:
    if not isinstance(one, dict):
        raise BadDelivery(f"{place}: an object is expected")
    try:
        uuid = UUID(str(one.get("id")))
    except ValueError:
        raise BadDelivery(f"{place}.id: a UUID is expected") from None
    path, fields = one.get("path"), one.get("fields")
    if not isinstance(path, str) or not path.startswith("/") or len(path) > 500:
        raise BadDelivery(f"{place}.path: an address of this site is expected")
    if not isinstance(fields, Sequence) or isinstance(fields, str) or not all(_pair(pair) for pair in fields):
        raise BadDelivery(f"{place}.fields: pairs of texts are expected")
    if sum(len(name) + len(value) for name, value in fields) > LONGEST_FIELDS:
        raise BadDelivery(f"{place}.fields: longer than {LONGEST_FIELDS} characters")
    happened = min(_moment(one.get("at"), f"{place}.at") + wrong_by, at)
    return Item(uuid, path, tuple((name, value) for name, value in fields), happened if at - happened <= OLDEST else at)


def _pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)


def _moment(text: Any, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise BadDelivery(f"{place}: a time like 2026-11-22T09:30:00.000Z is expected") from None
    if moment.tzinfo is None:
        raise BadDelivery(f"{place}: a time with its zone is expected")
    return moment
