"""Imports: preview, deed, report; nobody else's file; nothing twice."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.timezone import now

from talka.kit import actions
from talka.kit.models import Upload
from tests.factories.kit import Things, upload
from tests.factories.people import person

GOOD = "key,text\na,first\nb,second\n"
MIXED = "key,text\na,first\n,second\n"


@pytest.fixture
def owner(db):
    Things.done.clear()
    return person("Ada")


@pytest.fixture
def send(rf):
    def post(user, **fields):
        request = rf.post("/things/import/", fields)
        request.user = user
        return Things.as_view()(request)

    return post


def test_signed_out_nothing(rf, db):
    request = rf.get("/things/import/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied):
        Things.as_view()(request)


def test_a_preview_changes_nothing_and_the_confirmation_does(send, owner, client, django_capture_on_commit_callbacks):
    html = send(owner, file=upload(GOOD)).content.decode()
    kept = Upload.objects.get()
    assert "2 new" in html
    assert "Import 2 rows" in html
    assert Things.done == []
    assert actions.file_of(kept).read_text() == GOOD
    with django_capture_on_commit_callbacks(execute=True):
        response = send(owner, upload=kept.uuid)
    assert (response.status_code, Things.done) == (302, ["a", "b"])
    assert not actions.file_of(kept).exists()
    client.force_login(owner)
    assert "2 rows were imported." in client.get(response["Location"]).content.decode()
    client.force_login(person())
    assert client.get(response["Location"]).status_code == 404


def test_refused_rows_say_why_and_the_good_ones_go_only_if_chosen(send, owner, client):
    html = send(owner, file=upload(MIXED)).content.decode()
    assert "the key is missing" in html
    assert "Import only the 1 good row" in html
    response = send(owner, upload=Upload.objects.get().uuid, only_good="1")
    assert Things.done == ["a"]
    client.force_login(owner)
    text = b"".join(client.get(response["Location"] + "?format=csv").streaming_content).decode()
    assert text == "\ufeffRow,State,Key,What,Why\r\n2,new,a,first,\r\n3,refused,,second,the key is missing\r\n"


def test_without_the_choice_a_refused_row_stops_everything(send, owner, client):
    send(owner, file=upload(MIXED))
    response = send(owner, upload=Upload.objects.get().uuid)
    assert Things.done == []
    client.force_login(owner)
    assert "Nothing was changed." in client.get(response["Location"]).content.decode()


def test_a_file_with_a_wrong_heading_is_refused_whole(send, owner):
    response = send(owner, file=upload("x,y\n1,2\n"))
    assert response.status_code == 422
    assert "The heading must be key,text." in response.content.decode()


@pytest.mark.parametrize("stranger", [True, False])
def test_nobody_elses_file_and_nothing_twice(send, owner, stranger):
    send(owner, file=upload(GOOD))
    kept = Upload.objects.get()
    send(person() if stranger else owner, upload=kept.uuid)
    again = send(person() if stranger else owner, upload=kept.uuid)
    assert again.status_code == 409
    assert Things.done == ([] if stranger else ["a", "b"])


def test_what_nobody_confirms_is_gone_after_a_day(send, owner):
    send(owner, file=upload(GOOD))
    file = actions.file_of(Upload.objects.get())
    assert actions.drop_expired(at=now()) == (0, 0)
    assert actions.drop_expired(at=now() + timedelta(days=2)) == (1, 0)
    assert not file.exists()


def test_an_empty_file_says_so(send, owner):
    response = send(owner, file=upload(""))
    assert response.status_code == 422
    assert "summary-of-errors" in response.content.decode()
