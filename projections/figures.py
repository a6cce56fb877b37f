"""The annual figures, rebuilt from events: of the year where the year counts, else to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, distinct, func, select

from domain.ages import BANDS
from projections.check_coverage import cross_check_counts
from projections.counted import COUNTED
from projections.moment import Moment
from projections.movements import movements
from projections.partners import known_organizations, known_sources, workers_on_duty
from projections.same_person import same_person
from projections.service_report import served
from projections.services import COMMITTED, PAID, deliveries, project_money, projects
from projections.tables import counts

HELP_PROJECT, VENTURE, CHARITY = "help_project", "venture", "charity"
CATARACT, COUNSELING, HOME = "cataract_surgery", "child_counseling", "home_improvement"
MINORS = frozenset(BANDS[:3])
AGED_65 = frozenset(BANDS[5:])
FISCAL_FUNDS = frozenset({"fiscal", "county", "city", "province", "central"})


@dataclass(frozen=True, slots=True)
class AnnualFigures:
    """Key → figure, in the order of `COUNTED`. Money in whole yuan."""

    as_of: date
    as_at: int
    year: int
    values: dict[str, int]


def figures(connection: Connection, moment: Moment, year: int) -> AnnualFigures:
    """Every figure that `COUNTED` names."""
    values = {
        **_of_the_year(connection, moment, year),
        **_of_partners(connection, moment),
        **_of_services(connection, moment),
        **_of_projects(connection, moment),
    }
    assert values.keys() == COUNTED.keys()
    return AnnualFigures(moment.as_of, moment.as_at, year, {key: values[key] for key in COUNTED})


def _of_the_year(connection: Connection, moment: Moment, year: int) -> dict[str, int]:
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    moved = movements(connection, moment, first, end)
    assert moved.opening + moved.new - moved.exited == moved.closing
    return {
        "economic_checks": cross_check_counts(connection, moment, first, end).checks,
        "newly_enrolled_persons": moved.new,
        "exited_persons": moved.exited,
        "exited_by_death": moved.died,
        "opening_status_persons": moved.opening,
        "closing_status_persons": moved.closing,
    }


def _of_partners(connection: Connection, moment: Moment) -> dict[str, int]:
    sources = known_sources(connection, moment)
    workers = [w for w in workers_on_duty(connection, moment) if w.role == "social_worker"]
    same = same_person(connection, moment)
    kinds = {k for s in sources if s.kind in ("bank", "department") for k in s.data_kinds}
    return {
        "banks": len({s.code for s in sources if s.kind == "bank"}),
        "departments": len({s.code for s in sources if s.kind == "department"}),
        "data_kinds": len(kinds),
        "towns": len({w.town for w in workers}),
        "social_workers": len({same.of(w.person_id) for w in workers}),
        "linked_departments": len({o.code for o in known_organizations(connection, moment)}),
    }


def _of_services(connection: Connection, moment: Moment) -> dict[str, int]:
    d = deliveries.c
    persons, _, heads = served(connection, moment)
    of_children = (d.service == COUNSELING, d.age_band.in_(MINORS))
    towns = select(func.count(distinct(d.town))).where(
        counts(deliveries, moment),
        d.completed,
        d.person_id.is_not(None),
        d.town != "",
        *of_children,
    )
    operated = served(connection, moment, d.service == CATARACT, d.age_band.in_(AGED_65))
    return {
        "people_served": persons,
        "people_by_head_count": heads,
        "cataract_patients": operated[0],
        "children_supported": served(connection, moment, *of_children)[0],
        "children_supported_towns": _number(connection, towns),
        "homes_improved": served(connection, moment, d.service == HOME)[1],
    }


def _of_projects(connection: Connection, moment: Moment) -> dict[str, int]:
    def number(what: Any, *tracks: str) -> int:
        query = select(func.count(distinct(what)))
        return _number(
            connection, query.where(counts(projects, moment), projects.c.track.in_(tracks))
        )

    def yuan(kind: str, funds: frozenset[str], *tracks: str) -> int:
        return _yuan(connection, moment, kind, funds, projects.c.track.in_(tracks))

    p, services, charity = projects.c, (HELP_PROJECT, VENTURE), frozenset({"charity"})
    return {
        "help_projects": number(p.project_id, HELP_PROJECT),
        "orgs_in_venture": number(p.provider_id, VENTURE),
        "orgs_in_services": number(p.provider_id, HELP_PROJECT),
        "service_projects": number(p.project_id, *services),
        "fiscal_spend": yuan(COMMITTED, FISCAL_FUNDS, *services),
        "fiscal_paid": yuan(PAID, FISCAL_FUNDS, *services),
        "charity_projects": number(p.project_id, CHARITY),
        "charity_spend": yuan(COMMITTED, charity, CHARITY),
        "charity_paid": yuan(PAID, charity, CHARITY),
    }


def _yuan(
    connection: Connection,
    moment: Moment,
    kind: str,
    funds: frozenset[str],
    of_track: ColumnElement[bool],
) -> int:
    """Whole yuan, half a yuan rounded up."""
    m = project_money.c
    wanted = select(projects.c.project_id).where(counts(projects, moment), of_track)
    query = select(func.coalesce(func.sum(m.amount_fen), 0)).where(
        counts(project_money, moment),
        m.kind == kind,
        m.fund.in_(funds),
        m.project_id.in_(wanted),
    )
    return (_number(connection, query) + 50) // 100


def _number(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar_one())
