"""Read model: micro-wishes: registered, matched with a provider, fulfilled, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from domain.events import Event, WishFulfilled, WishMatched, WishRegistered
from projections.model import Handler, ReadModel, Sink
from projections.moment import Moment
from projections.tables import as_date, counts, day, fact_table, id_, text, whole

wishes = fact_table(
    "wishes",
    id_("event_id"),
    id_("wish_id"),
    id_("person_id"),
    day("occurred_on"),
    text("number"),
    text("kind"),
    text("channel"),
    text("town"),
)
wish_steps = fact_table(
    "wish_steps",
    id_("event_id"),
    id_("wish_id"),
    day("occurred_on"),
    text("step"),
    id_("provider_id", nullable=True),
    whole("satisfaction", nullable=True),
)
"""Step matched or fulfilled."""


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_wish, add_step = sink.to(wishes), sink.to(wish_steps)

    def registered(position: int, event: WishRegistered) -> None:
        meta = event.meta
        add_wish(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.person_id.bytes,
                meta.occurred_on.toordinal(),
                event.number,
                event.kind,
                event.channel,
                event.town,
            )
        )

    def matched(position: int, event: WishMatched) -> None:
        meta, on = event.meta, event.meta.occurred_on.toordinal()
        provider = event.provider_id.bytes
        add_step(
            (position, meta.event_id.bytes, meta.stream_id.bytes, on, "matched", provider, None)
        )

    def fulfilled(position: int, event: WishFulfilled) -> None:
        meta, on = event.meta, event.meta.occurred_on.toordinal()
        asked = event.satisfaction
        add_step(
            (position, meta.event_id.bytes, meta.stream_id.bytes, on, "fulfilled", None, asked)
        )

    return {WishRegistered: registered, WishMatched: matched, WishFulfilled: fulfilled}


MODEL = ReadModel("wishes", (wishes, wish_steps), _handlers)


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish and how far it came. Its age runs until it was fulfilled, else until the day."""

    wish_id: UUID
    number: str
    person_id: UUID
    kind: str
    channel: str
    town: str
    registered_on: date
    matched_on: date | None
    provider_id: UUID | None
    fulfilled_on: date | None
    satisfaction: int | None
    age_days: int
    position: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """All wishes by number of days and number, oldest first."""

    as_of: date
    as_at: int
    registered: int
    matched: int
    fulfilled: int
    rows: tuple[Wish, ...]


def wish_report(connection: Connection, moment: Moment) -> Wishes:
    """Every wish registered by the day."""
    matched, fulfilled = _steps(connection, moment)
    query = select(wishes).where(counts(wishes, moment)).order_by(wishes.c.position)
    rows = []
    for r in connection.execute(query):
        match, done = matched.get(r.wish_id), fulfilled.get(r.wish_id)
        until = done[0] if done else moment.as_of.toordinal()
        rows.append(
            Wish(
                UUID(bytes=r.wish_id),
                r.number,
                UUID(bytes=r.person_id),
                r.kind,
                r.channel,
                r.town,
                date.fromordinal(r.occurred_on),
                as_date(match[0]) if match else None,
                UUID(bytes=match[1]) if match else None,
                as_date(done[0]) if done else None,
                done[1] if done else None,
                until - r.occurred_on,
                r.position,
            )
        )
    rows.sort(key=lambda w: (-w.age_days, w.number, w.position))
    return Wishes(
        as_of=moment.as_of,
        as_at=moment.as_at,
        registered=len(rows),
        matched=sum(w.matched_on is not None for w in rows),
        fulfilled=sum(w.fulfilled_on is not None for w in rows),
        rows=tuple(rows),
    )


def _steps(
    connection: Connection, moment: Moment
) -> tuple[dict[bytes, tuple[int, bytes]], dict[bytes, tuple[int, int | None]]]:
    """Wish → (day, provider) of its last match, and (day, satisfaction) of its fulfillment."""
    s = wish_steps.c
    query = select(s.wish_id, s.step, s.occurred_on, s.provider_id, s.satisfaction)
    matched: dict[bytes, tuple[int, bytes]] = {}
    fulfilled: dict[bytes, tuple[int, int | None]] = {}
    for wish, step, on, provider, satisfaction in connection.execute(
        query.where(counts(wish_steps, moment)).order_by(s.position)
    ):
        if step == "matched":
            matched[wish] = (on, provider)
        else:
            fulfilled[wish] = (on, satisfaction)
    return matched, fulfilled
