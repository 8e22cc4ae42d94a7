"""The lean door of `/xapi/`: a WSGI application of its own above the same rules, queries and actions as the rest of the house."""

from talka.records.packing import warm
from talka.records.xapi.door import application

__all__ = ["application", "warm"]
