"""Replays the log into a fresh place, compares it row by row with the live views, and swaps it in.

A replay that is interrupted goes on from the last batch it committed; nothing of it is seen by
anybody before the swap, which is one transaction on the live database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, select

from projections.database import lock_schema, reading, writing
from projections.entries import Entries
from projections.errors import NotCaughtUp
from projections.models import MODELS
from projections.store import Progress, Views
from projections.tables import each

MISSING, EXTRA, OTHER = "missing", "extra", "other"
ROWS_MAX: Final = 1_000
"""Differing rows of a table that are listed."""
_CHUNK: Final = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not the same in both. Names no content: rows may be sealed data."""

    table: str
    position: int
    what: str = OTHER
    """missing: the live views lack it; extra: only they have it; other: it says something else."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a replay came out."""

    position: int
    tables: int
    rows: int
    differences: tuple[Difference, ...]


def replay(
    live: Views,
    fresh: Views,
    entries: Entries,
    upto: int | None = None,
    progress: Progress | None = None,
) -> Replayed:
    """Brings the fresh views to a position from the log alone, and compares.

    The live views are brought there as well first. NotCaughtUp where the fresh ones are past it
    already (of an earlier replay: begin with an empty place).
    """
    position = live.catch_up(entries) if upto is None else upto
    live.catch_up(entries, position)
    if fresh.position() > position:
        raise NotCaughtUp(
            "重放的视图已超过所要的位置;请清空后再重放",
            "the replayed views are past the position that is asked for; begin anew",
        )
    fresh.catch_up(entries, position, progress)
    # Rows beyond where the live views say they are would be nobody's: they are compared, too.
    bound = None if live.position() == position else position
    with ExitStack() as opened:
        one, other = (opened.enter_context(reading(v.engine)) for v in (live, fresh))
        rows = sum(_count(other, table, bound) for table in _tables())
        return Replayed(position, len(_tables()), rows, tuple(differences(one, other, bound)))


def differences(live: Connection, fresh: Connection, upto: int | None) -> list[Difference]:
    """The rows up to the position that are not the same, in order of the models.

    All columns are compared. Empty: the live views are what the log makes.
    """
    return [
        d for table in _tables() for d in islice(_differing(live, fresh, table, upto), ROWS_MAX)
    ]


def swap(live: Views, fresh: Views, progress: Progress | None = None) -> None:
    """Puts the fresh rows in the live ones' place, in one transaction: whoever reads meanwhile sees
    the old ones, whoever reads afterwards the new ones. A crash before the commit changes nothing."""
    with reading(fresh.engine) as source, writing(live.engine) as target:
        lock_schema(target)
        live.adopt(target, fresh, source)
        for done, table in enumerate(_tables(), 1):
            target.execute(table.delete())
            for rows in _parts(each(source, select(table))):
                target.execute(table.insert(), rows)
            if progress:
                progress(done, len(_tables()))


def _tables() -> list[Table]:
    return [table for model in MODELS for table in model.tables]


def _count(connection: Connection, table: Table, upto: int | None) -> int:
    return sum(1 for _ in each(connection, _rows(table, upto).with_only_columns(table.c.position)))


def _differing(
    live: Connection, fresh: Connection, table: Table, upto: int | None
) -> Iterator[Difference]:
    """Both sides by their key, side by side; a row that one lacks puts the other's rest in no disorder."""
    width = len(table.primary_key.columns)
    ones, others = (each(c, _rows(table, upto)) for c in (live, fresh))
    one, other = next(ones, None), next(others, None)
    while one is not None or other is not None:
        mine = None if one is None else tuple(one)[:width]
        made = None if other is None else tuple(other)[:width]
        if made is None or (mine is not None and mine < made):
            assert one is not None
            yield Difference(table.name, one.position, EXTRA)
            one = next(ones, None)
        elif mine is None or made < mine:
            assert other is not None
            yield Difference(table.name, other.position, MISSING)
            other = next(others, None)
        else:
            assert one is not None
            assert other is not None
            if tuple(one) != tuple(other):
                yield Difference(table.name, one.position)
            one, other = next(ones, None), next(others, None)


def _rows(table: Table, upto: int | None) -> Select[Any]:
    query = select(table).order_by(*table.primary_key.columns)
    return query if upto is None else query.where(table.c.position <= upto)


def _parts(rows: Iterator[Any]) -> Iterator[list[dict[str, Any]]]:
    while part := [row._asdict() for row in islice(rows, _CHUNK)]:
        yield part
