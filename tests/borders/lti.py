"""Addresses of LTI: doors for other platforms and tools, which prove who they are by what they sign, whoever is signed in here; learners open tools
of topics that they see; managers connect, authors put tools into topics.
"""

import uuid

from django.utils.timezone import now

from talka.courses.lti.tools import actions as tools
from talka.courses.models import LtiKey, LtiLink, LtiPlatform, LtiTool, Material
from tests.borders import EVERYONE, Row, expect, staff_only
from tests.factories import courses as make
from tests.factories import lti


def build(world):
    manager = type(world.viewers["manager"]).objects.get(pk=world.viewers["manager"].pk)
    world.lti_course = make.plain_course("connected", cluster=world.north, visibility="cluster")
    world.lti_platform = LtiPlatform.objects.create(name="Their Moodle", cluster=world.north, made_at=now())
    lti.our_key(world.lti_platform, now())
    lti.our_key(None, now())
    world.lti_network = LtiPlatform.objects.create(name="Everybody's", made_at=now())
    world.lti_link = LtiLink.objects.create(
        platform=world.lti_platform, deployment="1", resource="r", course=world.lti_course, seen_at=now()
    )
    urls = {
        "login_url": "https://tool.example/login",
        "launch_url": "https://tool.example/launch",
        "redirects": ["https://tool.example/launch"],
    }
    world.lti_tool = LtiTool.objects.create(
        name="Game", cluster=world.north, client_id="game", made_at=now(), keys_url="https://tool.example/k", **urls
    )
    topic = make.topic(world.lti_course, "t0")
    tools.show_tool(tool=world.lti_tool, topic=topic, by=manager)
    topic.refresh_from_db()
    topic.get_latest_revision().publish(user=manager)
    world.lti_material = Material.objects.get(topic=topic, kind="outside", retired_at=None)
    assert LtiKey.objects.exists()


def desk(**more):
    return lambda world: {"cluster": world.north.slug} | {name: getattr(getattr(world, of), field) for name, (of, field) in more.items()}


def service(**more):
    return lambda world: {"tool": world.lti_tool.uuid, "course": world.lti_course.uuid, **more}


PLATFORM, LINK, TOOL = ("lti_platform", "uuid"), ("lti_link", "pk"), ("lti_tool", "uuid")
NOBODY, REFUSED = uuid.UUID(int=1), expect(400)
MANAGERS = staff_only() | {"editor": 403, "evaluator": 403}
DONE = MANAGERS | {"manager": 302, "operator": 302}
AUTHORS = staff_only() | {"evaluator": 403}
NEW_TOOL = {
    "name": "New", "login_url": "https://x.example/l", "launch_url": "https://x.example/", "redirects": "https://x.example/",
    "keys_url": "https://x.example/k",
}  # fmt: skip
ROWS = [
    Row("lti:login", REFUSED, note="no platform"),
    Row("lti:launch", REFUSED, data={}, note="no login"),
    Row("lti:arrive", REFUSED, note="no ticket"),
    Row("lti:welcome", expect(404), note="nobody at the door"),
    Row("lti:choose", REFUSED, data={}, note="no ticket"),
    Row("lti:platform-keys", EVERYONE, lambda w: {"uuid": w.lti_platform.uuid}, note="public keys"),
    Row("lti:keys", EVERYONE, note="public keys"),
    Row(
        "lti:open",
        expect(200, signed_out=302, stranger=404, other_cluster=404),
        lambda w: {"course": w.lti_course.slug, "topic": "t0", "material": w.lti_material.uuid},
        note="what the tool learns",
    ),
    Row("lti:authorise", REFUSED, note="no tool"),
    Row("lti:chosen", expect(404), note="nothing chosen"),
    Row("lti:put", expect(404, signed_out=302), data={}, note="nothing chosen"),
    Row("lti:token", REFUSED, data={}, note="no tool"),
    Row("lti:items", expect(401), service(), note="no token"),
    Row("lti:item", expect(401), service(item=NOBODY), note="no token"),
    Row("lti:scores", expect(401), service(item=NOBODY), data={}, note="no token"),
    Row("lti:results", expect(401), service(item=NOBODY), note="no token"),
    Row("lti:members", expect(401), service(), note="no token"),
    Row("lti:connections", MANAGERS, desk()),
    Row("lti:new-platform", MANAGERS, desk()),
    Row("lti:new-platform", DONE, desk(), data={"name": "School"}),
    Row("lti:platform", MANAGERS, desk(platform=PLATFORM)),
    Row("lti:platform", DONE, desk(platform=PLATFORM), data={"name": "Moodle"}),
    Row(
        "lti:platform",
        expect(404, signed_out=302, editor=403, evaluator=403, operator=200),
        desk(platform=("lti_network", "uuid")),
        note="the network's",
    ),
    Row("lti:platform-act", DONE, desk(platform=PLATFORM), data={"act": "revoke"}),
    Row("lti:grades", MANAGERS, desk(platform=PLATFORM, link=LINK)),
    Row("lti:grades", MANAGERS, desk(platform=PLATFORM, link=LINK), query="?format=csv"),
    Row("lti:roster", MANAGERS | {"manager": 502, "operator": 502}, desk(platform=PLATFORM, link=LINK), note="none is given"),
    Row("lti:new-tool", MANAGERS, desk()),
    Row("lti:new-tool", DONE, desk(), data=NEW_TOOL),
    Row("lti:tool", MANAGERS, desk(tool=TOOL)),
    Row("lti:tool-revoke", DONE, desk(tool=TOOL), data={}),
    Row("lti:outside", AUTHORS, lambda w: {"cluster": w.north.slug, "course": w.lti_course.slug}),
    Row(
        "lti:put-tool",
        expect(404, signed_out=302, editor=302, manager=302, operator=302),
        lambda w: {"cluster": w.north.slug, "course": w.lti_course.slug},
        data=lambda w: {"tool": w.lti_tool.uuid, "topic": "t0"},
    ),
]
