import pytest

from talka.surveys.rules.privacy import shown_groups, threshold


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 40, "b": 30}, {"a", "b"}),
        # One small group would follow from the total and the other, so both are hidden.
        ({"a": 40, "b": 3}, set()),
        ({"a": 40, "b": 0}, {"a"}),
        ({}, set()),
    ],
)
def test_a_small_group_cannot_be_worked_out(counts, shown):
    assert shown_groups(counts, least=5) == shown


def test_a_named_survey_hides_nothing_from_staff():
    assert threshold("named") == 1
    assert threshold("anonymous") == threshold("pseudonymous") == 5
    assert shown_groups({"a": 1, "b": 2}, least=1) == {"a", "b"}
