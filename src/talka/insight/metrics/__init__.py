"""Every figure's formula: one SQL file each, with its title, definition, unit and source on top.

The SQL is plain enough to run on DuckDB here and, translated by SQLGlot, on Apache Spark. It asks these relations, which
`insight.ask` prepares for a scope (a course or a source, a range of days, a cluster):

- `activity_log`: one row per statement: sequence, actor, verb, activity, parent, unit (the topic; for imported logs the activity itself), registration,
  success, completion, score, response, position_from, position_to, at_s (seconds since 1970), day and hour (local), learning (whether it counts as learning)
- `people`: actor, organisation, organisation_name, cluster, cluster_name
- `units`: unit, title, place, topic_title, lesson, module, kind ("topic", "exercise", "film", ... or "activity")
- `days`: every day of the last two months and every seventh before, back to the first; `as_of`: the one last day; `seconds`: those of the longest film
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HEADER = re.compile(r"^-- (?P<key>title|definition|unit|source): (?P<value>.+)$")


class BadMetric(Exception):
    """A metric's file has no proper header. The text names file and line."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What is counted, in words and in SQL. `unit` names what a number of it is."""

    key: str
    title: str
    definition: str
    unit: str
    source: str
    sql: str


def read(path: Path) -> Metric:
    """The metric in this file. Raises BadMetric."""
    header: dict[str, str] = {}
    lines = path.read_text(encoding="utf-8").splitlines()
    for n, line in enumerate(lines, 1):
        if not line.startswith("--"):
            body = "\n".join(lines[n - 1 :]).strip()
            break
        if found := _HEADER.match(line):
            header[found["key"]] = found["value"].strip()
        elif line.startswith("--   ") and header:
            last = next(reversed(header))
            header[last] += " " + line[5:].strip()
        else:
            raise BadMetric(f"{path.name}, line {n}: expected '-- title|definition|unit|source: ...', found '{line}'")
    else:
        raise BadMetric(f"{path.name}: no SQL under the header")
    if missing := {"title", "definition", "unit", "source"} - header.keys():
        raise BadMetric(f"{path.name}: the header lacks {', '.join(sorted(missing))}")
    return Metric(key=path.stem.replace("_", "-"), sql=body, **header)


@cache
def all_metrics() -> dict[str, Metric]:
    """Every metric by its key, in order of title."""
    found = (read(path) for path in Path(__file__).parent.glob("*.sql"))
    return {m.key: m for m in sorted(found, key=lambda m: m.title)}
