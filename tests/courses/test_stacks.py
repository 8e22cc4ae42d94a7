"""Stacks: made without code, opened by a printed code, used, asked; hostile uploads refused."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from talka.courses.models import Sign, Stack, StackQuestion, Tile
from talka.courses.stacks import actions, queries
from talka.courses.stacks.queries import Way
from talka.insight import stacks as figures
from talka.insight.ask import Table
from talka.insight.figures import Frame
from talka.kit.models import Letter
from talka.people.actions import NotAllowed, erase, own_data
from talka.records.models import Statement
from talka.records.queries import rows_after
from tests.factories import clusters as make
from tests.factories import courses, people

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _files_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def north():
    return make.cluster("North")


@pytest.fixture
def editor(north):
    return make.staff(north, "editor", name="Edda")


@pytest.fixture
def stack(north, editor):
    made = actions.begin_stack(cluster=north, by=editor, at=NOON, title="The band saw", language="en", visibility="public")
    actions.add_tile(stack=made, kind="text", by=editor, at=NOON, title="First", text="Press **stop**. <script>alert(1)</script>")
    actions.add_tile(stack=made, kind="link", by=editor, at=NOON, title="Manual", url="https://example.org/manual")
    actions.add_tile(stack=made, kind="question", by=editor, at=NOON, title="Ask us", expert=editor)
    actions.open_stack(stack=made, by=editor, at=NOON)
    return made


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def photo(**more) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0110] = "Phone"
    exif[0x8825] = {1: "N", 2: (54.0, 41.0, 0.0)}  # where it was taken
    Image.new("RGB", (2400, 1200), "green").save(out, "JPEG", exif=exif, **more)
    return out.getvalue()


def test_a_scan_by_somebody_signed_out_shows_the_page_and_is_told_once_with_its_place(client, stack, editor):
    sign = actions.put_up_sign(stack=stack, place="Hall 2", by=editor, at=NOON)
    page = client.get(reverse("stacks:stack", args=[sign.code.lower()]))
    assert page.status_code == 200
    text = page.content.decode()
    assert "Hall 2" in text
    assert "<strong>stop</strong>" in text
    assert "<script>alert" not in text
    assert "sessionid" not in page.cookies
    rows = rows_after(0, limit=10)
    assert len(rows) == 1
    assert str(stack.uuid) in rows[0][6]
    assert str(sign.uuid) in rows[0][9]
    assert "visitor-" in rows[0][4]


def test_two_openings_by_strangers_are_two_people_nobody_can_follow(client, stack):
    for _n in range(2):
        client.get(reverse("stacks:stack", args=[stack.code]))
    assert len({row[4] for row in rows_after(0, limit=10)}) == 2


def test_a_person_is_told_once_in_ten_minutes_and_a_maker_never(client, stack, editor):
    client.force_login(people.person("Ada"))
    for _n in range(3):
        client.get(reverse("stacks:stack", args=[stack.code]))
    assert Statement.objects.count() == 1
    Stack.objects.update(published_at=None)
    client.force_login(editor)
    assert b"Only those who make this stack see it now" in client.get(reverse("stacks:stack", args=[stack.code])).content
    assert Statement.objects.count() == 1


def test_a_tile_leads_on_and_is_told_for_the_same_visit(client, stack):
    page = client.get(reverse("stacks:stack", args=[stack.code]))
    link = stack.tiles.get(kind="link")
    answer = client.get(reverse("stacks:go", args=[stack.code, link.uuid]), {"v": page.context["visit"]})
    assert (answer.status_code, answer["Location"]) == (302, "https://example.org/manual")
    first, second = rows_after(0, limit=10)
    assert first[4] == second[4]
    assert str(link.uuid) in second[6]
    assert str(stack.uuid) in second[10]


def test_a_forged_visit_is_a_visit_of_its_own(client, stack):
    link = stack.tiles.get(kind="link")
    client.get(reverse("stacks:go", args=[stack.code, link.uuid]), {"v": "someone-else"})
    assert "someone-else" not in rows_after(0, limit=10)[0][4]


@pytest.mark.parametrize(
    ("visibility", "signed_out", "stranger", "own"),
    [("public", 200, 200, 200), ("network", 403, 200, 200), ("cluster", 403, 403, 200), ("organisation", 403, 403, 200)],
)
def test_a_door_says_kindly_why_not(client, stack, north, visibility, signed_out, stranger, own):
    firm = make.organisation("Firm", of=north)
    Stack.objects.update(visibility=visibility, organisation=firm)
    address = reverse("stacks:stack", args=[stack.code])
    seen = [client.get(address)]
    for person in (people.person("Stranger"), make.employee(firm, name="Own")):
        client.force_login(person)
        seen.append(client.get(address))
    assert [page.status_code for page in seen] == [signed_out, stranger, own]
    for page in seen:
        if page.status_code == 403:
            assert b"The band saw" not in page.content
    if signed_out == 403:
        assert f"?next={address}" in seen[0].content.decode()


def test_a_sign_that_was_taken_down_says_so_and_works_again(client, stack, editor):
    sign = actions.put_up_sign(stack=stack, place="Hall 2", by=editor, at=NOON)
    actions.take_down_sign(sign=sign, by=editor, at=NOON)
    assert client.get(reverse("stacks:stack", args=[sign.code])).status_code == 410
    actions.put_up_again(sign=sign, by=editor)
    assert client.get(reverse("stacks:stack", args=[sign.code])).status_code == 200


def test_what_a_tile_leads_to_keeps_its_own_border(client, stack, editor, north):
    course = courses.course(cluster=north, visibility="cluster")
    topic = course.topics.filter(live=True).first()
    inner = actions.begin_stack(cluster=north, by=editor, at=NOON, title="Secret inside", language="en", visibility="cluster")
    actions.add_tile(stack=stack, kind="topic", by=editor, at=NOON, topic=topic)
    actions.add_tile(stack=stack, kind="stack", by=editor, at=NOON, target=inner)
    text = client.get(reverse("stacks:stack", args=[stack.code])).content.decode()
    assert topic.title not in text
    assert "Secret inside" not in text
    for tile in stack.tiles.filter(kind__in=["topic", "stack"]):
        assert client.get(reverse("stacks:go", args=[stack.code, tile.uuid])).status_code == 404


def test_a_photo_is_made_smaller_and_forgets_where_it_was_taken(stack, editor, client):
    tile = actions.add_tile(stack=stack, kind="picture", by=editor, at=NOON, upload=upload("saw.jpg", photo()), alt="The saw")
    content = Path(tile.file.path).read_bytes()
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("WEBP", (1600, 800), {})
    answer = client.get(reverse("stacks:file", args=[stack.code, tile.uuid]))
    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (200, "image/webp", "nosniff")
    assert b"".join(answer.streaming_content) == content


@pytest.mark.parametrize(
    ("kind", "name", "content", "says"),
    [
        ("picture", "a.svg", b"<svg onload='x()'/>", "not one of these kinds of file"),
        ("picture", "a.png", b"GIF89a", "contains something else"),
        ("picture", "a.jpg", photo()[:900], "broken"),
        ("film", "a.mp4", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 200, "not a film"),
        ("film", "a.webm", b"<html>", "contains something else"),
        ("file", "a.pdf", b"MZ\x90", "contains something else"),
        ("file", "a.exe", b"MZ\x90", "not one of these kinds of file"),
        ("file", "../../a.pdf.html", b"%PDF-1.7", "not one of these kinds of file"),
    ],
)
def test_an_upload_that_is_not_what_it_says_is_refused_at_its_field(client, stack, editor, kind, name, content, says):
    client.force_login(editor)
    address = reverse("stacks:tile-new", args=[stack.cluster.slug, stack.code, kind])
    page = client.post(address, {"title": "T", "alt": "A", "upload": upload(name, content)})
    assert page.status_code == 422
    assert says in str(page.context["form"].errors["upload"])
    assert stack.tiles.count() == 3


def test_a_file_comes_as_a_download(client, stack, editor):
    tile = actions.add_tile(stack=stack, kind="file", by=editor, at=NOON, title="Sheet", upload=upload('she"et.pdf', b"%PDF-1.7 ..."))
    answer = client.get(reverse("stacks:go", args=[stack.code, tile.uuid]), follow=True)
    assert answer["Content-Disposition"] == 'attachment; filename="she_et.pdf"'


def test_a_question_reaches_the_expert_and_its_answer_the_asker_whose_address_is_then_forgotten(client, stack, editor):
    tile = stack.tiles.get(kind="question")
    ask = reverse("stacks:ask", args=[stack.code, tile.uuid])
    assert client.post(ask, {"text": "How deep?", "email": "ada@example.org"}).status_code == 302
    question = StackQuestion.objects.get()
    assert list(Letter.objects.values_list("to", flat=True)) == [editor.email]
    client.force_login(editor)
    client.post(reverse("stacks:question", args=[stack.cluster.slug, question.pk]), {"text": "Two hands."})
    question.refresh_from_db()
    assert (question.answer, question.email, question.answered_by) == ("Two hands.", "", editor)
    letter = Letter.objects.get(to="ada@example.org")
    assert "Two hands." in letter.text


def test_an_empty_question_and_a_machine_change_nothing_and_many_are_stopped(client, stack, monkeypatch):
    tile = stack.tiles.get(kind="question")
    ask = reverse("stacks:ask", args=[stack.code, tile.uuid])
    page = client.post(ask, {"text": " "})
    assert page.status_code == 422
    client.post(ask, {"text": "Buy", "website": "spam.example"})
    assert not StackQuestion.objects.exists()
    monkeypatch.setattr("talka.courses.stacks.views.visit.MOST_QUESTIONS", 1)
    assert [client.post(ask, {"text": "Why?"}).status_code for _n in range(2)] == [302, 422]
    assert StackQuestion.objects.count() == 1


def test_tiles_are_moved_taken_out_and_put_back(stack, editor):
    first, second, third = stack.tiles.current()
    actions.move_tile(tile=third, up=True, by=editor, at=NOON)
    actions.remove_tile(tile=first, by=editor, at=NOON)
    assert list(stack.tiles.current()) == [third, second]
    actions.put_back(tile=first, by=editor)
    assert list(stack.tiles.current()) == [first, third, second]


def test_a_copy_has_the_tiles_and_files_and_is_private(stack, editor):
    actions.add_tile(stack=stack, kind="picture", by=editor, at=NOON, upload=upload("saw.jpg", photo()), alt="The saw")
    actions.put_up_sign(stack=stack, place="Hall 2", by=editor, at=NOON)
    copy = actions.copy_stack(stack=stack, title="Another saw", by=editor, at=NOON)
    assert [t.kind for t in copy.tiles.current()] == ["text", "link", "question", "picture"]
    assert (copy.published_at, copy.signs.count()) == (None, 0)
    assert copy.tiles.get(kind="picture").file.name != stack.tiles.get(kind="picture").file.name


def test_an_empty_stack_is_not_opened_and_a_full_one_takes_no_more(north, editor, monkeypatch):
    empty = actions.begin_stack(cluster=north, by=editor, at=NOON, title="Empty", language="en", visibility="public")
    with pytest.raises(actions.NothingToOpen):
        actions.open_stack(stack=empty, by=editor, at=NOON)
    monkeypatch.setattr(actions, "MOST_TILES", 1)
    actions.add_tile(stack=empty, kind="text", by=editor, at=NOON, text="One")
    with pytest.raises(actions.TooManyTiles):
        actions.add_tile(stack=empty, kind="text", by=editor, at=NOON, text="Two")


def test_makers_of_another_cluster_change_nothing(stack):
    other = make.staff(make.cluster("South"), "manager")
    tile = stack.tiles.first()
    for verb in (
        lambda: actions.change_stack(stack=stack, by=other, at=NOON, title="Mine"),
        lambda: actions.close_stack(stack=stack, by=other, at=NOON),
        lambda: actions.add_tile(stack=stack, kind="text", by=other, at=NOON, text="x"),
        lambda: actions.remove_tile(tile=tile, by=other, at=NOON),
        lambda: actions.put_up_sign(stack=stack, place="x", by=other, at=NOON),
    ):
        with pytest.raises(NotAllowed):
            verb()
    assert not queries.stacks_of(stack.cluster, viewer=other).exists()
    assert not queries.questions_of(stack.cluster, viewer=other).exists()


def test_the_printed_sign_holds_the_address(client, stack, editor):
    sign = actions.put_up_sign(stack=stack, place="Hall 2", by=editor, at=NOON)
    client.force_login(editor)
    text = client.get(reverse("stacks:sign", args=[stack.cluster.slug, stack.code, sign.pk])).content.decode()
    assert f"/at/{sign.code}/" in text
    assert "<svg" in text


@pytest.mark.parametrize("tiles", [1, 3])
def test_the_page_costs_the_same_however_many_tiles(client, north, editor, tiles, django_assert_max_num_queries):
    made = actions.begin_stack(cluster=north, by=editor, at=NOON, title="S", language="en", visibility="public")
    for n in range(tiles):
        actions.add_tile(stack=made, kind="link", by=editor, at=NOON, title=f"L{n}", url="https://example.org/")
    actions.open_stack(stack=made, by=editor, at=NOON)
    ada = people.person("Ada")
    with django_assert_max_num_queries(5):
        queries.tiles_for(queries.door_of(made.code, viewer=ada).stack, viewer=ada)


def test_a_person_takes_their_questions_along_and_is_gone_from_them(stack):
    ada = people.person("Ada")
    actions.ask(tile=stack.tiles.get(kind="question"), text="How deep?", by=ada, email="", at=NOON)
    import json
    import zipfile

    with zipfile.ZipFile(io.BytesIO(own_data(by=ada))) as archive:
        kept = json.loads(archive.read("courses.json"))
    assert [q["text"] for q in kept["questions_at_stacks"]] == ["How deep?"]
    erase(user=ada, by=ada, at=NOON)
    assert StackQuestion.objects.get().asked_by is None


def test_figures_say_where_and_hide_small_groups():
    frame = Frame(NOON, 9, 5, NOON.date(), lambda key: f"?csv={key}")
    weeks = Table(("week", "openings", "visitors"), ((NOON.date() - timedelta(days=11), 7, 6), (NOON.date() - timedelta(days=4), 4, 2)))
    made = figures.weeks(frame, weeks, 11)
    assert (made.title, [row[1] for row in made.table.rows]) == ("The stack was opened 11 times", [7, "fewer than 5"])
    signs = Table(("sign", "openings", "visitors"), (("s1", 7, 6), ("", 4, 2)))
    made = figures.signs(frame, signs, {"s1": "Hall 2", "": "without a sign"})
    assert made.title == "Most openings come from “Hall 2”"
    assert list(made.table.rows) == [("Hall 2", 7), ("without a sign", "fewer than 5")]


def test_a_stack_never_leads_to_itself_and_codes_differ(stack, north, editor):
    with pytest.raises(Exception, match="stack_leads_not_to_itself"):
        Tile.objects.create(stack=stack, kind="stack", target=stack)


def test_a_code_that_was_never_given_leads_nowhere(client, stack):
    assert queries.door_of("BBBBBBBB", viewer=people.person("Ada")) is None
    assert client.get("/at/BBBBBBBB/").status_code == 404
    assert queries.door_of(stack.code, viewer=people.person("Bob")).way is Way.OPEN
    assert not Sign.objects.exists()
