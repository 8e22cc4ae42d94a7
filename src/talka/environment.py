"""What the operator may set, read from the environment once; a wrong value is refused with the remedy."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class BadSetting(Exception):
    """A setting has a value that cannot work. The text names the setting, what is wrong, and the remedy."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, its default as a person reads it, and what it does."""

    name: str
    default: str
    does: str


SETTINGS = (
    Setting("TALKA_DATA", "./data", "Folder for the database, uploads, the lake and the secret key."),
    Setting("TALKA_DATABASE_URL", "SQLite in TALKA_DATA", "postgres://user:password@host:port/name for PostgreSQL."),
    Setting("TALKA_URL", "http://localhost:8000", "The address under which people reach the site."),
    Setting(
        "TALKA_NAMES_URL",
        "TALKA_URL",
        "The address that is part of every xAPI identifier. Set it to the old one when the site moves, so that what was recorded stays known.",
    ),
    Setting(
        "TALKA_CONTENT_URL",
        "none: packages play in a sandboxed frame",
        "A second address of this site, with another host name, for the content of uploaded packages only.",
    ),
    Setting("TALKA_SECRET_KEY", "made on first start, kept in TALKA_DATA", "At least 32 characters; signs sessions and links."),
    Setting("TALKA_ALLOWED_HOSTS", "the host of TALKA_URL", "Further host names, separated by commas."),
    Setting(
        "TALKA_INNER_HOSTS",
        "none: addresses of your own network are not called",
        "Host names inside your own network that this site may call all the same (keys, grades and rosters of LTI), separated by commas.",
    ),
    Setting("TALKA_MAIL_URL", "no mail: links to copy", "smtp://user:password@host:port, smtp+tls:// or smtp+ssl://."),
    Setting("TALKA_MAIL_FROM", "talka@ the host of TALKA_URL", "The sender of the site's mail."),
    Setting("TALKA_TIME_ZONE", "Europe/Berlin", "The network's time zone, a name of the IANA database."),
    Setting("TALKA_LANGUAGE", "en", "The language of the site where a person has set none."),
    Setting("TALKA_THREADS", "8", "How many requests the web process works on at once."),
    Setting("TALKA_DEBUG", "0", "1 shows errors in the browser. Never on a site that others reach."),
)


def _data() -> Path:
    path = Path(os.environ.get("TALKA_DATA", "data")).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise BadSetting(f"TALKA_DATA={path} cannot be made ({e.strerror}). Name a folder that this user may write.") from e
    if not os.access(path, os.W_OK):
        raise BadSetting(f"TALKA_DATA={path} is not writable by this user. Change its owner or name another folder.")
    return path


def _secret(data: Path) -> str:
    given = os.environ.get("TALKA_SECRET_KEY", "")
    if given:
        if len(given) < 32:
            raise BadSetting(
                f"TALKA_SECRET_KEY has {len(given)} characters, 32 are the least. Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return given
    file = data / "secret.key"
    try:
        # O_EXCL: of two processes that start at once, one makes the key and the other reads it.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(handle, "w") as f:
        f.write(key := secrets.token_urlsafe(48))
    return key


def _url(name: str, default: str) -> str:
    url = (os.environ.get(name) or default).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise BadSetting(f"{name}={url} is not an address of a site. Write it like https://learn.example.org, with no path.")
    return url


def _content_url(site: str) -> str:
    url = os.environ.get("TALKA_CONTENT_URL", "").rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query):
        raise BadSetting(f"TALKA_CONTENT_URL={url} is no address of a site. Write it like https://learn-content.example.net, with no path.")
    if url and parts.hostname == urlsplit(site).hostname:
        # Cookies know no ports, so another port would share them.
        raise BadSetting(f"TALKA_CONTENT_URL={url} has the same host name as TALKA_URL. Name another host, or leave it empty.")
    return url


def _database(data: Path) -> str:
    url = os.environ.get("TALKA_DATABASE_URL", "")
    if not url:
        return f"sqlite:///{data / 'talka.sqlite3'}"
    if urlsplit(url).scheme not in {"postgres", "postgresql", "sqlite"}:
        raise BadSetting(
            f"TALKA_DATABASE_URL names the engine '{urlsplit(url).scheme}'. Use postgres://user:password@host:port/name, or leave it empty for SQLite."
        )
    return url


def _number(name: str, default: int, least: int, most: int) -> int:
    raw = os.environ.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or not least <= int(raw) <= most:
        raise BadSetting(f"{name}={raw} is not a whole number from {least} to {most}.")
    return int(raw)


def _zone() -> str:
    name = os.environ.get("TALKA_TIME_ZONE", "Europe/Berlin")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as e:
        raise BadSetting(f"TALKA_TIME_ZONE={name} is no time zone. Write a name such as Europe/Vilnius.") from e
    return name


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings as the program uses them."""

    data: Path
    database: str
    url: str
    names_url: str
    content_url: str
    secret: str
    hosts: tuple[str, ...]
    inner_hosts: frozenset[str]
    mail: str
    mail_from: str
    zone: str
    language: str
    threads: int
    debug: bool


def read() -> Environment:
    """Everything the operator set. Raises BadSetting."""
    for name in os.environ:
        if name.startswith("TALKA_") and name not in {s.name for s in SETTINGS} | {"TALKA_TESTING"}:
            raise BadSetting(f"{name} is no setting of Talka. Known: {', '.join(s.name for s in SETTINGS)}.")
    data, url = _data(), _url("TALKA_URL", "http://localhost:8000")
    host = urlsplit(url).hostname or "localhost"
    more = tuple(h.strip() for h in os.environ.get("TALKA_ALLOWED_HOSTS", "").split(",") if h.strip())
    content_url = _content_url(url)
    if content_url:
        more = (*more, urlsplit(content_url).hostname or "")
    mail = os.environ.get("TALKA_MAIL_URL", "")
    if mail and (urlsplit(mail).scheme not in {"smtp", "smtp+tls", "smtp+ssl"} or not urlsplit(mail).hostname):
        raise BadSetting("TALKA_MAIL_URL must look like smtp+tls://user:password@host:587. Leave it empty to work without mail.")
    return Environment(
        data=data,
        database=_database(data),
        url=url,
        names_url=_url("TALKA_NAMES_URL", url),
        content_url=content_url,
        secret=_secret(data),
        hosts=(host, "localhost", "127.0.0.1", "[::1]", *more),
        inner_hosts=frozenset(h.strip().lower() for h in os.environ.get("TALKA_INNER_HOSTS", "").split(",") if h.strip()),
        mail=mail,
        mail_from=os.environ.get("TALKA_MAIL_FROM", f"talka@{host}"),
        zone=_zone(),
        language=os.environ.get("TALKA_LANGUAGE", "en"),
        threads=_number("TALKA_THREADS", 8, 1, 64),
        debug=os.environ.get("TALKA_DEBUG", "0") == "1",
    )
