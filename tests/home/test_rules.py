import pytest

from talka.home.rules import part_of_day


@pytest.mark.parametrize(
    ("hour", "part"),
    [(0, "evening"), (3, "evening"), (4, "morning"), (10, "morning"), (11, "day"), (17, "day"), (18, "evening"), (23, "evening")],
)
def test_the_greeting_follows_the_readers_clock(hour, part):
    assert part_of_day(hour) == part
