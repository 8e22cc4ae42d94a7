"""A course in several languages: one enrolment, one attempt, one statistic; what is not translated is shown as it is and says so."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import courses as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db

GERMAN = {
    "course.de.yaml": "title: Ein kleiner Kurs\noutcomes: {tell-apart: einen Cluster von einer Firmenliste unterscheiden}\n"
    "lessons: {begin: {title: Anfang}}\nglossary: {oak: {term: Eiche, definition: Ein hartes Holz.}}\n",
    "topics/start/topic.de.yaml": "title: Was ein Cluster ist\nsummary: Die Idee.\ntitles: {text: Der Text}\n",
    "topics/start/read.de.md": "## Zuerst\n\nEin **Kern** von Firmen unter der Eiche.\n",
    "topics/start/film.de.yaml": "title: Der Film\nslides:\n  - {title: Ein Tal, lines: [Sägewerke], say: Stellen Sie sich ein Tal vor.}\n"
    "  - {title: Sein Kern, say: Die Sägewerke sind der Kern.}\n",
    "topics/start/sheet.de.yaml": "title: Kartenblatt\nintro: Füllen Sie es aus.\nfields:\n  field: {label: Das Feld}\n  notes: {label: Notizen}\n"
    "  count: {label: Firmen}\n  on: {label: Datum}\n  size: {label: Größe, options: [klein, groß]}\n  who: {label: Akteure, columns: [Name, Rolle]}\n"
    "  sure: {label: Geprüft}\n",
    "topics/exercises/single.de.yaml": "title: Wer gehört dazu\nprompt: Wer gehört zum **Cluster**?\nchoices:\n"
    "  mill: {text: Das Sägewerk, feedback: Es sägt für alle.}\n  bank: {text: Die Bank in der Hauptstadt, feedback: Sie ist weit weg.}\n"
    "  poet: {text: Der Dichter, feedback: Nicht in diesem Feld.}\nhints: [Denken Sie an das Feld., Denken Sie an den Ort.]\n"
    "feedback: {right: Gut gesehen., wrong: Sehen Sie noch einmal hin.}\nexplanation: Feld und Ort entscheiden.\n",
    "topics/exercises/short.de.yaml": "title: Ein Wort\nprompt: Wie heißt die Mitte?\naccepted: [Kern, der Kern]\n",
    "topics/exercises/cloze.de.yaml": 'title: Lücken\nprompt: Füllen Sie.\ntext: "Ein Cluster hat einen {Kern} und viele {Mitglieder}."\n',
    "topics/exercises/match.de.yaml": "title: Paare\nprompt: Ordnen Sie zu.\npairs:\n  saw: {left: Säge, right: schneidet}\n"
    "  plane: {left: Hobel, right: glättet}\ndistractors: [singt]\n",
}


@pytest.fixture
def course():
    return make.course(files=make.pack_files(**GERMAN), visibility="public")


@pytest.fixture
def learner(course):
    user = person("Grete")
    make.enrolment(user, course)
    return user


def page(user, course, topic, language="de"):
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    answer = client.get(reverse("courses:topic", args=[course.slug, topic]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_translated_is_read_and_the_rest_says_that_it_is_not(course, learner):
    html = page(learner, course, "start")
    assert "<h1>Was ein Cluster ist</h1>" in html
    assert "Zuerst" in html
    assert "Stellen Sie sich ein Tal vor." in html
    assert "Not yet translated" in html or "Noch nicht" in html
    assert 'lang="en"' in html
