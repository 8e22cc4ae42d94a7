"""What a statement says about its attachments. Their bytes: `talka.records.attachments`."""

from talka.records.rules import values
from talka.records.rules.statements.checks import want, want_iri, want_language_map, want_only
from talka.records.rules.statements.clauses import Invalid, Json

_ATTACHMENT = frozenset({"usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"})


def check_attachments(value: object, path: str) -> list[Json]:
    """Checks the list of attachments and answers it. Raises Invalid."""
    want(value, list, path, "attachments")
    items: list[Json] = value  # type: ignore[assignment]
    for n, item in enumerate(items):
        here = f"{path}[{n}]"
        want(item, dict, here, "attachments")
        want_only(item, _ATTACHMENT, here, "attachments")
        for name in ("usageType", "display", "contentType", "length", "sha2"):
            if name not in item:
                raise Invalid(f"{here}.{name}", "is missing", "attachments")
        want_iri(item["usageType"], f"{here}.usageType", "attachments")
        want_language_map(item["display"], f"{here}.display", "attachments")
        if "description" in item:
            want_language_map(item["description"], f"{here}.description", "attachments")
        if not values.is_media_type(item["contentType"]):
            raise Invalid(f"{here}.contentType", "must be a media type (RFC 2046)", "attachments")
        if type(item["length"]) is not int or item["length"] < 0:
            raise Invalid(f"{here}.length", "must be a whole number of bytes", "attachments")
        if not values.is_sha2(item["sha2"]):
            raise Invalid(f"{here}.sha2", "must be a SHA-2 hash in hexadecimal digits", "attachments")
        if "fileUrl" in item:
            want_iri(item["fileUrl"], f"{here}.fileUrl", "attachments")
    return items
