"""From how many people on a figure is shown."""

from collections.abc import Mapping

from talka.science.disclosure import THRESHOLD_INSIDE, protect_list


def threshold(identity: str) -> int:
    """The fewest answers behind a figure that staff of the cluster see. In a named survey people were told that staff see each answer."""
    return 1 if identity == "named" else THRESHOLD_INSIDE


def shown_groups(counts: Mapping[str, int], *, least: int) -> frozenset[str]:
    """The groups of people whose figures may stand beside those of all together, so that a small group cannot be worked out.

    `counts`: people per group, not overlapping. A group of nobody shows nothing and is not counted as hidden.
    """
    names = [name for name, n in counts.items() if n > 0]
    if all(counts[name] >= least for name in names):
        return frozenset(names)
    protected = protect_list([counts[name] for name in names], threshold=least)
    return frozenset(name for name, open_ in zip(names, protected.shown, strict=True) if open_)
