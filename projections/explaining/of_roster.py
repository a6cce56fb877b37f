"""Who and what a number of the roster is made of."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import Connection, select

from domain.wording import BadValue
from projections.coverage import coverage_spells
from projections.decisions import decisions
from projections.explaining.explanation import (
    CASES,
    FEN,
    PERSONS,
    Contribution,
    Explanation,
    explained,
    one_each,
)
from projections.moment import Moment
from projections.roster import Roster, roster
from projections.tables import counts

ROSTER_KEYS = ("persons", "households", "due")


def explain_roster(
    connection: Connection, moment: Moment, key: str, program: str | None, town: str | None
) -> Explanation:
    """`persons` and `households` with the decisions that brought them in, or `due`: fen of the
    month with every decision of the case in the program. Raises BadValue for another key."""
    found = roster(connection, moment, program, town)
    scope = {"program": program, "town": town}
    if key == "persons":
        inside = {(r.case_id, r.program): set(r.person_ids) for r in found.rows}
        spells = [
            s
            for s in coverage_spells(connection, moment)
            if s.holds_on(moment.as_of) and s.person_id in inside.get((s.case_id, s.program), ())
        ]
        rows = one_each((s.person_id, s.start_position) for s in spells)
        unit, value = PERSONS, found.persons
    elif key == "households":
        rows = one_each((r.case_id, r.position) for r in found.rows)
        unit, value = CASES, found.households
    elif key == "due":
        rows = _due(connection, moment, found)
        unit, value = FEN, sum(r.due_fen for r in found.rows)
    else:
        words = ", ".join(ROSTER_KEYS)
        raise BadValue(f"名单的数字有:{words}", f"the numbers of a roster are {words}")
    result = explained(moment.as_of, moment.as_at, f"roster {key}", scope, unit, rows)
    assert result.value == value
    return result


def _due(connection: Connection, moment: Moment, found: Roster) -> list[Contribution]:
    d = decisions.c
    query = select(d.position, d.case_id, d.program, d.from_program).where(
        counts(decisions, moment)
    )
    decided: dict[tuple[bytes, str], list[int]] = defaultdict(list)
    for position, case, program, left in connection.execute(query.order_by(d.position)):
        decided[case, program].append(position)
        if left:
            decided[case, left].append(position)
    return [
        Contribution(
            _case_in(r.case_id, r.program), r.due_fen, tuple(decided[r.case_id.bytes, r.program])
        )
        for r in found.rows
        if r.due_fen
    ]


def _case_in(case: UUID, program: str) -> str:
    return f"{case} {program}"
