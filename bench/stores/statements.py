"""Statements for the load, as the load client `lrsload.py` draws them: 2,000 learners, 400 units in 40 courses, 8 verbs, about 1.2 KB each."""

import os
import random
from collections.abc import Iterator

BASE = "https://lms.example.org"
VERBS = {"launched": 20, "initialized": 15, "experienced": 30, "answered": 15, "progressed": 10, "completed": 5, "passed": 4, "failed": 1}
SCORED = ("answered", "completed", "passed", "failed")
LEARNERS, UNITS, COURSES = 2000, 400, 40

_ACTOR = '{"objectType":"Agent","name":"Learner %05d","account":{"homePage":"%s","name":"user-%05d"}}'
_VERB = '{"id":"http://adlnet.gov/expapi/verbs/%s","display":{"en-US":"%s"}}'
_UNIT = (
    '{"objectType":"Activity","id":"%s/courses/%d/units/%d","definition":{"name":{"en-US":"Unit %d of course %d","de-DE":"Einheit %d von Kurs %d"},'
    '"description":{"en-US":"A unit of digital content with text, video and a quiz."},"type":"http://adlnet.gov/expapi/activities/lesson"}}'
)
_AROUND = (
    '{"parent":[{"id":"%s/courses/%d","objectType":"Activity","definition":{"type":"http://adlnet.gov/expapi/activities/course"}}],'
    '"grouping":[{"id":"%s/clusters/%d","objectType":"Activity"}],'
    '"category":[{"id":"https://w3id.org/xapi/cmi5/context/categories/cmi5","objectType":"Activity"}]}'
)
_STATEMENT = (
    '{"id":"%s","actor":%s,"verb":%s,"object":%s,"context":{"registration":"00000000-0000-4000-8000-%012x","platform":"LMS","language":"en-US",'
    '"contextActivities":%s,"extensions":{"https://w3id.org/xapi/cmi5/context/extensions/sessionid":"%s"}}%s,"timestamp":"%s"}'
)
_RESULT = ',"result":{"score":{"scaled":%.3f,"raw":%.1f,"min":0,"max":100},"success":%s,"completion":true,"duration":"PT%d.%02dS"}'


def _uuid() -> str:
    h = os.urandom(16).hex()
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:]}"


def lines(count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """`count` statements as (id, JSON): text put together from ready pieces, so that a filling of millions does not wait for it."""
    actors = [_ACTOR % (n, BASE, n) for n in range(LEARNERS)]
    verbs = {name: _VERB % (name, name) for name in VERBS}
    units = [_UNIT % (BASE, n % COURSES, n, n, n % COURSES, n, n % COURSES) for n in range(UNITS)]
    around = [_AROUND % (BASE, n, BASE, n % 5) for n in range(COURSES)]
    names = chance.choices(list(VERBS), list(VERBS.values()), k=10_000)
    draw = chance.random
    for n in range(count):
        who, unit, name, key = int(draw() * LEARNERS), int(draw() * UNITS), names[n % 10_000], _uuid()
        course, moment = unit % COURSES, int(draw() * 3_600_000)
        result = ""
        if name in SCORED:
            scaled = int(draw() * 1000) / 1000
            result = _RESULT % (scaled, scaled * 100, "false" if name == "failed" else "true", moment % 3600, moment % 100)
        time = f"2026-01-15T10:{moment // 60_000:02d}:{moment // 1000 % 60:02d}.{moment % 1000:03d}Z"
        made = _STATEMENT % (key, actors[who], verbs[name], units[unit], who * 1000 + course, around[course], _uuid(), result, time)
        yield key, made.encode()
