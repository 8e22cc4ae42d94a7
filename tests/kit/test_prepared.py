"""A prepared query answers what the queryset would, for other values too, on both databases."""

from datetime import date, timedelta

import pytest
from django.db.models import Exists, OuterRef

from talka.clusters.models import Affiliation, Role
from talka.kit.prepared import NotTheSame, Prepared
from talka.people.models import User
from talka.people.rules import Part
from tests.factories import clusters, people

pytestmark = pytest.mark.django_db


def test_rows_are_those_of_the_queryset(django_assert_num_queries):
    people_ = [people.person(name) for name in ("Ada", "Bo", "Cy")]
    by_name = Prepared(lambda name, pk: User.objects.filter(name=name, pk=pk), str, int)
    for one in people_:
        with django_assert_num_queries(1):
            assert by_name(one.name, one.pk) == [one]
        assert by_name.one(one.name, one.pk).date_joined == one.date_joined
    assert by_name("Ada", people_[1].pk) == []
    assert by_name.one("Ada", people_[1].pk) is None


def test_dates_subqueries_joins_and_values():
    cluster, user = clusters.cluster(), people.person()
    Role.objects.create(user=user, cluster=cluster, part=Part.EDITOR, since=date(2026, 1, 1), until=date(2026, 2, 1))
    on = Prepared(
        lambda who, day: (
            Role.objects.current(day)
            .filter(user=who)
            .annotate(works=Exists(Affiliation.objects.filter(user=OuterRef("user"))))
            .values_list("cluster__slug", "since", "works")
        ),
        int,
        date,
    )
    assert on(user.pk, date(2026, 1, 31)) == [(cluster.slug, date(2026, 1, 1), False)]
    assert on(user.pk, date(2026, 1, 31) + timedelta(days=1)) == []
    with_cluster = Prepared(lambda who: Role.objects.filter(user=who).select_related("cluster").defer("granted_by"), int)
    (row,) = with_cluster(user.pk)
    assert row.cluster == cluster
    assert row.get_deferred_fields() == {"granted_by_id"}


def test_a_query_that_differs_with_its_values_is_refused():
    with pytest.raises(NotTheSame):
        Prepared(lambda pk: User.objects.filter(pk=pk) if pk < -7_500_000_000 else User.objects.all(), int)(3)
