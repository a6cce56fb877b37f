"""Circumstances of households and members on a day: away, living apart, related to an official,
with a bank book in somebody's keeping. What was said last, in the order of the log, holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, true

from domain.same_person import SamePerson
from projections.household_rows import absences, custodies, relatives, residences
from projections.moment import Moment
from projections.procedure_rows import HEARD, SELF_CARE, steps
from projections.same_person import same_person
from projections.tables import as_date, counts, stands

CaseQuery = Select[Any]


@dataclass(frozen=True, slots=True)
class Away:
    """A member who lives elsewhere and still belongs to the household."""

    case_id: UUID
    person_id: UUID
    reason: str
    since: date
    expected_back: date | None
    overdue: bool
    """Expected back before the day, and not said to be back."""
    position: int


@dataclass(frozen=True, slots=True)
class Residence:
    """A household registered in one place and living in another (人户分离)."""

    case_id: UUID
    registered_in: str
    lives_in: str
    since: date
    position: int


@dataclass(frozen=True, slots=True)
class Relative:
    """A member who is a near relative of an official (近亲属备案)."""

    case_id: UUID
    person_id: UUID
    official: str
    relation: str
    organization: str
    declared_on: date
    position: int


@dataclass(frozen=True, slots=True)
class Custody:
    """A bank book that somebody keeps by agreement (代管), in force on the day."""

    case_id: UUID
    person_id: UUID
    custodian: str
    capacity: str
    since: date
    until: date | None
    position: int


@dataclass(frozen=True, slots=True)
class SelfCare:
    """How far a person can care for himself (生活自理能力), as assessed last."""

    case_id: UUID
    person_id: UUID
    level: str
    assessed_on: date
    position: int


@dataclass(frozen=True, slots=True)
class Hearing:
    """The household was heard on a proposal against it."""

    case_id: UUID
    program: str
    proposal: str
    heard_on: date
    contested: bool
    position: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All of them, by case and position."""

    as_of: date
    as_at: int
    away: tuple[Away, ...]
    apart: tuple[Residence, ...]
    relatives: tuple[Relative, ...]
    custody: tuple[Custody, ...]
    self_care: tuple[SelfCare, ...]
    hearings: tuple[Hearing, ...]


def circumstances(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> Circumstances:
    """The circumstances of these cases (all by default) on the day."""
    same = same_person(connection, moment)
    return Circumstances(
        as_of=moment.as_of,
        as_at=moment.as_at,
        away=_sorted(_away(connection, moment, cases, same)),
        apart=_sorted(_apart(connection, moment, cases)),
        relatives=_sorted(_relatives(connection, moment, cases, same)),
        custody=_sorted(_custody(connection, moment, cases, same)),
        self_care=_sorted(_self_care(connection, moment, cases, same)),
        hearings=_sorted(_hearings(connection, moment, cases)),
    )


def _sorted(found: Iterator[Any]) -> tuple[Any, ...]:
    return tuple(sorted(found, key=lambda row: (row.case_id.bytes, row.position)))


def _held(moment: Moment, table: Any, cases: CaseQuery | None) -> Select[Any]:
    """The rows that hold by the day, in the order of the log."""
    begun = (
        counts(table, moment)
        if "occurred_on" in table.c
        else stands(table.c.position, moment.as_at)
        & (table.c.starts_on <= moment.as_of.toordinal())
    )
    wanted = true() if cases is None else table.c.case_id.in_(cases)
    return select(table).where(begun, wanted).order_by(table.c.position)


def _away(
    connection: Connection, moment: Moment, cases: CaseQuery | None, same: SamePerson
) -> Iterator[Away]:
    last: dict[tuple[bytes, UUID], Any] = {}
    for r in connection.execute(_held(moment, absences, cases)):
        last[r.case_id, same.of(UUID(bytes=r.person_id))] = r
    for (case, person), r in last.items():
        if r.away:
            back = as_date(r.expected_back)
            overdue = back is not None and back < moment.as_of
            since = date.fromordinal(r.starts_on)
            yield Away(UUID(bytes=case), person, r.reason, since, back, overdue, r.position)


def _apart(connection: Connection, moment: Moment, cases: CaseQuery | None) -> Iterator[Residence]:
    last = {r.case_id: r for r in connection.execute(_held(moment, residences, cases))}
    for case, r in last.items():
        if r.apart:
            since = date.fromordinal(r.starts_on)
            yield Residence(UUID(bytes=case), r.registered_in, r.lives_in, since, r.position)


def _relatives(
    connection: Connection, moment: Moment, cases: CaseQuery | None, same: SamePerson
) -> Iterator[Relative]:
    for r in connection.execute(_held(moment, relatives, cases)):
        yield Relative(
            UUID(bytes=r.case_id),
            same.of(UUID(bytes=r.person_id)),
            r.official,
            r.relation,
            r.organization,
            date.fromordinal(r.occurred_on),
            r.position,
        )


def _custody(
    connection: Connection, moment: Moment, cases: CaseQuery | None, same: SamePerson
) -> Iterator[Custody]:
    last: dict[tuple[bytes, UUID], Any] = {}
    for r in connection.execute(_held(moment, custodies, cases)):
        last[r.case_id, same.of(UUID(bytes=r.person_id))] = r
    for (case, person), r in last.items():
        until = as_date(r.until)
        if r.agreed and (until is None or moment.as_of < until):
            since = date.fromordinal(r.occurred_on)
            yield Custody(
                UUID(bytes=case), person, r.custodian, r.capacity, since, until, r.position
            )


def _self_care(
    connection: Connection, moment: Moment, cases: CaseQuery | None, same: SamePerson
) -> Iterator[SelfCare]:
    last: dict[tuple[bytes, UUID], Any] = {}
    rows = _held(moment, steps, cases).where(steps.c.step == SELF_CARE)
    for r in connection.execute(rows):
        last[r.case_id, same.of(UUID(bytes=r.person_id))] = r
    for (case, person), r in last.items():
        on = date.fromordinal(r.occurred_on)
        yield SelfCare(UUID(bytes=case), person, r.detail, on, r.position)


def _hearings(connection: Connection, moment: Moment, cases: CaseQuery | None) -> Iterator[Hearing]:
    rows = _held(moment, steps, cases).where(steps.c.step == HEARD)
    for r in connection.execute(rows):
        yield Hearing(
            UUID(bytes=r.case_id),
            r.program,
            r.kind,
            date.fromordinal(r.occurred_on),
            r.detail == "contested",
            r.position,
        )
