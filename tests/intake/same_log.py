"""What a ledger holds, told apart from random ids and keys, so that two can be compared."""

from __future__ import annotations

import sqlite3
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from console import answers
from console.wiring import Relief
from projections.figures import figures
from projections.moment import Moment
from projections.movements import movements
from projections.roster import roster
from projections.spending import spending
from projections.store import Views

AS_OF = date(2024, 6, 27)


class Names:
    """Gives every id, digest and reference a number, by its first appearance."""

    def __init__(self) -> None:
        self._seen: dict[Any, int] = {}

    def plain(self, value: Any) -> Any:
        """The value as it would be in any ledger that was told the same."""
        if isinstance(value, UUID) or (isinstance(value, str) and value.startswith("a-")):
            return f"#{self._seen.setdefault(value, len(self._seen))}"
        if isinstance(value, bytes):
            # 16 bytes are a keyed digest; anything longer is sealed, and random.
            sealed = len(value) != 16
            return "sealed" if sealed else f"#{self._seen.setdefault(value, len(self._seen))}"
        if isinstance(value, (tuple, list, set, frozenset)):
            found = [self.plain(v) for v in value]
            return sorted(found, key=repr)
        if is_dataclass(value):
            return [
                type(value).__name__,
                *(self.plain(getattr(value, f.name)) for f in fields(value)),
            ]
        return value


def log_of(relief: Relief) -> list[Any]:
    """Every event of the log in order."""
    names = Names()
    return [names.plain(r.event) for r in relief.entries.read(0, 1_000_000)]


def answers_of(relief: Relief) -> list[Any]:
    """What the views answer, from the log alone."""
    views, names = Views(relief.views_engine), Names()
    views.catch_up(relief.entries)
    moment = Moment(AS_OF, relief.entries.head())
    year = date(2023, 1, 1), date(2023, 12, 31)
    with views.reading(moment.as_at) as conn:
        found = [
            roster(conn, moment).groups,
            spending(conn, moment, "2022-01", "2024-12").total,
            figures(conn, moment, 2023).values,
            movements(conn, moment, *year),
        ]
    breaches = answers.breaches_between(relief, 0, moment.as_at)
    return [names.plain(found), sorted((b.position, b.rule) for b in breaches)]


def persons_of(folder: Path) -> tuple[int, int]:
    """Persons with a key, and numbers that are looked up, in the vault of a ledger."""
    with sqlite3.connect(folder / "vault.sqlite") as db:
        (persons,) = db.execute("SELECT count(*) FROM persons").fetchone()
        (numbers,) = db.execute("SELECT count(*) FROM lookups").fetchone()
    db.close()
    return persons, numbers
