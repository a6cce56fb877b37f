"""Which town of the county a household belongs to on a day: where it was formed, then its moves."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Select, select, true

from projections.moment import Moment
from projections.registry_rows import households, moves
from projections.tables import stands


class Towns:
    """The towns of these cases (all by default), by the bytes of the case and the day's number."""

    def __init__(
        self, connection: Connection, moment: Moment, cases: Select[Any] | None = None
    ) -> None:
        h, m = households.c, moves.c
        formed = select(h.case_id, h.town).where(
            stands(h.position, moment.as_at),
            h.town != "",
            true() if cases is None else h.case_id.in_(cases),
        )
        self._formed: dict[bytes, str] = dict(connection.execute(formed.order_by(h.position)).all())
        moved = select(m.case_id, m.starts_on, m.town).where(
            stands(m.position, moment.as_at), true() if cases is None else m.case_id.in_(cases)
        )
        self._moves: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        for case, day, town in connection.execute(moved.order_by(m.starts_on, m.position)):
            self._moves[case].append((day, town))

    def on(self, case: bytes, day: int) -> str:
        """The town on that day; empty where the log does not say."""
        return self.since(case, 0, day) or self._formed.get(case, "")

    def since(self, case: bytes, after: int, day: int) -> str:
        """Where the household moved to after one day and by the other; empty if it did not."""
        town = ""
        for moved_on, to in self._moves.get(case, ()):
            if after < moved_on <= day:
                town = to
        return town
