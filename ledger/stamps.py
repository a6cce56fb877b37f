"""Which entries are which command's: read from the entries, kept so that a command is known again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from ledger.database import insert_rows
from ledger.errors import AlreadyRecorded, CommandConflict, CommandReceipt
from ledger.labels import Label
from ledger.tables import commands

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class CommandStamp:
    """Says that the next `count` events of an append are one command's."""

    command_id: bytes
    content_digest: bytes
    count: int


def receipts_of(labels: Sequence[Label], first: int) -> list[CommandReceipt]:
    """Where the commands stand whose entries begin at this position; one command's lie together."""
    spans: list[list[int]] = []
    whose: list[tuple[bytes, bytes]] = []
    before = None
    for position, (_, command_id, content) in enumerate(labels, first):
        if command_id is None or content is None:
            before = None
        elif command_id == before:
            spans[-1][1] = position
        else:
            spans.append([position, position])
            whose.append((command_id, content))
            before = command_id
    return [CommandReceipt(*w, *span) for w, span in zip(whose, spans, strict=True)]


def keep(conn: Connection, receipts: Sequence[CommandReceipt], after: int) -> None:
    """Adds the receipts of entries that follow a position.

    Who catches up may be handed a command in two parts: the second part's receipt joins the
    first's. A command that stands elsewhere is an IntegrityError: such a log is not ours.
    """
    new = list(receipts)
    if new and new[0].first_position == after + 1:
        begun = (commands.c.command_id == new[0].command_id, commands.c.last_position == after)
        to = new[0].last_position
        if conn.execute(update(commands).where(*begun).values(last_position=to)).rowcount:
            del new[0]
    rows = [(r.command_id, r.content_digest, r.first_position, r.last_position) for r in new]
    insert_rows(conn, commands, rows)


def known(conn: Connection, ids: Sequence[bytes]) -> dict[bytes, CommandReceipt]:
    """Where these commands stand, for those that are recorded."""
    found = {}
    for start in range(0, len(ids), CHUNK):
        rows = conn.execute(
            select(commands).where(commands.c.command_id.in_(ids[start : start + CHUNK]))
        )
        for row in rows:
            receipt = CommandReceipt(
                bytes(row.command_id),
                bytes(row.content_digest),
                row.first_position,
                row.last_position,
            )
            found[receipt.command_id] = receipt
    return found


def refuse_known(conn: Connection, stamps: Sequence[CommandStamp]) -> None:
    """Raises CommandConflict, or AlreadyRecorded, where one of them stands in the log."""
    found = known(conn, [s.command_id for s in stamps])
    for i, stamp in enumerate(stamps):
        receipt = found.get(stamp.command_id)
        if receipt is not None and receipt.content_digest != stamp.content_digest:
            raise CommandConflict(
                f"第 {i + 1} 条命令已以不同内容记录过",
                f"command {i + 1} stands recorded with other content",
            )
    if found:
        raise AlreadyRecorded(found)
