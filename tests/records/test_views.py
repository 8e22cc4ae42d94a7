"""Pages of staff, seen as an operator; who may see them at all is in tests/borders."""

import io
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils.timezone import now

from talka.records import actions
from talka.records.models import Forward, Refusal, Statement
from talka.records.rules.statements import VOIDED
from talka.records.xapi import gate
from tests.factories import people
from tests.factories.records import LMS, NOON, statement, stored

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(people.operator())
    return client


def test_a_statement_reads_as_a_sentence_with_what_it_refers_to(staff, caller):
    named = {"en": "Masonry", "de": "Mauerwerk"}
    caller.post(
        statement(
            id=ID,
            verb={"id": "http://v.example/a", "display": {"en": "read", "de": "las"}},
            object={"id": f"{LMS}/u", "definition": {"name": named}},
        )
    )
    void = caller.post(statement(2, verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": ID})).json[0]
    page = staff.get(reverse("records:statement", args=[ID])).content.decode()
    assert "user-1 <em>read</em> Masonry" in page
    assert reverse("records:statement", args=[void]) in page
    assert "voided" in page
    assert "&quot;authority&quot;: {" in page  # the raw JSON, with what the store adds
    german = staff.get(reverse("records:statement", args=[ID]), headers={"accept-language": "de"}).content.decode()
    assert "user-1 <em>las</em> Mauerwerk" in german
    assert reverse("records:statement", args=[ID]) in staff.get(reverse("records:statement", args=[void])).content.decode()


def test_what_was_refused_is_shown_and_stored_again(staff, caller):
    """Two clash; the one that was first is erased, so the other can be stored now: under the id that its address named."""
    caller("PUT", f"/statements?statementId={ID}", statement(1))
    assert caller("PUT", f"/statements?statementId={ID}", statement(2)).status == 409
    refused = Refusal.objects.get()
    address = reverse("records:refusal", args=[refused.pk])
    assert "says something else" in staff.get(reverse("records:refused")).content.decode()
    page = staff.get(address).content.decode()
    assert "answered 409" in page
    assert "user-2" in page  # the body
    assert "It is still refused" in staff.post(address, follow=True).content.decode()
    actions.delete(agent=statement(1)["actor"], by=None, at=NOON)
    assert "Stored now: 1 statements." in staff.post(address, follow=True).content.decode()
    assert [UUID(bytes=bytes(s.id)) for s in Statement.objects.all()] == [UUID(ID)]
    assert "Stored later" in staff.get(address).content.decode()


def test_a_source_shows_its_throughput_and_the_last_use_of_its_keys(staff, caller, source):
    gate._used.clear()  # of keys of the same number in earlier tests
    caller.post(*[statement(n) for n in range(37)])
    page = staff.get(reverse("records:source", args=[source.uuid])).content.decode()
    assert '<td class="n">37</td>' in page
    key = source.credentials.get()
    assert key.used_at is not None
    assert key.key in page
    assert "/xapi/" in page
    new = staff.post(reverse("records:rotate", args=[source.uuid]))
    assert new["Cache-Control"] == "no-store"
    assert source.credentials.count() == 2
    assert caller.post(statement(99)).status == 200  # the old one opens until it is revoked


def test_a_forward_shows_how_far_it_is_and_what_went_wrong(staff, settings):
    settings.INNER_HOSTS = {"127.0.0.1"}
    made = actions.make_forward(name="Copy", endpoint="http://127.0.0.1:9/xapi", key="k", secret="s", by=None, at=NOON)
    stored(statement(1), statement(2))
    actions.forward_due(at=now())
    address = reverse("records:forward", args=[made.pk])
    page = staff.get(address).content.decode()
    assert "refused" in page  # by a port where nobody listens
    assert "<dd>2</dd>" in page
    staff.post(address, {"act": "stop"})
    assert actions.forward_due(at=now() + timedelta(days=1)) == 0
    staff.post(address, {"act": "resume"})
    assert Forward.objects.get().stopped_at is None


def test_statements_of_another_store_by_the_command_line(tmp_path):
    file = tmp_path / "export.json"
    file.write_bytes(
        orjson.dumps({"statements": [statement(1, id=ID, stored="2025-01-01T00:00:00Z"), {**statement(2), "verb": {}}], "more": ""})
    )
    for expected in (1, 1):
        out = io.StringIO()
        call_command("import_statements", str(file), stdout=out)
        assert Statement.objects.count() == expected
        assert "$.verb.id" in out.getvalue()
