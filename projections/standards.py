"""Read model: standards in time, each version with the day from which it holds and its successor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from domain.case_facts import starts_on
from domain.events import Event, StandardAdopted
from projections.model import Handler, ReadModel, Sink
from projections.moment import Moment
from projections.tables import counts, day, fact_table, id_, text, whole

IN_FORCE, TO_COME, SUPERSEDED = "in_force", "to_come", "superseded"

standards = fact_table(
    "standards",
    id_("event_id"),
    id_("standard_id"),
    day("occurred_on"),
    day("starts_on"),
    text("program"),
    text("component"),
    text("grade"),
    text("area"),
    text("version"),
    whole("amount_fen"),
    text("document"),
)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add = sink.to(standards)

    def adopted(position: int, event: StandardAdopted) -> None:
        meta = event.meta
        add(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                starts_on(event).toordinal(),
                event.program,
                event.component,
                event.grade,
                event.area,
                event.version,
                event.amount_fen,
                meta.document or "",
            )
        )

    return {StandardAdopted: adopted}


MODEL = ReadModel("standards", (standards,), _handlers)


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of a standard. It holds from `starts_on` to the day before `until`."""

    program: str
    component: str
    grade: str
    area: str
    version: str
    amount_fen: int
    """A person and month."""
    adopted_on: date
    starts_on: date
    until: date | None
    """The first day on which its successor holds; None while it has none."""
    supersedes: str
    """The version before it; empty for the first."""
    superseded_by: str
    state: str
    """in_force, to_come or superseded, on the day that is asked about."""
    document: str
    event_id: UUID
    position: int

    def holds_on(self, day: date) -> bool:
        """True where it is the version in force on that day."""
        return self.starts_on <= day and (self.until is None or day < self.until)


def standard_list(
    connection: Connection, moment: Moment, program: str | None = None
) -> list[Standard]:
    """Every version adopted by the day, by program, component, grade, area and time."""
    rows = select(standards).where(counts(standards, moment))
    if program is not None:
        rows = rows.where(standards.c.program == program)
    series: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    ordered = rows.order_by(standards.c.starts_on, standards.c.position)
    for r in connection.execute(ordered):
        series[r.program, r.component, r.grade, r.area].append(r)
    return [
        _standard(own, n, moment.as_of)
        for _, own in sorted(series.items())
        for n in range(len(own))
    ]


def _standard(own: list[Any], n: int, today: date) -> Standard:
    r = own[n]
    after = own[n + 1] if n + 1 < len(own) else None
    starts = date.fromordinal(r.starts_on)
    until = date.fromordinal(after.starts_on) if after else None
    state = TO_COME if today < starts else SUPERSEDED if until and until <= today else IN_FORCE
    return Standard(
        r.program,
        r.component,
        r.grade,
        r.area,
        r.version,
        int(r.amount_fen),
        date.fromordinal(r.occurred_on),
        starts,
        until,
        own[n - 1].version if n else "",
        after.version if after else "",
        state,
        r.document,
        UUID(bytes=r.event_id),
        r.position,
    )
