"""Members and their people from one CSV, row by row: what a row would do, and doing it. Repeating a file changes nothing."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from talka.clusters import actions
from talka.clusters.models import Affiliation, Cluster, Organisation
from talka.clusters.rules import ADMIT
from talka.kit.imports import Preview, Report, Row, State
from talka.people.actions import require
from talka.people.models import User

NEEDED = ("organisation",)
KNOWN = ("organisation", "type", "employees", "region", "country", "name", "email", "position", "contact")
YES, NO = {"yes", "y", "1", "true", "x"}, {"", "no", "n", "0", "false"}
SAMPLE = (
    "organisation,type,employees,region,country,name,email,position,contact\r\n"
    "Example Joinery Ltd,sme,24,Cumbria,GB,Ann Example,ann@example.org,Foreman,yes\r\n"
    "Example College,school,,Lancashire,GB,,,,\r\n"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it was read; `why` says what is wrong with it."""

    number: int
    organisation: str = ""
    kind: str = Organisation.Kind.SME
    employees: int | None = None
    region: str = ""
    country: str = ""
    name: str = ""
    email: str = ""
    position: str = ""
    contact: bool = False
    why: str = ""

    @property
    def key(self) -> str:
        return f"{self.organisation}: {self.name or self.email}" if self.email else self.organisation


class Unreadable(Exception):
    """The file as a whole cannot be read. The text says where."""


def lines(file: Path) -> Iterator[Line]:
    """The rows of a CSV in UTF-8. Raises Unreadable."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        place = raw[: e.start].count(b"\n") + 1
        raise Unreadable(
            _("Line {line} contains a byte that is not UTF-8. Save the file as UTF-8 and send it again.").format(line=place)
        ) from e
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    )
    heads = [str(h or "").strip().lower() for h in reader.fieldnames or []]
    if missing := [h for h in NEEDED if h not in heads]:
        raise Unreadable(_("The heading has no column '{name}'. Known columns: {all}.").format(name=missing[0], all=", ".join(KNOWN)))
    if strange := [h for h in heads if h not in KNOWN]:
        raise Unreadable(
            _("The heading has an unknown column '{name}'. Known columns: {all}.").format(name=strange[0], all=", ".join(KNOWN))
        )
    reader.fieldnames = heads
    seen: dict[str, int] = {}
    for number, row in enumerate(reader, 2):
        line = _read(
            number, {k: (v or "").strip() for k, v in row.items() if isinstance(k, str) and not isinstance(v, list)}, spilled=None in row
        )
        if line.email and not line.why:
            if line.email in seen:
                line = Line(
                    number,
                    organisation=line.organisation,
                    why=_("{email} is already in row {n}.").format(email=line.email, n=seen[line.email]),
                )
            seen.setdefault(line.email, number)
        yield line


def _read(number: int, row: dict[str, str], *, spilled: bool) -> Line:  # noqa: PLR0911  # one way out per thing that can be wrong
    def refuse(why: str) -> Line:
        return Line(number, organisation=row.get("organisation", ""), why=why)

    kind, email, contact = (
        row.get("type", "").lower() or Organisation.Kind.SME,
        row.get("email", "").lower(),
        row.get("contact", "").lower(),
    )
    employees = row.get("employees", "")
    if spilled:
        return refuse(_("This row has more cells than the heading."))
    if not row.get("organisation"):
        return refuse(_("The name of the organisation is missing."))
    if kind not in Organisation.Kind.values:
        return refuse(_("'{value}' is not a type. Known types: {all}.").format(value=row["type"], all=", ".join(Organisation.Kind.values)))
    if employees and not (employees.isascii() and employees.isdigit() and int(employees) < 10_000_000):
        return refuse(_("'{value}' is not a number of employees.").format(value=employees))
    if contact not in YES | NO:
        return refuse(_("'{value}' in column contact: write yes or no.").format(value=row["contact"]))
    if row.get("name") and not email:
        return refuse(_("{name} has no e-mail address.").format(name=row["name"]))
    if email:
        try:
            validate_email(email)
        except ValidationError:
            return refuse(_("'{value}' is not an e-mail address.").format(value=row["email"]))
    return Line(
        number, row["organisation"][:150], kind, int(employees) if employees else None, row.get("region", "")[:120], row.get("country", "").upper()[:2],
        row.get("name", "")[:150], email, row.get("position", "")[:120], contact in YES,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One row, decided: what it finds in place and what is left to do. `organisation` None: founded by this row or an earlier one."""

    line: Line
    row: Row
    organisation: Organisation | None = None
    joins: bool = False
    works: Affiliation | None = None


def _decide(cluster: Cluster, read: Sequence[Line]) -> list[Step]:
    """What each row would do after those before it. Three queries, however many rows."""
    wanted = {_same(line.organisation) for line in read if not line.why}
    named = {key: o for o in Organisation.objects.order_by("-pk") if (key := _same(o.name)) in wanted}
    there = {_same(m.organisation.name) for m in cluster.memberships.filter(left_on=None).select_related("organisation")}
    emails = [line.email for line in read if line.email]
    works = {
        (a.user.email, a.organisation_id): a
        for a in Affiliation.objects.filter(until=None, organisation__in=named.values()).select_related("user")
        if a.user.email in set(emails)
    }
    founded: set[str] = set()
    steps = []
    for line in read:
        key = _same(line.organisation)
        if line.why:
            steps.append(Step(line, Row(line.number, State.REFUSED, line.organisation, why=line.why)))
            continue
        organisation = named.get(key)
        does = [] if organisation or key in founded else [_("a new organisation")]
        joins = key not in there
        if joins:
            does.append(_("becomes a member"))
        works_here = works.get((line.email, organisation.pk)) if organisation else None
        state, text = State.SAME, ""
        if line.email and works_here is None:
            does.append(_("{email} belongs to it").format(email=line.email))
        elif works_here and works_here.is_contact != line.contact:
            state, text = State.CHANGED, _("training contact: {answer}").format(answer=_("yes") if line.contact else _("no"))
        if does:
            state, text = State.NEW, ", ".join([*does, text] if text else does)
        founded.add(key)
        there.add(key)
        steps.append(Step(line, Row(line.number, state, line.key, text=text), organisation, joins, works_here))
    return steps


def _same(name: str) -> str:
    """Names that differ in capitals only are one organisation."""
    return name.casefold()


def preview(cluster: Cluster, file: Path) -> Preview:
    """What every row would do. Nothing is written."""
    try:
        return Preview(rows=[step.row for step in _decide(cluster, list(lines(file)))])
    except Unreadable as e:
        return Preview(trouble=str(e))


@transaction.atomic
def perform(cluster: Cluster, file: Path, *, by: User, at: datetime, only_good: bool = False) -> Report:
    """Does it, all rows in one transaction. Without `only_good` a refused row stops everything. Raises NotAllowed."""
    require(by, ADMIT, cluster=cluster.pk)
    try:
        steps = _decide(cluster, list(lines(file)))
    except Unreadable as e:
        return Report(trouble=str(e))
    rows = [step.row for step in steps]
    if any(step.line.why for step in steps) and not only_good:
        return Report(rows=rows, trouble=_("Some rows are refused, so nothing was imported."))
    founded: dict[str, Organisation] = {}
    for step in steps:
        if step.row.state in {State.NEW, State.CHANGED}:
            _take(cluster, step, founded, by=by, at=at)
    return Report(rows=rows)


def _take(cluster: Cluster, step: Step, founded: dict[str, Organisation], *, by: User, at: datetime) -> None:
    line, key = step.line, _same(step.line.organisation)
    organisation = step.organisation or founded.get(key)
    if organisation is None:
        fields = {"name": line.organisation, "kind": line.kind, "employees": line.employees, "region": line.region, "country": line.country}
        organisation = founded[key] = actions.found_and_join(cluster=cluster, by=by, at=at, **fields).organisation
    elif step.joins:
        actions.join(cluster=cluster, organisation=organisation, by=by, at=at)
    if step.works:
        step.works.is_contact = line.contact
        step.works.save(update_fields=["is_contact"])
    elif line.email:
        user = User.objects.filter(email=line.email).first() or User.objects.create_user(line.email, name=line.name)
        Affiliation.objects.create(user=user, organisation=organisation, since=at.date(), title=line.position, is_contact=line.contact)
