"""Two authors wrote in one topic: what each changed is brought together, and where both changed the same, both are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Fields of a topic that authors change.
FIELDS = ("title", "summary", "lesson", "slug", "order", "minutes", "sources", "go_live_at", "expire_at")


@dataclass(frozen=True, slots=True)
class Clash:
    """A place that both changed: ids of the material and of entries in it, then the field's name; a side that took it away has None."""

    path: tuple[str, ...]
    mine: Any
    theirs: Any

    @property
    def key(self) -> str:
        return "/".join(self.path)


@dataclass(frozen=True, slots=True)
class Merged:
    """`fields` and `body` hold both authors' changes; at a clash they hold what was chosen, or theirs."""

    fields: dict[str, Any]
    body: list[dict[str, Any]]
    clashes: list[Clash] = field(default_factory=list)


Content = Mapping[str, Any]
Items = Sequence[Mapping[str, Any]]


def merge(base: Content, mine: Content, theirs: Content, *, taken: Mapping[str, str] | None = None, otherwise: str = "theirs") -> Merged:
    """What both wrote since `base`. `taken` says for clashes by key which side counts ("mine", "theirs", "both"), `otherwise` for the rest.

    Content is a mapping with FIELDS and `body`, the list of blocks as the editor stores it.
    """
    desk = _Desk(taken or {}, otherwise)
    fields = {name: desk.value((name,), base.get(name), mine.get(name), theirs.get(name)) for name in FIELDS if name in theirs}
    body = desk.items(("body",), base.get("body") or (), mine.get("body") or (), theirs.get("body") or ())
    return Merged(fields, body, desk.clashes)


def _same(one: Any, other: Any) -> bool:
    """Nothing written is nothing written, however it is stored."""
    return bool(one == other or (one in ("", None, [], {}) and other in ("", None, [], {})))


def _are_items(*values: Any) -> bool:
    """Entries that the editor knows by a mark of their own."""
    return all(isinstance(v, list | tuple | type(None)) for v in values) and all(
        isinstance(item, Mapping) and item.get("id") and "value" in item for v in values for item in v or ()
    )


class _Desk:
    """Where the three versions lie side by side."""

    def __init__(self, taken: Mapping[str, str], otherwise: str) -> None:
        self.taken, self.otherwise, self.clashes = taken, otherwise, list[Clash]()

    def value(self, path: tuple[str, ...], was: Any, ours: Any, other: Any) -> Any:
        if _same(ours, was) or _same(ours, other):
            return other
        if _same(other, was):
            return ours
        if isinstance(ours, Mapping) and isinstance(other, Mapping):
            before = was if isinstance(was, Mapping) else {}
            return {
                name: self.value((*path, name), before.get(name), ours.get(name), other.get(name))
                for name in dict.fromkeys([*other, *ours])
            }
        if _are_items(was if isinstance(was, list | tuple) else None, ours, other):
            return self.items(path, was or (), ours or (), other or ())
        return self._clash(path, ours, other)

    def _clash(self, path: tuple[str, ...], ours: Any, other: Any) -> Any:
        clash = Clash(path, ours, other)
        self.clashes.append(clash)
        side = self.taken.get(clash.key, self.otherwise)
        if side == "both" and isinstance(ours, str) and isinstance(other, str):
            return f"{other}\n\n{ours}"
        return ours if side == "mine" else other

    def items(self, path: tuple[str, ...], base: Items, mine: Items, theirs: Items) -> list[dict[str, Any]]:
        """Entries by their marks: what one added stays, what one took away goes unless the other changed it."""
        before, ours, other = ({str(item["id"]): dict(item) for item in side} for side in (base, mine, theirs))
        kept = {}
        for mark in dict.fromkeys([*other, *ours]):
            made = self._item((*path, mark), before.get(mark), ours.get(mark), other.get(mark))
            if made is not None:
                kept[mark] = made
        return [kept[mark] for mark in _order(list(before), list(ours), list(other)) if mark in kept]

    def _item(self, path: tuple[str, ...], was: Any, ours: Any, other: Any) -> Any:
        if ours is not None and other is not None:
            return other | {"value": self.value(path, was["value"] if was else None, ours["value"], other["value"])}
        there = ours if ours is not None else other
        if was is None:
            return there
        if there == was:
            return None
        # Taken away by one, changed by the other: it stays unless somebody says otherwise.
        self.clashes.append(Clash(path, ours, other))
        return {"mine": ours, "theirs": other}.get(self.taken.get("/".join(path), ""), there)


def _order(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Their order if they moved something, else ours; what only one side has stands behind what it stood behind there."""
    shared = [mark for mark in theirs if mark in mine and mark in base]
    first, second = (theirs, mine) if shared != [mark for mark in base if mark in shared] else (mine, theirs)
    made = list(first)
    for place, mark in enumerate(second):
        if mark not in made:
            before = next((m for m in reversed(second[:place]) if m in made), None)
            made.insert(made.index(before) + 1 if before is not None else 0, mark)
    return made
