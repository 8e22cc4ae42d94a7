"""Pure decisions of the front desk."""


def part_of_day(hour: int) -> str:
    """Morning until 11, evening from 18, day between; `hour` 0 to 23 in the reader's zone."""
    return "morning" if 4 <= hour < 11 else "evening" if hour >= 18 or hour < 4 else "day"
