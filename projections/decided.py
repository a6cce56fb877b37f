"""Which decision was taken on which application, also where the decision names none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, true

from projections.coverage import CaseQuery
from projections.decisions import ENROLLED, REFUSED, Decision, decisions, decisions_where
from projections.moment import Moment


def decided(
    connection: Connection, moment: Moment, cases: CaseQuery | None, received: Iterable[Any]
) -> dict[int, Decision]:
    """Position of an application → what was decided on it: what names it; else the first grant or
    refusal of its program since, and before the household applied anew."""
    d = decisions.c
    of_these = true() if cases is None else d.case_id.in_(cases)
    found = decisions_where(connection, moment, d.kind.in_((ENROLLED, REFUSED)), of_these)
    found.sort(key=lambda x: (x.decided_on, x.position))
    named: dict[UUID, Decision] = {}
    unnamed: dict[tuple[UUID, str], list[Decision]] = defaultdict(list)
    for decision in found:
        if decision.application_id is not None:
            named.setdefault(decision.application_id, decision)
        else:
            unnamed[decision.case_id, decision.program].append(decision)
    taken: dict[int, Decision] = {}
    newest_first = sorted(received, key=lambda a: (a.occurred_on, a.position), reverse=True)
    for a in newest_first:
        own = named.get(UUID(bytes=a.application_id))
        rest = unnamed.get((UUID(bytes=a.case_id), a.program), [])
        if own is None:
            own = next((x for x in rest if x.decided_on.toordinal() >= a.occurred_on), None)
            # What follows the newest application is its own; the older ones look before that.
            rest[:] = [x for x in rest if x.decided_on.toordinal() < a.occurred_on]
        if own is not None:
            taken[a.position] = own
    return taken
