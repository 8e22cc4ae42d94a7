"""Agents and groups, and the texts by which the store knows them."""

from hashlib import blake2b
from typing import Any

from talka.records.rules import values
from talka.records.rules.statements.checks import want, want_iri, want_only, want_text
from talka.records.rules.statements.clauses import AGENT, GROUP, Invalid, Json
from talka.records.rules.statements.parts import Part

_IFIS = ("mbox", "mbox_sha1sum", "openid", "account")
_AGENT = frozenset({"objectType", "name", *_IFIS})
_GROUP = _AGENT | {"member"}
_ACCOUNT = frozenset({"homePage", "name"})

Agents = list[tuple[str, str | None, bool]]


def agent_key(agent: Json) -> str:
    """The text by which the store knows an agent or identified group: mailto:…, `sha1 …`, `openid …` or `homePage name`; "" if it has none.

    An IRI holds no space, so the first space parts home page and name without doubt.
    """
    if "mbox" in agent:
        return str(agent["mbox"])
    if "account" in agent:
        return f"{agent['account']['homePage']} {agent['account']['name']}"
    if "mbox_sha1sum" in agent:
        return f"sha1 {agent['mbox_sha1sum'].lower()}"
    if "openid" in agent:
        return f"openid {agent['openid']}"
    return ""


def identity(key: str) -> Json:
    """The inverse of `agent_key` for one that has an identifier."""
    if key.startswith("sha1 "):
        return {"mbox_sha1sum": key[5:]}
    if key.startswith("openid "):
        return {"openid": key[7:]}
    home, space, name = key.partition(" ")
    return {"account": {"homePage": home, "name": name}} if space else {"mbox": key}


def _ifi(agent: Json, path: str, clause: str) -> None:
    for name in _IFIS:
        if name not in agent:
            continue
        value, here = agent[name], f"{path}.{name}"
        if name == "mbox" and not values.is_mbox(value):
            raise Invalid(here, "must be mailto: and an e-mail address", clause)
        if name == "mbox_sha1sum" and not values.is_sha1(value):
            raise Invalid(here, "must be 40 hexadecimal digits", clause)
        if name == "openid":
            want_iri(value, here, clause)
        if name == "account":
            want(value, dict, here, clause)
            want_only(value, _ACCOUNT, here, clause)
            if "homePage" not in value or "name" not in value:
                raise Invalid(here, "an account needs homePage and name", clause)
            want_iri(value["homePage"], f"{here}.homePage", clause)
            want_text(value["name"], f"{here}.name", clause)


def check_agent(agent: object, path: str, clause: str = "actor", *, group: bool = True) -> Agents:
    """Checks an agent or (if `group`) a group; answers the agents it names. Raises Invalid."""
    want(agent, dict, path, clause)
    a: Json = agent  # type: ignore[assignment]
    kind = a.get("objectType", "Agent")
    if kind not in ("Agent", "Group") or (kind == "Group" and not group):
        raise Invalid(f"{path}.objectType", "must be Agent" + (" or Group" if group else ""), clause)
    is_group = kind == "Group"
    want_only(a, _GROUP if is_group else _AGENT, path, clause)
    if "name" in a:
        want_text(a["name"], f"{path}.name", clause)
    identifiers = sum(name in a for name in _IFIS)
    if identifiers > 1:
        raise Invalid(path, "must have one identifier (mbox, mbox_sha1sum, openid or account), not several", clause)
    if not identifiers and not (is_group and "member" in a):
        raise Invalid(path, "needs an identifier (mbox, mbox_sha1sum, openid or account)" + (" or members" if is_group else ""), clause)
    _ifi(a, path, clause)
    found: Agents = []
    if is_group and "member" in a:
        want(a["member"], list, f"{path}.member", clause)
        if not a["member"] and not identifiers:
            raise Invalid(f"{path}.member", "a group without identifier needs members", clause)
        for n, member in enumerate(a["member"]):
            found += check_agent(member, f"{path}.member[{n}]", clause, group=False)
    key = agent_key(a) or "group " + blake2b(" ".join(sorted(k for k, _n, _d in found)).encode(), digest_size=16).hexdigest()
    return [(key, a.get("name"), True), *found]


def related(agents: Agents) -> Agents:
    return [(key, name, False) for key, name, _direct in agents]


def read_actor(value: Any, path: str, _version: str) -> Part:
    agents = check_agent(value, path)
    return Part(agents=tuple(agents), main=agents[0][0], kind=GROUP if value.get("objectType") == "Group" else AGENT)
