"""What is done with stacks: made, opened, printed, used, asked. Use is told as statements in the same transaction."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from talka.clusters.models import Cluster
from talka.courses.forms import MAGIC
from talka.courses.media import MediaRefused, check_media
from talka.courses.models import Sign, Stack, StackQuestion, Tile
from talka.courses.rules import stacks as rules
from talka.courses.rules.stacks import ENDINGS, LARGEST, MAKE, MOST_TILES
from talka.kit import mail
from talka.people.actions import require
from talka.people.models import User
from talka.records.actions import store

WIDEST = 1600  # points of a picture's longer side: sharp on any phone, quick on a bad line


class TooManyTiles(Exception):
    """A stack is short: no more than MOST_TILES tiles."""


class NothingToOpen(Exception):
    """A stack without tiles is not opened to anybody."""


# Making


@transaction.atomic
def begin_stack(*, cluster: Cluster, by: User, at: datetime, **head: Any) -> Stack:
    """A new, private stack with title, summary, language, visibility and organisation. Raises NotAllowed."""
    require(by, MAKE, cluster=cluster.pk)
    return Stack.objects.create(cluster=cluster, created_by=by, created_at=at, changed_at=at, **head)


@transaction.atomic
def change_stack(*, stack: Stack, by: User, at: datetime, **head: Any) -> Stack:
    """The head of the stack becomes this. Raises NotAllowed."""
    require(by, MAKE, cluster=stack.cluster_id)
    for name, value in head.items():
        setattr(stack, name, value)
    stack.changed_at = at
    stack.save()
    return stack


@transaction.atomic
def open_stack(*, stack: Stack, by: User, at: datetime) -> None:
    """From now on its visitors see it. Raises NotAllowed; NothingToOpen."""
    require(by, MAKE, cluster=stack.cluster_id)
    if not stack.tiles.current().exists():
        raise NothingToOpen
    stack.published_at, stack.closed_at = stack.published_at or at, None
    stack.save(update_fields=["published_at", "closed_at"])


@transaction.atomic
def close_stack(*, stack: Stack, by: User, at: datetime) -> None:
    """Visitors find it closed; its signs, questions and figures stay. Raises NotAllowed."""
    require(by, MAKE, cluster=stack.cluster_id)
    stack.closed_at = at
    stack.save(update_fields=["closed_at"])


@transaction.atomic
def copy_stack(*, stack: Stack, title: str, by: User, at: datetime) -> Stack:
    """A private copy with the same tiles and files, without signs. Raises NotAllowed."""
    require(by, MAKE, cluster=stack.cluster_id)
    made = Stack.objects.create(
        cluster_id=stack.cluster_id, organisation_id=stack.organisation_id, title=title[:120], summary=stack.summary, language=stack.language,
        visibility=stack.visibility, created_by=by, created_at=at, changed_at=at,
    )  # fmt: skip
    for tile in stack.tiles.current():
        values = {
            f: getattr(tile, f)
            for f in ("kind", "order", "title", "text", "url", "alt", "file_name", "bytes", "topic_id", "target_id", "expert_id")
        }
        if values["target_id"] == made.pk:
            values["target_id"] = None
        copy = Tile(stack=made, **values)
        if tile.file:
            with tile.file.open("rb") as content:
                copy.file.save(f"{copy.uuid}.{tile.file_name.rsplit('.', 1)[-1]}", ContentFile(content.read()), save=False)
        copy.save()
    return made


@transaction.atomic
def add_tile(*, stack: Stack, kind: str, by: User, at: datetime, upload: UploadedFile | None = None, **values: Any) -> Tile:
    """A tile at the end of the stack. Raises NotAllowed; TooManyTiles; MediaRefused if the upload is not what it says."""
    require(by, MAKE, cluster=stack.cluster_id)
    Stack.objects.select_for_update().get(pk=stack.pk)
    if stack.tiles.current().count() >= MOST_TILES:
        raise TooManyTiles
    last = stack.tiles.aggregate(last=Max("order"))["last"]
    tile = Tile(stack=stack, kind=kind, order=0 if last is None else last + 1)
    return _fill(tile, upload, values, at)


@transaction.atomic
def change_tile(*, tile: Tile, by: User, at: datetime, upload: UploadedFile | None = None, **values: Any) -> Tile:
    """The tile becomes this; without `upload` its file stays. Raises NotAllowed; MediaRefused."""
    require(by, MAKE, cluster=tile.stack.cluster_id)
    return _fill(tile, upload, values, at)


def _fill(tile: Tile, upload: UploadedFile | None, values: Mapping[str, Any], at: datetime) -> Tile:
    for name, value in values.items():
        setattr(tile, name, value)
    if upload is not None:
        name, content = checked(tile.kind, upload)
        tile.file.save(f"{tile.uuid}.{name.rsplit('.', 1)[-1]}", ContentFile(content), save=False)
        tile.file_name, tile.bytes = name[-150:], len(content)
    tile.save()
    Stack.objects.filter(pk=tile.stack_id).update(changed_at=at)
    return tile


def checked(kind: str, upload: UploadedFile) -> tuple[str, bytes]:
    """(name, content) of a file that may stand in a tile of this kind. Raises MediaRefused, whose text says what to do.

    Pictures are turned upright, made smaller and written anew: what a phone hides in them, such as the place, is gone.
    """
    name = (upload.name or "file").replace("\\", "/").rsplit("/", 1)[-1]
    ending = name.rsplit(".", 1)[-1].lower()
    if ending not in ENDINGS[kind]:
        raise MediaRefused(_("is not one of these kinds of file: {kinds}").format(kinds=", ".join(ENDINGS[kind])))
    if (upload.size or 0) > LARGEST[kind]:
        raise MediaRefused(_("is larger than {n} MB").format(n=LARGEST[kind] // 1_000_000))
    content = upload.read()
    if kind == "file":
        if not content.startswith(MAGIC[ending]):
            raise MediaRefused(_("is called .{ending} but contains something else").format(ending=ending))
        return name, content
    check_media(name, content)
    if kind == "film":
        _check_film(content)
        return name, content
    with Image.open(io.BytesIO(content)) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGBA" if "A" in picture.getbands() or picture.mode == "P" else "RGB")
    upright.thumbnail((WIDEST, WIDEST))
    out = io.BytesIO()
    upright.save(out, "WEBP", quality=82)
    return f"{name.rsplit('.', 1)[0]}.webp", out.getvalue()


def _check_film(content: bytes) -> None:
    import av  # heavy, and only a film asks for it

    try:
        with av.open(io.BytesIO(content), mode="r") as film:
            if not film.streams.video:
                raise MediaRefused(_("has sound but no pictures"))
            next(film.decode(video=0))
    except (av.FFmpegError, StopIteration, ValueError) as e:
        raise MediaRefused(_("is damaged or not a film; save it again as MP4 or WebM")) from e


@transaction.atomic
def move_tile(*, tile: Tile, up: bool, by: User, at: datetime) -> None:
    """One place up or down. Raises NotAllowed."""
    require(by, MAKE, cluster=tile.stack.cluster_id)
    row = list(Tile.objects.filter(stack=tile.stack_id).current().select_for_update())
    place = next(n for n, one in enumerate(row) if one.pk == tile.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(row):
        row[place], row[other] = row[other], row[place]
        for n, one in enumerate(row):
            one.order = n
        Tile.objects.bulk_update(row, ["order"])
    Stack.objects.filter(pk=tile.stack_id).update(changed_at=at)


@transaction.atomic
def remove_tile(*, tile: Tile, by: User, at: datetime) -> None:
    """The tile leaves the stack; it can be put back. Raises NotAllowed."""
    require(by, MAKE, cluster=tile.stack.cluster_id)
    tile.removed_at = at
    tile.save(update_fields=["removed_at"])


@transaction.atomic
def put_back(*, tile: Tile, by: User) -> None:
    """A removed tile stands where it was. Raises NotAllowed; TooManyTiles."""
    require(by, MAKE, cluster=tile.stack.cluster_id)
    if tile.stack.tiles.current().count() >= MOST_TILES:
        raise TooManyTiles
    tile.removed_at = None
    tile.save(update_fields=["removed_at"])


# Signs


@transaction.atomic
def put_up_sign(*, stack: Stack, place: str, by: User, at: datetime) -> Sign:
    """A code of its own for one place or machine. Raises NotAllowed."""
    require(by, MAKE, cluster=stack.cluster_id)
    return Sign.objects.create(stack=stack, place=place, put_up_at=at, put_up_by=by)


@transaction.atomic
def take_down_sign(*, sign: Sign, by: User, at: datetime) -> None:
    """The code opens nothing any more; its figures stay. Taking it down twice changes nothing. Raises NotAllowed."""
    require(by, MAKE, cluster=sign.stack.cluster_id)
    Sign.objects.filter(pk=sign.pk, taken_down_at=None).update(taken_down_at=at)


@transaction.atomic
def put_up_again(*, sign: Sign, by: User) -> None:
    """The code works again. Raises NotAllowed."""
    require(by, MAKE, cluster=sign.stack.cluster_id)
    Sign.objects.filter(pk=sign.pk).update(taken_down_at=None)


# Use


@transaction.atomic
def note_use(*, stack: Stack, who: UUID | str, at: datetime, sign: Sign | None = None, tile: Tile | None = None) -> None:
    """Tells the record store that the stack was opened, or that `tile` was used. `who`: a person's uuid, or `rules.visitor(...)`."""
    made = rules.use(
        base=settings.NAMES_URL,
        who=who,
        verb=rules.verb_of(tile.kind) if tile else "experienced",
        stack=(stack.uuid, stack.title),
        language=stack.language,
        at=at,
        tile=(tile.uuid, str(tile)) if tile else None,
        sign=(sign.uuid, sign.place) if sign else None,
    )
    store([made], source=None, at=at)


@transaction.atomic
def ask(*, tile: Tile, text: str, by: User | None, email: str, at: datetime, sign: Sign | None = None) -> StackQuestion:
    """A question to the tile's expert, who gets a letter. The caller has let the visitor into the stack."""
    made = StackQuestion.objects.create(tile=tile, sign=sign, text=text, asked_by=by, email="" if by else email, asked_at=at)
    expert = tile.expert or tile.stack.created_by
    if expert is not None and expert.is_active:
        context = {
            "question": made,
            "stack": tile.stack,
            "sign": sign,
            "address": f"{settings.SITE_URL}/clusters/{tile.stack.cluster.slug}/stacks/questions/",
        }
        mail.send("stacks/mail/question", to=expert.email, context=context, language=expert.language, at=at)
    return made


@transaction.atomic
def answer(*, question: StackQuestion, text: str, by: User, at: datetime) -> None:
    """The answer goes to whoever asked, if they can be reached; an address given for it is then forgotten. Raises NotAllowed."""
    require(by, MAKE, cluster=question.tile.stack.cluster_id)
    to = question.asked_by.email if question.asked_by else question.email
    question.answer, question.answered_at, question.answered_by = text, at, by
    if to:
        language = question.asked_by.language if question.asked_by else question.tile.stack.language
        mail.send("stacks/mail/answer", to=to, context={"question": question, "stack": question.tile.stack}, language=language, at=at)
        question.email = ""
    question.save()
