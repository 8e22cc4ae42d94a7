"""Pages of staff: a source with its keys, a refused request, a forward, a statement."""

import zlib
from typing import Any
from uuid import UUID

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from talka.people.queries import standing_of
from talka.records import actions, queries
from talka.records.forms import SCOPE_WORDS, ForwardForm, SourceForm
from talka.records.models import Source
from talka.records.queries import formats
from talka.records.rules import Invalid, agent_key, instant


def _choices(request: HttpRequest) -> dict[str, Any]:
    """What a form may offer this person. For those who look after nothing it does not exist."""
    if not queries.looks_after_sources(viewer=request.user):
        raise Http404
    return {"clusters": queries.clusters_managed(viewer=request.user), "needs_cluster": not standing_of(request.user).operator}


def _source(request: HttpRequest, uuid: UUID) -> Source:
    found = queries.source_seen(uuid, viewer=request.user)
    if found is None:
        raise Http404
    return found


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Sources of statements"), reverse("records:sources"))]


@login_required
@require_http_methods(["GET", "POST"])
def new_source(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None, **_choices(request))
    if request.method == "POST" and form.is_valid():
        given, at = form.cleaned_data, now()
        made = actions.make_source(name=given["name"], cluster=given["cluster"], per_minute=given["per_minute"], by=request.user, at=at)
        key = actions.add_key(source=made, scopes=given["scopes"], by=request.user, at=at)
        return _shown_once(request, made, key)
    context = {"form": form, "heading": _("New source"), "submit": _("Make the source and its key"), "crumbs": _crumbs()}
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


def _shown_once(request: HttpRequest, source: Source, key: actions.Key) -> HttpResponse:
    """The only page that ever shows a secret; browsers must not keep it."""
    context = {"source": source, "key": key, "address": request.build_absolute_uri("/xapi/"), "crumbs": _crumbs()}
    answer = render(request, "records/key.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
def source(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = _source(request, uuid)
    keys = list(queries.credentials_of(found, viewer=request.user))
    context = {
        "source": found,
        "keys": [(key, [SCOPE_WORDS[s] for s in key.scope_names()]) for key in keys],
        "throughput": queries.throughput(found, viewer=request.user, at=now()),
        "address": request.build_absolute_uri("/xapi/"),
        "crumbs": _crumbs(),
    }
    return render(request, "records/source.html", context)


@login_required
@require_POST
def rotate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    found = _source(request, uuid)
    return _shown_once(request, found, actions.rotate(source=found, by=request.user, at=now()))


@login_required
@require_POST
def revoke(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    found = _source(request, uuid)
    credential = get_object_or_404(queries.credentials_of(found, viewer=request.user), pk=pk)
    actions.revoke(credential=credential, by=request.user, at=now())
    messages.success(request, _("The key {key} no longer works.").format(key=credential.key))
    return redirect("records:source", uuid=found.uuid)


@login_required
@require_http_methods(["GET", "POST"])
def refusal(request: HttpRequest, pk: int) -> HttpResponse:
    """A refused request with its body; a POST tries to store it again."""
    found = get_object_or_404(queries.refusals_seen(viewer=request.user).defer(None), pk=pk)
    if request.method == "POST":
        _retry(request, found)
        return redirect("records:refusal", pk=pk)
    body = zlib.decompress(bytes(found.body))
    context = {
        "refusal": found,
        "body": body.decode("utf-8", "replace"),
        "is_whole": len(body) == found.size,
        "crumbs": [*_crumbs(), (_("Refused statements"), reverse("records:refused"))],
    }
    return render(request, "records/refusal.html", context)


def _retry(request: HttpRequest, refusal: Any) -> None:
    try:
        count = actions.retry(refusal=refusal, by=request.user, at=now())
    except actions.CannotRetry:
        messages.error(request, _("Not all of it was kept. Ask the sender to send it again."))
    except (Invalid, actions.Conflict) as e:
        messages.error(request, _("It is still refused: {why}").format(why=e))
    else:
        messages.success(request, _("Stored now: {n} statements.").format(n=count))


@login_required
@require_http_methods(["GET", "POST"])
def new_forward(request: HttpRequest) -> HttpResponse:
    form = ForwardForm(request.POST or None, **_choices(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make_forward(by=request.user, at=now(), **form.cleaned_data)
        except actions.BadAddress as e:
            form.add_error("endpoint", str(e))
        else:
            return redirect("records:forward", pk=made.pk)
    context = {"form": form, "heading": _("New forward"), "submit": _("Start forwarding"), "crumbs": _crumbs()}
    return render(request, "kit/form.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_http_methods(["GET", "POST"])
def forward(request: HttpRequest, pk: int) -> HttpResponse:
    """A forward and how far it is; a POST stops it, or lets it go on."""
    found = get_object_or_404(queries.forwards_seen(viewer=request.user), pk=pk)
    if request.method == "POST":
        act = actions.resume_forward if request.POST.get("act") == "resume" else actions.stop_forward
        act(forward=found, by=request.user, at=now())
        return redirect("records:forward", pk=pk)
    waiting = queries.stored_after(found.sequence)
    crumbs = [*_crumbs(), (_("Forwards to other stores"), reverse("records:forwards"))]
    return render(request, "records/forward.html", {"forward": found, "waiting": waiting, "crumbs": crumbs})


@login_required
def statement(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One statement: a readable sentence, what it refers to and what refers to it, and its exact JSON."""
    row = queries.statement_seen(uuid.bytes, viewer=request.user)
    if row is None:
        raise Http404
    value = orjson.loads(queries.render(row))
    target = value["object"].get("id") if value["object"].get("objectType") == "StatementRef" else None
    context = {
        "statement": value,
        "sentence": _sentence(value),
        "stored": instant(row.stored),
        "voided": row.voided,
        "target": target if target and queries.statement_seen(UUID(target).bytes, viewer=request.user) else None,
        "referring": [orjson.loads(queries.render(r)) for r in queries.referring(uuid.bytes, viewer=request.user)],
        "json": orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(),
        "crumbs": _crumbs(),
    }
    return render(request, "records/statement.html", context)


def _sentence(value: dict[str, Any]) -> dict[str, str]:
    """Who did what to what, in the reader's language as far as the statement has it."""
    languages = [get_language() or "en"]
    actor, verb, about = value["actor"], value["verb"], value["object"]
    spoken = formats.choose(verb.get("display", {}), languages)
    named = formats.choose(about.get("definition", {}).get("name", {}), languages)
    key = agent_key(actor)
    return {
        "who": actor.get("name") or key.rpartition(" ")[2] or _("a group"),
        "did": next(iter(spoken.values()), "") or verb["id"].rstrip("/").rpartition("/")[2],
        "what": next(iter(named.values()), "") or about.get("name") or about.get("id") or agent_key(about) or about.get("objectType", ""),
    }
