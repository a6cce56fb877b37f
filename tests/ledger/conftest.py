"""A ledger in a folder of its own, with a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    Actor,
    Component,
    CrossCheckCompleted,
    Enrolled,
    Event,
    Exited,
    HouseholdFormed,
    PersonRegistered,
    SourceRegistered,
)
from ledger.clock import FixedClock
from ledger.codec import EventCodec
from ledger.commands import Command, Draft
from ledger.database import open_database
from ledger.framing import SchemaFramer
from ledger.ids import new_id
from ledger.lookups import EventLookUps
from ledger.recorder import ReliefApplicationRecorder
from ledger.service import Ledger
from ledger.vault import NewPerson, Vault
from schemas.catalog import catalog
from tests.ledger.whole_log import assert_whole
from tests.places import Place, Places

CLERK = Actor("clerk", "clerk", "bureau")
DAY = date(2023, 3, 10)


@dataclass
class World:
    """An open ledger and short ways to say things to it."""

    folder: Path
    log: Place
    ledger: Ledger
    clock: FixedClock

    @property
    def recorder(self) -> ReliefApplicationRecorder:
        return self.ledger.recorder

    def command(
        self, key: str, *events: Event, stream: UUID, on: date = DAY, source: str = "bureau"
    ) -> Command:
        drafts = [Draft(e, stream, on, on) for e in events]
        return Command((key,), key, drafts, CLERK, source)

    def person(self) -> UUID:
        """A person with a key."""
        person = new_id()
        self.ledger.vault.register([NewPerson(person, None)])
        event = PersonRegistered(meta=UNBORN, resolved=True)
        self.ledger.report([self.command(f"person-{person}", event, stream=person)])
        return person

    def household(self, head: UUID, key: str = "household") -> UUID:
        """A household that was checked."""
        household = new_id()
        formed = HouseholdFormed(meta=UNBORN, head_id=head, town="330681001")
        check = CrossCheckCompleted(meta=UNBORN, person_id=head, request="R", result="meets")
        self.ledger.report([self.command(f"{key}-{household}", formed, check, stream=household)])
        return household

    def enroll(self, household: UUID, *persons: UUID, program: str = "dibao") -> Command:
        event = Enrolled(
            meta=UNBORN, program=program, covered=persons, components=(Component("base", 80_000),)
        )
        return self.command(f"enroll-{household}-{program}", event, stream=household)

    def exit(self, household: UUID, program: str = "dibao") -> Command:
        event = Exited(meta=UNBORN, program=program, reason="voluntary")
        later = date(2023, 9, 1)
        return self.command(f"exit-{household}", event, stream=household, on=later)


def open_world(folder: Path, log: Place, clock: FixedClock) -> World:
    engine = open_database(log)
    recorder = ReliefApplicationRecorder(
        engine, framer=SchemaFramer(catalog()), clock=clock, look_ups=EventLookUps(EventCodec())
    )
    recorder.create_tables()
    vault = Vault.open(folder / "vault.sqlite", folder / "master.key")
    return World(folder, log, Ledger(recorder, vault), clock)


@pytest.fixture
def world(places: Places, tmp_path: Path) -> Iterator[World]:
    Vault.create(tmp_path / "vault.sqlite", tmp_path / "master.key").close()
    found = open_world(tmp_path, places("ledger"), FixedClock())
    bureau = SourceRegistered(
        meta=UNBORN, code="bureau", name="民政局", kind="bureau", may_report=("*",)
    )
    found.ledger.decide(found.command("source", bureau, stream=new_id()))
    yield found
    assert_whole(found.recorder)
    found.recorder.engine.dispose()
    found.ledger.vault.close()
