"""What the sample's people say after a year: the course's testers, learners after a module and at work, and the needs survey once more."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import yaml
from django.conf import settings

from talka.courses.models import Course
from talka.curriculum.actions import begin_validation
from talka.home.sample.blueprint import FOLDER, Blueprint
from talka.home.sample.blueprint import Questionnaire as Asked
from talka.home.sample.needs import answers_csv, decide_on
from talka.home.sample.people import Population
from talka.surveys.actions import import_answers, load_survey
from talka.surveys.models import Item, Response, Survey
from talka.surveys.queries import questions_of
from talka.surveys.rules.questions import Question

OPEN = {"is_sample": True, "visibility": "cluster"}


class Voices:
    """The plan in content/network/voices.yaml, and the chance that it leaves open: the same for the same seed."""

    def __init__(self, plan: Blueprint, population: Population, *, at: datetime) -> None:
        self.plan, self.at = plan, at
        self.said: dict[str, Any] = yaml.safe_load((settings.CONTENT / FOLDER / "voices.yaml").read_text(encoding="utf-8"))
        self.cluster = population.clusters[self.said["cluster"]]
        self.manager = population.manager_of(self.said["cluster"])

    def speak(self, course: Course, needs: Survey) -> list[Survey]:
        """All of it: validation, feedback, behaviour, the second wave."""
        return [self.validate(course), *(self.ask(row) for row in self.said["surveys"]), self.again(needs)]

    def validate(self, course: Course) -> Survey:
        """The course's testers were asked topic by topic; findings wait to become tasks."""
        row = self.said["validation"]
        begun = self.at - timedelta(days=row["days"])
        survey = begin_validation(course=course, cluster=self.cluster, by=None, at=begun).survey
        self._open(survey, row, {"testers": row["invited"]})
        self._answer(survey, {"testers": row["answers"]}, begun, row["open"])
        return survey

    def ask(self, row: Mapping[str, Any]) -> Survey:
        file = settings.CONTENT / "surveys" / "templates" / f"{row['template']}.yaml"
        begun = self.at - timedelta(days=row["days"])
        survey = load_survey(file, cluster=self.cluster, by=None, at=begun, slug=row["slug"], title=row["title"], **OPEN)
        self._open(survey, row, row.get("invited", {}))
        self._answer(survey, row["answers"], begun, row["open"])
        return survey

    def again(self, needs: Survey) -> Survey:
        """The needs survey of a year ago once more: most people can do somewhat more, above all what the course teaches."""
        row, file = self.said["wave"], settings.CONTENT / "surveys" / self.plan.survey.file
        begun = self.at - timedelta(days=row["days"])
        survey = load_survey(file, cluster=self.cluster, by=None, at=begun, slug=row["slug"], title=row["title"], follows=needs, **OPEN)
        self._open(survey, {**row, "open": 25}, row["invited"])
        asked = [Asked(audience, n) for audience, n in row["answers"].items()]
        grown = {code: row["taught"].get(code, row["grown"]) for code in self.plan.survey.items}
        file_ = answers_csv(self.plan, asked, f"{self.cluster.slug}/again", begun, grown=grown)
        import_answers(survey, file_, by=None, at=begun + timedelta(days=26))
        decide_on(self.plan, survey, self.manager, at=begun + timedelta(days=35))
        return survey

    def _open(self, survey: Survey, row: Mapping[str, Any], invited: Mapping[str, int]) -> None:
        opens = survey.created_at + timedelta(days=2)
        Survey.objects.filter(pk=survey.pk).update(opens_at=opens, closes_at=opens + timedelta(days=row["open"]))
        for audience, n in invited.items():
            survey.questionnaires.filter(audience=audience).update(invited=n)

    def _answer(self, survey: Survey, answers: Mapping[str, int], begun: datetime, days: int) -> None:
        chance = Random(f"{self.plan.seed}/voices/{survey.slug}")  # noqa: S311  # a sample must come out the same every time
        asked, out = questions_of(survey), io.StringIO()
        write = csv.writer(out).writerow
        write(["respondent", "audience", "submitted_at", *(column for _item, q in asked for column in q.columns)])
        for number, audience in enumerate((a for a, n in answers.items() for _n in range(n)), 1):
            when = begun + timedelta(days=2 + min(days - 1.0, chance.expovariate(3 / days)))
            write([f"P{number:03d}", audience, when.isoformat(timespec="seconds"), *self._row(asked, audience, chance)])
        import_answers(survey, out.getvalue().encode(), by=None, at=begun + timedelta(days=days + 3))
        allowed = [pk for pk in survey.responses.order_by("pk").values_list("pk", flat=True) if chance.random() < self.said["quoted"]]
        Response.objects.filter(pk__in=allowed).update(may_quote=True)

    def _row(self, asked: Sequence[tuple[Item, Question]], audience: str, chance: Random) -> list[str]:
        """One person's cells. Who is content is so with everything; open questions follow what was ticked before."""
        mood, cells, ticked = chance.gauss(0, 0.45), [], set[str]()
        for item, question in asked:
            if not question.asked_of(audience) or (not item.required and chance.random() < self.said["silent"]):
                cells += [""] * len(question.columns)
                continue
            own = self._cells(item, question, mood, ticked, chance)
            ticked.update(own[0].split("|") if question.kind == "choices" and item.code.startswith("mend-") else ())
            cells += own
        return cells

    def _cells(self, item: Item, question: Question, mood: float, ticked: set[str], chance: Random) -> list[str]:
        match question.kind:
            case "likert" | "nps" | "number":
                return [self._number(item, question, mood, chance)]
            case "sus":
                # Every second sentence of the ten is said against the platform.
                return [
                    str(_between(1, 5, chance.gauss(3.9 + mood, 0.8) if n % 2 else 6 - chance.gauss(3.9 + mood, 0.8))) for n in range(1, 11)
                ]
            case "choice":
                shares = self.said["choices"].get(item.code, {})
                return chance.choices(question.choices, [shares.get(c, 1) for c in question.choices])
            case "choices":
                return ["|".join(c for c in question.choices if chance.random() < self._ticks(item, c))]
            case "impact":
                return [chance.choice(self.said["impact"][part]) for part in ("before", "contribution", "after")]
            case _:
                return [self._text(item, ticked, chance)]

    def _number(self, item: Item, question: Question, mood: float, chance: Random) -> str:
        mean, spread = self.said["by_code"].get(item.code) or self.said["means"][question.kind]
        low, high = (0, 10) if question.kind == "nps" else (question.low or 0, question.high or 100)
        return str(_between(low, high, chance.gauss(mean + mood * spread, spread)))

    def _ticks(self, item: Item, choice: str) -> float:
        row = self.said["validation"]
        if item.code.startswith("helped-"):
            return float(row["helped"])
        if item.code.startswith("mend-"):
            return float(row["mended"].get(choice, row["mend"]))
        return float(self.said["choices"].get(item.code, {}).get(choice, 0.3))

    def _text(self, item: Item, ticked: set[str], chance: Random) -> str:
        texts = self.said["texts"]
        if item.code.startswith("say-"):
            return str(chance.choice(texts["say"])) if item.code.removeprefix("say-") in ticked and chance.random() < 0.7 else ""
        return str(chance.choice(texts.get(item.code, [""])))


def _between(low: float, high: float, value: float) -> int:
    return int(max(low, min(high, round(value))))
