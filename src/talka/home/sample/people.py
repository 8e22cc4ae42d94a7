"""The sample's clusters, organisations and people, written in a few large statements."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from talka.clusters.models import Affiliation, Cluster, Membership, Organisation, Role, Service, ServiceUse
from talka.home.sample import blueprint as plans
from talka.home.sample.blueprint import Blueprint
from talka.people.models import Consent, User
from talka.people.models import Role as NetworkRole
from talka.people.rules import Part

_EMPLOYER_WORDS = "My employer's training contact may see my progress and results."


@dataclass(frozen=True, slots=True)
class Person:
    """One sample person as the rest of the generator needs them. `sign_in` is set for those whom visitors of the demo can be."""

    user: User
    cluster: plans.Cluster | None
    organisation: Organisation | None
    sign_in: plans.SignIn | None = None


@dataclass(slots=True)
class Population:
    """Everything that `settle` wrote, by the plan's keys."""

    clusters: dict[str, Cluster] = field(default_factory=dict)
    organisations: dict[str, list[Organisation]] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)

    def sign_in(self, role: plans.Role) -> Person:
        return next(p for p in self.people if p.sign_in and p.sign_in.role == role)

    def manager_of(self, cluster: str) -> User:
        """The manager of a cluster, by its key, whom visitors of the demo can be."""
        return next(p.user for p in self.people if p.sign_in and p.sign_in.role == "manager" and p.sign_in.at == cluster)


def settle(plan: Blueprint, *, at: datetime) -> Population:
    """Writes clusters, organisations, memberships, services, people and their parts, as they stand at `at`."""
    chance = Random(f"{plan.seed}/people")  # noqa: S311  # a sample must come out the same every time
    made = Population()
    _found_clusters(plan, made)
    _join_and_serve(plan, made, chance, at.date())
    _move_in(plan, made, chance, at)
    return made


def _found_clusters(plan: Blueprint, made: Population) -> None:
    for c in plan.clusters:
        made.organisations[c.key] = [
            Organisation(
                uuid=plan.uuid("organisation", o.name),
                slug=slugify(o.name),
                name=o.name,
                kind=o.kind,
                employees=o.employees,
                region=o.place,
                country=c.country,
                is_sample=True,
            )
            for o in c.organisations
        ]
    Organisation.objects.bulk_create([o for rows in made.organisations.values() for o in rows])
    rows = [
        Cluster(
            slug=c.key,
            name=c.name,
            sector=c.sector,
            region=c.region,
            country=c.country,
            latitude=c.latitude,
            longitude=c.longitude,
            summary=c.summary,
            is_pilot=c.pilot,
            is_sample=True,
            founded_on=c.founded,
            run_by=made.organisations[c.key][0],
        )
        for c in plan.clusters
    ]
    made.clusters = {c.slug: c for c in Cluster.objects.bulk_create(rows)}


def _join_and_serve(plan: Blueprint, made: Population, chance: Random, today: date) -> None:
    """Memberships with their commitment, services with a year of use. The first organisation runs the cluster and pays nothing."""
    memberships, services = [], []
    for c in plan.clusters:
        span = (today - c.founded).days
        for n, organisation in enumerate(made.organisations[c.key]):
            small = (organisation.employees or 0) < 30
            pays = n > 0 and organisation.kind in {"sme", "large", "consultant", "provider", "finance"} and chance.random() < 0.85
            memberships.append(
                Membership(
                    cluster=made.clusters[c.key],
                    organisation=organisation,
                    # Early joiners are many, late ones fewer; nobody joins in the last quarter, so that everyone had a chance to learn.
                    joined_on=c.founded if n == 0 else c.founded + timedelta(days=int((span - 120) * chance.random() ** 1.4)),
                    signed=n == 0 or chance.random() < 0.9,
                    fee=(180 if small else 420 if (organisation.employees or 0) < 250 else 1500) if pays else None,
                    gives_in_kind=organisation.kind in {"university", "research", "school", "agency"} or chance.random() < 0.1,
                )
            )
        services += [
            Service(
                cluster=made.clusters[c.key],
                name=s.name,
                summary=s.summary,
                price=s.price,
                unit=s.unit,
                visibility="public" if i % 3 != 2 else "cluster",
            )
            for i, s in enumerate(c.services)
        ]
    Membership.objects.bulk_create(memberships)
    of_cluster: dict[int, list[Service]] = {}
    for service in Service.objects.bulk_create(services):
        of_cluster.setdefault(service.cluster_id, []).append(service)
    uses = [
        ServiceUse(
            service=service,
            organisation=organisation,
            on=today - timedelta(days=chance.randrange(365)),
            people=chance.choice([1, 1, 1, 2, 2, 3, 5]),
        )
        for c in plan.clusters
        for organisation in made.organisations[c.key][1:]
        for service in _pick(of_cluster[made.clusters[c.key].pk], chance, mean=1.6)
    ]
    ServiceUse.objects.bulk_create(uses)


def _pick(rows: Sequence[Service], chance: Random, *, mean: float) -> list[Service]:
    """So many draws with repetition that `mean` come on average."""
    return [chance.choice(rows) for _ in range(min(6, int(chance.expovariate(1 / mean) + 0.35)))]


def _move_in(plan: Blueprint, made: Population, chance: Random, at: datetime) -> None:
    # One costly hash, shared: these accounts exist to be tried.
    password = make_password(plan.password)
    began = datetime.combine(at.date() - timedelta(days=364), time(8), UTC)
    taken: set[str] = set()
    for s in plan.sign_ins:
        if not s.at:
            made.people.append(
                Person(_user(plan, s.name or _name(plan, chance, "GB"), f"{s.email}@{plan.domain}", "", password, began), None, None, s)
            )
    for c in plan.clusters:
        stars = [s for s in plan.sign_ins if s.at == c.key]
        for n, (organisation, seats) in enumerate(_seats(c, made.organisations[c.key], len(stars))):
            here: list[plans.SignIn | None] = [s for s in stars if s.works == n]
            for place in range(len(here) + seats):
                sign_in = here[place] if place < len(here) else None
                name = _name(plan, chance, c.country)
                email = f"{sign_in.email}@{plan.domain}" if sign_in else _address(name, organisation, taken)
                # Who signs in to look around reads what their browser says; all others the cluster's language.
                language = "" if sign_in else c.language
                made.people.append(Person(_user(plan, name, email, c.zone, password, began, language), c, organisation, sign_in))
    users = User.objects.bulk_create([p.user for p in made.people], batch_size=500)
    EmailAddress.objects.bulk_create([EmailAddress(user=u, email=u.email, verified=True, primary=True) for u in users], batch_size=500)

    staff: dict[int, list[Person]] = {}
    for p in made.people:
        if p.organisation:
            staff.setdefault(p.organisation.pk, []).append(p)
    offices = {rows[0].pk for rows in made.organisations.values()}
    contacts = {id(_contact(here)) for here in staff.values()}
    affiliations = [
        Affiliation(
            user=p.user,
            organisation=p.organisation,
            is_contact=id(p) in contacts,
            title=_position(p, contact=id(p) in contacts and p.organisation.pk not in offices, chance=chance),
            since=date(2015, 1, 1) + timedelta(days=chance.randrange(3600)),
        )
        for p in made.people
        if p.organisation
    ]
    parts = [
        Role(
            user=p.user,
            cluster=made.clusters[p.cluster.key],
            part=Part.MANAGER if p.organisation.pk in offices else asked,
            since=began.date(),
        )
        for p in made.people
        if p.cluster
        and p.organisation
        and ((asked := p.sign_in.role if p.sign_in else "") in {"editor", "evaluator"} or p.organisation.pk in offices)
    ]
    Affiliation.objects.bulk_create(affiliations, batch_size=500)
    Role.objects.bulk_create(_at_most_two_managers(parts))
    operator = made.sign_in("operator").user
    NetworkRole.objects.create(user=operator, kind=NetworkRole.Kind.OPERATOR, since=began)
    Consent.objects.bulk_create(
        [
            Consent(user=p.user, purpose=Consent.Purpose.EMPLOYER, words=_EMPLOYER_WORDS, given_at=began)
            for p in made.people
            if p.organisation and chance.random() < 0.62
        ],
        batch_size=500,
    )


def _contact(here: Sequence[Person]) -> Person | None:
    """Who looks after learning in one organisation: who signs in as that, else the first who is nobody special."""
    return next((p for p in here if p.sign_in and p.sign_in.role == "contact"), None) or next((p for p in here if not p.sign_in), None)


def _at_most_two_managers(parts: Iterable[Role]) -> list[Role]:
    kept: list[Role] = []
    seen: dict[int, int] = {}
    for role in parts:
        if role.part == Part.MANAGER:
            seen[role.cluster_id] = seen.get(role.cluster_id, 0) + 1
            if seen[role.cluster_id] > 2:
                continue
        kept.append(role)
    return kept


def _seats(c: plans.Cluster, organisations: Sequence[Organisation], stars: int) -> list[tuple[Organisation, int]]:
    """How many people of each organisation are in the sample: with the root of its size, at least one, `c.people` in all."""
    weights = [min(9.0, math.sqrt(o.employees or 1)) for o in organisations]
    seats = [1] * len(organisations)
    left = c.people - stars - len(organisations)
    total = sum(weights)
    exact = [left * w / total for w in weights]
    seats = [s + int(e) for s, e in zip(seats, exact, strict=True)]
    rest = sorted(range(len(exact)), key=lambda i: (int(exact[i]) - exact[i], i))[: left - sum(int(e) for e in exact)]
    for i in rest:
        seats[i] += 1
    return list(zip(organisations, seats, strict=True))


def _user(plan: Blueprint, name: str, email: str, zone: str, password: str, since: datetime, language: str = "") -> User:
    return User(
        uuid=plan.uuid("person", email),
        email=email,
        name=name,
        time_zone=zone,
        language=language,
        password=password,
        is_sample=True,
        date_joined=since,
        is_superuser=email == f"operator@{plan.domain}",
    )


def _name(plan: Blueprint, chance: Random, country: str) -> str:
    names = plan.names[country]
    if "women" in names and chance.random() < 0.5:
        return f"{chance.choice(names['women'])} {chance.choice(names['women_last'])}"
    return f"{chance.choice(names['first'])} {chance.choice(names['last'])}"


def _address(name: str, organisation: Organisation, taken: set[str]) -> str:
    """A mail address under .example, which by RFC 2606 reaches nobody."""
    stem = slugify(name).replace("-", ".") or "someone"
    address, n = f"{stem}@{organisation.slug}.example", 1
    while address in taken:
        n += 1
        address = f"{stem}{n}@{organisation.slug}.example"
    taken.add(address)
    return address


_POSITIONS = {
    "agency": ["Project officer", "Adviser", "Head of team", "Office manager"],
    "university": ["Lecturer", "Researcher", "Transfer officer", "Professor"],
    "research": ["Researcher", "Group leader", "Engineer"],
    "provider": ["Trainer", "Course planner", "Coordinator"],
    "school": ["Teacher", "Head of department"],
    "finance": ["Adviser", "Analyst"],
    "consultant": ["Consultant", "Partner"],
    "large": ["Head of training", "Team leader", "Project manager", "Engineer", "Buyer"],
}
_FIRM = [
    "Owner",
    "Managing director",
    "Operations manager",
    "Team leader",
    "Project manager",
    "Office manager",
    "Quality officer",
    "Foreman",
    "Engineer",
]


def _position(p: Person, *, contact: bool, chance: Random) -> str:
    if p.sign_in and p.sign_in.role == "manager":
        return "Cluster manager"
    if contact:
        return "Training contact"
    return chance.choice(_POSITIONS.get(p.organisation.kind if p.organisation else "", _FIRM))
