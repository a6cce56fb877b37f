"""`url` in `[log]` and `[views]` of `relief.toml`: a schema in PostgreSQL instead of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.database import SCHEMA as LOG_SCHEMA
from ledger.errors import NotOurs
from projections.database import SCHEMA as VIEWS_SCHEMA
from storage.address import PostgresAddress, address_of
from storage.faults import Unfit

SECTION = """
[{name}]
# 口令不写在这里:用 PGPASSWORD、PGPASSFILE 或 password_file
# no password here: PGPASSWORD, PGPASSFILE or password_file
url = "{url}"
"""
SCHEMAS = {"log": LOG_SCHEMA, "views": VIEWS_SCHEMA}


def read_place(raw: Mapping[str, Any], name: str) -> PostgresAddress | None:
    """Where the log or the views are; None for the file in the ledger's folder. Raises NotOurs
    for an address that cannot be used, and for one with a password in it."""
    section = raw.get(name, {})
    url = str(section.get("url", ""))
    if not url:
        return None
    file = section.get("password_file")
    return checked(url, name, Path(str(file)) if file else None)


def checked(url: str, name: str, password_file: Path | None = None) -> PostgresAddress:
    """The address behind a URL. Raises NotOurs."""
    try:
        place = address_of(url, schema=SCHEMAS[name], password_file=password_file)
    except Unfit as e:
        raise NotOurs(f"[{name}] url:{e.zh}", f"[{name}] url: {e.en}") from e
    if not isinstance(place, PostgresAddress):
        raise NotOurs(
            f"[{name}] url 应为 postgresql+psycopg://…;SQLite 文件不用写",
            f"[{name}] url is postgresql+psycopg://…; a SQLite file needs none",
        )
    if place.url.password is not None:
        raise NotOurs(
            f"[{name}] url 中不能写口令;请用 PGPASSWORD、PGPASSFILE 或 password_file",
            f"no password in the url of [{name}]: use PGPASSWORD, PGPASSFILE or password_file",
        )
    return place


def with_url(section: str, log_url: str | None) -> str:
    """The section of a log on Kafka, with where its index is."""
    kind = 'kind = "kafka"\n'
    return section.replace(kind, f'{kind}url = "{log_url}"\n', 1) if log_url else section


def sections(log_url: str | None, views_url: str | None) -> str:
    """The lines of `relief.toml` that say it."""
    given = (("log", log_url), ("views", views_url))
    return "".join(SECTION.format(name=name, url=url) for name, url in given if url)


def replaced(text: str, log_url: str | None, views_url: str | None) -> str:
    """Settings that say these addresses and no earlier ones. Raises NotOurs for a bad one."""
    for name, url in (("log", log_url), ("views", views_url)):
        if url:
            checked(url, name)
    kept = _SECTION.sub(lambda m: _URLS.sub("", m[0]), text)
    return _EMPTY.sub("", kept).rstrip() + "\n" + _merged(kept, log_url, views_url)


def _merged(text: str, log_url: str | None, views_url: str | None) -> str:
    if log_url and _KAFKA.search(text):
        raise NotOurs(
            "以 Kafka 为准的账本,请在恢复后于 [log] 中写 url",
            "the log is on Kafka: write the url of its index into [log] after restoring",
        )
    return sections(log_url, views_url)


_SECTION = re.compile(r"(?ms)^\[(?:log|views)\]\n.*?(?=^\[|\Z)")
_URLS = re.compile(r"(?m)^(?:url|password_file) = .*\n")
_EMPTY = re.compile(r"(?ms)^\[(?:log|views)\]\n(?:#[^\n]*\n|\n)*(?=^\[|\Z)")
_KAFKA = re.compile(r'(?m)^kind = "kafka"$')
