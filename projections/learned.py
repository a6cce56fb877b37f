"""What was learned between two positions about one day: who came in, left, was changed, and by what.

The same question is asked twice, as the log knew it at the one position and at the other. The events
that bear on a case are its own entries between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from projections.entries import Entries, Recorded
from projections.moment import Moment
from projections.roster import RosterRow, roster

BEARING = frozenset({"registry", "enrollment", "exit"})
"""Families whose events, and their annulments, can change a roster; money paid does not."""
CAME_IN, LEFT, CHANGED = "came_in", "left", "changed"


@dataclass(frozen=True, slots=True)
class Cause:
    """An entry between the two positions that speaks of the case or of a person in it."""

    position: int
    event_id: UUID
    topic: str


@dataclass(frozen=True, slots=True)
class Learned:
    """One case in one program, of which the log says something else by now."""

    case_id: UUID
    program: str
    what: str
    """came_in, left or changed."""
    before: RosterRow | None
    after: RosterRow | None
    causes: tuple[Cause, ...]
    """Empty where a rule of dates alone made the difference; entries elsewhere would be missing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it, in order of program, town and case."""

    as_of: str
    before: int
    after: int
    came_in: int
    left: int
    changed: int
    persons_before: int
    persons_after: int
    due_before_fen: int
    due_after_fen: int
    rows: tuple[Learned, ...]


def learned(
    connection: Connection,
    entries: Entries,
    before: Moment,
    after: Moment,
    program: str | None = None,
    town: str | None = None,
) -> Difference:
    """How the roster of one day differs between what was known at two positions."""
    old, new = (roster(connection, moment, program, town) for moment in (before, after))
    one, other = _by_case(old.rows), _by_case(new.rows)
    differing = [k for k in {**one, **other} if _said(one.get(k)) != _said(other.get(k))]
    rows = [
        _learned(key, one.get(key), other.get(key), entries, before.as_at, after.as_at)
        for key in sorted(differing, key=lambda k: (k[1], k[0].bytes))
    ]
    counts = {what: sum(r.what == what for r in rows) for what in (CAME_IN, LEFT, CHANGED)}
    return Difference(
        after.as_of.isoformat(),
        before.as_at,
        after.as_at,
        counts[CAME_IN],
        counts[LEFT],
        counts[CHANGED],
        old.persons,
        new.persons,
        sum(r.due_fen for r in old.rows),
        sum(r.due_fen for r in new.rows),
        tuple(rows),
    )


def _by_case(rows: Iterable[RosterRow]) -> Mapping[tuple[UUID, str], RosterRow]:
    return {(r.case_id, r.program): r for r in rows}


def _said(row: RosterRow | None) -> object:
    """What a row says of the case, whichever entry says it."""
    if row is None:
        return None
    return (row.town, frozenset(row.person_ids), row.since, row.due_fen, row.state, row.until)


def _learned(
    key: tuple[UUID, str],
    old: RosterRow | None,
    new: RosterRow | None,
    entries: Entries,
    after: int,
    upto: int,
) -> Learned:
    what = CAME_IN if old is None else LEFT if new is None else CHANGED
    persons = [p for row in (old, new) if row is not None for p in row.person_ids]
    streams = dict.fromkeys([key[0], *persons])
    own = [
        entry
        for stream in streams
        for entry in entries.stream(stream)
        if after < entry.position <= upto and entry.event.family in BEARING
    ]
    return Learned(key[0], key[1], what, old, new, _causes(own))


def _causes(own: Sequence[Recorded]) -> tuple[Cause, ...]:
    ordered = sorted(own, key=lambda e: e.position)
    return tuple(Cause(e.position, e.event.meta.event_id, e.event.topic) for e in ordered)
