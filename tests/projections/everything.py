"""Every question of the read side at one moment, so that two states of the views can be compared."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from projections import breaches
from projections.batches import batch_list
from projections.canonical import plain
from projections.check_coverage import check_coverage, cross_check_counts
from projections.circumstances import circumstances
from projections.figures import figures
from projections.file_coverage import file_coverage
from projections.findings import finding_list
from projections.households import household_on_day
from projections.moment import Moment
from projections.movements import movements
from projections.needs import need_report
from projections.partners import known_organizations, known_sources, workers_on_duty
from projections.procedures import procedures
from projections.registry import known_persons
from projections.registry_rows import households, persons
from projections.roster import expiring, roster
from projections.service_report import known_projects, known_providers, service_report
from projections.spending import spending
from projections.standards import standard_list
from projections.tables import stands
from projections.wishes import wish_report

MONTHS = ("2022-01", "2025-12")
YEAR = (date(2023, 1, 1), date(2024, 1, 1))


def everything(connection: Connection, moment: Moment, entries: int) -> dict[str, Any]:
    """Question → answer without `as_at`; breaches of the first `entries` of the log."""
    people = _ids(connection, moment, persons.c.person_id, persons.c.position)
    cases = _ids(connection, moment, households.c.case_id, households.c.position)
    answers: dict[str, Any] = {
        "roster": roster(connection, moment),
        "temporary": roster(connection, moment, "temporary"),
        "movements": movements(connection, moment, *YEAR),
        "spending": spending(connection, moment, *MONTHS),
        "figures": figures(connection, moment, 2023),
        "checks": check_coverage(connection, moment),
        "cross-checks": cross_check_counts(connection, moment, *YEAR),
        "circumstances": circumstances(connection, moment),
        "expiring": expiring(connection, moment, 1000),
        "procedures": procedures(connection, moment),
        "needs": need_report(connection, moment),
        "wishes": wish_report(connection, moment),
        "services": service_report(connection, moment),
        "providers": known_providers(connection, moment),
        "projects": known_projects(connection, moment),
        "sources": known_sources(connection, moment),
        "organizations": known_organizations(connection, moment),
        "workers": workers_on_duty(connection, moment),
        "standards": standard_list(connection, moment),
        "batches": batch_list(connection, moment, *MONTHS),
        "files": file_coverage(connection, moment, *MONTHS),
        "households": [household_on_day(connection, moment, case) for case in cases],
        "persons": [
            (str(p.person_id), p.sex, p.town, p.resolved, str(p.died_on), p.event_id)
            for p in known_persons(connection, moment, people).values()
        ],
        "findings": finding_list(connection, moment),
        "breaches": breaches.find(connection, moment, 0, entries),
    }
    return {question: _bare(plain(answer)) for question, answer in answers.items()}


def _ids(connection: Connection, moment: Moment, column: Any, position: Any) -> list[UUID]:
    rows = select(column).where(stands(position, moment.as_at)).order_by(position)
    return list(dict.fromkeys(UUID(bytes=raw) for (raw,) in connection.execute(rows)))


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if k not in ("as_at", "root")}
    return [_bare(v) for v in value] if isinstance(value, list) else value
