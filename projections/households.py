"""One household on a day: who belongs to it, who is away and why, who is covered, for how much,
where it lives, and which other files it is tied to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from projections.circumstances import (
    Away,
    Circumstances,
    Custody,
    Hearing,
    Relative,
    Residence,
    circumstances,
)
from projections.household_rows import SPLIT, ties
from projections.moment import Moment
from projections.registry import Household, deaths_of, known_households, members_of
from projections.registry_rows import closings, heads, households, moves
from projections.roster import RosterRow, roster
from projections.same_person import same_person
from projections.tables import stands
from projections.towns import Towns


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """Who belongs to the household on the day. `died_on`: dead by then, and not taken out yet."""

    person_id: UUID
    relation: str
    is_head: bool
    programs: tuple[str, ...]
    """In which programs the household covers this person on the day."""
    away: Away | None
    self_care: str
    """full, partial or none; empty where it was never assessed."""
    died_on: date | None


@dataclass(frozen=True, slots=True)
class Tie:
    """Another file that this one came from, or that came of it."""

    kind: str
    """split_from, split_into, merged_into or absorbed."""
    case_id: UUID
    since: date
    position: int


@dataclass(frozen=True, slots=True)
class HouseholdOnDay:
    """A household as the log knew it. `state`: open, or merged (nobody belongs to it)."""

    as_of: date
    as_at: int
    case_id: UUID
    state: str
    resolved: bool
    formed_at: int
    """Position of the entry that opened the file."""
    head_id: UUID
    town: str
    village: str
    members: tuple[HouseholdMember, ...]
    programs: tuple[RosterRow, ...]
    residence: Residence | None
    """Where it is registered and where it lives, while the two differ."""
    relatives: tuple[Relative, ...]
    custody: tuple[Custody, ...]
    hearings: tuple[Hearing, ...]
    ties: tuple[Tie, ...]


def household_on_day(
    connection: Connection, moment: Moment, case_id: UUID
) -> HouseholdOnDay | None:
    """The household; None where the log has no such file, or not yet then."""
    known = known_households(connection, moment, [case_id]).get(case_id)
    if known is None:
        return None
    own = _only(case_id)
    about = circumstances(connection, moment, own)
    rows = roster(connection, moment, cases=own).rows
    found = _ties(connection, moment, known)
    head = _head(connection, moment, known)
    return HouseholdOnDay(
        as_of=moment.as_of,
        as_at=moment.as_at,
        case_id=case_id,
        state="merged" if any(t.kind == "merged_into" for t in found) else "open",
        resolved=known.resolved,
        formed_at=known.position,
        head_id=head,
        town=Towns(connection, moment, own).on(case_id.bytes, moment.as_of.toordinal()),
        village=_village(connection, moment, known),
        members=_members(connection, moment, known, head, about, rows),
        programs=rows,
        residence=about.apart[0] if about.apart else None,
        relatives=about.relatives,
        custody=about.custody,
        hearings=about.hearings,
        ties=found,
    )


def _only(case_id: UUID) -> Select[Any]:
    return select(households.c.case_id).where(households.c.case_id == case_id.bytes)


def _head(connection: Connection, moment: Moment, known: Household) -> UUID:
    """The head on the day: of the changes that hold by then, the last in the log."""
    h = heads.c
    rows = select(h.head_id).where(
        h.case_id == known.case_id.bytes,
        stands(h.position, moment.as_at),
        h.starts_on <= moment.as_of.toordinal(),
    )
    last = connection.execute(rows.order_by(h.position.desc()).limit(1)).scalar()
    head = known.head_id if last is None else UUID(bytes=last)
    return same_person(connection, moment).of(head)


def _village(connection: Connection, moment: Moment, known: Household) -> str:
    """The village of the last move, else the one where the file was opened."""
    m = moves.c
    rows = select(m.village).where(
        m.case_id == known.case_id.bytes,
        stands(m.position, moment.as_at),
        m.starts_on <= moment.as_of.toordinal(),
    )
    last = rows.order_by(m.starts_on.desc(), m.position.desc()).limit(1)
    village: str | None = connection.execute(last).scalar()
    return known.village if village is None else village


def _members(
    connection: Connection,
    moment: Moment,
    known: Household,
    head: UUID,
    about: Circumstances,
    rows: tuple[RosterRow, ...],
) -> tuple[HouseholdMember, ...]:
    away = {a.person_id: a for a in about.away}
    care = {c.person_id: c.level for c in about.self_care}
    own = members_of(connection, moment, [known.case_id]).get(known.case_id, [])
    died = {d.person_id: d.on for d in deaths_of(connection, moment, [m.person_id for m in own])}
    return tuple(
        HouseholdMember(
            m.person_id,
            "head" if m.person_id == head else "" if m.relation == "head" else m.relation,
            m.person_id == head,
            tuple(r.program for r in rows if m.person_id in r.person_ids),
            away.get(m.person_id),
            care.get(m.person_id, ""),
            died.get(m.person_id),
        )
        for m in sorted(own, key=lambda m: (m.person_id != head, m.person_id.bytes))
    )


def _ties(connection: Connection, moment: Moment, known: Household) -> tuple[Tie, ...]:
    raw, found = known.case_id.bytes, []
    for table, mine, other, kind in (
        (ties, ties.c.case_id, ties.c.other_case_id, ""),
        (ties, ties.c.other_case_id, ties.c.case_id, "split_from"),
        (closings, closings.c.case_id, closings.c.into_case_id, "merged_into"),
    ):
        what = table.c.kind if table is ties else None
        rows = select(table.c.position, table.c.starts_on, other.label("other"))
        if what is not None:
            rows = rows.add_columns(what)
        rows = rows.where(
            mine == raw,
            stands(table.c.position, moment.as_at),
            table.c.starts_on <= moment.as_of.toordinal(),
        )
        if kind == "split_from":
            rows = rows.where(ties.c.kind == SPLIT)
        for r in connection.execute(rows):
            said = kind or ("split_into" if r.kind == SPLIT else r.kind)
            found.append(Tie(said, UUID(bytes=r.other), date.fromordinal(r.starts_on), r.position))
    if known.split_from is not None and all(t.case_id != known.split_from for t in found):
        # The old file does not say so (a report of one side alone): the new one does.
        formed = Tie("split_from", known.split_from, known.formed_on, known.position)
        found += [formed] if known.formed_on <= moment.as_of else []
    return tuple(sorted(found, key=lambda t: (t.position, t.kind)))
