"""Pure decisions about documents: may this write happen, and what is the sum of two documents."""

from dataclasses import dataclass

import orjson


class NotMet(Exception):
    """What the writer expected of the stored document isn't so."""


class NotMergeable(Exception):
    """Only two JSON objects can be merged. The text says which isn't one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """If-Match and If-None-Match as they came."""

    match: str | None = None
    none_match: str | None = None

    @property
    def given(self) -> bool:
        return self.match is not None or self.none_match is not None


def tags(header: str) -> set[str]:
    """The entity tags in a header, without quotes and weakness."""
    return {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}


def check(condition: Condition, etag: str | None) -> None:
    """Raises NotMet unless the condition holds for a document with this `etag` (None: there is no document)."""
    if condition.match is not None:
        wanted = tags(condition.match)
        if etag is None or ("*" not in wanted and etag not in wanted):
            raise NotMet("If-Match names another state of the document than the stored one.")
    if condition.none_match is not None:
        unwanted = tags(condition.none_match)
        if etag is not None and ("*" in unwanted or etag in unwanted):
            raise NotMet("If-None-Match forbids this: the document is stored already.")


def is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _object(content: bytes, content_type: str, what: str) -> dict[str, object]:
    if not is_json(content_type):
        raise NotMergeable(f"{what} is not application/json.")
    try:
        value = orjson.loads(content)
    except ValueError as e:
        raise NotMergeable(f"{what} is no JSON: {e}") from e
    if not isinstance(value, dict):
        raise NotMergeable(f"{what} is no JSON object.")
    return value


def merge(old: bytes | None, old_type: str, new: bytes, new_type: str) -> tuple[bytes, str]:
    """(content, type) after a POST: the properties of the new object replace those of the old one (1.0.3 Communication 2.2.7)."""
    if old is None:
        if is_json(new_type):
            _object(new, new_type, "The new document")
        return new, new_type
    merged = {**_object(old, old_type, "The stored document"), **_object(new, new_type, "The new document")}
    return orjson.dumps(merged), "application/json"
