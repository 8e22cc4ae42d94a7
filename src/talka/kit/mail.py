"""Mail: rendered and noted when it is decided, sent by the worker after the transaction commits.

A letter is a template `<name>.txt`, the first line its subject, and, where words alone are not enough, `<name>.html`, which extends kit/mail.html.
"""

import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import Signer
from django.db import transaction
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import urlize
from django.utils.safestring import mark_safe
from django.utils.timezone import now
from django_tasks import task

from talka.kit.models import Letter

TRIES = 3
WAIT = timedelta(minutes=10)
_signer = Signer(salt="talka.kit.mail.unsubscribe")


def send(
    template: str,
    *,
    to: str | Sequence[str],
    context: dict[str, Any],
    language: str = "",
    unsubscribe_url: str = "",
    at: datetime | None = None,
) -> list[Letter]:
    """One letter to each address in `to`, in `language`. Nothing leaves if the surrounding transaction is rolled back.

    `unsubscribe_url` (absolute, takes a POST without a sign-in) puts one-click opt-out into the letter's head; see `unsubscribe_token`.
    """
    with translation.override(language or translation.get_language()):
        # Addresses that are made up, since nobody gave one, end like this: no letter can arrive there (RFC 2606).
        addresses = [address for address in ([to] if isinstance(to, str) else to) if not address.endswith(".invalid")]
        return [_note(template, address, context, unsubscribe_url, at or now()) for address in addresses]


def _note(template: str, address: str, context: dict[str, Any], unsubscribe_url: str, at: datetime) -> Letter:
    values = {
        "site_url": settings.SITE_URL,
        "network_name": settings.WAGTAIL_SITE_NAME,
        "unsubscribe_url": unsubscribe_url,
        "to": address,
        **context,
    }
    subject, _newline, text = render_to_string(f"{template}.txt", values).strip().partition("\n")
    text = text.strip()
    try:
        html = render_to_string(f"{template}.html", {**values, "subject": subject})
    except TemplateDoesNotExist:
        paragraphs = [mark_safe(urlize(part, nofollow=True, autoescape=True).replace("\n", "<br>")) for part in text.split("\n\n")]
        html = render_to_string("kit/mail_plain.html", {**values, "subject": subject, "paragraphs": paragraphs})
    headers = {"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if unsubscribe_url else {}
    letter = Letter.objects.create(
        template=template, to=address, subject=" ".join(subject.split())[:300], text=text, html=html, headers=headers, at=at
    )
    transaction.on_commit(partial(deliver.enqueue, letter=str(letter.uuid)))
    return letter


def unsubscribe_token(address: str, purpose: str) -> str:
    """What an opt-out link carries instead of a sign-in."""
    return _signer.sign(f"{purpose}:{address}")


def unsubscribed(token: str) -> tuple[str, str]:
    """(purpose, address) of a token. Raises django.core.signing.BadSignature."""
    purpose, _colon, address = _signer.unsign(token).partition(":")
    return purpose, address


@task()
def deliver(letter: str) -> str:
    """Sends one letter; tries again twice, ten minutes apart, before it is called failed. Answers its state."""
    row = Letter.objects.get(uuid=letter)
    if row.state != Letter.State.WAITING:
        return row.state
    mail = EmailMultiAlternatives(row.subject, row.text, to=[row.to], headers={**row.headers, "Message-ID": f"<{row.uuid}@{_host()}>"})
    mail.attach_alternative(row.html, "text/html")
    row.tries += 1
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as e:
        row.said = f"{type(e).__name__}: {e}"
        if row.tries >= TRIES:
            row.state = Letter.State.FAILED
        else:
            deliver.using(run_after=now() + WAIT).enqueue(letter=letter)
    else:
        # A file in a folder is not a letter in somebody's hands.
        row.state = Letter.State.KEPT if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend") else Letter.State.SENT
        row.sent_at, row.said = now(), ""
    row.save()
    return row.state


def _host() -> str:
    return settings.SITE_URL.partition("://")[2].partition(":")[0]
