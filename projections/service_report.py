"""What social forces gave: providers, projects with their money, and who was reached."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, distinct, func, select

from projections.moment import Moment
from projections.same_person import goes_on, same_person
from projections.services import (
    COMMITTED,
    PAID,
    deliveries,
    project_acceptances,
    project_money,
    projects,
    providers,
)
from projections.tables import as_date, counts


@dataclass(frozen=True, slots=True)
class Provider:
    """An organization that gives services."""

    provider_id: UUID
    code: str
    name: str
    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project with its money by fund, fen."""

    project_id: UUID
    provider_id: UUID
    code: str
    name: str
    category: str
    track: str
    opened_on: date
    starts_on: date | None
    ends_on: date | None
    accepted_on: date | None
    people_planned: int | None
    visits_planned: int | None
    committed_fen: dict[str, int]
    paid_fen: dict[str, int]
    position: int


@dataclass(frozen=True, slots=True)
class Served:
    """What was completed of one service. Distinct persons and households are known by name;
    `heads` is known as a number only and stands apart."""

    service: str
    deliveries: int
    persons: int
    households: int
    heads: int
    unfinished: int


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """Providers, projects and deliveries to date; the totals count each person once."""

    as_of: date
    as_at: int
    persons: int
    households: int
    heads: int
    providers: tuple[Provider, ...]
    projects: tuple[Project, ...]
    services: tuple[Served, ...]


def service_report(connection: Connection, moment: Moment) -> ServiceReport:
    """Everything that social forces gave, as far as the day."""
    persons, households, heads = served(connection, moment)
    return ServiceReport(
        as_of=moment.as_of,
        as_at=moment.as_at,
        persons=persons,
        households=households,
        heads=heads,
        providers=tuple(known_providers(connection, moment)),
        projects=tuple(known_projects(connection, moment)),
        services=tuple(_by_service(connection, moment)),
    )


def known_providers(connection: Connection, moment: Moment) -> list[Provider]:
    """Every provider by its code."""
    rows = select(providers).where(counts(providers, moment))
    return [
        Provider(UUID(bytes=r.provider_id), r.code, r.name, r.kind, r.position)
        for r in connection.execute(rows.order_by(providers.c.code, providers.c.position))
    ]


def known_projects(connection: Connection, moment: Moment) -> list[Project]:
    """Every project by its code, with its money."""
    money = _money(connection, moment)
    a = project_acceptances
    days = select(a.c.project_id, a.c.occurred_on).where(counts(a, moment)).order_by(a.c.position)
    accepted = dict(connection.execute(days).all())
    rows = select(projects).where(counts(projects, moment))
    return [
        Project(
            UUID(bytes=r.project_id),
            UUID(bytes=r.provider_id),
            r.code,
            r.name,
            r.category,
            r.track,
            date.fromordinal(r.occurred_on),
            as_date(r.starts_on),
            as_date(r.ends_on),
            as_date(accepted.get(r.project_id)),
            r.people_planned,
            r.visits_planned,
            money.get((r.project_id, COMMITTED), {}),
            money.get((r.project_id, PAID), {}),
            r.position,
        )
        for r in connection.execute(rows.order_by(projects.c.code, projects.c.position))
    ]


def _money(connection: Connection, moment: Moment) -> dict[tuple[bytes, str], dict[str, int]]:
    m = project_money.c
    rows = (
        select(m.project_id, m.kind, m.fund, func.sum(m.amount_fen))
        .where(counts(project_money, moment))
        .group_by(m.project_id, m.kind, m.fund)
        .order_by(m.project_id, m.kind, m.fund)
    )
    found: dict[tuple[bytes, str], dict[str, int]] = defaultdict(dict)
    for project, kind, fund, fen in connection.execute(rows):
        found[project, kind][fund] = int(fen)
    return found


def served(connection: Connection, moment: Moment, *conditions: Any) -> tuple[int, int, int]:
    """Distinct persons, distinct households, and heads known as a number, of completed deliveries."""
    d = deliveries.c
    person = goes_on(same_person(connection, moment), d.person_id)
    row = connection.execute(
        select(
            func.count(distinct(person)),
            func.count(distinct(d.household_id)),
            func.coalesce(func.sum(d.head_count), 0),
        ).where(counts(deliveries, moment), d.completed, *conditions)
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def _by_service(connection: Connection, moment: Moment) -> list[Served]:
    d = deliveries.c
    done, person = d.completed, goes_on(same_person(connection, moment), d.person_id)
    rows = connection.execute(
        select(
            d.service,
            func.count().filter(done),
            func.count(distinct(person)).filter(done),
            func.count(distinct(d.household_id)).filter(done),
            func.coalesce(func.sum(d.head_count).filter(done), 0),
            func.count().filter(~done),
        )
        .where(counts(deliveries, moment))
        .group_by(d.service)
        .order_by(d.service)
    )
    return [Served(r[0], *(int(value) for value in r[1:])) for r in rows]
