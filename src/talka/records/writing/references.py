"""Statements that refer to statements: what finds the one finds the other, and voiding."""

from collections.abc import Sequence

from talka.records import driver, packing, terms
from talka.records.models import Source
from talka.records.models import Statement as StatementRow
from talka.records.rules import statements as rules
from talka.records.rules.statements import Statement
from talka.records.writing.batches import BORDER, REGISTRATION, SOURCE, VERB, Batch
from talka.records.writing.numbering import number_part, part_names

_FIELDS = (
    "SELECT s.sequence, s.id, s.refers, s.dictionary, s.json, s.verb, COALESCE(o.cluster_id, 0) FROM records_statement s "
    "JOIN records_source o ON o.id = s.source_id "
)
_BY_ID = _FIELDS + "WHERE s.id = ?"
_BY_REFERRED = _FIELDS + "WHERE s.refers = ?"


def _terms_of(row: driver.Row, seen: set[bytes]) -> set[int]:
    """Terms that find this statement, with those of the statements it refers to in turn."""
    statement = rules.read_stored(packing.unpack(row[3], row[4]))
    verb = statement.verb
    numbers = terms.find([n for part in statement.parts for n in part_names(part, is_verb=part is verb)])
    found: set[int] = set()
    for part in statement.parts:
        found.update(number_part(part, is_verb=part is verb, numbers=numbers)[0])
    if statement.registration is not None:
        found.update(n << 1 for n in terms.find([(REGISTRATION, statement.registration.hex())]).values())
    if row[2] is not None and bytes(row[2]) not in seen:
        seen.add(bytes(row[2]))
        for target in driver.ask(_BY_ID, [bytes(row[2])]):
            if _may_follow(row[6], target[6]):
                found |= _terms_of(target, seen)
    return found


def postings_of(row: StatementRow) -> set[int]:
    """The terms under which a stored statement is found: its own, its source's and border's, and those of what it refers to."""
    border = Source.objects.values_list("cluster_id", flat=True).get(pk=row.source_id) or 0
    numbers = terms.find([(SOURCE, str(row.source_id)), (BORDER, str(border))])
    found = _terms_of((row.sequence, row.id, row.refers, row.dictionary, row.json, row.verb, border), {bytes(row.id)})
    return found | {n << 1 for n in numbers.values()}


def _may_follow(border: int, target: int) -> bool:
    """A statement speaks about another only inside its own border; the network's own speak about all."""
    return border in {target, 0}


def _inherit(sequence: int, found: set[int]) -> None:
    driver.insert("records_posting", "term, sequence", [(term, sequence) for term in sorted(found)], "ON CONFLICT DO NOTHING")


def _void(target: driver.Row) -> None:
    """Voids a stored statement; a voiding statement itself cannot be voided (Data 2.3.2)."""
    if target[5] not in terms.find([(VERB, rules.VOIDED)]).values():
        driver.do("UPDATE records_statement SET voided = ? WHERE sequence = ?", [True, target[0]])


def follow_references(batches: Sequence[Batch], references: list[tuple[Batch, Statement, int]]) -> None:
    """What refers to a statement is found by what finds that statement, whichever of the two came first."""
    for batch, statement, sequence in references:
        for target in driver.ask(_BY_ID, [statement.object.target or b""]):
            if _may_follow(batch.origin.border, target[6]):
                _inherit(sequence, _terms_of(target, {statement.id}))
                if statement.voids:
                    _void(target)
    ids = [s.id for b in batches for s in b.statements]
    waiting = driver.ask_each("SELECT refers FROM records_statement WHERE refers IN (*)", ids)
    for key in {bytes(row[0]) for row in waiting}:
        for target in driver.ask(_BY_ID, [key]):
            _tell_referrers(target, _terms_of(target, {key}), {key})


def _tell_referrers(target: driver.Row, found: set[int], seen: set[bytes]) -> None:
    voided = terms.find([(VERB, rules.VOIDED)]).values()
    for row in driver.ask(_BY_REFERRED, [bytes(target[1])]):
        if bytes(row[1]) in seen or not _may_follow(row[6], target[6]):
            continue
        _inherit(row[0], found)
        if row[5] in voided:
            _void(target)
        _tell_referrers(row, found, seen | {bytes(row[1])})
