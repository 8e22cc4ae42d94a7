"""The names in a statement as numbers: its columns, and the terms that find it."""

from typing import Any

from talka.records import terms
from talka.records.rules import statements as rules
from talka.records.rules.statements import Part, Statement
from talka.records.writing.batches import ACTIVITY, AGENT, REGISTRATION, TEXT, VERB

Numbered = tuple[Part, tuple[int, ...], tuple[int, int, int]]


def part_names(part: Part, *, is_verb: bool) -> list[terms.Name]:
    if is_verb:
        return [(VERB, part.main)]
    return [(AGENT, key) for key, _name, _direct in part.agents] + [(ACTIVITY, iri) for iri, _direct in part.activities]


def number_part(part: Part, *, is_verb: bool, numbers: dict[terms.Name, int]) -> tuple[tuple[int, ...], tuple[int, int, int]]:
    """(postings of a part, numbers of its main name, first parent and first grouping)."""
    if is_verb:
        number = numbers[VERB, part.main]
        return (number << 1,), (number, 0, 0)
    found = {numbers[AGENT, key] << 1 | (not direct) for key, _name, direct in part.agents}
    found |= {numbers[ACTIVITY, iri] << 1 | (not direct) for iri, direct in part.activities}
    main = numbers[AGENT, part.main] if part.kind in {rules.AGENT, rules.GROUP} else numbers.get((ACTIVITY, part.main), 0)
    return tuple(found), (main, numbers.get((ACTIVITY, part.parent), 0), numbers.get((ACTIVITY, part.grouping), 0))


def names_of(statement: Statement) -> list[terms.Name]:
    """The names in a statement whose numbers aren't known with its parts."""
    wanted: list[terms.Name] = []
    verb = statement.verb
    for part in statement.parts:
        if part.postings is None:
            wanted += part_names(part, is_verb=part is verb)
    if statement.registration is not None:
        wanted.append((REGISTRATION, statement.registration.hex()))
    if statement.language is not None:
        wanted.append((TEXT, statement.language))
    if statement.platform is not None:
        wanted.append((TEXT, statement.platform))
    return wanted


def row_of(statement: Statement, numbers: dict[terms.Name, int], fresh: dict[int, Numbered]) -> tuple[tuple[Any, ...], set[int]]:
    """(the columns from actor to voided, the terms that find the statement). `fresh` collects the parts that got their numbers now."""
    found: set[int] = set()
    parent = grouping = 0
    mains = []
    verb = statement.verb
    for part in statement.parts:
        if part.postings is not None:
            found.update(part.postings)
            own = part.numbers
        else:
            known = fresh.get(id(part))
            if known is None:
                known = fresh[id(part)] = (part, *number_part(part, is_verb=part is verb, numbers=numbers))
            found.update(known[1])
            own = known[2]
        mains.append(own[0])
        parent, grouping = parent or own[1], grouping or own[2]
    registration = numbers[REGISTRATION, statement.registration.hex()] if statement.registration is not None else None
    if registration:
        found.add(registration << 1)
    response = statement.response
    return (
        mains[0],
        mains[1],
        mains[2] or None,
        statement.object.kind,
        parent or None,
        grouping or None,
        registration,
        numbers[TEXT, statement.language] if statement.language is not None else None,
        numbers[TEXT, statement.platform] if statement.platform is not None else None,
        statement.success,
        statement.completion,
        statement.score,
        statement.duration,
        response.replace("\x00", "\ufffd") if response else response,
        statement.position_from,
        statement.position_to,
        statement.object.target,
        False,
    ), found


def keep_parts(done: list[Numbered]) -> None:
    """Each part knows its numbers from now on."""
    for part, postings, numbers in done:
        part.numbers, part.postings = numbers, postings
