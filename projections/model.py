"""How a read model says what it keeps: its tables, and for each class of event the rows it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table

from domain.events import Event
from storage.rows import insert_rows

Row = tuple[Any, ...]
Handler = Callable[[int, Any], None]
"""Takes a position and an event of the class it is named for; puts rows into the sink."""
Locate = Callable[[UUID, UUID], int]
"""(stream, event) → position of the event; 0 where the stream does not hold it."""


class Sink:
    """Collects the rows of one batch, table by table, and writes them together.

    `to` hands out the same list's `append` for good: `clear` empties the lists, it never
    replaces them, so that handlers are bound once.
    """

    def __init__(self, tables: Iterable[Table], locate: Locate) -> None:
        self._rows: dict[Table, list[Row]] = {table: [] for table in tables}
        self.locate = locate

    def to(self, table: Table) -> Callable[[Row], None]:
        """Takes one row of the table, its values in the order of the columns."""
        return self._rows[table].append

    def clear(self) -> None:
        """Forgets the rows of a batch that was written, or that another process wrote first."""
        for rows in self._rows.values():
            rows.clear()

    def write(self, connection: Connection) -> None:
        """Inserts every row. The caller's transaction makes them durable, or none of them."""
        for table, rows in self._rows.items():
            insert_rows(connection, table, rows)


@dataclass(frozen=True)
class ReadModel:
    """One read model: what it is called, where its rows are, how events become rows."""

    name: str
    tables: tuple[Table, ...]
    handlers: Callable[[Sink], Mapping[type[Event], Handler]]
