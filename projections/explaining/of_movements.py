"""Which persons, by which decisions, a number of the movements is made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from domain.spells import DEATH, StatusSpell, status_spells
from domain.wording import BadValue
from projections.coverage import coverage_spells
from projections.decisions import ADJUSTED
from projections.explaining.explanation import (
    CASES,
    PERSONS,
    Contribution,
    Explanation,
    explained,
    named,
)
from projections.moment import Moment
from projections.movements import CHANGES, EXIT, NEW, Movement, Movements, movements

MOVEMENT_KEYS: Final = ("opening", "new", "exited", "died", "closing", "adjusted", *CHANGES)
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "new": (NEW,),
    "exited": (EXIT, DEATH),
    "died": (DEATH,),
    "adjusted": (ADJUSTED,),
    **{kind: (kind,) for kind in CHANGES},
}


def explain_movements(
    connection: Connection, moment: Moment, key: str, first: date, end: date
) -> Explanation:
    """A number of the period [first, end). Raises BadValue for a key that there is not."""
    if key not in MOVEMENT_KEYS:
        words = ", ".join(MOVEMENT_KEYS)
        raise BadValue(f"增减的数字有:{words}", f"the numbers of movements are {words}")
    found = movements(connection, moment, first, end)
    scope = {"from": first, "to": end - timedelta(days=1)}
    if key in ("opening", "closing"):
        rows = _present(connection, moment, first if key == "opening" else end)
    else:
        rows = [_moved(m) for m in found.rows if m.kind in _KINDS[key]]
    unit = CASES if key in ("adjusted", *CHANGES) else PERSONS
    result = explained(moment.as_of, moment.as_at, f"movements {key}", scope, unit, rows)
    number = _NUMBER.get(key)
    assert result.value == (number(found) if number else found.changes.get(key, 0))
    return result


_NUMBER: Final[dict[str, Callable[[Movements], int]]] = {
    "opening": lambda m: m.opening,
    "new": lambda m: m.new,
    "exited": lambda m: m.exited,
    "died": lambda m: m.died,
    "closing": lambda m: m.closing,
    "adjusted": lambda m: m.adjusted,
}


def _moved(m: Movement) -> Contribution:
    return Contribution(named(m.person_id or m.case_id), 1, (m.position,) if m.position else ())


def _present(connection: Connection, moment: Moment, day: date) -> list[Contribution]:
    """Who is in at the beginning of the day, with the decision that brought each in."""

    def inside(s: StatusSpell) -> bool:
        return s.start < day and (s.end is None or s.end >= day)

    spells = status_spells(coverage_spells(connection, moment))
    return [
        Contribution(named(s.person_id), 1, (s.first.start_position,)) for s in spells if inside(s)
    ]
