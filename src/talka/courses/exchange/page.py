"""docs/exchange.md, written from the tables of this package: `python -m talka.courses.exchange.page` prints it."""

from collections.abc import Iterator

from talka.courses.exchange import limits
from talka.courses.rules import materials as m

NAMES = {"qti": "QTI 3.0", "moodle": "Moodle XML", "cartridge": "Common Cartridge 1.3", "scorm": "SCORM 1.2", "cmi5": "cmi5"}
HEAD = """# Exchange with other programs

Managers and editors of a cluster bring courses and questions in at `/clusters/<cluster>/courses/exchange/` and take a course out at
`/clusters/<cluster>/courses/<course>/exchange/`. Every import shows first, row by row, what it would take, change, and not understand; then it
does so, and keeps the report. A new course stays unpublished; topics that come into a lesson are drafts. Bringing the same file in again
changes nothing.

## What comes in

| format | what becomes of it |
|---|---|
| GIFT (.txt, .gift) | every question type of the format; categories become modules, lessons and topics |
| Moodle XML | multichoice, truefalse, shortanswer, numerical, matching, ordering, essay, cloze, ddwtos, gapselect, description; other types are listed |
| Moodle course backup (.mbz, zip or tar) | sections, pages, labels, books, links, files and folders (pictures, films, recordings), assignments, glossaries, quizzes, the question bank; other activities are listed |
| QTI 2.1, 2.2, 3.0 (.zip, or one item) | choice, order, match, text entry, inline choice, gap match, hotspot, slider, extended text, upload; tests; other interactions are listed |
| Common Cartridge 1.1 to 1.3 (.imscc, .zip) | pages, links, discussions (their opening text), assignments, tests and banks in QTI 1.2, pictures, films, recordings; the rest is listed |

HTML becomes Markdown; scripts, frames, forms and styles never come along. Pictures of other hosts are not fetched. Archives that are encrypted,
cut off, nested, too large, too many, or that point outside themselves are refused by name; an upload that was refused is kept for a day.
"""


def _losses(key: str) -> Iterator[str]:
    left = sorted(limits.LEFT_OUT[key])
    if left and len(left) < len(m.EXERCISES):
        yield f"- exercises of the types {', '.join(left)}: left out"
    for loss in limits.LOSSES[key]:
        yield f"- {loss.what}{' (' + ', '.join(loss.types) + ')' if loss.types else ''}"


def written() -> str:
    """The whole page."""
    parts = [HEAD, "## What goes out, and what each format cannot carry\n"]
    for key, name in NAMES.items():
        parts.append(f"### {name}\n\n" + "\n".join(_losses(key)) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    import sys

    sys.stdout.write(written())
