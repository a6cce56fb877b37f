"""What each annual figure is made of: a checker of `figures` that counts by hand, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, select

from domain.wording import BadValue
from projections.checks import cross_checks
from projections.counted import COUNTED
from projections.explaining.explanation import (
    COUNT,
    FEN,
    PERSONS,
    Contribution,
    Explanation,
    explained,
    in_whole_yuan,
    named,
    one_each,
    renamed,
)
from projections.explaining.of_movements import explain_movements
from projections.figures import (
    AGED_65,
    CATARACT,
    CHARITY,
    COUNSELING,
    FISCAL_FUNDS,
    HELP_PROJECT,
    HOME,
    MINORS,
    VENTURE,
    figures,
)
from projections.moment import Moment
from projections.partners import known_organizations, known_sources, workers_on_duty
from projections.services import COMMITTED, PAID, deliveries, project_money, projects
from projections.tables import counts

Rows = list[Contribution]
_MOVED: Final = {
    "newly_enrolled_persons": "new",
    "exited_persons": "exited",
    "exited_by_death": "died",
    "opening_status_persons": "opening",
    "closing_status_persons": "closing",
}


def explain_figure(connection: Connection, moment: Moment, key: str, year: int) -> Explanation:
    """A figure of the year. Money in fen, of which the figure prints whole yuan. Raises BadValue
    for a key that there is not; AssertionError where the two ways of counting disagree."""
    if key not in COUNTED:
        words = ", ".join(COUNTED)
        raise BadValue(f"年度数据有:{words}", f"the annual figures are {words}")
    name, scope = f"figures {key}", {"year": year}
    if key in _MOVED:
        first, end = date(year, 1, 1), date(year + 1, 1, 1)
        moved = explain_movements(connection, moment, _MOVED[key], first, end)
        found = renamed(moved, name, scope)
    else:
        unit, rows = _ROWS[key](connection, moment, year)
        found = explained(moment.as_of, moment.as_at, name, scope, unit, rows)
    value = figures(connection, moment, year).values[key]
    assert value == (in_whole_yuan(found) if found.unit == FEN else found.value)
    return found


def _checks(connection: Connection, moment: Moment, year: int) -> tuple[str, Rows]:
    c = cross_checks.c
    rows = select(c.person_id, c.request, c.position).where(
        counts(cross_checks, moment),
        c.occurred_on >= date(year, 1, 1).toordinal(),
        c.occurred_on < date(year + 1, 1, 1).toordinal(),
    )
    found = connection.execute(rows.order_by(c.position))
    return COUNT, one_each((f"{named(person)} {request}", at) for person, request, at in found)


def _sources(kind: str) -> Callable[[Connection, Moment, int], tuple[str, Rows]]:
    def rows(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
        own = (s for s in known_sources(connection, moment) if s.kind == kind)
        return COUNT, one_each((s.code, s.position) for s in own)

    return rows


def _data_kinds(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
    sources = known_sources(connection, moment)
    given = ((s, k) for s in sources if s.kind in ("bank", "department") for k in s.data_kinds)
    return COUNT, one_each((kind, s.position) for s, kind in given)


def _workers(field: str, unit: str) -> Callable[[Connection, Moment, int], tuple[str, Rows]]:
    def rows(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
        own = (w for w in workers_on_duty(connection, moment) if w.role == "social_worker")
        return unit, one_each((getattr(w, field), w.position) for w in own)

    return rows


def _organizations(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
    own = known_organizations(connection, moment)
    return COUNT, one_each((o.code, o.position) for o in own)


def _delivered(
    what: Any, unit: str, *conditions: Any
) -> Callable[[Connection, Moment, int], tuple[str, Rows]]:
    """Distinct values of a column of the completed deliveries."""

    def rows(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
        d = deliveries.c
        query = select(what, d.position).where(
            counts(deliveries, moment), d.completed, what.is_not(None), *conditions
        )
        found = connection.execute(query.order_by(d.position))
        return unit, one_each((subject, position) for subject, position in found)

    return rows


def _heads(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
    d = deliveries.c
    query = select(d.number, d.head_count, d.position).where(
        counts(deliveries, moment), d.completed, d.head_count.is_not(None)
    )
    found = connection.execute(query.order_by(d.position))
    return PERSONS, [Contribution(f"{number}", heads, (at,)) for number, heads, at in found]


def _projects(what: Any, *tracks: str) -> Callable[[Connection, Moment, int], tuple[str, Rows]]:
    def rows(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
        p = projects.c
        query = select(what, p.position).where(counts(projects, moment), p.track.in_(tracks))
        found = connection.execute(query.order_by(p.position))
        return COUNT, one_each((subject, position) for subject, position in found)

    return rows


def _money(
    kind: str, funds: frozenset[str], *tracks: str
) -> Callable[[Connection, Moment, int], tuple[str, Rows]]:
    def rows(connection: Connection, moment: Moment, _: int) -> tuple[str, Rows]:
        m, p = project_money.c, projects.c
        wanted = (
            select(p.project_id).distinct().where(counts(projects, moment), p.track.in_(tracks))
        )
        query = select(m.project_id, m.amount_fen, m.position).where(
            counts(project_money, moment),
            m.kind == kind,
            m.fund.in_(funds),
            m.project_id.in_(wanted),
        )
        found = connection.execute(query.order_by(m.position))
        return FEN, [Contribution(named(project), fen, (at,)) for project, fen, at in found]

    return rows


_D: Final = deliveries.c
_CHILDREN: Final = (_D.service == COUNSELING, _D.age_band.in_(MINORS))
_CHARITY_FUND: Final = frozenset({"charity"})
_ROWS: Final[dict[str, Callable[[Connection, Moment, int], tuple[str, Rows]]]] = {
    "economic_checks": _checks,
    "banks": _sources("bank"),
    "departments": _sources("department"),
    "data_kinds": _data_kinds,
    "towns": _workers("town", COUNT),
    "social_workers": _workers("person_id", PERSONS),
    "linked_departments": _organizations,
    "people_served": _delivered(_D.person_id, PERSONS),
    "people_by_head_count": _heads,
    "cataract_patients": _delivered(
        _D.person_id, PERSONS, _D.service == CATARACT, _D.age_band.in_(AGED_65)
    ),
    "children_supported": _delivered(_D.person_id, PERSONS, *_CHILDREN),
    "children_supported_towns": _delivered(
        _D.town, COUNT, _D.person_id.is_not(None), _D.town != "", *_CHILDREN
    ),
    "homes_improved": _delivered(_D.household_id, COUNT, _D.service == HOME),
    "help_projects": _projects(projects.c.project_id, HELP_PROJECT),
    "orgs_in_venture": _projects(projects.c.provider_id, VENTURE),
    "orgs_in_services": _projects(projects.c.provider_id, HELP_PROJECT),
    "service_projects": _projects(projects.c.project_id, HELP_PROJECT, VENTURE),
    "fiscal_spend": _money(COMMITTED, FISCAL_FUNDS, HELP_PROJECT, VENTURE),
    "fiscal_paid": _money(PAID, FISCAL_FUNDS, HELP_PROJECT, VENTURE),
    "charity_projects": _projects(projects.c.project_id, CHARITY),
    "charity_spend": _money(COMMITTED, _CHARITY_FUND, CHARITY),
    "charity_paid": _money(PAID, _CHARITY_FUND, CHARITY),
}
assert _ROWS.keys() | _MOVED.keys() == COUNTED.keys()
