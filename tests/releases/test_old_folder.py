"""A ledger's folder as each release made it: today's program opens, verifies, answers and goes on."""

from __future__ import annotations

import json
import tarfile
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from console.wiring import BUREAU, OPERATOR, opened
from domain.events import UNBORN, PersonRegistered, SourceRegistered
from ledger.clock import FixedClock
from ledger.commands import Command, Draft
from ledger.ids import new_id
from tests.ledger.whole_log import assert_whole
from tests.releases.old_folder import ANSWERS, answers, said
from tests.releases.test_replay import KEPT

DAY = date(2026, 1, 5)


@pytest.fixture(params=KEPT, ids=lambda p: f"release {p.name}")
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(request.param / "ledger.tar.gz") as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path / "ledger"


def test_it_verifies_and_answers_as_then(folder: Path) -> None:
    then = json.loads((folder / ANSWERS).read_text("utf-8"))
    found = json.loads(said("verify", "--bodies", "--json", "--ledger", str(folder)))
    assert found["well"]
    assert found["checkpoints"] == len(list((folder / "checkpoints").rglob("*.checkpoint")))
    assert answers(folder) == {name: then[name] for name in answers(folder)}


def test_it_goes_on_extends_what_was_signed_and_the_erased_stay_erased(folder: Path) -> None:
    erased = UUID(json.loads((folder / ANSWERS).read_text("utf-8"))["erased"])
    with opened(folder) as relief:
        head = relief.recorder.head()
    # The clock of whoever runs this may be behind the one that the release was made by.
    with opened(folder, FixedClock(head.recorded_at + 60_000_000)) as relief:
        registered = {
            r.event.meta.stream_id
            for r in relief.entries.read(0, head.position)
            if isinstance(r.event, PersonRegistered)
        }
        assert len(registered) > 10
        assert not relief.vault.has_key(erased)
        assert all(relief.vault.has_key(p) for p in registered - {erased})
        event = SourceRegistered(UNBORN, "b", "b", "bank", (), ("*",))
        draft = Draft(event, new_id(), DAY)
        receipt = relief.ledger.decide(Command(("source", "b"), "b", [draft], OPERATOR, BUREAU))
        assert receipt.first_position == head.position + 1
        signed = relief.checkpoint()
        assert signed is not None
        assert signed.checkpoint.size == assert_whole(relief.recorder) == head.position + 1
    assert json.loads(said("verify", "--json", "--ledger", str(folder)))["well"]
