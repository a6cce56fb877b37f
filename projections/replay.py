"""Compares two sets of read models row by row: a fresh replay of the log against the live one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from projections.models import MODELS
from projections.tables import each


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place at which two tables differ. Names no content: rows may be sealed data."""

    table: str
    position: int
    """Position of the first row that is not the same in both."""


def differences(live: Connection, fresh: Connection, upto: int) -> list[Difference]:
    """Every table whose rows up to the position are not the same, in order of the models.

    Rows are compared in order, all columns. Empty: the live views are what the log makes.
    """
    tables = [table for model in MODELS for table in model.tables]
    return [d for table in tables for d in _first_difference(live, fresh, table, upto)]


def _first_difference(
    live: Connection, fresh: Connection, table: Table, upto: int
) -> Iterator[Difference]:
    query = _rows(table, upto)
    for one, other in zip_longest(each(live, query), each(fresh, query)):
        if one is None or other is None or tuple(one) != tuple(other):
            yield Difference(table.name, min(r.position for r in (one, other) if r is not None))
            return


def _rows(table: Table, upto: int) -> Select[Any]:
    return select(table).where(table.c.position <= upto).order_by(*table.primary_key.columns)
