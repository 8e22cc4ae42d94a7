"""A small plan: two needs, three outcomes, four topics, a matrix with one gap of each kind."""

from datetime import UTC, datetime

from talka.clusters.models import Cluster
from talka.curriculum import actions
from talka.curriculum.models import Curriculum
from talka.skills.models import Competence

SPRING = datetime(2026, 3, 2, 9, tzinfo=UTC)


def empty(cluster: Cluster, title: str = "Empty", **words) -> Curriculum:
    return actions.start(cluster=cluster, title=title, by=None, at=SPRING, **words)


def plan(cluster: Cluster, *, title: str = "Small plan", competence: Competence | None = None) -> Curriculum:
    """Topics a (1 h), b (2 h, builds on a), c (3 h), d (1 h, treats nothing); outcome 1 complete, 2 taught only, 3 not covered."""
    made = empty(cluster, title, budget=5)
    given = {"curriculum": made, "by": None, "at": SPRING}
    funding = actions.put_need(title="Funding", weight=6, competence=competence, **given)
    actions.put_need(title="Leading", weight=3, **given)
    competences = [competence] if competence else []
    one = actions.put_outcome(text="find money", bloom="apply", needs=[funding], competences=competences, **given)
    two = actions.put_outcome(text="write a proposal", bloom="create", needs=[funding], **given)
    actions.put_outcome(text="name three laws", bloom="remember", **given)
    module = actions.put_module(title="First", **given)
    topics = {}
    for key, minutes in (("a", 60), ("b", 120), ("c", 180), ("d", 60)):
        before = [topics["a"]] if key == "b" else []
        topics[key] = actions.put_topic(
            title=f"Topic {key}",
            materials={"text": (1, minutes - 20), "exercise": (2, 20)},
            module=module,
            lesson="Start",
            builds_on=before,
            **given,
        )
    actions.set_cell(outcome=one, topic=topics["a"], taught=1, assessed=None, by=None, at=SPRING)
    actions.set_cell(outcome=one, topic=topics["b"], taught=3, assessed=3, by=None, at=SPRING)
    actions.set_cell(outcome=two, topic=topics["c"], taught=3, assessed=None, by=None, at=SPRING)
    return made


def part(curriculum: Curriculum, title: str):
    """A topic, outcome, need or module by the end of its title."""
    for rows, field in (
        (curriculum.topics, "title"),
        (curriculum.outcomes, "text"),
        (curriculum.needs, "title"),
        (curriculum.modules, "title"),
    ):
        if found := rows.filter(**{f"{field}__endswith": title}).first():
            return found
    raise LookupError(title)
