"""Lines that pay somebody for months after the month of death."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, func, not_, select, union

from domain.same_person import SamePerson
from projections.breaches.breach import Breach, Span
from projections.line_states import fallen_lines
from projections.moment import Moment
from projections.payments import lines, parts
from projections.registry_rows import deaths, heads, households, members
from projections.same_person import goes_on, same_person
from projections.tables import counts

LAWFUL = ("one_off", "offset")
"""A funeral grant is a one-off; an offset takes away."""


def after_death_breaches(connection: Connection, moment: Moment, span: Span) -> Iterator[Breach]:
    """Standing lines whose beneficiary was dead in a month that they pay for; found with the line,
    or with a death that is recorded later. Arrears of months alive are lawful."""
    line, death = lines.c, deaths.c
    same = same_person(connection, moment)
    line_in = and_(line.position > span.after, line.position <= span.upto)
    death_in = and_(death.position > span.after, death.position <= span.upto)
    # A death of the span touches few cases: their lines are found by case, not by a full scan.
    cases = _cases_of(select(goes_on(same, death.person_id)).where(death_in), same)
    query = _query(moment, same)
    queries = (
        query.where(line_in),
        query.where(death_in, not_(line_in), line.case_id.in_(cases)),
    )
    rows = [row for query in queries for row in connection.execute(query)]
    rows.sort(key=lambda r: (r.position, r.death_position))
    fallen, told = fallen_lines(connection, moment) if rows else set(), set[int]()
    for r in rows:
        # One death may be recorded twice, by two sources or under two registrations of one human.
        if r.line_id not in fallen and r.position not in told:
            told.add(r.position)
            yield _breach(r)


def _cases_of(dead: Any, same: SamePerson) -> Any:
    """Every case that one of them headed or belonged to: a line's beneficiary is a member."""
    return union(
        *(
            select(table.c.case_id).where(goes_on(same, person).in_(dead))
            for table, person in (
                (households, households.c.head_id),
                (heads, heads.c.head_id),
                (members, members.c.person_id),
            )
        )
    )


def _query(moment: Moment, same: SamePerson) -> Any:
    line, part, death = lines.c, parts.c, deaths.c
    return (
        select(
            line.position,
            line.line_id,
            line.event_id,
            line.case_id,
            line.beneficiary_id,
            line.program,
            death.position.label("death_position"),
            death.month,
            func.max(part.last_month).label("last_month"),
            func.sum(part.amount_fen).label("fen"),
        )
        .select_from(lines)
        .join(deaths, goes_on(same, death.person_id) == goes_on(same, line.beneficiary_id))
        .join(parts, part.position == line.position)
        .where(
            counts(lines, moment),
            counts(deaths, moment),
            part.last_month > death.month,
            part.kind.not_in(LAWFUL),
        )
        .group_by(
            line.position,
            line.line_id,
            line.event_id,
            line.case_id,
            line.beneficiary_id,
            line.program,
            death.position,
            death.month,
        )
    )


def _breach(r: Any) -> Breach:
    return Breach(
        "paid_after_death",
        r.position,
        UUID(bytes=r.event_id),
        UUID(bytes=r.case_id),
        (UUID(bytes=r.beneficiary_id),),
        {
            "program": r.program,
            "died_in": r.month,
            "last_month": r.last_month,
            "amount_fen": int(r.fen),
            "death_known": int(r.death_position < r.position),
        },
        (r.death_position,),
    )
