"""The curriculum document as a DOCX file, with real headings, lists and tables, so that people can go on writing in it."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.oxml.shared import OxmlElement
from docx.shared import Pt, RGBColor

from talka.curriculum.queries import Document
from talka.kit.markdown import to_html
from talka.kit.text import plain
from talka.kit.tokens import LIGHT


def write(document: Document, labels: Mapping[str, str], *, language: str, at: datetime) -> bytes:
    """The file's bytes."""
    file = docx.Document()
    _style(file, language)
    properties = file.core_properties
    properties.title, properties.author, properties.language = document.title, dict(document.facts).get("", ""), language
    properties.created = properties.modified = at.replace(tzinfo=None)
    file.add_heading(document.title, 0)
    if document.summary:
        file.add_paragraph(document.summary)
    _table(file, (), document.facts)
    if document.audience:
        file.add_heading(labels["audience"], 1)
        file.add_paragraph(document.audience)
    if document.needs:
        file.add_heading(labels["needs"], 1)
        _table(file, ("", labels["need"], labels["weight"]), document.needs)
    if document.outcomes:
        file.add_heading(labels["outcomes"], 1)
        heads = ("", labels["afterwards"], labels["level"], labels["eqf"], labels["competences"], labels["answers"])
        _table(
            file,
            heads,
            [(o.number, o.text, o.level, o.eqf, o.competences, ", ".join(map(str, o.needs))) for o in document.outcomes],
        )
    _modules(file, document, labels)
    if document.matrix:
        file.add_heading(labels["matrix"], 1)
        file.add_paragraph(labels["matrix_note"])
        for part in document.matrix:
            file.add_heading(part.title, 2)
            _table(file, (labels["outcome"], *map(str, part.topics)), [(number, *cells) for number, cells in part.rows])
    _ending(file, document, labels)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _modules(file: Any, document: Document, labels: Mapping[str, str]) -> None:
    if not document.modules:
        return
    file.add_heading(labels["modules"], 1)
    for module in document.modules:
        file.add_heading(f"{module.number}. {module.title} ({module.hours})", 2)
        if module.summary:
            file.add_paragraph(module.summary)
        for lesson in module.lessons:
            if lesson.title:
                file.add_heading(f"{lesson.title} ({lesson.hours})", 3)
            rows = [
                (topic.number, topic.title, topic.hours, ", ".join(f"{number} {depth}".strip() for number, depth, _level in topic.outcomes))
                for topic in lesson.topics
            ]
            _table(file, ("", labels["topic"], labels["hours"], labels["outcome"]), rows)


def _ending(file: Any, document: Document, labels: Mapping[str, str]) -> None:
    if document.assessment or document.assessed:
        file.add_heading(labels["assessment"], 1)
        for block in plain(to_html(document.assessment)).splitlines():
            if block.strip():
                file.add_paragraph(block.strip())
        _table(file, (labels["assessed_at"], labels["how_many"]), document.assessed)
    if document.kinds:
        file.add_heading(labels["materials"], 1)
        _table(file, (labels["material"], labels["how_many"], labels["hours"]), document.kinds)
    for name, lines in (("literature", document.literature), ("partners", document.partners)):
        if lines:
            file.add_heading(labels[name], 1)
            for line in lines:
                file.add_paragraph(line, style="List Bullet")
    file.add_paragraph(document.made)


def _style(file: Any, language: str) -> None:
    """The house's colours on headings, and the language, so that the word processor checks the right one."""
    for name, size in (("Title", 24), ("Heading 1", 16), ("Heading 2", 13), ("Heading 3", 11)):
        font = file.styles[name].font
        font.size, font.color.rgb = Pt(size), RGBColor.from_string(LIGHT["pine"].lstrip("#"))
    normal = file.styles["Normal"]
    normal.font.size = Pt(10.5)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:val"), language)
    normal.element.get_or_add_rPr().append(tongue)


def _table(file: Any, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    table = file.add_table(rows=0, cols=len(rows[0]), style="Light Grid Accent 1" if heads else "Table Grid")
    if heads:
        first = table.add_row()
        # Said to the word processor, so that the heads are read out and repeated on the next page.
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        first._tr.get_or_add_trPr().append(mark)  # noqa: SLF001  # python-docx has no other way to it
        for cell, head in zip(first.cells, heads, strict=True):
            cell.text = head
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = str(value)
    file.add_paragraph()
