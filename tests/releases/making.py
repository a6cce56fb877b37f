"""Makes the ledger that a release keeps: a small county, every event twice, annulments, an erasure."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sqlalchemy import select

from console.wiring import BUREAU, OPERATOR, Relief, create, opened
from domain.events import EVENT_CLASSES, UNBORN, Annulled, Enrolled, Event, PersonRegistered
from intake.importing import import_file
from ledger.commands import Command, Draft
from ledger.erasing import erase
from ledger.ids import new_id
from ledger.tables import entries as entry_table
from ledger.vault import NewPerson
from projections.store import Views
from simulation import write_files
from tests.releases.every_event import World, every_event
from tests.releases.ledger_file import write_entries
from tests.releases.questions import answers

DAY = date(2023, 5, 10)
LEFT_OUT = {"projects", "deliveries"}
"""Kinds of file whose hundreds of rows are all alike; every event of theirs is reported once below."""
FILES_OF_A_KIND = 3
NUMBERS = [f"33068119700101000{n}" for n in range(6)]


def make(target: Path, workshop: Path) -> None:
    """Writes entries and answers into `target`; `workshop` is a folder to be thrown away."""
    home = workshop / "ledger"
    create(home, "发布样本 release sample", synthetic=True)
    with opened(home) as relief:
        _county(relief, workshop / "files")
        asked_at = [relief.entries.head()]
        _every_event(relief)
        asked_at.append(relief.entries.head())
        _annul_two_of_each_family(relief)
        _erase_somebody(relief)
        asked_at.append(relief.entries.head())
        target.mkdir(parents=True)
        raw = _raw(relief)
        write_entries(target / "entries.bin.gz", raw)
        said = {
            "asked_at": asked_at,
            "entries": digest_of(raw),
            "topics": sorted(EVENT_CLASSES),
            "answers": _answers(relief, asked_at),
        }
        text = json.dumps(said, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
        (target / "answers.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def unheard_of(relief: Relief) -> list[str]:
    """Topics of which the ledger has no event."""
    with relief.recorder.reading() as conn:
        there = set(conn.execute(select(entry_table.c.topic).distinct()).scalars())
    return sorted(set(EVENT_CLASSES) - there)


def _county(relief: Relief, files: Path) -> None:
    seen: Counter[str] = Counter()
    context = relief.context()
    for path, kind in write_files(files, year=2023, seed=11, scale=0.005):
        seen[kind] += 1
        if kind not in LEFT_OUT and seen[kind] <= FILES_OF_A_KIND:
            result = import_file(path, context, kind=kind)
            assert not result.problems, result.problems[:3]


def _every_event(relief: Relief) -> None:
    first = relief.entries.read(0, 1)[0].event.meta.event_id
    for n, complete in enumerate((True, False)):
        people = [NewPerson(new_id(), number) for number in NUMBERS[3 * n : 3 * n + 3]]
        relief.vault.register(people)
        world = World([p.person_id for p in people], first, complete)
        commands = []
        for person in world.persons[1:]:
            draft = Draft(PersonRegistered(meta=UNBORN, resolved=True), person, DAY)
            commands.append(_command(("release", "person", person.hex), [draft]))
        for event, stream, personal in every_event(world):
            effective = date(2023, 6, 1) if complete else None
            draft = Draft(event, stream, DAY, effective, personal or None)
            if complete:
                draft.caused_by, draft.evidence, draft.document = first, (b"e" * 16,), "文号1号"
            commands.append(
                _command(("release", event.topic, str(complete)), [draft], named=complete)
            )
        receipt = relief.ledger.report(commands)
        assert receipt.recorded == len(commands), receipt


def _command(key: tuple[str, ...], drafts: list[Draft], *, named: bool = False) -> Command:
    command = Command(key, "", drafts, OPERATOR, BUREAU)
    if named:
        command.file_digest, command.file_row = b"f" * 16, 7
    return command


def _annul_two_of_each_family(relief: Relief) -> None:
    """The newest two events of each family that can be annulled, with words of one's own and
    without, and one of the county's decisions."""
    newest: dict[str, list[Event]] = defaultdict(list)
    for recorded in relief.entries.read(0, relief.entries.head()):
        event = recorded.event
        if not isinstance(event, Annulled) and event.family != "oversight":
            newest[event.family].append(event)
    person = relief.vault.people_for(NUMBERS[:1])[NUMBERS[0]]
    enrolled = next(e for e in newest["enrollment"] if isinstance(e, Enrolled))
    for said in (None, (person, "备注(合成)")):
        chosen = [found.pop() for found in newest.values()]
        for event in chosen if said else [*chosen, enrolled]:
            receipt = relief.ledger.annul(
                event.meta.event_id, "mistake", on=DAY, actor=OPERATOR, source=BUREAU, remark=said
            )
            assert receipt.recorded == 1


def _erase_somebody(relief: Relief) -> None:
    """A person of the county who has a case."""
    for recorded in relief.entries.read(0, relief.entries.head()):
        if recorded.event.topic == "relief.disbursement.PaymentAuthorized":
            person = recorded.event.beneficiary_id  # type: ignore[attr-defined]
            erase(relief.ledger, person, "retention_expired", on=DAY, actor=OPERATOR, source=BUREAU)
            return


def _answers(relief: Relief, asked_at: list[int]) -> dict[str, str]:
    missing = unheard_of(relief)
    assert not missing, f"the ledger of a release has every event; it lacks {missing}"
    views = Views(relief.views_engine)
    views.catch_up(relief.entries)
    with views.reading(asked_at[-1]) as connection:
        return dict(answers(relief.entries, connection, relief.recorder.root, asked_at))


def _raw(relief: Relief) -> list[bytes]:
    with relief.recorder.reading() as conn:
        rows = conn.execute(select(entry_table.c.entry).order_by(entry_table.c.position))
        return [bytes(row.entry) for row in rows]


def digest_of(raw: Iterable[bytes]) -> str:
    """SHA-256 over every entry, its length before it."""
    digest = hashlib.sha256()
    for entry in raw:
        digest.update(len(entry).to_bytes(4, "big") + entry)
    return digest.hexdigest()
