"""Tells a row about somebody who was erased from a later row about the same identity number.

Rows are known by keys that hold the identity number, so that the same file again records
nothing. After an erasure the number means a new person, to whom the old rows do not belong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from ledger.codec import EventCodec
from ledger.commands import Command
from ledger.erased import any_erased, erased_among
from ledger.errors import CommandReceipt
from ledger.indexes import heads_of
from ledger.recorder import ReliefApplicationRecorder
from ledger.subjects import ids_in
from ledger.vault import Vault


def erased_on(
    recorder: ReliefApplicationRecorder, known: Sequence[tuple[CommandReceipt, Command]]
) -> dict[bytes, date]:
    """Command id → the last day on which somebody was erased whom the recorded command is about
    and the same command sent again is not: his number means somebody else by now.

    Costs one look-up while nobody was ever erased.
    """
    with recorder.reading() as conn:
        if not known or not any_erased(conn):
            return {}
        found = {}
        for receipt, command in known:
            about = _recorded_about(conn, recorder, receipt) - _about(command)
            days = [erasure.erased_on for erasure in erased_among(conn, about).values()]
            if days:
                found[receipt.command_id] = max(days)
    return found


def registered_before(
    recorder: ReliefApplicationRecorder, vault: Vault, numbers: Sequence[str]
) -> dict[str, date | None]:
    """Numbers under which somebody was registered → the day on which he was erased; None where
    he was not, but the vault, older than the log, does not know him any more."""
    ids = {vault.digest("command", "person", number, "0"): number for number in numbers}
    found: dict[str, date | None] = {}
    for command_id, receipt in recorder.known_commands(list(ids)).items():
        (registered,) = recorder.read_entries(receipt.first_position - 1, 1)
        person = EventCodec().decode_entry(registered.topic, registered.entry).meta.stream_id
        with recorder.reading() as conn:
            erasure = erased_among(conn, [person]).get(person)
        found[ids[command_id]] = erasure.erased_on if erasure else None
    return found


def _recorded_about(
    conn: Connection, recorder: ReliefApplicationRecorder, receipt: CommandReceipt
) -> set[UUID]:
    codec, about = EventCodec(), set[UUID]()
    count = receipt.last_position - receipt.first_position + 1
    for row in recorder.read_entries(receipt.first_position - 1, count, receipt.last_position):
        event = codec.decode_entry(row.topic, row.entry)
        about |= ids_in(event) | {event.meta.stream_id}
    return about | heads_of(conn, about)


def _about(command: Command) -> set[UUID]:
    return {i for d in command.drafts for i in (*ids_in(d.event), d.stream_id)}
