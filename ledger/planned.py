"""Records decisions that were planned and judged in bulk, as far as what they rest on still stands.

The plan was made over the views at a position of the log. Under the append, any case that went
on since then is left out and named: its plan is to be made anew. So nothing is decided on facts
that were overtaken, and nobody else has to wait while a plan is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from eventsourcing.persistence import RecordConflictError
from sqlalchemy import Connection, select

from domain.events import DECIDED, Event
from ledger.commands import Command, Receipt
from ledger.errors import AlreadyRecorded
from ledger.ids import new_ids
from ledger.known import sort_commands
from ledger.minting import mint
from ledger.recorder import Guard
from ledger.service import APPEND_COMMANDS, RETRIES, Ledger
from ledger.stamps import CommandStamp
from ledger.tables import entries

Progress = Callable[[int, int], None]


@dataclass
class Planned:
    """What became of a plan."""

    receipt: Receipt = field(default_factory=Receipt)
    overtaken: list[int] = field(default_factory=list)
    """Index of each command whose case went on since it was planned; nothing was recorded of it."""


def record_planned(
    ledger: Ledger,
    commands: Sequence[Command],
    planned_at: int,
    *,
    guard: Callable[[Sequence[Event]], Guard] | None = None,
    progress: Progress | None = None,
) -> Planned:
    """Records the commands, up to 4,000 in an append, each whole or not at all.

    `planned_at`: the position of the log up to which the plan saw it. `guard` is made for the
    events of each append and runs under its lock; what it raises stops the run there. Stopped or
    killed anywhere, the appends before stand; the same plan again records the rest.
    """
    done = Planned()
    watch = _Watch(ledger, planned_at)
    for start in range(0, len(commands), APPEND_COMMANDS):
        chunk = list(range(start, min(start + APPEND_COMMANDS, len(commands))))
        for attempt in range(RETRIES + 1):
            try:
                _append(ledger, commands, chunk, watch, guard, done)
                break
            except (AlreadyRecorded, RecordConflictError):
                if attempt == RETRIES:
                    raise
        if progress:
            progress(chunk[-1] + 1, len(commands))
    return done


class _Watch:
    """Which streams others went on with since the plan was made."""

    def __init__(self, ledger: Ledger, planned_at: int) -> None:
        self._ledger = ledger
        self._seen = planned_at
        self.moved: set[UUID] = set()

    def look(self) -> int:
        """Takes in what others appended; returns the head."""
        with self._ledger.recorder.reading() as conn:
            query = select(entries.c.position, entries.c.stream_id)
            rows = conn.execute(query.where(entries.c.position > self._seen)).all()
        for position, stream in rows:
            self._seen = max(self._seen, position)
            self.moved.add(UUID(bytes=bytes(stream)))
        return self._seen

    def own(self, positions: Sequence[int]) -> None:
        """These entries are ours; what lies between them and the last look is not."""
        if positions[0] == self._seen + 1:
            self._seen = positions[-1]


def _append(
    ledger: Ledger,
    commands: Sequence[Command],
    chunk: Sequence[int],
    watch: _Watch,
    guard: Callable[[Sequence[Event]], Guard] | None,
    done: Planned,
) -> None:
    own = [commands[i] for i in chunk]
    for command in own:
        command.basis = DECIDED
    sorted_ = sort_commands(own, ledger.recorder, ledger.vault)
    heads = ledger.recorder.stream_heads({d.stream_id for c in own for d in c.drafts})
    # After the heads: whoever writes in between makes our versions clash, and we look again.
    watch.look()
    todo: list[tuple[int, CommandStamp]] = []
    overtaken: list[tuple[int, CommandStamp]] = []
    for i, stamp in sorted_.new:
        moved = any(d.stream_id in watch.moved for d in own[i].drafts)
        (overtaken if moved else todo).append((i, stamp))
    events: list[Event] = []
    ids = iter(new_ids(sum(stamp.count for _, stamp in todo)))
    for i, stamp in todo:
        for draft in own[i].drafts:
            version = heads[draft.stream_id] = heads.get(draft.stream_id, 0) + 1
            rules = ledger.book.version
            events.append(mint(draft, own[i], stamp, next(ids), version, ledger.vault, rules))
    receipt = Receipt(len(todo), len(events), sorted_.already, sorted_.conflicts)
    if events:
        stamps = [stamp for _, stamp in todo]
        check: Callable[[Connection], None] | None = guard(events) if guard else None
        positions = ledger.append_events(events, stamps, check, looked_up_at=sorted_.head)
        watch.own(positions)
        receipt.first_position, receipt.last_position = positions[0], positions[-1]
    done.receipt.add(receipt, chunk[0])
    done.overtaken += [chunk[i] for i, _ in overtaken]
