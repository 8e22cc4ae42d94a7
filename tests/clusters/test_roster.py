"""Members and people from a CSV: errors by row, nothing half-imported, and twice is once."""

import pytest

from talka.clusters import roster
from talka.clusters.models import Affiliation, Membership
from talka.kit.imports import State
from talka.people.actions import NotAllowed
from talka.people.models import User
from tests.factories import clusters

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def manager(north):
    return clusters.staff(north, "manager")


@pytest.fixture
def write(tmp_path):
    def to(text, encoding="utf-8"):
        (tmp_path / "members.csv").write_bytes(text.encode(encoding))
        return tmp_path / "members.csv"

    return to


def states(rows):
    return [(row.number, row.state) for row in rows.rows]


def test_the_sample_imports_and_twice_is_once(north, manager, write, noon):
    file = write(roster.SAMPLE)
    assert states(roster.preview(north, file)) == [(2, State.NEW), (3, State.NEW)]
    assert Membership.objects.count() == 0, "a preview writes nothing"
    assert states(roster.perform(north, file, by=manager, at=noon)) == [(2, State.NEW), (3, State.NEW)]
    assert states(roster.perform(north, file, by=manager, at=noon)) == [(2, State.SAME), (3, State.SAME)]
    assert Membership.objects.count() == 2
    ann = Affiliation.objects.get()
    assert (ann.user.name, ann.user.email, ann.title, ann.is_contact, ann.organisation.name) == (
        "Ann Example",
        "ann@example.org",
        "Foreman",
        True,
        "Example Joinery Ltd",
    )
    assert not ann.user.has_usable_password()


def test_every_bad_row_says_why_and_nothing_is_half_imported(north, manager, write, noon):
    file = write(
        "organisation;type;employees;email;name;contact\n"
        "Good Ltd;sme;12;ann@example.org;Ann;yes\n"
        ";sme;;;;\n"
        "Odd Ltd;circus;;;;\n"
        "Odd Ltd;sme;many;;;\n"
        "Odd Ltd;sme;;not an address;Bob;\n"
        "Odd Ltd;sme;;;Bob;\n"
        "Odd Ltd;sme;;bob@example.org;Bob;perhaps\n"
        "Good Ltd;sme;;ANN@example.org;Ann again;\n"
    )
    seen = roster.preview(north, file)
    assert [(r.number, r.why) for r in seen.rows if r.why] == [
        (3, "The name of the organisation is missing."),
        (4, "'circus' is not a type. Known types: sme, large, university, research, provider, school, finance, consultant, agency, other."),
        (5, "'many' is not a number of employees."),
        (6, "'not an address' is not an e-mail address."),
        (7, "Bob has no e-mail address."),
        (8, "'perhaps' in column contact: write yes or no."),
        (9, "ann@example.org is already in row 2."),
    ]
    report = roster.perform(north, file, by=manager, at=noon)
    assert report.trouble
    assert Membership.objects.count() == 0
    roster.perform(north, file, by=manager, at=noon, only_good=True)
    assert [m.organisation.name for m in Membership.objects.all()] == ["Good Ltd"]


@pytest.mark.parametrize(
    ("text", "encoding", "trouble"),
    [
        ("firm,type\nA,sme\n", "utf-8", "The heading has no column 'organisation'."),
        ("organisation,colour\nA,red\n", "utf-8", "The heading has an unknown column 'colour'."),
        ("organisation\nA\nMüller\n", "latin-1", "Line 3 contains a byte that is not UTF-8."),
    ],
)
def test_a_file_that_cannot_be_read_says_where(north, write, text, encoding, trouble):
    assert roster.preview(north, write(text, encoding)).trouble.startswith(trouble)


def test_a_manager_of_another_cluster_imports_nothing(north, write, noon):
    outsider = clusters.staff(clusters.cluster("South"), "manager")
    with pytest.raises(NotAllowed):
        roster.perform(north, write(roster.SAMPLE), by=outsider, at=noon)
    assert not User.objects.filter(email="ann@example.org").exists()
