import io
import zipfile
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse

from talka.courses.actions import read_pack
from talka.courses.exchange import thin
from talka.courses.models import TopicProgress
from tests.factories import clusters, courses
from tests.factories.courses import pack_files, zipped

DOOR = "https://talka.example/travel/small"


@pytest.fixture
def pack():
    return read_pack(zipped(pack_files()))[0]


def opened(content):
    archive = zipfile.ZipFile(io.BytesIO(content))
    return {name: archive.read(name) for name in archive.namelist()}


def test_scorm_has_one_sco_per_topic_that_opens_its_door(pack):
    files = opened(thin.write_scorm(pack, DOOR))
    assert sorted(files) == ["end.html", "exercises.html", "imsmanifest.xml", "scorm.js", "start.html"]
    root = ET.fromstring(files["imsmanifest.xml"])
    names = {"c": thin.SCORM_CP, "a": thin.ADLCP}
    assert root.findtext("c:metadata/c:schemaversion", namespaces=names) == "1.2"
    (organization,) = root.findall("c:organizations/c:organization", names)
    assert root.find("c:organizations", names).get("default") == organization.get("identifier")
    leaves = [i.get("identifierref") for i in organization.iter(f"{{{thin.SCORM_CP}}}item") if i.get("identifierref")]
    resources = root.findall("c:resources/c:resource", names)
    assert leaves == [r.get("identifier") for r in resources] == ["sco-start", "sco-exercises", "sco-end"]
    assert {r.get(f"{{{thin.ADLCP}}}scormtype") for r in resources} == {"sco"}
    assert {f.get("href") for f in root.iter(f"{{{thin.SCORM_CP}}}file")} <= set(files)
    assert b'data-launch="https://talka.example/travel/small/start/" data-origin="https://talka.example"' in files["start.html"]


def test_cmi5_has_one_unit_per_topic_in_blocks(pack):
    files = opened(thin.write_cmi5(pack, DOOR))
    root = ET.fromstring(files["cmi5.xml"])
    space = {"c": thin.CMI5}
    assert root.tag == f"{{{thin.CMI5}}}courseStructure"
    units = root.findall(".//c:au", space)
    assert [(u.get("id"), u.get("moveOn"), u.findtext("c:url", namespaces=space)) for u in units] == [
        (f"{DOOR}/{key}/", "Completed", f"{key}.html") for key in ("start", "exercises", "end")
    ]
    identifiers = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(set(identifiers)) == len(identifiers)
    assert {u.findtext("c:url", namespaces=space) for u in units} <= set(files)


@pytest.mark.django_db
def test_the_door_knows_what_is_done_and_names_only_a_true_origin(client, noon):
    course = courses.plain_course("ours", visibility="public")
    learner = clusters.employee(clusters.organisation())
    client.force_login(learner)
    address = reverse("exchange:door", args=[course.slug, "t0"])
    page = client.get(f"{address}?for=https://lms.example")
    assert 'data-origin="https://lms.example"' in page.content.decode()
    assert page["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert "data-origin" not in client.get(f"{address}?for=javascript:x").content.decode()
    state = reverse("exchange:door-state", args=[course.slug, "t0"])
    assert client.get(state).json() == {"done": False}
    TopicProgress.objects.create(
        enrolment=courses.enrolment(learner, course), topic=courses.topic(course, "t0"), opened_at=noon, done_at=noon, done_how="said"
    )
    assert client.get(state).json() == {"done": True}
