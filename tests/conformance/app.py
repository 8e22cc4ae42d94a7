"""The store alone, without the pages: for tests that start it often."""

import django

django.setup()

from talka.records.xapi import application  # noqa: E402  # after the set-up

__all__ = ["application"]
