"""Which question comes next, and how earlier answers change it."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

# More pairs than this on one page of a phone and people stop; they are then parted by group.
PAIRS_ON_A_PAGE = 6
_PIPE = re.compile(r"\{([a-z0-9]+(?:-[a-z0-9]+)*)\}")


def holds(condition: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:  # noqa: PLR0911  # one line per test
    """Whether something with this condition is shown, given the answers so far (by code). No condition: always.

    A condition on a question that was not answered, or that makes no sense for the answer, does not hold; only `ne` does.
    """
    if not condition:
        return True
    answer, test, value = answers.get(condition.get("item", "")), condition.get("is"), condition.get("value")
    if test == "answered":
        return answer is not None
    if test == "ne":
        return not _same(answer, value)
    if answer is None:
        return False
    if test == "has":
        return isinstance(answer, list) and str(value) in answer
    if test == "eq":
        return _same(answer, value)
    try:
        return float(answer) < float(value) if test == "lt" else float(answer) > float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _same(answer: Any, value: Any) -> bool:
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        try:
            return float(answer) == float(value)
        except (TypeError, ValueError):
            return False
    return answer is not None and str(answer) == str(value)


def pipe(text: str, words: Mapping[str, str]) -> str:
    """`text` with {code} replaced by what was answered there, or by an ellipsis where nothing was."""
    return _PIPE.sub(lambda found: words.get(found[1]) or "…", text)


@dataclass(frozen=True, slots=True)
class Asked:
    """An item as the order of pages needs it."""

    code: str
    kind: str
    section: Hashable
    group: str
    condition: Mapping[str, Any]
    section_condition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on one page: a section, and the group of competences when its pairs are parted."""

    section: Hashable
    group: str
    codes: tuple[str, ...]


def pages_of(items: Sequence[Asked], answers: Mapping[str, Any]) -> list[Page]:
    """The pages that this respondent sees, given the answers so far; items in the order in which they are asked."""
    pages = []
    for section, part in groupby(items, key=lambda i: i.section):
        shown = [i for i in part if holds(i.section_condition, answers) and holds(i.condition, answers)]
        pairs = [i for i in shown if i.kind == "need"]
        if len(pairs) <= PAIRS_ON_A_PAGE:
            runs = [("", shown)]
        else:
            runs = [(group, list(these)) for group, these in groupby(shown, key=lambda i: i.group if i.kind == "need" else "")]
        for group, these in runs:
            # A group with very many pairs is parted evenly.
            parts = -(-len(these) // (2 * PAIRS_ON_A_PAGE)) or 1
            size = -(-len(these) // parts)
            pages += [Page(section, group, tuple(i.code for i in these[n : n + size])) for n in range(0, len(these), size)] if these else []
    return pages


def codes_used(text: str) -> set[str]:
    """The codes that `text` pipes in."""
    return set(_PIPE.findall(text))


def loops(conditions: Mapping[str, str]) -> list[str]:
    """Codes that wait for themselves: `conditions` maps a code to the code it depends on."""
    found = []
    for start in conditions:
        seen, here = {start}, conditions.get(start)
        while here is not None and here not in seen:
            seen.add(here)
            here = conditions.get(here)
        if here == start:
            found.append(start)
    return sorted(found)
