"""Read model: needs that were found, referred to the department in charge, and answered or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from domain.events import Event, NeedAnswered, NeedDiscovered, NeedReferred
from projections.model import Handler, ReadModel, Sink
from projections.moment import Moment
from projections.tables import as_date, counts, day, fact_table, id_, text

needs = fact_table(
    "needs",
    id_("event_id"),
    id_("need_id"),
    id_("person_id"),
    id_("household_id", nullable=True),
    day("occurred_on"),
    text("number"),
    text("channel"),
    text("kind"),
    text("town"),
    text("village"),
)
need_steps = fact_table(
    "need_steps",
    id_("event_id"),
    id_("need_id"),
    day("occurred_on"),
    text("step"),
    text("detail"),
    day("due_on", nullable=True),
)
"""Step referred (detail: the department) or answered (detail: the outcome)."""


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_need, add_step = sink.to(needs), sink.to(need_steps)

    def discovered(position: int, event: NeedDiscovered) -> None:
        meta = event.meta
        add_need(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.person_id.bytes,
                event.household_id.bytes if event.household_id else None,
                meta.occurred_on.toordinal(),
                event.number,
                event.channel,
                event.kind,
                event.town,
                event.village,
            )
        )

    def referred(position: int, event: NeedReferred) -> None:
        due = event.due_on.toordinal() if event.due_on else None
        add_step((*_key(position, event), "referred", event.organization, due))

    def answered(position: int, event: NeedAnswered) -> None:
        add_step((*_key(position, event), "answered", event.outcome, None))

    return {NeedDiscovered: discovered, NeedReferred: referred, NeedAnswered: answered}


def _key(position: int, event: Event) -> tuple[Any, ...]:
    meta = event.meta
    return (position, meta.event_id.bytes, meta.stream_id.bytes, meta.occurred_on.toordinal())


MODEL = ReadModel("needs", (needs, need_steps), _handlers)


@dataclass(frozen=True, slots=True)
class Need:
    """A need and how far it came. Its age runs until it was answered, else until the day."""

    need_id: UUID
    number: str
    person_id: UUID
    household_id: UUID | None
    channel: str
    kind: str
    town: str
    found_on: date
    referred_on: date | None
    referred_to: str
    due_on: date | None
    answered_on: date | None
    outcome: str
    age_days: int
    position: int


@dataclass(frozen=True, slots=True)
class Needs:
    """All needs, the longest unanswered first."""

    as_of: date
    as_at: int
    found: int
    referred: int
    answered: int
    overdue: int
    """Referred, not answered, and past the day on which the answer was due."""
    outcomes: dict[str, int]
    rows: tuple[Need, ...]


def need_report(connection: Connection, moment: Moment) -> Needs:
    """Every need found by the day."""
    steps: dict[tuple[bytes, str], Any] = {}
    query = select(need_steps).where(counts(need_steps, moment)).order_by(need_steps.c.position)
    for s in connection.execute(query):
        steps[s.need_id, s.step] = s
    rows = [
        _need(r, steps.get((r.need_id, "referred")), steps.get((r.need_id, "answered")), moment)
        for r in connection.execute(
            select(needs).where(counts(needs, moment)).order_by(needs.c.position)
        )
    ]
    rows.sort(key=lambda n: (n.answered_on is not None, -n.age_days, n.number, n.position))
    return Needs(
        as_of=moment.as_of,
        as_at=moment.as_at,
        found=len(rows),
        referred=sum(n.referred_on is not None for n in rows),
        answered=sum(n.answered_on is not None for n in rows),
        overdue=sum(
            n.answered_on is None and n.due_on is not None and n.due_on < moment.as_of for n in rows
        ),
        outcomes=dict(sorted(Counter(n.outcome for n in rows if n.answered_on).items())),
        rows=tuple(rows),
    )


def _need(r: Any, referred: Any, answered: Any, moment: Moment) -> Need:
    until = answered.occurred_on if answered else moment.as_of.toordinal()
    return Need(
        need_id=UUID(bytes=r.need_id),
        number=r.number,
        person_id=UUID(bytes=r.person_id),
        household_id=UUID(bytes=r.household_id) if r.household_id else None,
        channel=r.channel,
        kind=r.kind,
        town=r.town,
        found_on=date.fromordinal(r.occurred_on),
        referred_on=as_date(referred.occurred_on) if referred else None,
        referred_to=referred.detail if referred else "",
        due_on=as_date(referred.due_on) if referred else None,
        answered_on=as_date(answered.occurred_on) if answered else None,
        outcome=answered.detail if answered else "",
        age_days=until - r.occurred_on,
        position=r.position,
    )
