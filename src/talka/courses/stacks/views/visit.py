"""What a scanned code opens: a short page for a phone, without a script, without a cookie for those who are signed out."""

from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from talka.courses import files, films
from talka.courses.models import Stack, Tile
from talka.courses.rules import stacks as rules
from talka.courses.stacks import actions, queries
from talka.courses.stacks.forms import QuestionForm
from talka.courses.stacks.queries import Door, Way
from talka.people.models import User

AGAIN = 600  # seconds in which a person who opens the stack again is not told again
MOST_QUESTIONS = 20  # an hour and stack, so that nobody floods an expert
_signer = Signer(salt="talka.stacks.visit")
STATUS = {Way.OPEN: 200, Way.PREVIEW: 200, Way.SIGN_IN: 403, Way.REFUSED: 403, Way.NOT_YET: 404, Way.GONE: 410}


def _door(request: HttpRequest, code: str) -> Door:
    found = queries.door_of(code, viewer=request.user)
    if found is None:
        raise Http404
    return found


def _visit(request: HttpRequest) -> UUID:
    """This opening: carried by the links of the page, so that nothing has to be kept in the visitor's browser."""
    try:
        return UUID(_signer.unsign(request.GET.get("v") or request.POST.get("v") or ""))
    except (BadSignature, ValueError):
        return uuid4()


def _who(request: HttpRequest, visit: UUID) -> UUID | str:
    return request.user.uuid if isinstance(request.user, User) else rules.visitor(visit)


def _counts(request: HttpRequest, door: Door) -> bool:
    """Whether this request is somebody's: makers who look at their stack, and browsers that fetch ahead, are not."""
    return door.way is Way.OPEN and request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")


@never_cache
@require_safe
def stack(request: HttpRequest, code: str) -> HttpResponse:
    """The stack, or a door that says kindly why not."""
    door = _door(request, code)
    if door.stack is None:
        return _closed(request, door)
    visit = _visit(request)
    known = isinstance(request.user, User) and not cache.add(f"stack:{door.stack.pk}:{request.user.pk}", 1, AGAIN)
    if _counts(request, door) and not known and "v" not in request.GET:
        actions.note_use(stack=door.stack, who=_who(request, visit), sign=door.sign, at=now())
    return _page(request, door, code, visit)


def _page(
    request: HttpRequest, door: Door, code: str, visit: UUID, *, asking: Tile | None = None, form: QuestionForm | None = None
) -> HttpResponse:
    if door.stack is None:
        raise Http404
    signed_in = request.user.is_authenticated
    context = {
        "stack": door.stack,
        "sign": door.sign,
        "code": code,
        "preview": door.way is Way.PREVIEW,
        "shown": queries.tiles_for(door.stack, viewer=request.user),
        "visit": _signer.sign(str(visit)),
        "asking": asking,
        "form": form,
        "empty_form": QuestionForm(signed_in=signed_in),
    }
    return render(request, "stacks/stack.html", context, status=422 if form is not None else 200)


def _closed(request: HttpRequest, door: Door) -> HttpResponse:
    sign_in = f"{reverse('account_login')}?next={request.path}"
    return render(request, "stacks/door.html", {"way": door.way.value, "whose": door.whose, "sign_in": sign_in}, status=STATUS[door.way])


def _tile(request: HttpRequest, code: str, tile: UUID) -> tuple[Door, Stack, Tile]:
    door = _door(request, code)
    if door.stack is None:
        raise Http404
    found = next((s.tile for s in queries.tiles_for(door.stack, viewer=request.user) if s.tile.uuid == tile and s.open), None)
    if found is None:
        raise Http404
    return door, door.stack, found


@never_cache
@require_safe
def go(request: HttpRequest, code: str, tile: UUID) -> HttpResponseBase:
    """Through a tile to what it leads to; that it was used is told."""
    door, of, found = _tile(request, code, tile)
    match found.kind:
        case Tile.Kind.LINK | Tile.Kind.FILM if found.url and not found.file:
            target = found.url
        case Tile.Kind.TOPIC if found.topic:
            target = reverse("courses:topic", args=[found.topic.course.slug, found.topic.slug])
        case Tile.Kind.STACK if found.target:
            target = reverse("stacks:stack", args=[found.target.code])
        case Tile.Kind.FILE:
            target = reverse("stacks:file", args=[code, found.uuid])
        case _:
            raise Http404
    if _counts(request, door):
        actions.note_use(stack=of, who=_who(request, _visit(request)), sign=door.sign, tile=found, at=now())
    return HttpResponseRedirect(target)


@require_safe
def file(request: HttpRequest, code: str, tile: UUID) -> HttpResponseBase:
    """A tile's picture, film or file. A film that is begun counts as used."""
    door, of, found = _tile(request, code, tile)
    if not found.file:
        raise Http404
    name = found.file.name
    response = films.ranged(
        settings.MEDIA_ROOT / name,
        request.headers.get("Range", ""),
        content_type=files.type_of(name),
        headers=files.headers_of(name, found.file_name),
    )
    asked = request.headers.get("Range", "bytes=0-")
    if found.kind == Tile.Kind.FILM and asked.startswith("bytes=0-") and _counts(request, door):
        who = _who(request, _visit(request))
        if cache.add(f"stack-film:{found.pk}:{who}", 1, AGAIN):
            actions.note_use(stack=of, who=who, sign=door.sign, tile=found, at=now())
    return response


@require_POST
def ask(request: HttpRequest, code: str, tile: UUID) -> HttpResponse:
    """A question for the expert of a tile."""
    door, of, found = _tile(request, code, tile)
    if found.kind != Tile.Kind.QUESTION:
        raise Http404
    user = request.user if isinstance(request.user, User) else None
    form = QuestionForm(request.POST, signed_in=user is not None)
    visit = _visit(request)
    if not form.is_valid():
        return _page(request, door, code, visit, asking=found, form=form)
    if form.cleaned_data["website"]:
        return redirect("stacks:stack", code)
    hour = f"stack-asked:{of.pk}:{now():%Y%m%d%H}"
    cache.add(hour, 0, 3600)
    if cache.incr(hour) > MOST_QUESTIONS:
        form.add_error(None, _("Many questions came in the last hour. Try again later; yours was not sent."))
        return _page(request, door, code, visit, asking=found, form=form)
    given = form.cleaned_data
    actions.ask(tile=found, text=given["text"], by=user, email=given.get("email", ""), sign=door.sign, at=now())
    if door.way is Way.OPEN:
        actions.note_use(stack=of, who=_who(request, visit), sign=door.sign, tile=found, at=now())
    reachable = user is not None or given.get("email")
    messages.success(
        request, _("Your question is on its way. The answer comes by e-mail.") if reachable else _("Your question is on its way.")
    )
    return redirect(f"{reverse('stacks:stack', args=[code])}?v={_signer.sign(str(visit))}")
