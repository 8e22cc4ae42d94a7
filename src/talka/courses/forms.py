"""What a browser sent, as answers, sheets and files. Checks shape only; marking and saving say the rest."""

import math
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talka.courses.rules import materials as m
from talka.courses.rules.marking import LONGEST_ANSWER
from talka.courses.rules.packs import gaps_of

# Characters of a sheet's field, a note or a draft: more than anybody types, so that nothing typed is cut.
LONGEST_TEXT = 1_000_000
LARGEST_HAND_IN = 15_000_000
MAGIC = {
    "pdf": (b"%PDF-",),
    "docx": (b"PK\x03\x04",), "xlsx": (b"PK\x03\x04",), "pptx": (b"PK\x03\x04",), "odt": (b"PK\x03\x04",), "ods": (b"PK\x03\x04",),
    "zip": (b"PK\x03\x04",), "png": (b"\x89PNG",), "jpg": (b"\xff\xd8\xff",), "jpeg": (b"\xff\xd8\xff",),
}  # fmt: skip


def response_from(exercise: m.Exercise, post: QueryDict, prefix: str = "") -> dict[str, Any]:  # noqa: C901, PLR0911  # one case per type
    """The answer in a form, as `rules.marking` reads it."""

    def one(name: str) -> str:
        return post.get(prefix + name, "")[:LONGEST_ANSWER]

    match exercise:
        case m.Single() | m.TrueFalse():
            return {"choice": one("choice")}
        case m.Multiple():
            return {"choices": [c[:100] for c in post.getlist(f"{prefix}choices")]}
        case m.Hotspot():
            return {"spot": one("spot")}
        case m.Number():
            return {"number": one("number")[:100]}
        case m.Short():
            return {"text": one("text")[:400]}
        case m.Cloze():
            return {"gaps": [one(f"gap-{n}")[:200] for n in range(len(gaps_of(exercise.text)))]}
        case m.Match():
            return {"pairs": {p.key: one(f"pair-{p.key}") for p in exercise.pairs}}
        case m.Order():
            return _order(exercise, {item.key: one(f"place-{item.key}") for item in exercise.items})
        case m.Categorise():
            return {"items": {item.key: one(f"item-{item.key}") for item in exercise.items}}
        case m.Scale():
            return {"value": one("value")[:20]}
        case _:
            return {"text": post.get(f"{prefix}text", "")[:LONGEST_TEXT], "met": post.getlist(f"{prefix}met")}


def _order(exercise: m.Order, places: Mapping[str, str]) -> dict[str, Any]:
    """The keys in the order of the places given; a doubled or missing place leaves the list short, which marking reports."""
    taken = {int(place): key for key, place in places.items() if place.isdigit()}
    keys = [taken[n] for n in sorted(taken)] if any(places.values()) else []
    return {"order": keys, "places": dict(places)} if len(keys) != len(exercise.items) else {"order": keys}


def token_from(post: QueryDict) -> UUID:
    """The form's own mark; a form without one counts as new."""
    try:
        return UUID(post.get("token", ""))
    except ValueError:
        return uuid4()


def seconds_since(post: QueryDict, now: float) -> float | None:
    """Seconds since the form was shown, as far as the browser can be believed: at most an hour."""
    try:
        spent = now - float(post.get("since", ""))
    except ValueError:
        return None
    return round(spent, 1) if 0 < spent <= 3600 else None


class FileRefused(Exception):
    """The handed-in file can't be taken. The text says why and what to do."""


def hand_in_from(exercise: m.Upload, file: UploadedFile | None) -> tuple[str, bytes]:
    """(name, content) of a handed-in file. Raises FileRefused."""
    if file is None or not file.name:
        raise FileRefused(_("Choose a file first."))
    ending = file.name.rsplit(".", 1)[-1].lower() if "." in file.name else ""
    if ending not in exercise.accept:
        raise FileRefused(_("These kinds of file are accepted here: {kinds}.").format(kinds=", ".join(exercise.accept)))
    if (file.size or 0) > LARGEST_HAND_IN:
        raise FileRefused(
            _("The file has more than {n} MB. Make it smaller, or hand in a part of it.").format(n=LARGEST_HAND_IN // 1_000_000)
        )
    content = file.read()
    if not content:
        raise FileRefused(_("The file is empty."))
    if ending in MAGIC and not content.startswith(MAGIC[ending]):
        raise FileRefused(_("The file is called .{ending} but is something else. Save it again in that format.").format(ending=ending))
    return file.name, content


def sheet_from(tool: m.Tool, post: QueryDict) -> dict[str, Any]:
    """A sheet's values as typed, by field. Nothing typed is refused: a sheet is the learner's own."""
    values: dict[str, Any] = {}
    for one in tool.fields:
        name = f"f-{one.key}"
        if one.kind == "check":
            values[one.key] = name in post
        elif one.kind == "table":
            rows = [[post.get(f"{name}-{r}-{c}", "")[:LONGEST_TEXT] for c in range(len(one.columns))] for r in range(table_rows(one, post))]
            while rows and not any(rows[-1]):
                rows.pop()
            values[one.key] = rows
        else:
            values[one.key] = post.get(name, "")[:LONGEST_TEXT]
    return values


def table_rows(one: m.Field, post: QueryDict | None = None, stored: int = 0) -> int:
    """How many rows a table shows: those of the sheet, or more if more were filled in."""
    sent = 0
    if post is not None:
        places = [name.split("-")[-2] for name in post if name.startswith(f"f-{one.key}-")]
        sent = max((int(p) + 1 for p in places if p.isdigit()), default=0)
    return min(max(one.rows or 4, stored, sent), 200)


def number_from(text: str, *, least: float = 0.0, most: float = math.inf) -> float | None:
    """A finite number a script sent, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and least <= value <= most else None


def seen_from(post: QueryDict) -> dict[str, Any]:
    """What the page noticed, as `actions.see_topic` takes it."""
    seconds = int(number_from(post.get("seconds", ""), most=86_400) or 0)
    return {"seconds": seconds, "material": post.get("material", "")[:80], "read": "read" in post}


def watched_from(post: QueryDict) -> dict[str, Any] | None:
    """A player's report as `actions.watch` takes it; None if it says nothing that can be understood."""
    verb, position = post.get("verb", ""), number_from(post.get("position", ""), most=1e6)
    if verb not in {"played", "paused", "seeked"} or position is None:
        return None
    start, end = (number_from(post.get(name, ""), most=1e6) for name in ("from", "to"))
    try:
        session = UUID(post.get("session", ""))
    except ValueError:
        session = uuid4()
    return {
        "verb": verb,
        "position": position,
        "segment": (start, end) if start is not None and end is not None else None,
        "session": session,
    }


class PackForm(forms.Form):
    """A pack as a zip."""

    pack = forms.FileField(
        label=gettext_lazy("Course pack"),
        help_text=gettext_lazy("A zip of a pack's folder. You see first what would change; nothing is imported yet."),
    )
