"""A plan of 200 topics and 20 outcomes in a database of its own: read, searched for findings, chosen from; seconds, and what is allowed."""

import os
import random
import tempfile
from time import perf_counter

os.environ["TALKA_DATA"] = tempfile.mkdtemp(prefix="talka-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "talka.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # after the environment is set
from django.utils.timezone import now  # noqa: E402  # after the environment is set

from talka.clusters.models import Cluster  # noqa: E402  # after the environment is set
from talka.curriculum import actions, queries  # noqa: E402  # after the environment is set
from talka.curriculum.models import Cell, PlannedMaterial, PlannedOutcome, PlannedTopic, Prerequisite  # noqa: E402  # after the environment is set

TOPICS, OUTCOMES, HOURS = 200, 20, 7  # so few hours that much has to be given up


def plan():
    rng = random.Random(4)  # noqa: S311  # a repeatable plan, not a secret
    cluster = Cluster.objects.create(slug="bench", name="Bench", sector="timber", region="North", country="LT")
    made = actions.start(cluster=cluster, title="Bench", by=None, at=now())
    needs = [actions.put_need(curriculum=made, title=f"Need {n}", weight=rng.uniform(1, 9), by=None, at=now()) for n in range(OUTCOMES)]
    outcomes = PlannedOutcome.objects.bulk_create(
        PlannedOutcome(curriculum=made, key=f"o{n}", text=f"do {n}", bloom="apply", order=n) for n in range(OUTCOMES)
    )
    for outcome, need in zip(outcomes, needs, strict=True):
        outcome.needs.add(need)
    topics = PlannedTopic.objects.bulk_create(
        PlannedTopic(curriculum=made, key=f"t{n}", title=f"Topic {n}", order=n) for n in range(TOPICS)
    )
    PlannedMaterial.objects.bulk_create(PlannedMaterial(topic=t, kind="text", minutes=rng.randrange(20, 120)) for t in topics)
    Prerequisite.objects.bulk_create(
        Prerequisite(topic=topics[n], before=topics[rng.randrange(n)]) for n in range(1, TOPICS) if rng.random() < 0.4
    )
    Cell.objects.bulk_create(
        Cell(outcome=o, topic=t, taught=rng.randrange(1, 4), assessed=rng.choice([None, 3]))
        for t in topics
        for o in rng.sample(outcomes, rng.randrange(1, 4))
    )
    return made


def timed(title, allowed, work):
    start = perf_counter()
    result = work()
    seconds = perf_counter() - start
    print(f"{title:58} {seconds:7.3f} s (at most {allowed:g} s)")
    return result


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    made = plan()
    whole = timed(f"read the plan: {TOPICS} topics, {OUTCOMES} outcomes", 0.5, lambda: queries.plan_of(made))
    timed("findings", 0.5, lambda: queries.found_in(whole))
    found = timed(
        f"choose for {HOURS} hours and for one more, proven",
        2,
        lambda: actions.choose_topics(curriculum=made, hours=HOURS, by=None, at=now()),
    )
    result = queries.result_of(found)
    print(f"proven: {result.proven}, {len(result.topics)} topics, {result.share:.0%} of the needs' weight")
