"""The store in one thread, so that each test's writes are undone with it; and a caller of its door."""

import base64
import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from talka.records import packing, terms, writing
from talka.records.xapi import application, gate
from tests.factories import records


@pytest.fixture(autouse=True)
def own_thread(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    writing.write_inline(inline=True)
    terms.forget()
    packing.forget()
    gate.forget()
    yield
    writing.write_inline(inline=False)
    terms.forget()
    packing.forget()
    gate.forget()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Caller:
    """Calls the door as a server does."""

    def __init__(self, key: str = "", secret: str = "", version: str = "1.0.3") -> None:
        self.authorization = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode() if key else ""
        self.version = version

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        environ: dict[str, Any] | None = None,
        **headers: str,
    ) -> Answer:
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        where, _mark, query = path.partition("?")
        replaced = environ or {}
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/xapi" + where,
            "QUERY_STRING": query,
            "wsgi.input": io.BytesIO(raw),
            "CONTENT_LENGTH": str(len(raw)),
            "CONTENT_TYPE": content_type,
        }
        if self.authorization:
            environ["HTTP_AUTHORIZATION"] = self.authorization
        if self.version:
            environ["HTTP_X_EXPERIENCE_API_VERSION"] = self.version
        environ |= {"HTTP_" + name.upper(): value for name, value in headers.items()}
        environ |= replaced
        seen: list[Any] = []
        out = b"".join(application(environ, lambda status, head: seen.append((status, head))))
        status, head = seen[0]
        return Answer(int(status[:3]), {name.lower(): value for name, value in head}, out)

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Answer:
        flat = {k: orjson.dumps(v).decode() if isinstance(v, dict | bool) else v for k, v in query.items()}
        return self("GET", f"{path}?{urlencode(flat)}" if flat else path, **(headers or {}))

    def post(self, *statements: Any) -> Answer:
        return self("POST", "/statements", list(statements) if len(statements) != 1 else statements[0])


@pytest.fixture
def source(db):
    return records.source("Moodle")


@pytest.fixture
def caller(source) -> Caller:
    key = records.key(source)
    return Caller(key.key, key.secret)


@pytest.fixture
def caller2(source) -> Caller:
    key = records.key(source)
    return Caller(key.key, key.secret, version="2.0.0")
