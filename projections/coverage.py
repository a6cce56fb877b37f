"""Who was in which program from which day to which, derived from the decisions and the deaths.

A status runs from the day of its decision; what is payable, from its effective date
(`entitlements.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, true

from domain import coverage as facts
from domain.coverage import CoverageFact, Run
from domain.spells import CoverageChange, Spell, spells
from projections.decisions import (
    CARRIED,
    COVERED,
    ENROLLED,
    EXITED,
    EXTENDED,
    FADING,
    HANDED,
    REINSTATED,
    SWITCHED,
    UNCOVERED,
    covered,
    decisions,
)
from projections.moment import Moment
from projections.registry import death_changes
from projections.same_person import same_person
from projections.tables import counts
from projections.towns import Towns

CaseQuery = Select[tuple[bytes]]
"""A query for the ids of cases; what is asked about them is asked of the database in one go."""

_KINDS = {
    ENROLLED: facts.START,
    REINSTATED: facts.START,
    CARRIED: facts.START,
    SWITCHED: facts.START,
    COVERED: facts.COVER,
    UNCOVERED: facts.UNCOVER,
    HANDED: facts.UNCOVER,
    FADING: facts.UNTIL,
    EXTENDED: facts.UNTIL,
    EXITED: facts.END,
}
_GOES_ON = (REINSTATED, CARRIED, HANDED, EXTENDED)
"""Kinds that count from their effective date: a status goes on, it does not begin."""
_REASONS = {HANDED: facts.HANDED_OVER, FADING: facts.FADED_OUT, EXTENDED: facts.EXPIRED}


def coverage_facts(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> Iterator[CoverageFact]:
    """What the decisions say about coverage, in the order of the log, as in the case file.

    Where an opening names no town, it is the one that the household belonged to on that day.
    """
    persons = covered_persons(connection, moment, cases)
    towns, same = Towns(connection, moment, cases), same_person(connection, moment)
    for row in connection.execute(_rows(moment, cases)).all():
        case_id = UUID(bytes=row.case_id)
        on = date.fromordinal(row.starts_on if row.kind in _GOES_ON else row.occurred_on)
        concerned: tuple[UUID, ...] = tuple(persons.get(row.position, ()))
        if row.person_id is not None:
            concerned = (same.of(UUID(bytes=row.person_id)),)
        kind = _KINDS[row.kind]
        if row.kind == SWITCHED:
            yield CoverageFact(
                facts.UNCOVER,
                case_id,
                row.from_program,
                on,
                row.position,
                concerned,
                facts.SWITCHED,
                hands_over=True,
            )
        starts = kind == facts.START
        yield CoverageFact(
            kind,
            case_id,
            row.program,
            on,
            row.position,
            concerned,
            "" if starts else _REASONS.get(row.kind, row.reason),
            (row.town or towns.on(row.case_id, on.toordinal())) if starts else "",
            date.fromordinal(row.until) if row.until else None,
            row.kind == HANDED,
        )


def coverage_changes(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> list[CoverageChange]:
    """Who begins and ceases to be covered in these cases (all by default); no deaths.

    Ends that are fixed for a day after `as_of` have not come yet and are left out.
    """
    found = facts.coverage_changes(coverage_facts(connection, moment, cases))
    return [change for change in found if change.on <= moment.as_of]


def _rows(moment: Moment, cases: CaseQuery | None) -> Select[Any]:
    d = decisions.c
    return (
        select(
            d.position,
            d.case_id,
            d.program,
            d.occurred_on,
            d.starts_on,
            d.kind,
            d.person_id,
            d.reason,
            d.town,
            d.from_program,
            d.until,
        )
        .where(
            counts(decisions, moment),
            d.kind.in_(tuple(_KINDS)),
            true() if cases is None else d.case_id.in_(cases),
        )
        .order_by(d.position)
    )


def covered_persons(
    connection: Connection, moment: Moment, cases: CaseQuery | None
) -> dict[int, list[UUID]]:
    """Position of a decision → the covered persons that it names, one human once."""
    same = same_person(connection, moment)
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
    if same:
        return {at: list(dict.fromkeys(same.of(p) for p in own)) for at, own in found.items()}
    return found


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


def fixed_ends(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> dict[tuple[UUID, str], Run]:
    """(case, program) → its open run, where the day on which that ends is fixed already."""
    d = decisions.c
    bounded = select(d.case_id).where(
        counts(decisions, moment),
        d.until.is_not(None),
        true() if cases is None else d.case_id.in_(cases),
    )
    by_program: dict[tuple[UUID, str], list[CoverageFact]] = defaultdict(list)
    for fact in coverage_facts(connection, moment, bounded):
        by_program[fact.case_id, fact.program].append(fact)
    found = {key: facts.runs(own) for key, own in by_program.items()}
    return {
        key: own[-1]
        for key, own in found.items()
        if own and own[-1].until is not None and own[-1].holds_on(moment.as_of)
    }
