"""Read model: who works with relief. Sources and their kinds of data, organizations, workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, or_, select

from domain.events import Event, OrganizationRegistered, SourceRegistered, WorkerAssigned
from projections.model import Handler, ReadModel, Sink
from projections.moment import Moment
from projections.tables import as_date, counts, day, fact_table, id_, stands, text

sources = fact_table(
    "sources", id_("event_id"), day("occurred_on"), text("code"), text("name"), text("kind")
)
source_kinds = fact_table("source_kinds", text("data_kind"), several=True)
organizations = fact_table(
    "organizations", id_("event_id"), day("occurred_on"), text("code"), text("name"), text("kind")
)
workers = fact_table(
    "workers",
    id_("event_id"),
    day("occurred_on"),
    day("starts_on"),
    day("until", nullable=True),
    text("code"),
    id_("person_id"),
    text("role"),
    text("town"),
    text("organization"),
)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_source, add_kind = sink.to(sources), sink.to(source_kinds)
    add_organization, add_worker = sink.to(organizations), sink.to(workers)

    def source(position: int, event: SourceRegistered) -> None:
        meta = event.meta
        on = meta.occurred_on.toordinal()
        add_source((position, meta.event_id.bytes, on, event.code, event.name, event.kind))
        for n, kind in enumerate(event.data_kinds):
            add_kind((position, n, kind))

    def organization(position: int, event: OrganizationRegistered) -> None:
        meta = event.meta
        on = meta.occurred_on.toordinal()
        add_organization((position, meta.event_id.bytes, on, event.code, event.name, event.kind))

    def worker(position: int, event: WorkerAssigned) -> None:
        meta = event.meta
        add_worker(
            (
                position,
                meta.event_id.bytes,
                meta.occurred_on.toordinal(),
                (meta.effective_from or meta.occurred_on).toordinal(),
                event.until.toordinal() if event.until else None,
                event.code,
                event.person_id.bytes,
                event.role,
                event.town,
                event.organization,
            )
        )

    return {
        SourceRegistered: source,
        OrganizationRegistered: organization,
        WorkerAssigned: worker,
    }


MODEL = ReadModel("partners", (sources, source_kinds, organizations, workers), _handlers)


@dataclass(frozen=True, slots=True)
class Source:
    """A source that reports or gives data to cross-checks."""

    code: str
    name: str
    kind: str
    data_kinds: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization that works with the relief system."""

    code: str
    name: str
    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A social worker who serves a town on the day."""

    code: str
    person_id: UUID
    role: str
    town: str
    organization: str
    starts_on: date
    until: date | None
    position: int


def known_sources(connection: Connection, moment: Moment) -> list[Source]:
    """Every source by its code."""
    kinds: dict[int, list[str]] = {}
    by_place = select(source_kinds).where(source_kinds.c.position <= moment.as_at)
    for position, _, kind in connection.execute(
        by_place.order_by(source_kinds.c.position, source_kinds.c.n)
    ):
        kinds.setdefault(position, []).append(kind)
    rows = select(sources).where(counts(sources, moment))
    return [
        Source(r.code, r.name, r.kind, tuple(kinds.get(r.position, ())), r.position)
        for r in connection.execute(rows.order_by(sources.c.code, sources.c.position))
    ]


def known_organizations(connection: Connection, moment: Moment) -> list[Organization]:
    """Every organization by its code."""
    rows = select(organizations).where(counts(organizations, moment))
    return [
        Organization(r.code, r.name, r.kind, r.position)
        for r in connection.execute(rows.order_by(organizations.c.code, organizations.c.position))
    ]


def workers_on_duty(connection: Connection, moment: Moment) -> list[Worker]:
    """Every worker whose assignment holds on the day, by code."""
    today = moment.as_of.toordinal()
    rows = select(workers).where(
        stands(workers.c.position, moment.as_at),
        workers.c.starts_on <= today,
        or_(workers.c.until.is_(None), workers.c.until > today),
    )
    return [
        Worker(
            r.code,
            UUID(bytes=r.person_id),
            r.role,
            r.town,
            r.organization,
            date.fromordinal(r.starts_on),
            as_date(r.until),
            r.position,
        )
        for r in connection.execute(rows.order_by(workers.c.code, workers.c.position))
    ]
