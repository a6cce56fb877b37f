"""Who was in which program from which day to which, derived from the decisions and the deaths.

A status runs from the day of its decision; what is payable, from its effective date
(`entitlements.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, true

from domain.spells import CoverageChange, Spell, spells
from projections.decisions import COVERED, ENROLLED, EXITED, UNCOVERED, covered, decisions
from projections.moment import Moment
from projections.registry import death_changes
from projections.registry_rows import households
from projections.tables import counts, stands

CaseQuery = Select[tuple[bytes]]
"""A query for the ids of cases; what is asked about them is asked of the database in one go."""


@dataclass
class _Case:
    """What a program of a case gathers over its whole history, exits included."""

    ever: dict[UUID, None] = field(default_factory=dict)
    town: str = ""


def coverage_changes(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> list[CoverageChange]:
    """Who begins and ceases to be covered in these cases (all by default); no deaths.

    As in the case file: an exit ends every person whom the case ever covers in that program,
    also one whose coverage was recorded after it. A member covered later is in the town of the
    enrollment; where that names none, in the household's.
    """
    rows = list(connection.execute(_rows(moment, cases)))
    persons = covered_persons(connection, moment, cases)
    programs = _gathered(rows, persons, _towns(connection, moment, cases))
    found: list[CoverageChange] = []
    for position, case_bytes, program, occurred_on, kind, person, reason, _ in rows:
        case_id, day = UUID(bytes=case_bytes), date.fromordinal(occurred_on)
        own = programs[case_bytes, program]
        starts = kind in (ENROLLED, COVERED)
        concerned: Iterable[UUID]
        if kind == ENROLLED:
            concerned, reason = persons.get(position, ()), ""
        elif kind == EXITED:
            concerned = own.ever
        else:
            concerned = (UUID(bytes=person),)
        found += [
            CoverageChange(p, case_id, program, day, starts, position, reason, own.town)
            for p in concerned
        ]
    return found


def _rows(moment: Moment, cases: CaseQuery | None) -> Select[Any]:
    d = decisions.c
    return (
        select(
            d.position,
            d.case_id,
            d.program,
            d.occurred_on,
            d.kind,
            d.person_id,
            d.reason,
            d.town,
        )
        .where(
            counts(decisions, moment),
            d.kind.in_((ENROLLED, COVERED, UNCOVERED, EXITED)),
            true() if cases is None else d.case_id.in_(cases),
        )
        .order_by(d.position)
    )


def covered_persons(
    connection: Connection, moment: Moment, cases: CaseQuery | None
) -> dict[int, list[UUID]]:
    """Position of an enrollment → whom it covers."""
    rows = (
        select(covered.c.position, covered.c.person_id)
        .join(decisions, decisions.c.position == covered.c.position)
        .where(
            counts(decisions, moment),
            true() if cases is None else decisions.c.case_id.in_(cases),
        )
        .order_by(covered.c.position, covered.c.n)
    )
    found: dict[int, list[UUID]] = defaultdict(list)
    for position, person in connection.execute(rows):
        found[position].append(UUID(bytes=person))
    return found


def _towns(connection: Connection, moment: Moment, cases: CaseQuery | None) -> dict[bytes, str]:
    rows = select(households.c.case_id, households.c.town).where(
        stands(households.c.position, moment.as_at),
        households.c.town != "",
        true() if cases is None else households.c.case_id.in_(cases),
    )
    return dict(connection.execute(rows.order_by(households.c.position)).all())


def _gathered(
    rows: Iterable[Any], persons: dict[int, list[UUID]], towns: dict[bytes, str]
) -> dict[tuple[bytes, str], _Case]:
    programs: dict[tuple[bytes, str], _Case] = {}
    for position, case, program, _, kind, person, _, town in rows:
        own = programs.get((case, program))
        if own is None:
            own = programs[case, program] = _Case(town=towns.get(case, ""))
        if kind == ENROLLED:
            own.ever.update(dict.fromkeys(persons.get(position, ())))
            own.town = town or own.town
        elif kind == COVERED:
            own.ever[UUID(bytes=person)] = None
    return programs


def coverage_spells(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> list[Spell]:
    """The spells of everybody ever covered in these cases (all by default), deaths counted in.

    Persons of other cases are not looked up: for what must hold across households, name all
    cases of a person.
    """
    changes = coverage_changes(connection, moment, cases)
    persons = {change.person_id for change in changes}
    deaths = death_changes(connection, moment, true())
    return spells([*changes, *(d for d in deaths if d.person_id in persons)])
