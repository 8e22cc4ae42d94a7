"""Every page in the person's own language and time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


class OwnLanguageAndZone:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A request without a session cookie has no person; asking would cost the signed-out pages a query.
        user = request.user if request.COOKIES.get("sessionid") else None
        if user is None or not user.is_authenticated:
            return self.get_response(request)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        if not user.time_zone:
            return self.get_response(request)
        with timezone.override(ZoneInfo(user.time_zone)):
            return self.get_response(request)
