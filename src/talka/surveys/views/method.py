"""How the figures are computed, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def method(request: HttpRequest) -> HttpResponse:
    """The definitions that every figure of this room links to."""
    return render(request, "surveys/method.html")
