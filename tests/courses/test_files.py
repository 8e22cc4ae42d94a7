"""What authors send: taken by what it is, refused with a reason, kept outside every web root, shown to those who may see the topic."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from talka.courses import actions, files
from talka.courses.models import CourseFile
from tests.factories import courses as make
from tests.factories.clusters import cluster as make_cluster
from tests.factories.clusters import staff

pytestmark = pytest.mark.django_db

VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nThe mill saws oak.\n"


def picture(kind="PNG", size=(8, 6)):
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, kind)
    return out.getvalue()


def film(seconds=3, *, codec="libvpx", form="webm"):
    """A short film, made here."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(seconds * 5):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (n * 7 % 255, 90, 120)))
            frame.pts = n
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def office(inside="word/document.xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(inside, "<w/>")
    return out.getvalue()


def examine(content, wanted):
    return files.examine(io.BytesIO(content), size=len(content), wanted=wanted)


@pytest.fixture(scope="module")
def webm():
    return film()


@pytest.fixture
def north():
    return make_cluster("North")


@pytest.fixture
def course(north):
    return make.course(cluster=north)


def test_a_file_is_what_its_content_says(webm):
    assert examine(picture("JPEG"), "picture") == files.Found("jpg")
    assert examine(picture("WEBP"), "picture") == files.Found("webp")
    assert examine(make.SVG.encode(), "picture") == files.Found("svg")
    assert examine(VTT, "captions") == files.Found("vtt")
    assert examine("Gesagt: Öl.".encode(), "transcript") == files.Found("md")
    assert examine(b"%PDF-1.7\n...\n%%EOF\n", "document") == files.Found("pdf")
    assert examine(office("xl/workbook.xml"), "document") == files.Found("xlsx")
    assert examine(webm, "film") == files.Found("webm", pytest.approx(3.0, abs=0.2))


@pytest.mark.parametrize(
    ("content", "wanted", "says"),
    [
        (b"", "picture", "The file is empty"),
        (picture(size=(400, 300))[:200], "picture", "is broken or cut off"),
        (b"%PDF-1.7 %%EOF", "picture", "By its content this is a .pdf file. Send a picture"),
        (b"MZ\x90\x00 a program", "picture", "By its content this is a .exe file"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "picture", "<script>"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "picture", "onload="),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "picture", "is not a valid drawing"),
        (b"no film at all, only words", "film", "This can't be played"),
        (picture(), "film", "By its content this is a .png file. Send a film"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 400, "film", "This can't be played"),
        (b"WEBVTT\n\n00:00:01.000 -> 00:00:04.000\nHello\n", "captions", "has no captions"),
        (b"WEBVTT\n\n00:00:01,000 --> 00:00:04,000\nHello\n", "captions", "has a time in line 3 that cannot be read"),
        (b"WEBVTT\n\n00:00:09.000 --> 00:00:04.000\nHello\n", "captions", "in line 3 that ends before it begins"),
        (b"1\n00:00:01,000 --> 00:00:04,000\nHello\n", "captions", "its first line must be WEBVTT"),
        ("Öl".encode("latin-1"), "transcript", "is not UTF-8"),
        (b"%PDF-1.7 /JavaScript (app.alert(1)) %%EOF", "document", "contains a script"),
        (b"%PDF-1.7 and then the line broke", "document", "is cut off"),
        (office("anything.txt"), "document", "By its content this is a .zip file"),
        (office("word/vbaProject.bin"), "document", "contains macros"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(content, wanted, says):
    with pytest.raises(files.FileRefused, match=None) as refused:
        examine(content, wanted)
    assert says in str(refused.value)


def test_too_large_is_refused_before_it_is_read():
    with pytest.raises(files.FileRefused, match="at most 600 MB"):
        files.examine(io.BytesIO(b"x"), size=10**9, wanted="film")


def test_half_a_film_is_refused(webm):
    with pytest.raises(files.FileRefused):
        examine(webm[: len(webm) // 3], "film")


def send(topic, content, name, wanted, by):
    return actions.send_file(topic=topic, file=SimpleUploadedFile(name, content), wanted=wanted, by=by, at=make.WHEN)


def test_a_picture_called_otherwise_gets_its_real_ending_and_the_same_one_is_kept_once(course, north):
    editor, topic = staff(north, "editor"), make.topic(course, "end")
    first = send(topic, picture(), "../Our Mill (1).jpg", "picture", editor)
    assert (first.path, first.name, first.media_type) == ("topics/end/our-mill-1.png", "Our Mill (1).jpg", "image/png")
    assert send(topic, picture(), "again.png", "picture", editor) == first
    assert send(topic, picture(size=(9, 9)), "our mill 1.png", "picture", editor).path == "topics/end/our-mill-1-2.png"


def test_a_large_file_lies_on_disk_and_is_played_from_any_place(course, north, client, settings, monkeypatch, webm):
    monkeypatch.setattr(files, "LARGEST_ROW", 100)
    editor = staff(north, "editor")
    row = send(make.topic(course, "start"), webm, "mill.webm", "film", editor)
    assert row.on_disk
    assert bytes(row.content) == b""
    assert files.place_of(row.sha256).read_bytes() == webm == files.read(row)
    client.force_login(editor)
    url = f"/learn/{course.slug}/start/files/mill.webm"
    part = client.get(url, headers={"range": "bytes=10-19"})
    assert (part.status_code, b"".join(part.streaming_content), part["Content-Range"]) == (206, webm[10:20], f"bytes 10-19/{len(webm)}")
    assert client.get(url, headers={"range": f"bytes={len(webm)}-"}).status_code == 416
    assert b"".join(client.get(url, headers={"range": "bytes=-5"}).streaming_content) == webm[-5:]
    assert client.get(url, headers={"if-none-match": part["ETag"]}).status_code == 304
    old = client.get(url, headers={"range": "bytes=10-19", "if-range": '"older"'})
    assert old.status_code == 200
    assert files.tidy() == 0
    assert CourseFile.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("in_row", [True, False], ids=["in its row", "on disk"])
@pytest.mark.parametrize(("name", "way"), [("mill.png", "inline"), ("paper.pdf", "attachment")])
def test_a_file_leaves_with_headers_that_let_it_do_nothing(course, north, client, monkeypatch, settings, name, way, in_row):
    monkeypatch.setattr(files, "LARGEST_ROW", 1_000 if in_row else 0)
    editor = staff(north, "editor")
    wanted = "picture" if way == "inline" else "document"
    send(make.topic(course, "start"), picture() if way == "inline" else b"%PDF-1.7\n%%EOF\n", name, wanted, editor)
    client.force_login(editor)
    answer = client.get(f"/learn/{course.slug}/start/files/{name}")
    assert answer["Content-Disposition"] == f'{way}; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_drafts_file_is_not_there_for_learners(course, north, client):
    topic = make.topic(course, "end")
    send(topic, picture(), "mill.png", "picture", staff(north, "editor"))
    url = f"/learn/{course.slug}/end/files/mill.png"
    client.force_login(staff(north, "member"))
    assert client.get(url).status_code == 200
    topic.unpublish()
    assert client.get(url).status_code == 404
    client.force_login(staff(make_cluster(), "manager"))
    assert client.get(url).status_code == 404


def test_the_editor_sends_a_file_and_lists_what_there_is(course, north, client):
    topic = make.topic(course, "end")
    client.force_login(staff(north, "editor"))
    url = f"/courses/topics/{topic.pk}/files/"
    told = client.post(url, {"file": SimpleUploadedFile("mill.png", picture()), "wanted": "picture"})
    assert (told.status_code, told.json()["name"], told.json()["picture"]) == (201, "mill.png", True)
    assert [f["name"] for f in client.get(url).json()["files"]] == ["mill.png"]
    bad = client.post(url, {"file": SimpleUploadedFile("mill.webm", b"words"), "wanted": "film"})
    assert bad.status_code == 422
    assert "This can't be played" in bad.json()["says"]
    client.force_login(staff(make_cluster(), "manager"))
    assert client.post(url, {}).status_code == 404


def test_files_follow_their_topic_to_a_new_address(course, north):
    topic = make.topic(course, "end")
    send(topic, picture(), "mill.png", "picture", staff(north, "editor"))
    topic.slug = "the-end"
    topic.save()
    assert course.files.filter(path="topics/the-end/mill.png").exists()
