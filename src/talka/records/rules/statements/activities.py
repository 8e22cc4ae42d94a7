"""Activities and their definitions, with the components of interactions."""

from talka.records.rules.statements.checks import want, want_extensions, want_iri, want_language_map, want_only
from talka.records.rules.statements.clauses import Invalid, Json

_ACTIVITY = frozenset({"objectType", "id", "definition"})
_INTERACTIONS: dict[str, tuple[str, ...]] = {
    "true-false": (),
    "choice": ("choices",),
    "fill-in": (),
    "long-fill-in": (),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "numeric": (),
    "other": (),
}
_COMPONENTS = ("choices", "scale", "source", "target", "steps")
_DEFINITION = frozenset(
    {"name", "description", "type", "moreInfo", "extensions", "interactionType", "correctResponsesPattern", *_COMPONENTS}
)
_COMPONENT = frozenset({"id", "description"})


def check_definition(definition: object, path: str) -> Json:
    """Checks the definition of an activity and answers it. Raises Invalid."""
    want(definition, dict, path, "object")
    d: Json = definition  # type: ignore[assignment]
    want_only(d, _DEFINITION, path, "object")
    for name in ("name", "description"):
        if name in d:
            want_language_map(d[name], f"{path}.{name}", "object")
    for name in ("type", "moreInfo"):
        if name in d:
            want_iri(d[name], f"{path}.{name}", "object")
    if "extensions" in d:
        want_extensions(d["extensions"], f"{path}.extensions")
    kind = d.get("interactionType")
    if "interactionType" in d and (not isinstance(kind, str) or kind not in _INTERACTIONS):
        raise Invalid(f"{path}.interactionType", f"must be one of {', '.join(_INTERACTIONS)}", "object")
    _interaction(d, kind, path)
    return d


def _interaction(d: Json, kind: str | None, path: str) -> None:
    if "correctResponsesPattern" in d:
        want(d["correctResponsesPattern"], list, f"{path}.correctResponsesPattern", "object")
        for n, pattern in enumerate(d["correctResponsesPattern"]):
            want(pattern, str, f"{path}.correctResponsesPattern[{n}]", "object")
    if kind is None and (extra := [c for c in ("correctResponsesPattern", *_COMPONENTS) if c in d]):
        raise Invalid(f"{path}.{extra[0]}", "needs an interactionType", "object")
    for name in _COMPONENTS:
        if name in d:
            if kind is not None and name not in _INTERACTIONS[kind]:
                raise Invalid(f"{path}.{name}", f"does not belong to the interaction {kind}", "object")
            _components(d[name], f"{path}.{name}")


def _components(items: object, path: str) -> None:
    want(items, list, path, "object")
    seen = set()
    for n, item in enumerate(items):  # type: ignore[arg-type, var-annotated]
        here = f"{path}[{n}]"
        want(item, dict, here, "object")
        want_only(item, _COMPONENT, here, "object")
        want(item.get("id"), str, f"{here}.id", "object")
        if item["id"] in seen:
            raise Invalid(f"{here}.id", "stands twice in this list", "object")
        seen.add(item["id"])
        if "description" in item:
            want_language_map(item["description"], f"{here}.description", "object")


def check_activity(activity: object, path: str) -> tuple[str, Json | None]:
    """Checks an activity; answers its IRI and definition. Raises Invalid."""
    want(activity, dict, path, "object")
    a: Json = activity  # type: ignore[assignment]
    if a.get("objectType", "Activity") != "Activity":
        raise Invalid(f"{path}.objectType", "must be Activity", "object")
    want_only(a, _ACTIVITY, path, "object")
    if "id" not in a:
        raise Invalid(f"{path}.id", "an activity needs an id", "object")
    want_iri(a["id"], f"{path}.id", "object")
    return a["id"], check_definition(a["definition"], f"{path}.definition") if "definition" in a else None


def merge_definition(known: Json | None, new: Json) -> Json:
    """One definition out of two: language maps and extensions grow, the rest is replaced by the newer."""
    merged = dict(known or {})
    for name, value in new.items():
        old = merged.get(name)
        grows = name in {"name", "description", "extensions"} and isinstance(old, dict)
        merged[name] = {**old, **value} if grows and isinstance(old, dict) else value
    return merged
