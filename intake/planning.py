"""Turns checked rows into commands: who is meant, which household, and what is already known.

A plan is made before anything is written, and can be thrown away (`--dry-run`). Persons that
nobody knows yet get an id and a key, unless it is a dry run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID

from domain.ages import age_band
from domain.divisions import Divisions
from domain.events import UNBORN, Actor, HouseholdFormed, PersonCorrected, PersonRegistered
from domain.identity import IdentityNumber, parse_identity_number
from domain.reasons import reason_code
from intake.problems import Problem
from intake.returned import Waiting
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.service import Ledger
from ledger.vault import NewPerson

R = TypeVar("R")
SLICE = 8_000
"""Rows of a file that are planned and recorded before the next ones are."""


@dataclass
class Context:
    """What every row of an import shares."""

    ledger: Ledger
    source: str
    actor: Actor
    today: date
    divisions: Divisions
    register: bool = True
    """False: plan only, nothing is written, not even to the vault."""
    waiting: Waiting = field(default_factory=Waiting)
    """Persons who are registered only if a row about them is new; each import has its own."""


@dataclass
class Plan:
    """Commands to report, in order, each with the row that it comes from (0: from several)."""

    commands: list[Command] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    new_persons: list[NewPerson] = field(default_factory=list)
    standing: list[tuple[str, ...]] = field(default_factory=list)
    """Keys of commands that stand already and that rows of the file say again."""

    def add(self, command: Command, row: int) -> None:
        """One more command."""
        self.commands.append(command)
        self.rows.append(row)

    def came_from(self, file_digest: bytes) -> None:
        """Every command names the file and the row that it came from."""
        for command, row in zip(self.commands, self.rows, strict=True):
            command.file_digest, command.file_row = file_digest, row or None

    def settle(self, context: Context) -> list[NewPerson]:
        """Puts before each row what waits for it; returns whom to register for that."""
        ledger = context.ledger
        pairs, new = context.waiting.settle(self.commands, self.rows, ledger.vault, ledger.recorder)
        self.commands, self.rows = [c for c, _ in pairs], [row for _, row in pairs]
        self.new_persons += new
        return new


@dataclass
class _Seen:
    """A person as a row shows him."""

    name: str | None
    town: str
    village: str
    on: date
    resolved: bool


def slices(rows: Sequence[R]) -> Iterator[Sequence[R]]:
    """The rows in parts: a file may be long, and a plan of 100,000 rows at once would weigh some
    hundred megabytes. Only for plans that find no problems of their own: nothing is recorded of
    a file that has any."""
    for start in range(0, len(rows), SLICE):
        yield rows[start : start + SLICE]


class People:
    """Resolves identity numbers to persons and heads to households, in bulk, for one import."""

    def __init__(self, context: Context, plan: Plan) -> None:
        self.context = context
        self.plan = plan
        self.waiting = context.waiting
        self.ids: dict[str, UUID] = {}
        self.households: dict[UUID, UUID] = {}
        self._registered: set[UUID] = set()
        self._unresolved: set[UUID] = set()
        self._unasked: list[UUID] = []
        """Persons of whom nobody has asked yet whether they are resolved."""
        self._formed: set[UUID] = set()
        self._order: list[tuple[Command, int]] = []

    def taken(self) -> Plan:
        """The plan so far; what comes from here on goes into the next one."""
        done, self.plan = self.plan, Plan()
        return done

    def know(self, numbers: Iterable[str]) -> None:
        """Looks up the persons of many rows at once; call it before asking for any of them.

        Whoever is known from earlier rows stays who he is.
        """
        wanted = [number for number in dict.fromkeys(numbers) if number not in self.ids]
        vault = self.context.ledger.vault
        recorder = self.context.ledger.recorder
        found = self.context.ledger.people_for(wanted)
        new = [NewPerson(new_id(), number) for number in wanted if number not in found]
        self.ids.update(found)
        self.ids.update({n.identity_number: n.person_id for n in new if n.identity_number})
        self._registered.update(recorder.stream_heads(found.values()))
        self._unasked += found.values()
        if vault.state().changes:
            people = (NewPerson(self.ids[number], number) for number in wanted)
            unknown = [p for p in people if p.person_id not in self._registered]
            self.waiting.find(unknown, vault, recorder)
            new = [n for n in new if not self.waiting.holds(n.person_id)]
        self.plan.new_persons += new
        if new and self.context.register:
            # The vault commits before the log does. Another import may have registered one of
            # them in between: the vault's answer counts.
            registered = vault.register(new)
            self._registered.update(recorder.stream_heads(registered.values()))
            self.ids.update(registered)

    def know_households(self, head_numbers: Iterable[str]) -> None:
        """Looks up the households of many rows at once, by the head's number."""
        heads = {self.ids[number] for number in head_numbers}.difference(self.households)
        found = self.context.ledger.find("household", [h.hex for h in heads])
        self.households.update({UUID(hex=key): stream for key, stream in found.items()})

    def person(
        self,
        number: str,
        row: int,
        on: date,
        *,
        name: str | None = None,
        town: str = "",
        village: str = "",
        resolved: bool = False,
        row_itself: bool = False,
    ) -> UUID:
        """The person; one who is new to the ledger is registered first, as far as he is known.

        `row_itself`: the registration is all that the row says, and not the opening for more.
        """
        person = self.ids[number]
        if person not in self._registered:
            self._registered.add(person)
            seen = _Seen(name, town, village, on, resolved)
            command = self._registration(person, number, seen)
            command.opening = not row_itself
            self._first(person, command, row)
        elif row_itself:
            self.plan.standing.append(("person", number))
        if resolved and self._takes_resolving(person):
            seen = _Seen(name, town, village, on, resolved)
            self.plan.add(self._resolution(person, number, seen), row)
        return person

    def _takes_resolving(self, person: UUID) -> bool:
        """True the first time for a person whom the ledger knew only from a report. Most lists
        name nobody in full, and are spared the look-up."""
        if self._unasked:
            self._unresolved |= self.context.ledger.unresolved_among(self._unasked)
            self._unasked.clear()
        if person not in self._unresolved:
            return False
        self._unresolved.discard(person)
        return True

    def _first(self, person: UUID, command: Command, row: int) -> None:
        """What has to stand before a row about the person; it waits where the person does."""
        if self.waiting.holds(person):
            self.waiting.hold(person, command, row)
        else:
            self.plan.add(command, row)

    def household(self, head: UUID, row: int, on: date, town: str = "") -> UUID:
        """The household of a head; one nobody knows is opened as unresolved."""
        household = self.households.get(head)
        if household is None:
            household = self.households[head] = new_id()
            event = HouseholdFormed(meta=UNBORN, head_id=head, resolved=False, town=town)
            # Keyed by the person: after an erasure the number is a new person's.
            command = self.command(("unresolved-household", head.hex), town)
            command.opening = True
            command.drafts.append(Draft(event, household, on))
            self._first(head, command, row)
        return household

    def command(self, key: tuple[str, ...], content: str) -> Command:
        """An empty command of this import."""
        c = self.context
        return Command((c.source, *key), content, [], c.actor, c.source)

    def _resolution(self, person: UUID, number: str, seen: _Seen) -> Command:
        """Somebody who was known only from a report is named in full by now."""
        identity = parse_identity_number(number)
        event = PersonCorrected(
            meta=UNBORN,
            resolved=True,
            sex=identity.sex,
            age_band=band_on(identity, seen.on),
            town=seen.town,
            village=seen.village,
            reason="identity_checked",
        )
        personal = {"identity_number": number, "birth_date": identity.birth_date.isoformat()}
        if seen.name:
            personal["name"] = seen.name
        c = self.context
        command = Command(("resolved", person.hex), "", [], c.actor, c.source)
        command.opening = True
        command.drafts.append(Draft(event, person, seen.on, personal=personal))
        return command

    def _registration(self, person: UUID, number: str, seen: _Seen) -> Command:
        identity = parse_identity_number(number)
        event = PersonRegistered(
            meta=UNBORN,
            resolved=seen.resolved,
            sex=identity.sex,
            age_band=band_on(identity, seen.on),
            town=seen.town,
            village=seen.village,
        )
        personal = {"identity_number": number, "birth_date": identity.birth_date.isoformat()}
        if seen.name:
            personal["name"] = seen.name
        # One person has one registration, whichever source comes first.
        c = self.context
        key: tuple[str, ...] = ("person", number)
        if self.waiting.holds(person):
            key = (*key, person.hex)
        command = Command(key, "", [], c.actor, c.source)
        command.drafts.append(Draft(event, person, seen.on, personal=personal))
        return command


def band_on(identity: IdentityNumber, on: date) -> str:
    """Age band on a day; empty where the day lies before the birth."""
    return age_band(identity.birth_date, on) if identity.birth_date <= on else ""


def coded_reason(text: str | None) -> tuple[str, dict[str, str]]:
    """A reason's code, and what has to be sealed beside it: words of the clerk's own may hold
    anything, a name too."""
    if not text:
        return "", {}
    code = reason_code(text)
    return (code, {}) if code else ("other", {"remark": text})


class Occurrences:
    """Counts how often a key came in this file, so that a duplicate inside it is still seen."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, ...]] = Counter()

    def number(self, *key: str) -> str:
        """1 for the first, 2 for the second …"""
        self._seen[key] += 1
        return str(self._seen[key])


def content_of(row: object, *leave_out: str) -> str:
    """All that a row says, for the content digest: fields by name, blank ones left out, so that
    a column added to a kind later does not change what an old row said."""
    said = []
    for name in type(row).__slots__:  # type: ignore[attr-defined]
        value = getattr(row, name)
        if value is not None and name not in leave_out:
            said.append(f"{name}\x1f{value}")
    return "\x1e".join(said)
