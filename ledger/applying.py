"""Applies framed entries to the database: the one way in, for appends and for catching up alike.

All that the database holds follows from the entries' own bytes: whoever has the entries can make
it anew. An append frames its entries and applies them in its transaction; who has the entries
from elsewhere (a log on Kafka, a backup) applies them with `apply_after`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from eventsourcing.persistence import IntegrityError
from sqlalchemy import Connection, insert, select, update

from domain.events import Event
from evidence.frame import unpack_raw
from ledger.database import create_tables, insert_rows
from ledger.errors import HeadMoved
from ledger.framing import Framer
from ledger.heads import locked_heads
from ledger.labels import Label
from ledger.stamps import keep, receipts_of
from ledger.tables import LOG, entries, heads, metadata
from ledger.treestore import grow, grow_to


class LookUps(Protocol):
    """What else is kept in the same transaction as the entries it comes from."""

    def create_tables(self, conn: Connection) -> None:
        """Makes what is missing; safe to repeat."""
        ...

    def keep(
        self,
        conn: Connection,
        positions: Sequence[int],
        applied: Sequence[bytes],
        events: Sequence[Event] | None,
    ) -> None:
        """Adds what these entries mean. `events`: the same ones decoded, where they are at hand.

        What is raised here takes the entries with it.
        """
        ...


@dataclass
class LogState:
    """The end of the log, as this transaction has it locked."""

    position: int
    """0 while the log is empty."""
    recorded_at: int
    families: dict[int, int] = field(default_factory=dict)
    """Family → its last position."""


class Applying:
    """Keeps entries, tree, commands, heads and look-ups of one database in step."""

    def __init__(self, framer: Framer, look_ups: LookUps | None = None) -> None:
        self.framer = framer
        self.look_ups = look_ups

    def create_tables(self, conn: Connection) -> None:
        """Makes what is missing; safe to repeat."""
        create_tables(conn, metadata)
        if conn.execute(select(heads).where(heads.c.family_id == LOG)).first() is None:
            conn.execute(insert(heads), {"family_id": LOG, "position": 0})
        if self.look_ups is not None:
            self.look_ups.create_tables(conn)

    def position(self, conn: Connection) -> int:
        """The last position, not locked."""
        found: int = conn.execute(
            select(heads.c.position).where(heads.c.family_id == LOG)
        ).scalar_one()
        return found

    def lock(self, conn: Connection) -> LogState:
        """The end of the log, locked until the commit."""
        last = locked_heads(conn)
        position = last.pop(LOG)
        grow_to(conn, position)  # reads one row where the tree is up to date, as it should be
        if position == 0:
            return LogState(0, 0, last)
        at = select(entries.c.recorded_at).where(entries.c.position == position)
        return LogState(position, conn.execute(at).scalar_one(), last)

    def apply_after(
        self,
        conn: Connection,
        after: int,
        framed: Sequence[bytes],
        events: Sequence[Event] | None = None,
    ) -> range:
        """Applies entries that follow a position: compare and set, inside the caller's transaction.

        `events`: as for `apply`.

        Raises HeadMoved where the log's end is another by now (nothing was written: look again),
        IntegrityError or ValueError where the entries do not follow the ones before them (such a
        log is not this one's: stop), UnknownTopic for a newer program's entry.
        """
        state = self.lock(conn)
        if state.position != after:
            raise HeadMoved(
                f"账本索引在第 {state.position} 条,而非第 {after} 条",
                f"the index of the log is at {state.position}, not at {after}",
            )
        return self.apply(conn, state, framed, events)

    def apply(
        self,
        conn: Connection,
        state: LogState,
        framed: Sequence[bytes],
        events: Sequence[Event] | None = None,
    ) -> range:
        """Applies entries behind the locked end of the log, and moves `state` on.

        Returns their positions. Raises as `apply_after`, HeadMoved apart. `events` spares the
        look-ups to decode what the caller has decoded.
        """
        before = dict(state.families)
        first = state.position + 1
        rows, labels = self._rows(state, framed)
        insert_rows(conn, entries, rows)
        grow(conn, first - 1, framed)
        keep(conn, receipts_of(labels, first), first - 1)
        _move_heads(conn, before, state)
        positions = range(first, state.position + 1)
        if self.look_ups is not None:
            self.look_ups.keep(conn, positions, framed, events)
        return positions

    def _rows(
        self, state: LogState, framed: Sequence[bytes]
    ) -> tuple[list[tuple[Any, ...]], list[Label]]:
        """The rows to insert, in the order of the columns, and each entry's label."""
        rows: list[tuple[Any, ...]] = []
        labels: list[Label] = []
        topic_of, label_of = self.framer.topic, self.framer.label
        families, position, recorded_at = state.families, state.position, state.recorded_at
        for entry in framed:
            position += 1
            _, family, family_position, stream, version, at = unpack_raw(entry)
            if family_position != families.get(family, 0) + 1 or at < recorded_at:
                raise IntegrityError(f"entry {position} does not follow the ones before it")
            families[family], recorded_at = family_position, at
            label = label_of(entry)
            labels.append(label)
            rows.append((position, stream, version, topic_of(entry), at, label.event_id, entry))
        state.position, state.recorded_at = position, recorded_at
        return rows, labels


def _move_heads(conn: Connection, before: dict[int, int], state: LogState) -> None:
    moved = {f: p for f, p in state.families.items() if before.get(f) != p}
    for family, position in {**moved, LOG: state.position}.items():
        if family == LOG or family in before:
            at = heads.c.family_id == family
            conn.execute(update(heads).where(at).values(position=position))
        else:
            conn.execute(insert(heads), {"family_id": family, "position": position})
