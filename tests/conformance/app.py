"""The store alone, without the pages: for tests that start it often."""

import django

django.setup()

from talka.records.xapi import application, warm  # noqa: E402  # after the set-up

warm()

__all__ = ["application"]
