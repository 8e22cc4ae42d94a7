"""The doors of cmi5: the token of a session."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from talka.courses.cmi5 import actions

# The unit asks from another origin, or from none; the secret in the address stands for the session, no cookie does.
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}


@csrf_exempt
@require_http_methods(["POST", "OPTIONS"])
def fetch(request: HttpRequest, secret: str) -> HttpResponse:
    """The token of a session, once; errors come with status 200 too, as cmi5 wants it (8.2.1)."""
    if request.method == "OPTIONS":
        allowed = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type, Authorization"}
        return HttpResponse(status=204, headers=ANY_ORIGIN | allowed)
    return JsonResponse(actions.fetch_token(secret=secret, at=now()), headers=ANY_ORIGIN)
