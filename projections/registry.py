"""Who is known: persons with their deaths, households, and who belonged to them on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, or_, select

from domain.spells import DEATH, CoverageChange
from projections.moment import Moment
from projections.registry_rows import closings, deaths, heads, households, members, persons
from projections.same_person import everyone, same_person
from projections.tables import chunks, counts, stands


@dataclass(frozen=True, slots=True)
class Person:
    """A person as registered; what is sealed is opened elsewhere, by person and event."""

    person_id: UUID
    event_id: UUID
    position: int
    sex: int
    age_band: str
    town: str
    village: str
    resolved: bool
    died_on: date | None
    name: bytes | None
    identity_number: bytes | None


@dataclass(frozen=True, slots=True)
class Household:
    """A household as its file was opened."""

    case_id: UUID
    event_id: UUID
    position: int
    head_id: UUID
    formed_on: date
    town: str
    village: str
    size: int | None
    resolved: bool
    split_from: UUID | None


@dataclass(frozen=True, slots=True)
class Member:
    """Who belongs to a household on the day; the head's own relation is empty if never recorded."""

    person_id: UUID
    relation: str


def known_persons(
    connection: Connection, moment: Moment, person_ids: Iterable[UUID]
) -> dict[UUID, Person]:
    """The persons among these that the log knows; who was registered anew is as last registered.

    Who somebody is does not hang on the day: a person registered later had lived before.
    """
    person_ids = list(person_ids)
    same = same_person(connection, moment)
    died = {d.person_id: d.on for d in deaths_of(connection, moment, person_ids)}
    found: dict[UUID, Person] = {}
    for wanted in chunks(person_ids):
        rows = select(persons).where(
            stands(persons.c.position, moment.as_at), persons.c.person_id.in_(wanted)
        )
        for r in connection.execute(rows.order_by(persons.c.position)):
            person_id = UUID(bytes=r.person_id)
            before = found.get(person_id)
            if before is not None and r.name is None:
                # A correction that does not repeat the name leaves it as it was.
                found[person_id] = replace(
                    before,
                    position=r.position,
                    sex=r.sex,
                    age_band=r.age_band,
                    town=r.town or before.town,
                    village=r.village or before.village,
                    resolved=r.resolved,
                )
                continue
            found[person_id] = Person(
                person_id,
                UUID(bytes=r.event_id),
                r.position,
                r.sex,
                r.age_band,
                r.town,
                r.village,
                r.resolved,
                died.get(same.of(person_id)),
                r.name,
                r.identity_number,
            )
    return found


def deaths_of(
    connection: Connection, moment: Moment, person_ids: Iterable[UUID]
) -> list[CoverageChange]:
    """The deaths of these persons as changes that end all coverage."""
    everybody = everyone(same_person(connection, moment), person_ids)
    return [
        death
        for wanted in chunks(everybody)
        for death in death_changes(connection, moment, deaths.c.person_id.in_(wanted))
    ]


def death_changes(connection: Connection, moment: Moment, condition: Any) -> list[CoverageChange]:
    """The deaths that meet the condition as changes that end all coverage, in order of the log;
    of one human, whoever was registered."""
    same = same_person(connection, moment)
    rows = select(deaths.c.person_id, deaths.c.occurred_on, deaths.c.position)
    rows = rows.where(counts(deaths, moment), condition).order_by(deaths.c.position)
    return [
        CoverageChange(
            same.of(UUID(bytes=p)), None, "", date.fromordinal(on), False, position, DEATH
        )
        for p, on, position in connection.execute(rows)
    ]


def known_households(
    connection: Connection, moment: Moment, case_ids: Iterable[UUID]
) -> dict[UUID, Household]:
    """The households among these that the log knows, also where the file was opened after the day."""
    found: dict[UUID, Household] = {}
    for wanted in chunks(case_ids):
        rows = _households(moment).where(households.c.case_id.in_(wanted))
        found.update((h.case_id, h) for h in map(_household, connection.execute(rows)))
    return found


def households_of_head(connection: Connection, moment: Moment, head_id: UUID) -> list[Household]:
    """The households that this person heads or ever headed, in the order in which their files were opened."""
    everybody = [p.bytes for p in same_person(connection, moment).all_of(head_id)]
    later = select(heads.c.case_id).where(
        stands(heads.c.position, moment.as_at), heads.c.head_id.in_(everybody)
    )
    rows = _households(moment).where(
        or_(households.c.head_id.in_(everybody), households.c.case_id.in_(later))
    )
    return [_household(r) for r in connection.execute(rows)]


def _households(moment: Moment) -> Select[Any]:
    known = stands(households.c.position, moment.as_at)
    return select(households).where(known).order_by(households.c.position)


def _household(r: Any) -> Household:
    return Household(
        UUID(bytes=r.case_id),
        UUID(bytes=r.event_id),
        r.position,
        UUID(bytes=r.head_id),
        date.fromordinal(r.occurred_on),
        r.town,
        r.village,
        r.size,
        r.resolved,
        UUID(bytes=r.split_from) if r.split_from else None,
    )


def members_of(
    connection: Connection, moment: Moment, case_ids: Iterable[UUID]
) -> dict[UUID, list[Member]]:
    """Who belongs to each of these households on the day; the head does until he left.

    As in the case file: of a person's joinings and leavings that hold by the day, the last one
    in the log decides.
    """
    case_ids, same = list(case_ids), same_person(connection, moment)
    inside: dict[UUID, dict[UUID, str]] = {
        case_id: {same.of(household.head_id): ""}
        for case_id, household in known_households(connection, moment, case_ids).items()
    }
    for wanted in chunks(case_ids):
        rows = select(members).where(
            stands(members.c.position, moment.as_at),
            members.c.starts_on <= moment.as_of.toordinal(),
            members.c.case_id.in_(wanted),
        )
        for r in connection.execute(rows.order_by(members.c.position, members.c.n)):
            own = inside.setdefault(UUID(bytes=r.case_id), {})
            person = same.of(UUID(bytes=r.person_id))
            if r.joined:
                own[person] = r.relation or own.get(person, "")
            else:
                own.pop(person, None)
        closed = select(closings.c.case_id).where(
            stands(closings.c.position, moment.as_at),
            closings.c.starts_on <= moment.as_of.toordinal(),
            closings.c.case_id.in_(wanted),
        )
        for (case,) in connection.execute(closed):
            inside[UUID(bytes=case)] = {}
    return {
        case: [Member(person, relation) for person, relation in own.items()]
        for case, own in inside.items()
    }
