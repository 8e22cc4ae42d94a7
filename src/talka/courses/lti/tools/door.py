"""What tools ask of us without a person: a token, line items, scores, results, members. JSON in and out, no cookie counts."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from talka.courses.lti import claims as c
from talka.courses.lti.tools import actions, queries, rules
from talka.courses.models import Course, LtiLineItem, LtiTool

LARGEST = 50_000
PAGE, MOST = 100, 500
ITEM, ITEMS = "application/vnd.ims.lis.v2.lineitem+json", "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

View = Callable[..., HttpResponse]


def _no(status: int, why: str) -> JsonResponse:
    return JsonResponse({"status": status, "error": why}, status=status)


def service(**scopes: tuple[str, ...]) -> Callable[[View], View]:
    """A view for the holder of a token with one of the scopes of the request's method, in a course in which its tool is shown."""

    def made(view: View) -> View:
        @csrf_exempt
        @require_http_methods([*scopes])
        @wraps(view)
        def checked(request: HttpRequest, tool: UUID, course: UUID, **more: Any) -> HttpResponse:
            scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
            held = actions.holder_of(token.strip()) if scheme.lower() == "bearer" else None
            if held is None:
                return _no(401, "the access token is missing, wrong or over")
            holder, granted = held
            if holder.uuid != tool:
                return _no(403, "this belongs to another tool")
            if not set(granted) & set(scopes[request.method or ""]):
                return _no(403, f"the access token lacks the scope {scopes[request.method or ''][0]}")
            found = queries.course_served(holder, course)
            if found is None:
                return _no(404, "this tool is not shown in this course")
            try:
                return view(request, holder, found, **more)
            except c.NotTaken as why:
                return _no(422, str(why))

        return checked

    return made


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """An access token for a tool that signs with its key (OAuth 2.0 client credentials with a signed assertion)."""
    try:
        made, scopes = actions.give_token(request.POST.dict(), at=now())
    except c.NotTaken as why:
        code, _colon, says = str(why).partition(": ")
        return JsonResponse(
            {"error": code, **({"error_description": says} if says else {})}, status=401 if code == "invalid_client" else 400
        )
    answer = {"access_token": made, "token_type": "Bearer", "expires_in": actions.TOKEN_LASTS, "scope": " ".join(scopes)}
    return JsonResponse(answer, headers={"Cache-Control": "no-store"})


def _read(request: HttpRequest) -> Mapping[str, Any]:
    if len(request.body) > LARGEST:
        raise c.NotTaken("the body is too large")
    try:
        said = orjson.loads(request.body)
    except ValueError:
        raise c.NotTaken("the body is no JSON") from None
    if not isinstance(said, Mapping):
        raise c.NotTaken("the body must be an object")
    return said


def _item(tool: LtiTool, course: Course, item: LtiLineItem) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": actions.url_of("item", tool, course.uuid, item.uuid), "label": item.label, "scoreMaximum": item.maximum, "resourceId": item.resource,
        "tag": item.tag,
    }  # fmt: skip
    if item.material is not None:
        made["resourceLinkId"] = str(item.material.uuid)
    return made


def _page(
    request: HttpRequest, rows: Any, kind: str, made: Callable[[Any], Any], around: Callable[[list[Any]], Any] = list
) -> HttpResponse:
    """One page of a list, and where the next is. The address has no capitals, since some clients lose them."""
    limit, after = (_whole(request, name, default) for name, default in (("limit", PAGE), ("after", 0)))
    limit = min(limit or PAGE, MOST)
    found = list(rows.order_by("pk").filter(pk__gt=after)[: limit + 1])
    answer = HttpResponse(orjson.dumps(around([made(row) for row in found[:limit]])), content_type=kind)
    if len(found) > limit:
        query = request.GET.copy()
        query["after"], query["limit"] = str(found[limit - 1].pk), str(limit)
        answer["Link"] = f'<{actions.settings.SITE_URL}{request.path}?{query.urlencode()}>; rel="next"'
    return answer


def _whole(request: HttpRequest, name: str, default: int) -> int:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else default


@service(GET=(c.LINE_ITEMS, c.LINE_ITEMS_READ), POST=(c.LINE_ITEMS,))
def items(request: HttpRequest, tool: LtiTool, course: Course) -> HttpResponse:
    """All line items of the tool in the course; a POST makes one."""
    if request.method == "POST":
        made = actions.make_item(tool=tool, course=course, said=_read(request), at=now())
        return HttpResponse(orjson.dumps(_item(tool, course, made)), status=201, content_type=ITEM)
    rows = queries.line_items(tool, course)
    for name, column in (("resource_link_id", "material__uuid"), ("resource_id", "resource"), ("tag", "tag")):
        if value := request.GET.get(name):
            rows = rows.filter(**{column: actions._uuid(value) if name == "resource_link_id" else value})  # noqa: SLF001
    return _page(request, rows, ITEMS, lambda row: _item(tool, course, row))


def _found(tool: LtiTool, course: Course, item: UUID) -> LtiLineItem:
    row = queries.line_items(tool, course).filter(uuid=item).first()
    if row is None:
        raise c.NotTaken("this line item is none of this tool's in this course")
    return row


@service(GET=(c.LINE_ITEMS, c.LINE_ITEMS_READ), PUT=(c.LINE_ITEMS,), DELETE=(c.LINE_ITEMS,))
def item(request: HttpRequest, tool: LtiTool, course: Course, item: UUID) -> HttpResponse:
    """One line item: read, changed, or (one that the tool made) deleted with its scores."""
    row = _found(tool, course, item)
    if request.method == "DELETE":
        if row.is_own:
            return _no(403, "this line item belongs to the topic")
        row.delete()
        return HttpResponse(status=204)
    if request.method == "PUT":
        row = actions.change_item(item=row, said=_read(request))
    return HttpResponse(orjson.dumps(_item(tool, course, row)), content_type=ITEM)


@service(POST=(c.SCORES,))
def scores(request: HttpRequest, tool: LtiTool, course: Course, item: UUID) -> HttpResponse:
    """A score for one person."""
    try:
        actions.take_score(item=_found(tool, course, item), said=_read(request), at=now())
    except actions.Outdated:
        return _no(409, "a score with a later timestamp is known already")
    return HttpResponse(status=204)


@service(GET=(c.RESULTS,))
def results(request: HttpRequest, tool: LtiTool, course: Course, item: UUID) -> HttpResponse:
    """The scores as they count, per person."""
    row = _found(tool, course, item)
    aliases = dict(tool.aliases.values_list("user", "alias"))
    rows = row.scores.exclude(score=None)
    if person := request.GET.get("user_id"):
        rows = rows.filter(user__in=[pk for pk, alias in aliases.items() if str(alias) == person])
    base = actions.url_of("results", tool, course.uuid, row.uuid)

    def made(one: Any) -> dict[str, Any]:
        said = {
            "id": f"{base}{one.pk}", "scoreOf": actions.url_of("item", tool, course.uuid, row.uuid), "userId": str(aliases.get(one.user_id, "")),
            "resultScore": round(one.score * row.maximum, 4), "resultMaximum": row.maximum,
        }  # fmt: skip
        return said | ({"comment": one.comment} if one.comment else {})

    return _page(request, rows, RESULTS, made)


@service(GET=(c.MEMBERS,))
def members(request: HttpRequest, tool: LtiTool, course: Course) -> HttpResponse:
    """Those who learn in the course and have opened the tool, each under the tool's own name for them."""

    def made(alias: Any) -> dict[str, Any]:
        told = actions.told_of(alias, tool, course)
        said = rules.person(told)
        return {"status": "Active", "user_id": said.pop("sub"), **said, "roles": rules.roles(told)}

    def around(rows: list[Any]) -> dict[str, Any]:
        return {
            "id": actions.url_of("members", tool, course.uuid),
            "context": {"id": str(course.uuid), "title": course.title},
            "members": rows,
        }

    return _page(request, queries.members_of(tool, course), MEMBERS, made, around)
