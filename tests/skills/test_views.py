import pytest
from django.urls import reverse

from talka.skills.models import Assessment, Level
from tests.factories import skills as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile():
    return make.framework(3).profiles.get()


@pytest.fixture
def user(client):
    found = person()
    client.force_login(found)
    return found


def url(profile):
    return reverse("skills:assess", kwargs={"framework": profile.framework.key, "profile": profile.key})


def test_levels_are_kept_page_by_page_and_gaps_follow(client, user, profile):
    assert "Level 3 of 1" in client.get(url(profile)).content.decode()
    assert client.post(url(profile), {"c1": "2", "autosave": "1"}).status_code == 204
    response = client.get(url(profile))
    assert response.context["form"]["c1"].value() == 2
    assert client.post(url(profile), {"c1": "2", "c2": "3", "finish": "1"}).url == "/skills/gaps/"
    assert list(Level.objects.values_list("competence__key", "level")) == [("c1", 2), ("c2", 3)]
    assert Assessment.objects.get().finished_at is not None
    text = client.get("/skills/gaps/").content.decode()
    assert "You are at level 2, your role asks for 3." in text
    assert "Competence 2" not in text


def test_a_level_off_the_scale_is_refused_and_nothing_typed_is_lost(client, user, profile):
    response = client.post(url(profile), {"c1": "9", "c2": "1"})
    assert response.status_code == 422
    assert response.context["form"]["c2"].value() == "1"
    assert not Level.objects.exists()


@pytest.mark.parametrize("step", ["0", "99", "x", "-1", "²"])
def test_a_strange_page_number_is_the_nearest_page(client, user, profile, step):
    assert client.get(f"{url(profile)}?step={step}").status_code == 200


def test_a_framework_can_be_searched(client, profile):
    page = reverse("skills:framework", args=[profile.framework.key])
    profile.framework.competences.filter(key="c2").update(title="Pricing services")
    assert client.get(page, {"q": "pricing LEVEL"}).context["count"] == 1
    assert "Nothing matches" in client.get(page, {"q": "zebra"}).content.decode()
