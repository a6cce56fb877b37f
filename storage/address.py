"""Where a store is: a SQLite file, or a schema of its own in a PostgreSQL database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.faults import Unfit

SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
DRIVERS = ("postgresql", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A schema in a database. `repr` and `shown` hide a password."""

    url: URL
    schema: str
    password_file: Path | None = None

    @property
    def shown(self) -> str:
        """For people: the address without its password, with the schema."""
        text = self.url.render_as_string(hide_password=True)
        return f"{text}{'&' if self.url.query else '?'}schema={self.schema}"


Address = Path | PostgresAddress


def address_of(
    where: Path | str | PostgresAddress, *, schema: str, password_file: Path | None = None
) -> Address:
    """The address behind a path or a URL `postgresql+psycopg://user@host/database?schema=name`.

    `schema` is the default; a `?schema=` of the URL overrules it. Raises Unfit for a URL that
    cannot be read, another database's, or a schema that is not a plain lower-case name.
    """
    if isinstance(where, PostgresAddress):
        return where
    if not is_url(where):
        return Path(where)
    try:
        url = make_url(str(where))
    except ArgumentError:
        raise Unfit(
            "数据库地址无法识别;应如 postgresql+psycopg://用户@主机/库名",
            "the database's URL cannot be read; it looks like postgresql+psycopg://user@host/name",
        ) from None
    if url.drivername not in DRIVERS:
        raise Unfit(
            f"不支持数据库 {url.drivername};可用 postgresql+psycopg://,或不写地址而用 SQLite 文件",
            f"no database {url.drivername} here: postgresql+psycopg://, or no URL for a SQLite file",
        )
    own = url.query.get("schema", schema)
    if not isinstance(own, str) or not SCHEMA.fullmatch(own):
        raise Unfit(
            "schema 应为小写字母、数字和下划线组成的名称",
            "schema is a name of lower-case letters, digits and underscores",
        )
    bare = url.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
    return PostgresAddress(bare, own, password_file)


def is_url(where: Path | str) -> bool:
    """True for what is written as a URL rather than as a path."""
    return isinstance(where, str) and "://" in where
