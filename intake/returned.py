"""People whose identity number was erased once and comes again: a new person, if a new row says so.

The same old file may be imported again at any time. Its rows stand recorded, so they record
nothing; and then nobody is to be registered for them either. So a person whose number the log
knows from somebody erased waits here, with the household that would have to be opened, until a
row of the plan that names him turns out to be new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from ledger.commands import Command
from ledger.known import sort_commands
from ledger.old_rows import registered_before
from ledger.recorder import ReliefApplicationRecorder
from ledger.subjects import ids_in
from ledger.vault import NewPerson, Vault


@dataclass
class Returned:
    """One such person of a plan: what to record first, once it is needed."""

    new: NewPerson
    erased_on: date | None
    """None: not erased, but lost with a vault that is older than the log."""
    first: list[tuple[Command, int]] = field(default_factory=list)
    """Registration and opened households, each with its row."""
    streams: set[UUID] = field(default_factory=set)
    """The person's, and those of the households."""
    needed: bool = False
    done: bool = False


class Waiting:
    """The returned persons of one import."""

    def __init__(self) -> None:
        self.by_person: dict[UUID, Returned] = {}

    def find(
        self, new: Iterable[NewPerson], vault: Vault, recorder: ReliefApplicationRecorder
    ) -> None:
        """Keeps those whose number the log knows already, from the registration of another."""
        by_number = {n.identity_number: n for n in new if n.identity_number}
        for number, day in registered_before(recorder, vault, list(by_number)).items():
            person = by_number[number]
            self.by_person[person.person_id] = Returned(person, day, streams={person.person_id})

    def holds(self, person_id: UUID) -> bool:
        """True for a person who waits."""
        return person_id in self.by_person and not self.by_person[person_id].done

    def hold(self, person_id: UUID, command: Command, row: int) -> None:
        """Keeps a command that is recorded only if the person turns out to be needed."""
        waits = self.by_person[person_id]
        assert not waits.done
        waits.first.append((command, row))
        waits.streams.update(draft.stream_id for draft in command.drafts)

    def need(self, person_id: UUID, on: date) -> None:
        """A row that says no more than that the person is there counts from the day after the
        erasure on: what is dated before it says what was erased."""
        waits = self.by_person.get(person_id)
        if waits and (waits.erased_on is None or on > waits.erased_on):
            waits.needed = True

    def settle(
        self,
        commands: Sequence[Command],
        rows: Sequence[int],
        vault: Vault,
        recorder: ReliefApplicationRecorder,
    ) -> tuple[list[tuple[Command, int]], list[NewPerson]]:
        """The plan's commands with what has to come first, and whom to register for them."""
        new, pairs = list[NewPerson](), list(zip(commands, rows, strict=True))
        if all(w.done for w in self.by_person.values()):
            return pairs, new
        settled: list[tuple[Command, int]] = []
        for waits in self.by_person.values():
            if waits.needed and not waits.done:
                settled += self._take(waits, new)
        by_stream = {stream: w for w in self.by_person.values() for stream in w.streams}
        about = [_about(command, by_stream) for command in commands]
        named = [i for i, persons in enumerate(about) if persons]
        known = sort_commands([commands[i] for i in named], recorder, vault)
        fresh = {named[n] for n, _ in known.new}
        for i, pair in enumerate(pairs):
            for waits in about[i] if i in fresh else ():
                if not waits.done:
                    settled += self._take(waits, new)
            settled.append(pair)
        return settled, new

    @staticmethod
    def _take(waits: Returned, new: list[NewPerson]) -> list[tuple[Command, int]]:
        waits.done = True
        new.append(waits.new)
        return waits.first


def _about(command: Command, by_stream: dict[UUID, Returned]) -> list[Returned]:
    ids = {i for d in command.drafts for i in (*ids_in(d.event), d.stream_id)}
    return [by_stream[i] for i in ids if i in by_stream]
