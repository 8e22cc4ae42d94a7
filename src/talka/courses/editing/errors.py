"""Faults of materials as the editor's errors: each stands at the field where it is mended."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from wagtail.blocks import StreamBlockValidationError, StructBlockValidationError
from wagtail.blocks.list_block import ListBlockValidationError

from talka.courses.blocks import BLOCK_NAMES, LABELS
from talka.courses.faults import Fault, Place

# A tree of faults: words at this place, and branches by field or number.
Tree = dict[str | int, Any]
HERE = ""


def errors_at(faults: Sequence[Fault], body: Sequence[Mapping[str, Any]]) -> StreamBlockValidationError:
    """The faults as nested errors of the body's blocks, whose raw JSON is `body`."""
    tree: Tree = {}
    loose: list[str] = []
    for fault in faults:
        place = _place(fault, body)
        if place is None:
            loose.append(str(fault))
        else:
            _hang(tree, place, fault.says)
    return StreamBlockValidationError(
        block_errors={n: _struct(branch, body[n]["value"], body[n]["type"]) for n, branch in tree.items() if isinstance(n, int)},
        non_block_errors=loose or None,
    )


def places_of(faults: Sequence[Fault], body: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """(id of the field on the editor's page, material and field by their names there, what to mend) of each fault."""
    made = []
    for fault in faults:
        place = _place(fault, body) or ()
        field = "body" + "".join(_on_page(part) for part in place)
        made.append((field.removesuffix("-value"), named(fault, body), fault.says))
    return made


def named(fault: Fault, body: Sequence[Mapping[str, Any]]) -> str:
    """The fault's material and field as the editor calls them."""
    place = _place(fault, body) or ()
    whole = next((block for block in body if block.get("id") == str(fault.whole)), None)
    if whole is None:
        return fault.title
    kind = BLOCK_NAMES.get(whole["type"], "")
    title = whole["value"].get("title") or ""
    words = [f"{kind} “{title}”" if title else f"{body.index(whole) + 1}. {kind}"]
    for part in place[1:]:
        if isinstance(part, int):
            words[-1] += f" {part + 1}"
        else:
            words.append(str(LABELS.get(part, part)))
    return ", ".join(words)


def _on_page(part: str | int) -> str:
    # The editor names an entry's own field by its number and "value".
    return f"-{part}-value" if isinstance(part, int) else f"-{part}"


def told_above(places: Sequence[tuple[str, str, str]]) -> SafeString:
    """All that is to mend, in one message with a way to each place."""
    lead = ngettext(
        "It stays a draft until you fix {n} place. Nothing you typed is lost.",
        "It stays a draft until you fix {n} places. Nothing you typed is lost.",
        len(places),
    ).format(n=len(places))
    rows = format_html_join("", '<li><a href="#{}" data-to-mend>{}</a>: {}</li>', places)
    return format_html('{}<ul class="to-mend">{}</ul>', lead, rows)


def _place(fault: Fault, body: Sequence[Mapping[str, Any]]) -> Place | None:
    """The fault's path from the body's top; a question's goes through its quiz's pool."""
    for n, block in enumerate(body):
        if block.get("id") == str(fault.material):
            return (n, *fault.place)
        for i, question in enumerate(block["value"].get("pool") or () if block["type"] == "quiz" else ()):
            if question.get("id") == str(fault.material):
                return (n, "pool", i, *fault.place)
    return None


def _hang(tree: Tree, place: Place, says: str) -> None:
    for part in place:
        tree = tree.setdefault(part, {})
    tree.setdefault(HERE, []).append(says)


def _here(tree: Tree) -> list[ValidationError]:
    return [ValidationError(says) for says in tree.get(HERE, [])]


def _struct(tree: Tree, value: Any, name: str = "") -> StructBlockValidationError:
    fields = value if isinstance(value, Mapping) else {}
    branches, loose = {}, _here(tree)
    for key, branch in tree.items():
        if key == HERE:
            continue
        if key not in fields:
            loose.extend(ValidationError(says) for says in _all(branch))
            continue
        branches[key] = _field(branch, fields[key], "pool" if key == "pool" and name == "quiz" else "")
    return StructBlockValidationError(block_errors=branches, non_block_errors=loose or None)


def _field(tree: Tree, value: Any, name: str) -> ValidationError:
    """The errors of a field: an entry's number leads on, a name leads into a group."""
    if name == "pool":
        entries = {n: _struct(branch, value[n]["value"]) for n, branch in tree.items() if isinstance(n, int) and n < len(value)}
        return StreamBlockValidationError(block_errors=entries, non_block_errors=_here(tree) or None)
    if isinstance(value, list):
        rows = {n: _entry(branch, value[n]) for n, branch in tree.items() if isinstance(n, int) and n < len(value)}
        strays = [ValidationError(says) for n, branch in tree.items() if n != HERE and n not in rows for says in _all(branch)]
        return ListBlockValidationError(block_errors=rows, non_block_errors=[*_here(tree), *strays] or None)
    if isinstance(value, Mapping):
        return _struct(tree, value)
    return ValidationError(_all(tree))


def _entry(tree: Tree, item: Any) -> ValidationError:
    value = item["value"] if isinstance(item, Mapping) and "value" in item else item
    return _struct(tree, value) if isinstance(value, Mapping) else ValidationError(_all(tree))


def _all(tree: Tree) -> list[str]:
    """Every word in a branch."""
    return [*tree.get(HERE, []), *(says for key, branch in tree.items() if key != HERE for says in _all(branch))]
