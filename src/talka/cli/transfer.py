"""`talka source`, `import`, `export`: what comes in from other systems and what leaves."""

import argparse
import json
import sys
from pathlib import Path

from django.utils.timezone import now

from talka.cli import Stop, start_django


def register(add, group) -> None:
    sources = group("source", "systems that send statements")
    command = add(
        "add",
        source_add,
        "let a system send and read statements",
        "Makes an xAPI source with all scopes; prints its key and secret once.",
        under=sources,
    )
    command.add_argument("name", metavar="NAME")
    command.add_argument("--json", action="store_true", help="print as JSON")
    imports = group("import", "take something in")
    command = add("pack", import_pack, "a course pack (folder or zip)", under=imports)
    command.add_argument("path", metavar="PATH")
    command.add_argument("--cluster", metavar="SLUG", help="the cluster that owns it (default: the network)")
    command = add("framework", import_framework, "a competence framework (YAML)", under=imports)
    command.add_argument("path", metavar="FILE")
    command = add("answers", import_answers, "answers to a survey (CSV)", under=imports)
    command.add_argument("survey", metavar="SURVEY", help="the survey's address")
    command.add_argument("path", metavar="FILE")
    command.add_argument("--good-rows-only", action="store_true", help="import the good rows although others are refused")
    command = add(
        "statements", import_statements, "an activity log (CSV) or xAPI statements (JSON)",
        "Turns each line of a log into a statement as the map says, or takes statements as they are. "
        "Plain or gzip. Run again, it adds nothing twice. A map for Moodle's log ships in content/maps/.", under=imports,
    )  # fmt: skip
    command.add_argument("path", metavar="FILE")
    command.add_argument("--map", metavar="MAP.yaml", help="how a line becomes a statement; not needed for xAPI JSON")
    exports = group("export", "give something out")
    command = add("pack", export_pack, "a course as a pack", under=exports)
    command.add_argument("course", metavar="COURSE", help="the course's address")
    command.add_argument("path", metavar="FILE.zip")
    command = add("answers", export_answers, "a survey's answers as CSV", under=exports)
    command.add_argument("survey", metavar="SURVEY")
    command.add_argument("path", metavar="FILE.csv")


def source_add(given: argparse.Namespace) -> int:
    start_django()
    from talka.records import actions

    source, secret = actions.add_source(name=given.name, by=None, at=now())
    if given.json:
        print(json.dumps({"name": source.name, "key": source.key, "secret": secret}))
    else:
        print(f"Source '{source.name}'\n  key     {source.key}\n  secret  {secret}\nThe secret is shown this once.")
    return 0


def import_pack(given: argparse.Namespace) -> int:
    start_django()
    from talka.clusters.models import Cluster
    from talka.courses import actions

    cluster = None
    if given.cluster and not (cluster := Cluster.objects.filter(slug=given.cluster).first()):
        raise Stop(f"there is no cluster with the address '{given.cluster}'.")
    try:
        course = actions.import_pack(Path(given.path), by=None, at=now(), cluster=cluster)
    except actions.BadPack as e:
        raise Stop(str(e)) from e
    print(f"Imported '{course}'.")
    return 0


def import_framework(given: argparse.Namespace) -> int:
    start_django()
    from talka.skills import actions

    try:
        framework = actions.load_framework(Path(given.path), by=None, at=now())
    except actions.BadFramework as e:
        raise Stop(str(e)) from e
    print(f"Imported '{framework}' with {framework.competences.count()} competences.")
    return 0


def import_answers(given: argparse.Namespace) -> int:
    start_django()
    from talka.surveys import actions
    from talka.surveys.models import Survey

    if not (survey := Survey.objects.filter(slug=given.survey).first()):
        raise Stop(f"there is no survey with the address '{given.survey}'.")
    report = actions.import_answers(survey, Path(given.path).read_bytes(), by=None, at=now(), only_good=given.good_rows_only)
    print(report.as_text())
    return int(bool(report.refused) and not given.good_rows_only)


def import_statements(given: argparse.Namespace) -> int:
    start_django()
    from talka.records import actions

    def show(done: int, refused: int, per_second: float) -> None:
        print(f"\r{done:,} lines read, {refused:,} refused, {per_second:,.0f} a second", end="", file=sys.stderr, flush=True)

    try:
        report = actions.import_file(Path(given.path), map=Path(given.map) if given.map else None, by=None, at=now(), progress=show)
    except actions.BadImport as e:
        raise Stop(str(e)) from e
    print(file=sys.stderr)
    print(report.as_text())
    return 0


def export_pack(given: argparse.Namespace) -> int:
    start_django()
    from talka.courses import actions
    from talka.courses.models import Course

    if not (course := Course.objects.filter(slug=given.course).first()):
        raise Stop(f"there is no course with the address '{given.course}'.")
    Path(given.path).write_bytes(actions.export_pack(course))
    print(f"Exported '{course}' to {given.path}.")
    return 0


def export_answers(given: argparse.Namespace) -> int:
    start_django()
    from talka.surveys import queries
    from talka.surveys.models import Survey

    if not (survey := Survey.objects.filter(slug=given.survey).first()):
        raise Stop(f"there is no survey with the address '{given.survey}'.")
    Path(given.path).write_text(queries.answers_as_csv(survey), encoding="utf-8")
    print(f"Exported the answers to '{survey}' to {given.path}.")
    return 0
