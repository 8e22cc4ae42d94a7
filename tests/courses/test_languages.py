"""A course in several languages: one enrolment, one attempt, one statistic; what is not translated is shown as it is and says so."""

import re
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from talka.courses import actions, queries
from talka.courses.actions import enrolling
from talka.courses.exchange.reading import Unreadable
from talka.courses.languages import actions as languages
from talka.courses.languages import rules, xliff
from talka.courses.languages.queries import live_topics, sources_of, sources_of_topic
from talka.courses.models import Attempt, Course, CourseFile, Enrolment, Translation
from talka.courses.packs import load_yaml
from talka.courses.rules import materials as m
from talka.courses.rules.packs import BadPack
from talka.kit.imports import State
from talka.people.actions import NotAllowed
from tests.factories import courses as make
from tests.factories.clusters import cluster
from tests.factories.people import operator, person

pytestmark = pytest.mark.django_db
LATER = make.WHEN.replace(hour=11)

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


def answer(user, course, key, language="de", **fields):
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    sent = client.post(reverse("courses:answer", args=[course.slug, "exercises", key]), {"token": str(uuid.uuid4()), **fields})
    assert sent.status_code == 302
    return Attempt.objects.filter(user=user).latest("pk")


def source(course, key, topic="start"):
    return next(s for s in sources_of_topic(course.topics.get(slug=topic)) if s.key == key)


def changed(course, **files):
    """The course brought up to a pack with other files."""
    whole = {path: bytes(content) for path, content in actions.export_files(course).items()}
    actions.import_pack(make.zipped(whole | {path: text.encode() for path, text in files.items()}), by=None, at=LATER, visibility="public")
    course.refresh_from_db()


# Reading


def test_what_is_translated_is_read_and_the_rest_says_that_it_is_not(course, learner):
    html = page(learner, course, "start")
    assert "<h1>Was ein Cluster ist</h1>" in html
    assert "Zuerst" in html
    assert "Stellen Sie sich ein Tal vor." in html
    timeline = html.split('id="m-timeline"')[1].split("</section>")[0]
    assert 'class="meta fallback"' in timeline
    assert 'lang="en"' in timeline
    assert "First mill" in timeline
    assert "fallback" not in html.split('id="m-text"')[1].split("</section>")[0]


def test_a_term_is_explained_in_the_language_of_the_text(course, learner):
    assert "Ein hartes Holz." in page(learner, course, "start")
    assert "A hard wood." not in page(learner, course, "start").split('id="m-text"')[1].split("</section>")[0]


def test_the_reader_chooses_and_the_choice_stays_with_the_enrolment(course, learner):
    client = Client(headers={"accept-language": "de"})
    client.force_login(learner)
    way = reverse("courses:read-in", args=[course.slug])
    assert client.post(way, {"language": "en", "topic": "start"}).url == reverse("courses:topic", args=[course.slug, "start"])
    assert "Picture a valley." in page(learner, course, "start")
    assert Enrolment.objects.get().language == "en"
    assert client.post(way, {"language": "lt"}).status_code == 404


def test_who_only_looks_in_chooses_for_this_visit(course):
    client = Client(headers={"accept-language": "en"})
    way = reverse("courses:course", args=[course.slug])
    assert "A small course" in client.get(way).content.decode()
    client.post(reverse("courses:read-in", args=[course.slug]), {"language": "de"})
    html = client.get(way).content.decode()
    assert '<h1 lang="de">Ein kleiner Kurs</h1>' in html
    assert "einen Cluster von einer Firmenliste unterscheiden" in html


@pytest.mark.parametrize(
    ("chosen", "wanted", "read"),
    [("", "de", "de"), ("en", "de", "en"), ("", "de-at", "de"), ("", "fr", "en"), ("xx", "lt", "en"), ("de", "en", "de")],
)
def test_the_language_is_chosen_wanted_or_the_courses_own(chosen, wanted, read):
    assert rules.language_for(chosen, wanted, "en", ["de"]) == read


def test_pages_about_the_course_speak_the_readers_language(course, learner):
    client = Client(headers={"accept-language": "de"})
    client.force_login(learner)
    for name, args, words in (
        ("catalogue", [], "Ein kleiner Kurs"),
        ("mine", [], "Ein kleiner Kurs"),
        ("glossary", [course.slug], "Eiche"),
        ("lesson", [course.slug, "begin"], "Zuerst"),
    ):
        assert words in client.get(reverse(f"courses:{name}", args=args)).content.decode(), name
    assert [c.slug for c in queries.catalogue(learner, language="de")] == ["small"]
    assert not queries.catalogue(learner, language="lt")


def test_a_translated_page_costs_one_query_more_and_others_none(course, learner):
    plain = make.plain_course(visibility="public")
    make.enrolment(learner, plain)
    topics = {c.pk: queries.topic_for(c.slug, slug, viewer=learner) for c, slug in ((course, "end"), (plain, "t1"))}
    for opened in topics.values():
        queries.topic_page(opened, viewer=learner)
    with translation.override("en"), CaptureQueriesContext(connection) as before:
        queries.topic_page(topics[course.pk], viewer=learner)
    with translation.override("de"), CaptureQueriesContext(connection) as after:
        queries.topic_page(topics[course.pk], viewer=learner)
    with translation.override("de"), CaptureQueriesContext(connection) as without:
        queries.topic_page(topics[plain.pk], viewer=learner)
    assert (len(after) - len(before), len(without) - len(before)) == (1, 0)


# One enrolment, one attempt, one statistic


def test_an_answer_is_one_and_the_same_in_every_language(course, learner):
    made = answer(learner, course, "match", **{"pair-saw": "cuts", "pair-plane": "smooths"})
    assert (made.score, made.response) == (1.0, {"pairs": {"saw": "cuts", "plane": "smooths"}})
    german, english = (page(learner, course, "exercises", language) for language in ("de", "en"))
    assert re.search(r'<option value="cuts" selected[^>]*>schneidet</option>', german)
    assert re.search(r'<option value="cuts" selected[^>]*>cuts</option>', english)
    assert Enrolment.objects.count() == Attempt.objects.count() == 1


@pytest.mark.parametrize(("text", "right"), [("der Kern", True), ("the core", True), ("Rand", False)])
def test_typed_answers_count_in_the_readers_words_too(course, learner, text, right):
    assert answer(learner, course, "short", text=text).success is right


def test_gaps_take_the_words_of_both_languages(course, learner):
    assert answer(learner, course, "cloze", **{"gap-0": "Kern", "gap-1": "members"}).success


def test_feedback_is_said_in_the_readers_language(course, learner):
    answer(learner, course, "single", choice="bank")
    assert "Sie ist weit weg." in page(learner, course, "exercises")
    assert "It is far away." in page(learner, course, "exercises", "en")


def test_statements_name_the_thing_in_both_languages_and_are_about_the_same(course, learner):
    answer(learner, course, "single", choice="mill")
    material = make.material(course, "single")
    with translation.override("de"):
        scene = enrolling.scene(Enrolment.objects.select_related("course", "user").get(), course.topics.get(slug="exercises"))
    described = scene.described(enrolling.thing(material))
    assert described["definition"]["name"] == {"en": "Who is in", "de": "Wer gehört dazu"}
    assert described["id"].endswith(str(material.uuid))
    assert scene.statement("answered", enrolling.thing(material), at=make.WHEN)["context"]["language"] == "de"


# What changed since


def test_a_changed_source_is_marked_and_the_translation_still_read(course, learner):
    changed(course, **{"topics/start/read.md": "## First\n\nA **new core** of firms.\n"})
    row = Translation.objects.get(place=str(make.material(course, "text").uuid))
    assert (row.stale, row.complete) == (1, True)
    assert "Zuerst" in page(learner, course, "start")
    texts = row.texts["text"]
    said = rules.changes(texts[1], "## First\n\nA **new core** of firms.")
    assert next(c.text for c in said if c.how == "in").startswith("**new")
    assert any(c.how == "out" for c in said)


def test_a_new_part_of_a_material_brings_the_whole_of_it_back_to_the_source(course, learner):
    whole = make.EXERCISES["single"].replace("Think of the place.]", "Think of the place., Think again.]")
    changed(course, **{"topics/exercises/single.yaml": whole})
    html = page(learner, course, "exercises").split('id="m-single"')[1].split("</section>")[0]
    assert "fallback" in html
    assert "The mill" in html
    assert "Sägewerk" not in html


def test_who_may_write_is_told_what_is_out_of_date(course, learner):
    changed(course, **{"topics/start/read.md": "Other words.\n"})
    said = "The source of these parts has changed"
    assert said not in page(learner, course, "start", "de")
    boss = operator()
    make.enrolment(boss, course)
    Enrolment.objects.filter(user=boss).update(language="de")
    assert said in page(boss, course, "start", "en")


# Translating


def test_saving_over_somebody_elses_words_is_refused_and_nothing_is_lost(course):
    boss, at = operator(), make.WHEN
    one = source(course, "timeline")
    first = languages.save(course=course, language="lt", source=one, texts={"title": "Laikas"}, version=0, by=boss, at=at)
    languages.save(course=course, language="lt", source=one, texts={"title": "Laiko juosta"}, version=first.version, by=boss, at=at)
    with pytest.raises(languages.Newer) as newer:
        languages.save(course=course, language="lt", source=one, texts={"title": "Kita"}, version=first.version, by=boss, at=at)
    assert newer.value.theirs.texts["title"][0] == "Laiko juosta"
    assert languages.save(course=course, language="lt", source=one, texts={"title": "Laiko juosta"}, version=1, by=boss, at=at).version == 2


def test_a_translation_is_read_once_it_is_published_whole(course, learner):
    boss, at, one = operator(), make.WHEN, source(course, "timeline")
    texts = {p.path: f"LT {p.text}" for p in one.passages}
    row = languages.save(course=course, language="lt", source=one, texts=texts | {"events.0.text": ""}, version=0, by=boss, at=at)
    topic = course.topics.get(slug="start")
    assert languages.publish(course=course, language="lt", topics=[topic], own_words=False, by=boss, at=at).shown == 0
    course.refresh_from_db()
    assert course.languages == ["de"]
    languages.save(course=course, language="lt", source=one, texts=texts, version=row.version, by=boss, at=at)
    assert languages.publish(course=course, language="lt", topics=[topic], own_words=False, by=boss, at=at).shown == 1
    course.refresh_from_db()
    assert course.languages == ["de", "lt"]
    assert "LT First mill" in page(learner, course, "start", "lt")
    languages.withdraw(course=course, language="lt", by=boss, at=at)
    assert "LT First mill" not in page(learner, course, "start", "lt")
    assert Translation.objects.get(language="lt").texts


def test_others_do_not_translate(course):
    one = source(course, "timeline")
    with pytest.raises(NotAllowed):
        languages.save(course=course, language="lt", source=one, texts={"title": "x"}, version=0, by=person(), at=make.WHEN)
    with pytest.raises(NotAllowed):
        languages.publish(course=course, language="de", by=person(), at=make.WHEN)


@pytest.mark.parametrize(
    ("key", "texts", "says"),
    [
        ("cloze", {"text": "Ein Cluster hat einen {Kern}."}, "has 1 gaps, but the source has 2"),
        ("match", {"pairs.saw.right": "macht", "pairs.plane.right": "macht"}, "says the same as another pair"),
        ("single", {"prompt": "x" * 130_000}, "length"),
    ],
)
def test_a_translation_cannot_take_away_what_is_answered(course, key, texts, says):
    one = source(course, key, "exercises")
    found = rules.faults_in(one.kind, one.definition, {path: [words, ""] for path, words in texts.items()})
    assert any(says in why for _path, why in found)


def test_markup_in_a_translation_is_cleaned_as_in_the_source(course, learner):
    changed(course, **{"topics/start/read.de.md": "Eins <script>alert(1)</script> [x](javascript:alert(2))\n"})
    html = page(learner, course, "start").split('id="m-text"')[1].split("</section>")[0]
    assert "<script" not in html
    assert 'href="javascript' not in html


def test_the_desk_saves_shows_both_and_publishes(course):
    boss, north = operator(), cluster("North")
    client = Client(headers={"accept-language": "en"})
    client.force_login(boss)
    way = reverse("courses:translate", args=[north.slug, course.slug, "lt", "end"])
    place = source(course, "last", "end").place
    assert "The end." in client.get(way).content.decode()
    client.post(way, {f"{place}:text": "Pabaiga.", f"v-{place}": "0", "do": "save"})
    again = client.post(way, {f"{place}:text": "Galas.", f"v-{place}": "0", "do": "save"})
    assert again.status_code == 409
    assert "Pabaiga." in again.content.decode()
    assert "Galas." in again.content.decode()
    assert client.post(way, {"take": f"{place}:title", f"v-{place}": "1", "do": "publish"}).status_code == 302
    listed = client.get(reverse("courses:translations", args=[north.slug, course.slug, "lt"])).content.decode()
    assert "The end" in listed


# Searching


def test_a_german_word_is_found_in_german_texts_only(course, learner):
    with translation.override("de"):
        (hit,) = queries.search("Zuerst", viewer=learner)
        assert (hit.material_key, hit.spoken, hit.topic_title) == ("text", "de", "Was ein Cluster ist")
        assert {h.material_key for h in queries.search("First", viewer=learner)} == {"timeline"}
    with translation.override("en"):
        assert queries.search("Zuerst", viewer=learner) == []
        # Whoever chose German in the course searches it in German, whatever the site around it speaks.
        Enrolment.objects.update(language="de")
        assert [h.material_key for h in queries.search("Zuerst", viewer=learner)] == ["text"]
        assert queries.meant("Zuert", viewer=learner) == "zuerst"
        Enrolment.objects.update(language="")
        assert "text" in {h.material_key for h in queries.search("First", viewer=learner)}


def titles(words, viewer, language):
    """(courses, topics) that the search for all names."""
    with translation.override(language):
        found = queries.named(words.split(), among=queries.shelf(viewer))
    return [[(one.title, one.course_title) for one in rows] for rows in found]


def test_titles_are_found_and_shown_in_the_readers_language(course, learner):
    whole, topic = ("Ein kleiner Kurs", "de"), ("Was ein Cluster ist", "de")
    assert titles("kleiner", learner, "de") == [[(whole, whole)], []]
    assert titles("was cluster ist", learner, "de") == [[], [(topic, whole)]]
    # The source finds them too, and what is not translated is shown as it is.
    english = titles("small", learner, "de")
    assert english[0] == [(whole, whole)]
    assert titles("end", learner, "de")[1] == [(("The end", "en"), whole)]
    assert titles("kleiner", learner, "en") == [[], []]
    assert titles("was cluster ist", AnonymousUser(), "de") == [[], [(topic, whole)]]
    # Who chose a language for the course reads it there too.
    course.enrolments.filter(user=learner).update(language="de")
    assert titles("kleiner", learner, "en") == [[(whole, whole)], []]


def test_titles_of_what_one_may_not_see_are_not_found(course, learner):
    course.topics.filter(slug="start").update(live=False)
    assert titles("was cluster ist", learner, "de") == [[], []]
    Course.objects.filter(pk=course.pk).update(visibility="cluster", cluster=cluster("Elsewhere"))
    assert titles("kleiner", learner, "de") == [[], []]


def test_the_search_for_all_shows_titles_in_the_readers_language(course, learner):
    client = Client(headers={"accept-language": "de"})
    client.force_login(learner)
    client.get("/search/?q=kleiner")
    with CaptureQueriesContext(connection) as german:
        found = client.get("/search/?q=was+cluster+ist").content.decode()
    assert ">Was ein Cluster ist</a>" in found
    assert "Ein kleiner Kurs" in found
    client = Client(headers={"accept-language": "en"})
    client.force_login(learner)
    client.get("/search/?q=what")
    with CaptureQueriesContext(connection) as english:
        client.get("/search/?q=was+cluster+ist")
    assert len(german) <= len(english) + 4


# Packs, copies, XLIFF


def test_a_pack_with_translations_comes_out_with_the_same_bytes(course):
    assert actions.export_files(course) == make.pack_files(**GERMAN)


def test_without_its_sources_the_translations_come_out_and_in_the_same(course):
    changed(course, **{"topics/start/read.md": "Other words.\n"})
    kept = dict(Translation.objects.values_list("place", "published"))
    CourseFile.objects.filter(course=course, is_source=True).delete()
    out = actions.export_files(course)
    assert b"made_from:" in out["topics/start/topic.de.yaml"]
    Course.objects.all().delete()
    make.course(files=out, visibility="public")
    assert dict(Translation.objects.values_list("place", "published")) == kept


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("topics/start/film.de.yaml", "slides: [{nonsense: x}]\n", "the source has no such text"),
        ("topics/exercises/cloze.de.yaml", "text: Ohne Lücke\n", "gaps"),
        ("topics/start/film.de.yaml", "title: 5\n", "something else than texts"),
        ("topics/start/film.en.yaml", "title: x\n", "the course's own language"),
        ("topics/start/nobody.de.yaml", "title: x\n", "is not used by any material"),
    ],
)
def test_a_bad_companion_refuses_the_whole_pack(path, text, says):
    with pytest.raises(BadPack) as bad:
        make.course(files=make.pack_files(**{path: text}))
    assert any(p.file == path and says in p.says for p in bad.value.problems)


def test_a_copy_takes_its_translations_along_as_drafts(course):
    made = actions.copy_course(course, cluster=cluster("South"), title="Copy", by=operator(), at=make.WHEN)
    copied, own = Translation.objects.filter(course=made), Translation.objects.filter(course=course)
    assert sorted(map(str, copied.exclude(place="course").values_list("texts", flat=True))) == sorted(
        map(str, own.exclude(place="course").values_list("texts", flat=True))
    )
    assert not copied.exclude(published_at=None).exists()
    assert made.languages == []


def texts_of(course, language="de"):
    sources = sources_of(course, live_topics(course).select_related("lesson"))
    return sources, {row.place: row.texts for row in Translation.objects.filter(course=course, language=language)}


def test_xliff_comes_back_as_it_went(course):
    sources, kept = texts_of(course)
    out = xliff.write(course, "de", sources, kept)
    units = xliff.read(out, course=course, language="de")
    rows, taken = xliff.compared(units, sources, {})
    assert {path for place in taken.values() for path in place} >= {"title", "slides.0.say", "accepted"}
    assert taken == {place: dict(texts) for place, texts in kept.items()}
    assert State.REFUSED not in {row.state for row in rows}
    assert {row.state for row in xliff.compared(units, sources, kept)[0]} == {State.SAME}
    languages.take_in(course=course, language="lt", texts=taken, by=operator(), at=make.WHEN)
    assert texts_of(course, "lt")[1] == kept


def test_xliff_of_the_older_kind_is_read_and_its_rows_judged(course):
    place = source(course, "cloze", "exercises").place
    units = "".join(
        f'<trans-unit id="{n}" resname="{path}"><source>{of}</source><target>{words}</target></trans-unit>'
        for n, (path, of, words) in enumerate(
            [
                ("title", "Fill in", "Užpildykite"),
                ("prompt", "Older words.", "Užpildykite tarpus."),
                ("text", "x", "Be tarpų"),
                ("nowhere", "x", "y"),
            ]
        )
    )
    text = f'<xliff version="1.2"><file original="{place}" source-language="en" target-language="lt"><body>{units}</body></file></xliff>'
    sources, kept = texts_of(course, "lt")
    rows, taken = xliff.compared(xliff.read(text.encode(), course=course, language="lt"), sources, kept)
    assert [row.state for row in rows] == [State.NEW, State.NEW, State.REFUSED, State.REFUSED]
    assert taken == {place: {"title": ["Užpildykite", "Fill in"], "prompt": ["Užpildykite tarpus.", "Older words."]}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not valid XML"),
        ("<a>", "not valid XML"),
        ("<html/>", "is not an XLIFF"),
        ('<xliff version="9"/>', "not an XLIFF file"),
        ('<xliff version="2.0" srcLang="en" trgLang="de"/>', "is empty"),
        ('<xliff version="2.0" srcLang="en" trgLang="fr"><file original="x"/></xliff>', "is for fr"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><xliff version="2.0"><file original="&a;"/></xliff>', "entities"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><xliff version="2.0"/>', ""),
        (f'<xliff version="2.0">{"<file>" * 400}{"</file>" * 400}</xliff>', "nested too deeply"),
    ],
)
def test_hostile_and_broken_xliff_is_refused_by_name(text, says):
    with pytest.raises(Unreadable) as bad:
        xliff.read(text.encode(), course=Course(language="en"), language="de")
    assert says in str(bad.value)
    assert "passwd" not in str(bad.value)


# Rules


@pytest.mark.parametrize("kind", sorted(make.EXERCISES))
def test_laying_the_same_words_over_changes_nothing(kind):
    definition = m.plain(m.parse("exercise", load_yaml(make.EXERCISES[kind].encode(), file="x")))
    passages = rules.passages_of("exercise", definition, title=definition["title"])
    same = {p.path: [p.text, p.text] for p in passages}
    assert rules.overlaid("exercise", definition, same) == definition
    assert rules.standing(passages, same).done == len([p for p in passages if p.kind != "file"])
    assert rules.faults_in("exercise", definition, same) == []
    other = rules.overlaid("exercise", definition, {p.path: [f"X {p.text}", p.text] for p in passages if p.kind == "line"})
    keys = [part.get("key") for name in ("choices", "items", "pairs", "spots") for part in other.get(name, ())]
    assert keys == [part.get("key") for name in ("choices", "items", "pairs", "spots") for part in definition.get(name, ())]


def test_what_is_missing_out_of_date_and_left_is_counted():
    passages = [
        rules.Passage("a", "one two"),
        rules.Passage("b", "three"),
        rules.Passage("c", "four"),
        rules.Passage("image", "x.svg", "file"),
    ]
    assert rules.standing(passages, {"b": ["drei", "three"], "c": ["vier", "five"]}) == rules.Standing(3, 1, 1, 3)
