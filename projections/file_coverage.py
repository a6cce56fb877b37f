"""Which files were owed, which came, and what is missing: the log proves that nothing was changed
after it was recorded, not that everything was handed in before.

A source owes a kind of file for each period (month, quarter, year), for each of its towns or for
the county as a whole. A file that came counts for every period in which one of its months lies,
and for every town that it names. The statement in force on a period's first day decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection, Table, select

from domain.calendar import PERIOD_MONTHS, first_day, month_of, next_month
from projections.moment import Moment
from projections.source_files import (
    expectations,
    expected_towns,
    file_months,
    file_towns,
    files,
)
from projections.tables import counts

RECEIVED, MISSING, NOT_DUE = "received", "missing", "not_due"
COUNTY = ""
"""Stands for the county as a whole where a file is not owed by town."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that was imported whole, with its control totals."""

    position: int
    source: str
    kind: str
    imported_on: date
    digest: str
    """Keyed digest of its bytes, hexadecimal."""
    months: tuple[str, ...]
    towns: tuple[str, ...]
    rows: int
    households: int
    persons: int
    amount_fen: int
    first_position: int
    last_position: int
    expected: bool
    """False: nobody said that it was owed."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One file that was owed for a period and a town, and whether it came."""

    source: str
    kind: str
    period: str
    """YYYY-MM, YYYY-Qn or YYYY."""
    town: str
    due_on: date
    state: str
    """received, missing, or not_due (it may still come)."""
    positions: tuple[int, ...]
    """Of the `FileImported` entries that count for it."""
    stated_at: int
    """Position of the statement that it is owed."""


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """What was owed for the months `first` to `last`, both included, and every file about them."""

    as_of: date
    as_at: int
    first: str
    last: str
    received: int
    missing: int
    not_due: int
    owed: tuple[Owed, ...]
    files: tuple[ReceivedFile, ...]


@dataclass(frozen=True, slots=True)
class _Stated:
    position: int
    starts_on: date
    every: str
    due_days: int
    towns: tuple[str, ...]


def file_coverage(connection: Connection, moment: Moment, first: str, last: str) -> FileCoverage:
    """The files owed for these months, by source, kind, period and town; then all that came."""
    came = [f for f in _received(connection, moment) if any(first <= m <= last for m in f.months)]
    stated = _statements(connection, moment)
    owed = [
        o
        for (source, kind), own in sorted(stated.items())
        for o in _owed(source, kind, own, came, moment, first, last)
    ]
    counted = {p for o in owed for p in o.positions}
    states = [o.state for o in owed]
    return FileCoverage(
        as_of=moment.as_of,
        as_at=moment.as_at,
        first=first,
        last=last,
        received=states.count(RECEIVED),
        missing=states.count(MISSING),
        not_due=states.count(NOT_DUE),
        owed=tuple(owed),
        files=tuple(replace(f, expected=f.position in counted) for f in came),
    )


def _owed(
    source: str,
    kind: str,
    stated: list[_Stated],
    came: list[ReceivedFile],
    moment: Moment,
    first: str,
    last: str,
) -> Iterator[Owed]:
    own = [f for f in came if (f.source, f.kind) == (source, kind)]
    for statement, period, months in _periods(stated, first, last):
        due_on = first_day(next_month(months[-1])) + timedelta(days=statement.due_days)
        about = [f for f in own if set(months) & set(f.months)]
        for town in statement.towns or (COUNTY,):
            found = tuple(f.position for f in about if town == COUNTY or town in f.towns)
            late = MISSING if due_on <= moment.as_of else NOT_DUE
            state = RECEIVED if found else late
            yield Owed(source, kind, period, town, due_on, state, found, statement.position)


def _periods(
    stated: list[_Stated], first: str, last: str
) -> Iterator[tuple[_Stated, str, list[str]]]:
    """Each period that begins in the range under a statement in force, with its months."""
    month = first
    while month <= last:
        begun = [s for s in stated if s.starts_on <= first_day(month)]
        in_force = max(begun, key=lambda s: (s.starts_on, s.position)) if begun else None
        if in_force is not None and in_force.every in PERIOD_MONTHS:
            length = PERIOD_MONTHS[in_force.every]
            if (int(month[5:]) - 1) % length == 0:
                yield in_force, _named(month, in_force.every), _following(month, length)
        month = next_month(month)


def _following(month: str, length: int) -> list[str]:
    months = [month]
    while len(months) < length:
        months.append(next_month(months[-1]))
    return months


def _named(month: str, every: str) -> str:
    if every == "quarter":
        return f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"
    return month[:4] if every == "year" else month


def _statements(connection: Connection, moment: Moment) -> dict[tuple[str, str], list[_Stated]]:
    towns = _texts(connection, moment, expected_towns, "town")
    found: dict[tuple[str, str], list[_Stated]] = defaultdict(list)
    query = select(expectations).where(counts(expectations, moment))
    for r in connection.execute(query.order_by(expectations.c.position)):
        found[r.source, r.kind].append(
            _Stated(
                r.position,
                date.fromordinal(r.starts_on),
                r.every,
                r.due_days,
                towns.get(r.position, ()),
            )
        )
    return found


def _received(connection: Connection, moment: Moment) -> list[ReceivedFile]:
    months = _texts(connection, moment, file_months, "month")
    towns = _texts(connection, moment, file_towns, "town")
    query = select(files).where(counts(files, moment)).order_by(files.c.position)
    return [
        ReceivedFile(
            position=r.position,
            source=r.source,
            kind=r.kind,
            imported_on=date.fromordinal(r.occurred_on),
            digest=r.digest,
            months=months.get(r.position, (month_of(date.fromordinal(r.occurred_on)),)),
            towns=towns.get(r.position, ()),
            rows=r.rows,
            households=r.households,
            persons=r.persons,
            amount_fen=r.amount_fen,
            first_position=r.first_position,
            last_position=r.last_position,
            expected=False,
        )
        for r in connection.execute(query)
    ]


def _texts(
    connection: Connection, moment: Moment, table: Table, column: str
) -> dict[int, tuple[str, ...]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(table.c.position, table.c[column]).where(table.c.position <= moment.as_at)
    for position, value in connection.execute(query.order_by(table.c.position, table.c.n)):
        found[position].append(value)
    return {position: tuple(values) for position, values in found.items()}
