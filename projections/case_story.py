"""The story of one case: everything in its file in the order of the log, and what became of its
members: deaths, registrations that were merged, erasures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from typing import Any, get_args, get_type_hints
from uuid import UUID

from domain.events import (
    EVENT_CLASSES,
    Actor,
    Annulled,
    CarriedOver,
    Enrolled,
    Event,
    HouseholdFormed,
    MemberCovered,
    MemberJoined,
    Personal,
    PersonDied,
    PersonMerged,
    Reinstated,
    SubjectErased,
    Switched,
)
from projections.entries import Entries, Recorded
from projections.moment import Moment


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One entry of the story. `data` is what the event says, by field; nothing that is sealed."""

    position: int
    recorded_at: int
    event_id: UUID
    stream_id: UUID
    """The case's file; of a death, a merge or an erasure, the person's own stream."""
    occurred_on: date
    effective_from: date | None
    topic: str
    basis: str
    source: str
    actor: Actor
    document: str | None
    data: dict[str, Any]
    """Its public fields. One that is at its default is left out: an event that gains a field later
    says here what it always said."""
    annulled_by: int | None
    """Position of the annulment, where there is one by `as_at`."""


@dataclass(frozen=True, slots=True)
class Story:
    """A case as the log knew it at `as_at`, as far as the day `as_of`."""

    as_of: date
    as_at: int
    case_id: UUID
    rows: tuple[StoryRow, ...]


def case_story(entries: Entries, case_id: UUID, moment: Moment) -> Story:
    """The entries of the case, and deaths, merged registrations and erasures of whoever was ever in
    it, in the order of the log.

    Annulled events stay in the story, marked. Empty for a stream that is not known.
    """
    own = [r for r in entries.stream(case_id) if r.position <= moment.as_at]
    found = [*own, *_of_persons(entries, own, moment)]
    annulled = {
        r.event.annulled_event_id: r.position for r in found if isinstance(r.event, Annulled)
    }
    rows = [
        _row(r, annulled.get(r.event.meta.event_id))
        for r in sorted(found, key=lambda r: r.position)
        if r.event.meta.occurred_on <= moment.as_of
    ]
    return Story(moment.as_of, moment.as_at, case_id, tuple(rows))


def _of_persons(entries: Entries, own: Sequence[Recorded], moment: Moment) -> Iterator[Recorded]:
    told = (PersonDied, PersonMerged, SubjectErased)
    waiting, seen = list(dict.fromkeys(_persons(r.event for r in own))), set[UUID]()
    while waiting:
        person = waiting.pop(0)
        if person in seen:
            continue
        seen.add(person)
        stream = [r for r in entries.stream(person) if r.position <= moment.as_at]
        about = {r.event.meta.event_id for r in stream if isinstance(r.event, told)}
        for r in stream:
            event = r.event
            if isinstance(event, PersonMerged):
                waiting.append(event.into_person_id)
            if isinstance(event, told) or (
                isinstance(event, Annulled) and event.annulled_event_id in about
            ):
                yield r


def _persons(events: Iterable[Event]) -> Iterator[UUID]:
    for event in events:
        if isinstance(event, HouseholdFormed):
            yield event.head_id
        elif isinstance(event, (MemberJoined, MemberCovered)):
            yield event.person_id
        elif isinstance(event, (Enrolled, CarriedOver, Reinstated, Switched)):
            yield from event.covered


def _row(recorded: Recorded, annulled_by: int | None) -> StoryRow:
    event, meta = recorded.event, recorded.event.meta
    return StoryRow(
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        event_id=meta.event_id,
        stream_id=meta.stream_id,
        occurred_on=meta.occurred_on,
        effective_from=meta.effective_from,
        topic=event.topic,
        basis=meta.basis,
        source=meta.source,
        actor=meta.actor,
        document=meta.document,
        data=_unlike_default(event, _public(type(event))),
        annulled_by=annulled_by,
    )


def all_said(row: StoryRow) -> dict[str, Any]:
    """The public fields of the entry, those at their defaults as well."""
    cls = EVENT_CLASSES[row.topic]
    defaults = {f.name: _said(f.default) for f in fields(cls) if f.default is not MISSING}
    return {**{n: v for n, v in defaults.items() if n in _public(cls)}, **row.data}


def _unlike_default(value: Any, names: Iterable[str]) -> dict[str, Any]:
    wanted = set(names)
    return {
        f.name: _said(getattr(value, f.name))
        for f in fields(value)
        if f.name in wanted and (f.default is MISSING or getattr(value, f.name) != f.default)
    }


def _said(value: Any) -> Any:
    """Parts and components as dicts, tuples as lists; the rest as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return _unlike_default(value, (f.name for f in fields(value)))
    if isinstance(value, tuple):
        return [_said(item) for item in value]
    return value


_PUBLIC: dict[type[Event], tuple[str, ...]] = {}


def _public(cls: type[Event]) -> tuple[str, ...]:
    """The fields of an event that may be shown: neither sealed nor a keyed digest."""
    if cls not in _PUBLIC:
        hints = get_type_hints(cls, include_extras=True)
        names = [f.name for f in fields(cls) if f.name != "meta"]
        _PUBLIC[cls] = tuple(name for name in names if not _hidden(hints[name]))
    return _PUBLIC[cls]


def _hidden(hint: Any) -> bool:
    base, *marks = get_args(hint)
    is_bytes = base is bytes or bytes in get_args(base)
    return is_bytes or any(isinstance(mark, Personal) for mark in marks)
