"""Answers come in from a file: looked at first, then taken whole, or only the good rows when the person chose so."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from talka.people.actions import require
from talka.people.models import User
from talka.surveys.actions.ranking import rank_needs
from talka.surveys.models import Answer, Item, Questionnaire, Response, Scale, Survey
from talka.surveys.queries.answers import value_of
from talka.surveys.queries.items import questions_of, scale_of
from talka.surveys.rules import IMPORT
from talka.surveys.rules.files import AnswerRow, Refusal, read_file
from talka.surveys.rules.limesurvey_in import LimeItem, read_responses

AT_ONCE = 1000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """A good row: whose it is, whether it is "new", "changed" or the "same" as before, and which columns say something else."""

    row: int
    respondent: str
    state: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file would do (`done` False) or did. `absent`: questions of the survey that the file leaves out.

    Of LimeSurvey's responses: `foreign`: headings that belong to no question; `unfinished`: rows that were never handed in.
    """

    rows: tuple[Taken, ...]
    refused: tuple[Refusal, ...]
    absent: tuple[str, ...]
    broken: bool
    done: bool
    foreign: tuple[str, ...] = ()
    unfinished: tuple[int, ...] = ()

    def _of(self, state: str) -> tuple[Taken, ...]:
        return tuple(row for row in self.rows if row.state == state)

    @property
    def new(self) -> int:
        return len(self._of("new"))

    @property
    def changed(self) -> int:
        return len(self.changes)

    @property
    def same(self) -> int:
        return len(self._of("same"))

    @property
    def changes(self) -> tuple[Taken, ...]:
        return self._of("changed")

    @property
    def refused_rows(self) -> int:
        return len({r.row for r in self.refused})

    @property
    def may_go_on(self) -> bool:
        """Whether there is something to take."""
        return bool(self.new or self.changed) and not self.broken

    def as_text(self) -> str:
        """For the command line and the report to keep."""
        lines = [
            _("Imported.") if self.done else _("Nothing was imported."),
            _("{new} new, {changed} changed, {same} as before, {refused} refused.").format(
                new=self.new, changed=self.changed, same=self.same, refused=self.refused_rows
            ),
        ]
        return "\n".join([*lines, *(where(r) + words(r) for r in self.refused), *self.notes])

    @property
    def notes(self) -> list[str]:
        """What else is to be known about the file."""
        said = []
        if self.absent:
            said.append(_("The file has no column for: {codes}.").format(codes=", ".join(self.absent)))
        if self.foreign:
            said.append(_("These columns belong to no question: {columns}.").format(columns=", ".join(self.foreign)))
        if self.unfinished:
            rows = ", ".join(map(str, self.unfinished[:50])) + (" …" if len(self.unfinished) > 50 else "")
            said.append(_("Never handed in, so left out: {n} (rows {rows}).").format(n=len(self.unfinished), rows=rows))
        return said


def where(refusal: Refusal) -> str:
    """The words before a reason: its row, and its column if it has one."""
    if refusal.column:
        return _("Row {row}, column {column}: ").format(row=refusal.row, column=refusal.column)
    return _("Row {row}: ").format(row=refusal.row)


def words(refusal: Refusal) -> str:
    """Why, in words that say what to do."""
    told = {"column": refusal.column, "low": "", "high": "", **refusal.told}
    for name in ("low", "high"):
        if isinstance(told[name], float | int):
            told[name] = f"{told[name]:g}"
    if "choices" in told:
        told["choices"] = ", ".join(told["choices"])
    if "audiences" in told:
        told["audiences"] = ", ".join(told["audiences"])
    return _texts()[refusal.code].format_map(told)


def _texts() -> dict[str, str]:
    return {
        "utf16": _("The file is UTF-16. Save it as UTF-8 (in a spreadsheet: “CSV UTF-8”)."),
        "empty_file": _("The file is empty."),
        "csv": _("From here on the file cannot be read as CSV ({value})."),
        "not_utf8": _("Character {position} is the byte {byte}, which is not UTF-8. Save the file as UTF-8."),
        "column_twice": _("This column appears twice."),
        "column_missing": _("This column is missing."),
        "column_unknown": _("This survey has no column of this name. Download the example for the right header."),
        "no_question": _("No column contains answers to a question of this survey."),
        "cells": _("The row has {found} cells, the header has {expected}."),
        "no_respondent": _("The respondent's code is missing."),
        "address": _("This looks like an e-mail address. Use a code that names nobody."),
        "too_long": _("The text has {length} characters; at most {most} are allowed."),
        "nul": _("The text contains a NUL character."),
        "unknown_audience": _("“{value}” is not an audience of this survey. Known: {audiences}."),
        "not_a_date": _("“{value}” is not a date. Write 2026-03-01 or 2026-03-01T09:30:00Z."),
        "duplicate": _("“{value}” is already in row {first}."),
        "not_asked": _("The audience “{audience}” is not asked this."),
        "no_answer": _("The row contains no answer."),
        "not_a_number": _("“{value}” is not a number."),
        "not_whole": _("“{value}” is not a whole number."),
        "off_scale": _("“{value}” is outside the scale from {low} to {high}."),
        "unknown_choice": _("“{value}” is none of the choices: {choices}."),
        "twice": _("“{value}” names something twice."),
        "required": _("This needs an answer."),
        "other_audience": _("“{value}” answered before as “{audience}”."),
        "other_scale": _("“{value}” answered before on an older scale. Those answers stay apart; use another code."),
    }


@dataclass(slots=True)
class _Plan:
    new: list[AnswerRow]
    changed: list[tuple[AnswerRow, int, tuple[str, ...]]]
    same: list[AnswerRow]
    refused: list[Refusal]


def preview_answers(survey: Survey, file: bytes | Path | BinaryIO, *, by: User | None, at: datetime) -> ImportReport:
    """What importing `file` would do. Changes nothing. Raises NotAllowed; OSError."""
    return _import(survey, file, by=by, at=at, go=False, only_good=True, progress=None)


def import_answers(
    survey: Survey,
    file: bytes | Path | BinaryIO,
    *,
    by: User | None,
    at: datetime,
    only_good: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """The answers in `file` (layout: `surveys.rules.files`, or LimeSurvey's responses with codes) become responses of `survey`; a known respondent's answers are brought up to the file.

    With a refused row nothing is imported, unless `only_good`. The same file twice changes nothing. A long file is written in portions,
    so that others can write in between; after a breakdown the same file again brings the rest. `by` None is the command line.
    `progress` hears (rows done, rows in all). Raises NotAllowed; OSError.
    """
    return _import(survey, file, by=by, at=at, go=True, only_good=only_good, progress=progress)


def _import(
    survey: Survey, file: bytes | Path | BinaryIO, *, by: User | None, at: datetime, go: bool, only_good: bool, progress: Progress | None
) -> ImportReport:
    if by is not None:
        require(by, IMPORT, cluster=survey.cluster_id)
    raw = file if isinstance(file, bytes) else file.read_bytes() if isinstance(file, Path) else file.read()
    pairs = questions_of(survey)
    lime = [LimeItem(i.code, i.kind, i.options["lime"]) for i, _q in pairs if "lime" in i.options]
    responses = read_responses(raw, lime) if lime else None
    raw = responses.raw if responses else raw
    questionnaires = {q.audience: q for q in survey.questionnaires.all()}
    found = read_file(raw, [question for _item, question in pairs], list(questionnaires))
    items = {item.code: item for item, _question in pairs}
    scale = scale_of(survey)
    plan = _plan(survey, found.rows, items, questionnaires, scale)
    refused = sorted([*found.refused, *plan.refused], key=lambda r: (r.row, r.column))
    go = go and not found.broken and (only_good or not refused)
    if progress:
        progress(0, len(plan.new) + len(plan.changed))
    if go and (plan.new or plan.changed):
        _write(survey, plan, items, questionnaires, scale, at=at, progress=progress)
    taken = [Taken(row.row, row.respondent, "new") for row in plan.new]
    taken += [Taken(row.row, row.respondent, "changed", columns) for row, _pk, columns in plan.changed]
    taken += [Taken(row.row, row.respondent, "same") for row in plan.same]
    return ImportReport(
        rows=tuple(sorted(taken, key=lambda r: r.row)),
        refused=tuple(refused),
        absent=tuple(found.absent),
        broken=found.broken,
        done=go,
        foreign=responses.foreign if responses else (),
        unfinished=responses.unfinished if responses else (),
    )


def _plan(
    survey: Survey, rows: Sequence[AnswerRow], items: dict[str, Item], questionnaires: dict[str, Questionnaire], scale: Scale
) -> _Plan:
    """Which rows are new, changed or the same as what is kept."""
    plan = _Plan([], [], [], [])
    names = {q.pk: q.audience for q in questionnaires.values()}
    for part in _parts(rows):
        kept = {
            r.respondent: r
            for r in Response.objects.filter(survey=survey, respondent__in=[row.respondent for row in part]).only(
                "pk", "respondent", "questionnaire_id", "scale_id", "submitted_at"
            )
        }
        before = _answers_of([r.pk for r in kept.values()], items)
        for row in part:
            known = kept.get(row.respondent)
            if known is None:
                plan.new.append(row)
            elif names[known.questionnaire_id] != row.audience:
                told = {"value": row.respondent, "audience": names[known.questionnaire_id]}
                plan.refused.append(Refusal(row.row, "audience", "other_audience", told))
            elif known.scale_id != scale.pk:
                plan.refused.append(Refusal(row.row, "respondent", "other_scale", {"value": row.respondent}))
            else:
                was = before.get(known.pk, {})
                differs = [code for code, value in row.answers.items() if _plain(value) != _plain(was.get(code))]
                if row.submitted_at is not None and row.submitted_at != known.submitted_at:
                    differs.append("submitted_at")
                if differs:
                    plan.changed.append((row, known.pk, tuple(differs)))
                else:
                    plan.same.append(row)
    return plan


def _plain(value: Any) -> Any:
    """An answer in a form that compares: a pair without either half is no answer."""
    if isinstance(value, tuple):
        return None if all(v is None for v in value) else value
    return value


def _answers_of(responses: Sequence[int], items: dict[str, Item]) -> dict[int, dict[str, Any]]:
    by_key = {item.pk: item for item in items.values()}
    kept: dict[int, dict[str, Any]] = {}
    found = Answer.objects.filter(response__in=responses)
    for response, item, importance, ability, value in found.values_list("response_id", "item_id", "importance", "ability", "value"):
        kept.setdefault(response, {})[by_key[item].code] = value_of(by_key[item].kind, importance, ability, value)
    return kept


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _write(
    survey: Survey,
    plan: _Plan,
    items: dict[str, Item],
    questionnaires: dict[str, Questionnaire],
    scale: Scale,
    *,
    at: datetime,
    progress: Progress | None,
) -> None:
    total, done = len(plan.new) + len(plan.changed), 0

    def portion(size: int) -> None:
        nonlocal done
        Survey.objects.filter(pk=survey.pk).update(answers_changed_at=at)
        done += size

    for part in _parts(plan.new):
        with transaction.atomic():
            _add(survey, part, items, questionnaires, scale, at=at)
            portion(len(part))
        if progress:
            progress(done, total)
    for changed in _parts(plan.changed):
        with transaction.atomic():
            _change(changed, items)
            portion(len(changed))
        if progress:
            progress(done, total)
    survey.answers_changed_at = at
    rank_needs(survey, by=None, at=at)


def _add(
    survey: Survey,
    rows: Sequence[AnswerRow],
    items: dict[str, Item],
    questionnaires: dict[str, Questionnaire],
    scale: Scale,
    *,
    at: datetime,
) -> None:
    made = Response.objects.bulk_create(
        [
            Response(
                survey=survey,
                questionnaire=questionnaires[row.audience],
                scale=scale,
                respondent=row.respondent,
                submitted_at=row.submitted_at or at,
                source="file",
            )
            for row in rows
        ]
    )
    insert_answers(
        (response.pk, items[code], value)
        for response, row in zip(made, rows, strict=True)
        for code, value in row.answers.items()
        if _plain(value) is not None
    )


def _change(rows: Sequence[tuple[AnswerRow, int, tuple[str, ...]]], items: dict[str, Item]) -> None:
    for row, pk, differs in rows:
        codes = [code for code in differs if code in items]
        Answer.objects.filter(response=pk, item__in=[items[code].pk for code in codes]).delete()
        insert_answers((pk, items[code], row.answers[code]) for code in codes if _plain(row.answers[code]) is not None)
        if "submitted_at" in differs:
            Response.objects.filter(pk=pk).update(submitted_at=row.submitted_at)


def insert_answers(rows: Iterable[tuple[int, Item, Any]]) -> None:
    """Answers (response key, item, value) by the fastest portable way: a million of them are a survey of 50,000."""
    sql = "INSERT INTO surveys_answer (response_id, item_id, importance, ability, value) VALUES (%s, %s, %s, %s, %s)"
    with connection.cursor() as cursor:
        cursor.executemany(sql, [_columns(*row) for row in rows])


def _columns(response: int, item: Item, value: Any) -> tuple[Any, ...]:
    if item.kind == Item.Kind.NEED:
        return (response, item.pk, value[0], value[1], None)
    return (response, item.pk, None, None, json.dumps(value, ensure_ascii=False))
