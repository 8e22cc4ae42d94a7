from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from talka.surveys.models import Response
from tests.factories import surveys as make
from tests.factories.clusters import cluster

pytestmark = pytest.mark.django_db


def run(*words):
    out = StringIO()
    call_command("import_answers", *words, stdout=out)
    return out.getvalue()


def test_answers_come_in_from_the_command_line(tmp_path):
    survey = make.survey(cluster(), slug="needs")
    file = tmp_path / "answers.csv"
    file.write_bytes(make.csv("r1,managers,5,2,4,4,3,1", "r2,managers,9,2,4,4,3,1"))
    assert "1 new" in run("needs", str(file), "--preview")
    with pytest.raises(CommandError, match="--good-rows-only"):
        run("needs", str(file))
    assert not Response.objects.exists()
    assert "Imported." in run(f"{survey.cluster.slug}/needs", str(file), "--good-rows-only")
    assert Response.objects.count() == 1


def test_the_survey_must_be_one(tmp_path):
    make.survey(cluster(), slug="needs")
    make.survey(cluster(), slug="needs")
    with pytest.raises(CommandError, match="Several clusters"):
        run("needs", str(tmp_path))
    with pytest.raises(CommandError, match="There is no survey"):
        run("other", str(tmp_path))
