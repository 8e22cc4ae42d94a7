"""A person's traces: pseudonymised, or deleted except for what must stay; with a record that it was done, never whose."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from talka.people.models import User
from talka.records import packing, signals, terms
from talka.records.models import AgentName, Document, Erasure, Ledger, Posting, Source, Statement, Term
from talka.records.rules import statements as rules
from talka.records.writing import AGENT, VERB, postings_of

Json = dict[str, Any]

# What proves that somebody finished something; the rest are traces of how.
COMPLETIONS = tuple(f"http://adlnet.gov/expapi/verbs/{verb}" for verb in ("completed", "passed", "failed", "mastered", "registered"))


def _sequences(number: int) -> list[int]:
    """Statements in which the agent is named anywhere."""
    return sorted(set(Posting.objects.filter(term__in=[number << 1, number << 1 | 1]).values_list("sequence", flat=True)))


def _bump() -> None:
    """Other processes forget the names they know when they next write."""
    Ledger.objects.get_or_create(pk=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE records_ledger SET epoch = epoch + 1 WHERE id = 1")
    transaction.on_commit(terms.forget)


@transaction.atomic
def erase(*, agent: Json, keep_completions: bool = True, by: User | None, at: datetime) -> list[Erasure]:
    """Deletes what `agent` did, except its completions if `keep_completions`; wherever it is still named stands a pseudonym."""
    kept = COMPLETIONS if keep_completions else ()
    return [delete(agent=agent, keep_verbs=kept, by=by, at=at), pseudonymise(agent=agent, by=by, at=at)]


@transaction.atomic
def pseudonymise(*, agent: Json, by: User | None, at: datetime) -> Erasure:
    """Every statement that names `agent` names a made-up account from now on, always the same one; names and documents go.

    Who it was cannot be worked out any more, from the store or from the record of this.
    """
    key = rules.agent_key(agent)
    pseudonym = {"homePage": settings.NAMES_URL, "name": f"erased-{secrets.token_hex(12)}"}
    number = terms.find([(AGENT, key)]).get((AGENT, key))
    sequences = _sequences(number) if number else []
    if number is not None:
        for start in range(0, len(sequences), 500):
            _rename(sequences[start : start + 500], key, pseudonym)
        value = rules.agent_key({"account": pseudonym})
        Term.objects.filter(pk=number).update(value=value, digest=terms.digest(AGENT, value))
        AgentName.objects.filter(agent=number).delete()
        Document.objects.filter(agent=number).delete()
    _bump()
    signals.rewritten.send(Statement, sequences=sequences)
    return Erasure.objects.create(kind=Erasure.Kind.PSEUDONYMISED, actor=pseudonym["name"], statements=len(sequences), at=at, by=by)


def _rename(sequences: list[int], key: str, pseudonym: Json) -> None:
    rows = list(Statement.objects.filter(sequence__in=sequences))
    for row in rows:
        value = orjson.loads(packing.unpack(row.dictionary, row.json))
        for named in rules.agents_in(value):
            if rules.agent_key(named) == key:
                kind = {"objectType": named["objectType"]} if "objectType" in named else {}
                named.clear()
                named.update({**kind, "account": pseudonym})
        row.dictionary, row.json = packing.pack(orjson.dumps(value))
    Statement.objects.bulk_update(rows, ["dictionary", "json"], batch_size=100)


@transaction.atomic
def delete(*, agent: Json, keep_verbs: Iterable[str] = (), by: User | None, at: datetime) -> Erasure:
    """Deletes every statement whose actor or object is `agent`, except those with one of `keep_verbs`.

    Statements of others that only name it (as instructor or in a team) stay: see `pseudonymise`.
    """
    key, kept = rules.agent_key(agent), sorted(set(keep_verbs))
    number = terms.find([(AGENT, key)]).get((AGENT, key))
    verbs = list(terms.find((VERB, verb) for verb in kept).values())
    sequences: list[int] = []
    if number is not None:
        named = _sequences(number)
        about = Q(actor=number) | Q(object=number, object_kind__in=[rules.AGENT, rules.GROUP])
        for start in range(0, len(named), 500):
            some = Statement.objects.filter(about, sequence__in=named[start : start + 500]).exclude(verb__in=verbs)
            gone = list(some.values_list("sequence", flat=True))
            _drop(gone)
            sequences += gone
    _bump()
    signals.rewritten.send(Statement, sequences=sequences)
    mark = blake2b(key.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12).hexdigest()
    return Erasure.objects.create(kind=Erasure.Kind.DELETED, actor=mark, statements=len(sequences), kept_verbs=kept, at=at, by=by)


def _drop(sequences: list[int]) -> None:
    """Deletes statements and their postings. The postings lie by term, so each statement's terms are worked out again."""
    for row in Statement.objects.filter(sequence__in=sequences):
        Posting.objects.filter(sequence=row.sequence, term__in=postings_of(row)).delete()
    Statement.objects.filter(sequence__in=sequences).delete()


@transaction.atomic
def remove_sample(*, by: User | None, at: datetime) -> int:
    """Deletes everything that came from sources marked as sample, at once. Answers how many statements."""
    count = 0
    for source in Source.objects.filter(is_sample=True):
        sequences = list(Statement.objects.filter(source_id=source.pk).order_by("sequence").values_list("sequence", flat=True))
        with connection.cursor() as cursor:
            # The postings lie by term: one look through all of them is faster than working out each statement's terms.
            cursor.execute(
                "DELETE FROM records_posting WHERE sequence IN (SELECT sequence FROM records_statement WHERE source_id = %s)", [source.pk]
            )
            cursor.execute("DELETE FROM records_statement WHERE source_id = %s", [source.pk])
        if sequences:
            signals.rewritten.send(Statement, sequences=sequences)
        source.delete()
        count += len(sequences)
    return count
