"""Tells which commands are new: the same one again writes nothing, other content is a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ledger.commands import Command
from ledger.errors import CommandReceipt
from ledger.indexes import annulled_among, any_annulled
from ledger.old_rows import erased_on
from ledger.recorder import ReliefApplicationRecorder
from ledger.stamps import CommandStamp
from ledger.vault import Vault


@dataclass
class Sorted:
    """Commands by what is to be done with them."""

    head: int
    """The head of the log before the look-up."""
    new: list[tuple[int, CommandStamp]] = field(default_factory=list)
    """Index and stamp of those to be recorded, in order."""
    already: int = 0
    conflicts: list[int] = field(default_factory=list)
    standing: list[tuple[int, int]] = field(default_factory=list)
    """Where those that stand with the same content stand, but for opening ones."""

    def add_standing(self, command: Command, receipt: CommandReceipt) -> None:
        """One that stands recorded with the same content."""
        self.already += 1
        if not command.opening:
            self.standing.append((receipt.first_position, receipt.last_position))


def sort_commands(
    commands: Sequence[Command], recorder: ReliefApplicationRecorder, vault: Vault
) -> Sorted:
    """Looks the commands up. One whose every event is annulled may be recorded anew, as the
    next revision of itself; so may the same row after a mistake was annulled.

    About somebody who was erased, only what is dated later than the erasure is recorded anew:
    with other content it is a new person's, and no conflict. An old row again brings nothing back.
    """
    digest = vault.digest
    contents = [digest("content", c.content) for c in commands]
    result = Sorted(recorder.head().position)
    waiting, revision = list(range(len(commands))), 0
    seen: set[bytes] = set()
    while waiting:
        ids = {i: digest("command", *commands[i].key, str(revision)) for i in waiting}
        known = recorder.known_commands(list(ids.values()))
        annulled = _wholly_annulled(recorder, known) if known else set()
        doubtful = {
            ids[i]: commands[i]
            for i in waiting
            if ids[i] in annulled
            or (ids[i] in known and known[ids[i]].content_digest != contents[i])
        }
        erased = erased_on(recorder, [(known[k], c) for k, c in doubtful.items()])
        again = []
        for i in waiting:
            found = known.get(ids[i])
            if found is None and ids[i] in seen:
                result.already += 1  # twice in one call under one key: the first one stands
            elif found is None:
                seen.add(ids[i])
                stamp = CommandStamp(ids[i], contents[i], len(commands[i].drafts))
                result.new.append((i, stamp))
            elif ids[i] in erased:
                if commands[i].drafts[0].occurred_on > erased[ids[i]]:
                    again.append(i)
                elif found.content_digest == contents[i]:
                    result.add_standing(commands[i], found)
                else:
                    result.conflicts.append(i)
            elif ids[i] in annulled:
                again.append(i)
            elif found.content_digest == contents[i]:
                result.add_standing(commands[i], found)
            else:
                result.conflicts.append(i)
        waiting, revision = again, revision + 1
    result.new.sort(key=lambda item: item[0])
    return result


def _wholly_annulled(
    recorder: ReliefApplicationRecorder, known: dict[bytes, CommandReceipt]
) -> set[bytes]:
    with recorder.reading() as conn:
        if not any_annulled(conn):
            return set()
    found = set()
    for command_id, receipt in known.items():
        ids = recorder.event_ids(receipt.first_position, receipt.last_position)
        with recorder.reading() as conn:
            annulled: set[UUID] = annulled_among(conn, ids)
        if ids and annulled.issuperset(ids):
            found.add(command_id)
    return found
