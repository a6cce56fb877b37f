"""Both databases for whoever asks: each test gets places of its own, empty at first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import event as sql_event
from sqlalchemy.pool import Pool

from tests.postgresql_server import NoServer, Server, server, with_dictionary_order

Place = Path | str
Places = Callable[[str], Place]
"""The name of a store → where it is, for one test alone."""
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_or_not() -> Iterator[Server | NoServer]:
    with ExitStack() as stack:
        url = os.environ.get("RELIEF_PG_URL")
        if url:
            yield Server(url)
            return
        try:
            found = with_dictionary_order(stack.enter_context(server()))
        except NoServer as e:
            yield e
            return
        yield found


@pytest.fixture
def postgresql(postgresql_or_not: Server | NoServer) -> Server:
    """The server of this run. Where there is none the test is skipped; with CI=true it fails."""
    if isinstance(postgresql_or_not, Server):
        return postgresql_or_not
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(str(postgresql_or_not))
    pytest.skip(str(postgresql_or_not))


@pytest.fixture
def postgresql_places(postgresql: Server) -> Iterator[Places]:
    """Schemas in PostgreSQL, gone after the test."""
    prefix, made = f"t{uuid4().hex[:12]}", list[str]()

    def place(name: str) -> str:
        schema = f"{prefix}_{name}"
        made.append(schema)
        return f"{postgresql.url}{'&' if '?' in postgresql.url else '?'}schema={schema}"

    opened: list[psycopg.Connection[Any]] = []

    def connected(connection: Any, _: Any) -> None:
        if isinstance(connection, psycopg.Connection):
            opened.append(connection)

    sql_event.listen(Pool, "connect", connected)
    yield place
    sql_event.remove(Pool, "connect", connected)
    for connection in opened:
        connection.close()  # a test may leave its engine open, as it may on a file
    postgresql.execute(*(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE' for schema in set(made)))


@pytest.fixture(params=DATABASES)
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """A test that asks for places runs once on each database."""
    if request.param == "sqlite":
        return lambda name: tmp_path / f"{name}.sqlite"
    found: Places = request.getfixturevalue("postgresql_places")
    return found
