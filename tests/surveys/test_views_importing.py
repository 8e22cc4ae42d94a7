import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from talka.people.rules import Part
from talka.surveys import queries
from talka.surveys.models import Response
from tests.factories import surveys as make
from tests.factories.clusters import cluster, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def needs():
    return make.survey(cluster())


@pytest.fixture
def url(needs, client):
    client.force_login(staff(needs.cluster, Part.EDITOR))
    return reverse("surveys:import", kwargs={"cluster": needs.cluster.slug, "survey": needs.slug})


def send(client, url, content):
    return client.post(url, {"file": SimpleUploadedFile("answers.csv", content)})


def test_a_file_is_seen_first_and_taken_then(client, url):
    response = send(client, url, make.csv("r1,managers,5,2,4,4,3,1", "r2,managers,5,9,4,4,3,1"))
    preview = response.context["preview"]
    assert (preview.good, preview.refused) == (1, 1)
    assert "“9” is outside the scale from 1 to 5." in response.content.decode()
    assert not Response.objects.exists()
    upload = response.context["upload"].uuid
    done = client.post(url, {"upload": upload, "only_good": "1"})
    assert done.status_code == 302
    assert [r.respondent for r in Response.objects.all()] == ["r1"]
    report = client.get(done.url)
    assert "1 row was imported" in report.content.decode()
    assert client.post(url, {"upload": upload}).status_code == 409


def test_a_wrong_header_is_named(client, url):
    response = send(client, url, b"name;age\nx;1\n")
    assert response.status_code == 422
    assert "respondent: This column is missing." in response.content.decode()


def test_the_example_and_the_answers_can_be_read_in_again(client, url, needs):
    base = url.removesuffix("import/")
    example = client.get(f"{base}example.csv").content
    preview = send(client, url, example)
    assert (preview.context["preview"].good, preview.context["preview"].refused) == (3, 0)
    make.answers(needs, managers=2)
    answers = b"".join(client.get(f"{base}answers.csv").streaming_content)
    assert answers.decode() == queries.answers_as_csv(needs)
    again = send(client, url, answers)
    assert (again.context["preview"].good, again.context["preview"].refused) == (0, 0)


def test_a_large_file_is_read_by_the_worker(client, url, django_capture_on_commit_callbacks):
    rows = [f"r{n},managers,5,2,4,4,3,1" for n in range(16_000)]
    upload = send(client, url, make.csv(*rows)).context["upload"]
    response = client.post(url, {"upload": upload.uuid})
    assert response.url.startswith("/work/")
    assert not Response.objects.exists()
