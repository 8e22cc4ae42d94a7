"""The sample's stacks: two pages at machines and one on a notice board, who scanned them, and what was asked."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from django.conf import settings

from talka.courses.models import Course, Sign, Stack, StackQuestion, Tile, Topic
from talka.courses.models.stacks import ALPHABET, CODE
from talka.courses.rules import stacks as rules
from talka.home.sample.blueprint import FOLDER, Blueprint
from talka.home.sample.people import Person, Population

# Share of the openings in which a tile that leads on is used as well.
LEADS_ON = 0.3
LEADING = frozenset({"topic", "stack"})


def put_up(plan: Blueprint, population: Population, course: Course, *, at: datetime) -> list[dict[str, Any]]:
    """The stacks with their signs and questions, as rows; answers the statements of their use, oldest first. Nothing of it happens after `at`."""
    rows = yaml.safe_load((settings.CONTENT / FOLDER / "stacks.yaml").read_text(encoding="utf-8"))["stacks"]
    made = {row["key"]: _stack(plan, population, row, at) for row in rows}
    topics = {
        t.slug: t for t in Topic.objects.filter(course=course, slug__in={t["topic"] for r in rows for t in r["tiles"] if "topic" in t})
    }
    told: list[dict[str, Any]] = []
    for row in rows:
        stack, chance = made[row["key"]], Random(f"{plan.seed}/stack/{row['key']}")  # noqa: S311  # a sample must come out the same every time
        tiles = [_tile(plan, stack, n, tile, topics, made) for n, tile in enumerate(row["tiles"])]
        Tile.objects.bulk_create(tiles)
        signs = [_sign(plan, stack, place, chance, at - timedelta(days=row["days"])) for place, _share in row["places"]]
        Sign.objects.bulk_create(signs)
        people = [p for p in population.people if p.cluster and p.cluster.key == row["cluster"] and p.organisation]
        told += _uses(plan, row, stack, tiles, signs, people, chance, at)
        asked = next((t for t in tiles if t.kind == "question"), None)
        StackQuestion.objects.bulk_create(
            _question(one, asked, signs, chance.choice(people), stack, at) for one in row["questions"] if asked
        )
    return sorted(told, key=lambda s: s["timestamp"])


def _code(chance: Random) -> str:
    return "".join(chance.choice(ALPHABET) for _n in range(CODE))


def _stack(plan: Blueprint, population: Population, row: Mapping[str, Any], at: datetime) -> Stack:
    begun = at - timedelta(days=row["days"] + 6)
    return Stack.objects.create(
        uuid=plan.uuid("stack", row["key"]),
        code=_code(Random(f"{plan.seed}/code/{row['key']}")),  # noqa: S311  # a sample must come out the same every time
        cluster=population.clusters[row["cluster"]],
        title=row["title"],
        summary=row["summary"],
        language=row["language"],
        visibility=row["visibility"],
        created_by=population.manager_of(row["cluster"]),
        created_at=begun,
        changed_at=begun + timedelta(days=2),
        published_at=begun + timedelta(days=3),
        is_sample=True,
    )


def _tile(plan: Blueprint, stack: Stack, n: int, tile: Mapping[str, Any], topics: Mapping[str, Topic], stacks: Mapping[str, Stack]) -> Tile:
    return Tile(
        uuid=plan.uuid("tile", stack.code, n),
        stack=stack,
        order=n,
        kind=tile["kind"],
        title=tile.get("title", ""),
        text=tile.get("text", ""),
        topic=topics[tile["topic"]] if "topic" in tile else None,
        target=stacks[tile["target"]] if "target" in tile else None,
        expert=stack.created_by if tile["kind"] == "question" else None,
    )


def _sign(plan: Blueprint, stack: Stack, place: str, chance: Random, since: datetime) -> Sign:
    return Sign(
        uuid=plan.uuid("sign", stack.code, place), stack=stack, code=_code(chance), place=place, put_up_at=since, put_up_by=stack.created_by
    )


def _uses(
    plan: Blueprint,
    row: Mapping[str, Any],
    stack: Stack,
    tiles: list[Tile],
    signs: list[Sign],
    people: list[Person],
    chance: Random,
    at: datetime,
) -> Iterator[dict[str, Any]]:
    """Openings on working days, more of them once the signs are known, and the tiles that then lead on."""
    zone = ZoneInfo(next(c.zone for c in plan.clusters if c.key == row["cluster"]))
    shares = [share for _place, share in row["places"]]
    leading = [t for t in tiles if t.kind in LEADING]
    for n in range(row["uses"]):
        moment = _moment(row["days"], zone, chance, at)
        sign = chance.choices(signs, shares)[0]
        known = chance.random() < row["known"]
        who = chance.choice(people).user.uuid if known else rules.visitor(plan.uuid("visit", stack.code, n))
        told = {
            "base": settings.NAMES_URL,
            "who": who,
            "stack": (stack.uuid, stack.title),
            "language": stack.language,
            "sign": (sign.uuid, sign.place),
        }
        yield _named(plan, rules.use(**told, verb="experienced", at=moment))
        if leading and chance.random() < LEADS_ON:
            tile = chance.choice(leading)
            later = min(at, moment + timedelta(seconds=chance.randint(15, 120)))
            yield _named(plan, rules.use(**told, verb=rules.verb_of(tile.kind), at=later, tile=(tile.uuid, str(tile))))


def _named(plan: Blueprint, statement: dict[str, Any]) -> dict[str, Any]:
    """With an identifier that is the same in every build."""
    return statement | {"id": str(plan.uuid("scan", statement["actor"], statement["object"]["id"], statement["timestamp"]))}


def _moment(days: int, zone: ZoneInfo, chance: Random, at: datetime) -> datetime:
    while True:
        ago = days * (1 - chance.random() ** 0.8)
        day = (at - timedelta(days=ago)).astimezone(zone)
        moment = day.replace(hour=chance.choice((6, 7, 7, 8, 9, 10, 11, 13, 14, 15, 16, 18)), minute=chance.randrange(60)).astimezone(UTC)
        if day.weekday() < 5 and moment < at:
            return moment


def _question(one: Mapping[str, Any], tile: Tile, signs: list[Sign], asker: Person, stack: Stack, at: datetime) -> StackQuestion:
    asked = at - timedelta(days=one["ago"], hours=2)
    answered = bool(one.get("answer"))
    return StackQuestion(
        tile=tile,
        sign=signs[one["place"]],
        text=one["text"],
        asked_at=asked,
        asked_by=asker.user,
        answer=one.get("answer", ""),
        answered_at=asked + timedelta(hours=21) if answered else None,
        answered_by=stack.created_by if answered else None,
    )
