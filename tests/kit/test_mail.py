"""Letters: noted when decided, sent after commit, never looking sent when they are not."""

import pytest
from django.core import mail as outbox
from django.core.signing import BadSignature

from talka.kit import mail
from talka.kit.models import Letter

AT_ONCE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default", "slow"]}}
LETTER = "Hello {{ name|safe }}\n\nRead https://example.org/x\nand answer.\n\nThank you."


@pytest.fixture(autouse=True)
def letters(settings, tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "hello.txt").write_text(LETTER)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    settings.TASKS = AT_ONCE


def send(**more):
    return mail.send("tests/hello", to="ada@example.org", context={"name": "Ada <b>"}, **more)


def test_a_letter_leaves_after_the_commit(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        (letter,) = send(unsubscribe_url="https://example.org/off/")
        assert outbox.outbox == []
        assert letter.state == "waiting"
    letter.refresh_from_db()
    (sent,) = outbox.outbox
    html = sent.alternatives[0][0]
    assert (letter.state, sent.to, sent.subject) == ("sent", ["ada@example.org"], "Hello Ada <b>")
    assert sent.body == "Read https://example.org/x\nand answer.\n\nThank you."
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert '<a href="https://example.org/x" rel="nofollow">' in html
    assert "<title>Hello Ada &lt;b&gt;</title>" in html


def test_without_a_server_a_letter_is_kept_and_says_so(db, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(tmp_path / "mail")
    with django_capture_on_commit_callbacks(execute=True):
        (letter,) = send()
    letter.refresh_from_db()
    assert letter.get_state_display() == "kept as a file: no mail server is set up"


def test_a_letter_that_could_not_leave_is_never_called_sent(db, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9
    (letter,) = send()
    Letter.objects.update(tries=mail.TRIES - 1)
    assert mail.deliver.call(letter=str(letter.uuid)) == "failed"
    letter.refresh_from_db()
    assert "refused" in letter.said
    assert letter.sent_at is None


def test_a_letter_is_sent_once(db):
    (letter,) = send()
    assert [mail.deliver.call(letter=str(letter.uuid)) for _n in range(2)] == ["sent", "sent"]
    assert len(outbox.outbox) == 1


def test_opting_out_needs_no_sign_in_and_can_not_be_forged():
    token = mail.unsubscribe_token("ada@example.org", "digest")
    assert mail.unsubscribed(token) == ("digest", "ada@example.org")
    with pytest.raises(BadSignature):
        mail.unsubscribed(token + "x")
