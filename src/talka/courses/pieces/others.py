"""Sheets, cases and films with what one person has done with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from talka.courses import forms
from talka.courses.media import write_captions
from talka.courses.models import Material, SheetEntry
from talka.courses.queries import Doing
from talka.courses.rules import cases
from talka.courses.rules import materials as m


def sheet(material: Material, entry: SheetEntry | None) -> dict[str, Any]:
    tool = m.parse("tool", material.wording)
    if not isinstance(tool, m.Tool):
        raise TypeError(material.kind)
    return {
        "intro_html": material.shown.get("intro_html", ""),
        "fields": _sheet_fields(tool, entry.values if entry else {}, material.definition),
        "version": entry.version if entry else 0,
        "saved_at": entry.saved_at if entry and entry.version else None,
    }


def _sheet_fields(tool: m.Tool, values: Mapping[str, Any], source: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Fields as they are read; what is chosen is kept in the words of the source, so that it is the same in every language."""
    rows = []
    for n, one in enumerate(tool.fields):
        kept = source["fields"][n].get("options", one.options) if source else one.options
        value = values.get(one.key, "")
        row = {
            "key": one.key,
            "label": one.label,
            "kind": one.kind,
            "help": one.help,
            "options": list(zip(kept, one.options, strict=True)),
            "columns": one.columns,
            "value": value,
        }
        if one.kind == "table":
            stored = value if isinstance(value, list) else []
            count = forms.table_rows(one, stored=len(stored) + (1 if len(stored) >= (one.rows or 4) else 0))
            row["rows"] = [[cell(stored, r, c) for c in range(len(one.columns))] for r in range(count)]
        rows.append(row)
    return rows


def cell(rows: Sequence[Sequence[str]], r: int, c: int) -> str:
    return rows[r][c] if r < len(rows) and c < len(rows[r]) else ""


def conflict(material: Material, mine: Mapping[str, Any], theirs: SheetEntry) -> dict[str, Any]:
    """Both versions of a sheet, field by field, where they differ."""
    tool = m.parse("tool", material.wording)
    if not isinstance(tool, m.Tool):
        raise TypeError(material.kind)
    here = {row["key"]: row for row in _sheet_fields(tool, mine, material.definition)}
    there = {row["key"]: row for row in _sheet_fields(tool, theirs.values, material.definition)}
    rows = [
        {"label": here[key]["label"], "mine": _words(mine.get(key)), "theirs": _words(theirs.values.get(key)), "field": here[key]}
        for key in here
    ]
    return {
        "rows": rows,
        "differ": [r for r in rows if r["mine"] != r["theirs"]],
        "fields": list(here.values()),
        "their_fields": list(there.values()),
        "theirs": theirs,
    }


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(" · ".join(map(str, row)) for row in value if any(row))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value or "")


# Cases


def case(material: Material, doing: Doing) -> dict[str, Any]:
    """The story so far: every node visited with the choice taken, then the choices or the end."""
    definition = m.parse("case", material.wording)
    if not isinstance(definition, m.Case):
        raise TypeError(material.kind)
    path = cases.longest_valid(definition, doing.case.path if doing.case else [])
    nodes = cases.walk(definition, path)
    shown = material.shown["nodes"]
    steps = []
    for place, (key, choice) in enumerate(zip(nodes, path, strict=False)):
        taken = definition.nodes[key].choices[choice]
        steps.append({"html": shown[key]["text_html"], "taken": taken.text, "say": taken.say, "place": place})
    here = definition.nodes[nodes[-1]]
    all_ends = [key for key, node in definition.nodes.items() if not node.choices]
    return {
        "intro_html": material.shown.get("intro_html", ""),
        "steps": steps,
        "here_html": shown[nodes[-1]]["text_html"],
        "choices": [{"value": f"{len(path)}/{n}", "text": c.text} for n, c in enumerate(here.choices)],
        "end": here.end if not here.choices else "",
        "node_debrief_html": shown[nodes[-1]].get("debrief_html", "") if not here.choices else "",
        "debrief_html": material.shown.get("debrief_html", "") if not here.choices else "",
        "ends": len(all_ends),
        "ends_seen": len(set(doing.case.ends) & set(all_ends)) if doing.case else 0,
    }


# Films


def film(material: Material, doing: Doing) -> dict[str, Any]:
    from talka.courses import films

    slides = material.wording["slides"]
    starts, clock = [], 0.0
    for one in slides:
        starts.append(clock)
        clock += one["seconds"]
    return {
        "slides": [{**one, "start": start, "stamp": stamp(start)} for one, start in zip(slides, starts, strict=True)],
        "length": clock,
        "ready": films.file_of(material) is not None,
        "watch": doing.watch,
        "stopped": stamp(doing.watch.position) if doing.watch and doing.watch.position else "",
        "of": stamp(clock),
    }


def stamp(seconds: float) -> str:
    """Seconds as a player shows them: 200 -> 3:20."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def film_captions(material: Material) -> str:
    """The film's words as WebVTT, a slide's sentences spread over its time by their length."""
    cues, clock = [], 0.0
    for one in material.wording["slides"]:
        sentences = _sentences(one["say"])
        total = sum(map(len, sentences))
        for sentence in sentences:
            lasts = one["seconds"] * len(sentence) / total
            cues.append((clock, clock + lasts, sentence))
            clock += lasts
    return write_captions(cues)


def _sentences(text: str) -> list[str]:
    """A caption holds what the eye takes in at once: a sentence, or a part of a long one."""
    made: list[str] = []
    for word in text.split():
        if made and (len(made[-1]) + len(word) < 80) and not made[-1].endswith((".", "?", "!", ":")):
            made[-1] += f" {word}"
        else:
            made.append(word)
    return made


def document_pdf(material: Material) -> bytes:
    from talka.courses import documents

    return documents.pdf(material)
