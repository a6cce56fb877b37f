"""The guard across households: runs under the append's lock, for decisions and annulments only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from domain.across import exclusive_programs, overlapping
from domain.case import CaseFile
from domain.events import (
    Annulled,
    Event,
    Exited,
    FadeOutStarted,
    HandedOver,
    MemberCovered,
    MemberUncovered,
    PersonDied,
    PersonMerged,
    PersonRegistered,
    Switched,
)
from domain.refusals import MergeWithItself, OutOfOrder
from domain.rulebook import RuleBook
from domain.same_person import SamePerson
from domain.spells import DEATH, CoverageChange, Spell
from ledger.codec import EventCodec
from ledger.indexes import OPENING_EVENTS, cases_covering
from ledger.merged import same_person
from ledger.recorder import stream_in


def guard_across(
    conn: Connection,
    codec: EventCodec,
    events: Sequence[Event],
    book: RuleBook,
    annulled: Event | None = None,
) -> None:
    """Raises ExclusivePrograms where these events put a person into two excluding programs.

    `annulled`: the event that `events[0]` annuls; leaving out an exit or a death can bring a
    person back. What overlapped before, by reports, does not stop a decision about something
    else: it is a breach, and shown as one.
    """
    _guard_merges(conn, codec, events)
    same = same_person(conn)
    persons = {same.of(p) for p in _persons_concerned(conn, codec, events, annulled)}
    if not persons:
        return
    everyone = [own for p in persons for own in same.all_of(p)]
    case_ids = cases_covering(conn, everyone) | {
        e.meta.stream_id for e in events if isinstance(e, (*OPENING_EVENTS, MemberCovered))
    }
    cases = {case_id: _case(conn, codec, case_id, same) for case_id in case_ids}
    deaths = {
        p: [d for own in same.all_of(p) for d in _deaths(conn, codec, own, p)] for p in persons
    }
    before = {_key(pair) for pair in overlapping(cases.values(), _flat(deaths), book)}
    for event in events:
        target = cases.get(event.meta.stream_id)
        if target is not None:
            target.apply(same.read(event))
        elif isinstance(event, Annulled) and isinstance(annulled, PersonDied):
            deaths[same.of(annulled.meta.stream_id)] = []
    for pair in overlapping(cases.values(), _flat(deaths), book):
        if _key(pair) not in before and pair[0].person_id in persons:
            raise exclusive_programs(*pair)


def _persons_concerned(
    conn: Connection, codec: EventCodec, events: Sequence[Event], annulled: Event | None
) -> Iterable[UUID]:
    for event in events:
        if isinstance(event, OPENING_EVENTS):
            yield from event.covered
        elif isinstance(event, MemberCovered):
            yield event.person_id
    if isinstance(annulled, PersonDied):
        yield annulled.meta.stream_id
    elif isinstance(annulled, MemberUncovered):
        yield annulled.person_id
    elif isinstance(annulled, HandedOver):
        yield from annulled.covered
    elif isinstance(annulled, (Exited, Switched, FadeOutStarted, *OPENING_EVENTS)):
        case = _case(conn, codec, annulled.meta.stream_id, SamePerson())
        yield from (c.person_id for c in case.coverage_changes())


def _guard_merges(conn: Connection, codec: EventCodec, events: Sequence[Event]) -> None:
    """A registration is merged into another one that is known, and not into itself by a detour.

    What the merge brings to light, one human in two programs, is no reason to refuse it: it is
    true, and shown as a breach.
    """
    for event in events:
        if not isinstance(event, PersonMerged):
            continue
        begins = next(iter(stream_in(conn, event.into_person_id)), None)
        if begins is None or not isinstance(codec.decode_entry(*begins), PersonRegistered):
            raise OutOfOrder(
                "保留的人员没有登记,应先登记,或指明已登记的人员编号",
                "the person who would go on is not registered; register him, or name one who is",
            )
        if same_person(conn).of(event.into_person_id) == event.meta.stream_id:
            raise MergeWithItself(
                "对方已并入本登记,不能再并回;如方向有误,请先撤销那次合并",
                "the other one was merged into this one; annul that merge if it went the wrong way",
            )


def _case(conn: Connection, codec: EventCodec, case_id: UUID, same: SamePerson) -> CaseFile:
    case = CaseFile(case_id)
    for topic, entry in stream_in(conn, case_id):
        case.apply(same.read(codec.decode_entry(topic, entry)))
    return case


def _deaths(
    conn: Connection, codec: EventCodec, stream: UUID, person: UUID
) -> list[CoverageChange]:
    """The deaths in a person's stream, as those of the person whom it stands for."""
    found: dict[UUID, CoverageChange] = {}
    for topic, entry in stream_in(conn, stream):
        event = codec.decode_entry(topic, entry)
        if isinstance(event, PersonDied):
            found[event.meta.event_id] = CoverageChange(
                person, None, "", event.meta.occurred_on, False, event.meta.stream_version, DEATH
            )
        elif isinstance(event, Annulled):
            found.pop(event.annulled_event_id, None)
    return list(found.values())


def _flat(deaths: dict[UUID, list[CoverageChange]]) -> list[CoverageChange]:
    return [change for own in deaths.values() for change in own]


def _key(pair: tuple[Spell, Spell]) -> frozenset[tuple[UUID, UUID, str, date]]:
    return frozenset((s.person_id, s.case_id, s.program, s.start) for s in pair)
