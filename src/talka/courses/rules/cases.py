"""Walking through a branching case."""

from collections.abc import Sequence

from talka.courses.rules import materials as m


class NoSuchChoice(Exception):
    """The case offers no such choice here, perhaps because it was changed or already answered in another window."""


def step(case: m.Case, path: Sequence[int], *, at: int, choice: int) -> list[int]:
    """The way after taking `choice` (a place in the node's list) at step number `at`; steps after it are given up.

    A way is the list of choices taken from the start. Raises NoSuchChoice.
    """
    if not 0 <= at <= len(path):
        raise NoSuchChoice
    made = [*path[:at], choice]
    walk(case, made)
    return made


def walk(case: m.Case, path: Sequence[int]) -> list[str]:
    """The nodes visited on a way, from the start on. Raises NoSuchChoice."""
    nodes = [case.start]
    for choice in path:
        choices = case.nodes[nodes[-1]].choices
        if not 0 <= choice < len(choices):
            raise NoSuchChoice
        nodes.append(choices[choice].to)
    return nodes


def longest_valid(case: m.Case, path: Sequence[int]) -> list[int]:
    """As much of a way as the case, perhaps changed since, still has."""
    made: list[int] = []
    for choice in path:
        try:
            walk(case, [*made, choice])
        except NoSuchChoice:
            break
        made.append(choice)
    return made
