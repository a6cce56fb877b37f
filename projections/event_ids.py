"""Which event stands at a position, for those of which a read model keeps a row."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, select

from projections.checks import cross_checks, visits
from projections.decisions import applications, decisions
from projections.models import MODELS
from projections.payments import lines
from projections.procedure_rows import steps
from projections.tables import CHUNK

_OFTEN = (lines, decisions, applications, visits, cross_checks, steps)
"""Asked first: most positions that anybody asks about stand there."""
_WITH_ID = [t for m in MODELS for t in m.tables if "event_id" in t.c and "n" not in t.c]
_TABLES = [*_OFTEN, *(t for t in _WITH_ID if t not in _OFTEN)]


def event_ids(connection: Connection, positions: Iterable[int]) -> dict[int, UUID]:
    """Position → event. A position whose event makes no row with its id is left out."""
    wanted = sorted(set(positions))
    found: dict[int, UUID] = {}
    for start in range(0, len(wanted), CHUNK):
        left = wanted[start : start + CHUNK]
        for table in _TABLES:
            rows = select(table.c.position, table.c.event_id).where(table.c.position.in_(left))
            for position, raw in connection.execute(rows):
                found[position] = UUID(bytes=raw)
            left = [p for p in left if p not in found]
            if not left:
                break
    return found
