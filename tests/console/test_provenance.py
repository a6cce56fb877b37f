"""What an event says of where it came from: file and row, evidence, cause, town; and why one fell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from console.wiring import Relief, opened
from domain.events import Event, FileImported
from tests.console.conftest import Demo, run
from tests.console.test_cli import NUMBER, bureau, enroll, household, record

__all__ = ["bureau"]
HEAD = {"identity_number": NUMBER}


def events(folder: Path) -> list[Event]:
    with opened(folder) as relief:
        return _events(relief)


def _events(relief: Relief) -> list[Event]:
    codec = relief.ledger.codec
    stored = relief.ledger.recorder.select_notifications(start=1, limit=1_000_000)
    return [codec.decode(n.topic, n.state) for n in stored]


def test_every_imported_row_names_its_file_and_its_row(demo: Demo) -> None:
    found = events(Path(demo.ledger))
    files = {e.content_digest for e in found if isinstance(e, FileImported)}
    imported = [e for e in found if e.meta.file_digest is not None]
    assert {e.meta.file_digest for e in imported} == files
    assert all(e.meta.file_row is None or e.meta.file_row > 1 for e in imported)
    assert len([e for e in imported if e.meta.file_row]) > len(found) * 0.9


def test_evidence_is_kept_as_a_digest_and_its_file_stays(bureau: Path, tmp_path: Path) -> None:
    household(bureau)
    photo = tmp_path / "欧阳雪.jpg"
    photo.write_bytes(b"\xff\xd8 a photo")
    visit = record(bureau, command="visit_home", household=HEAD, on="2023-01-20", signed=True,
                   investigators=["s-1", "s-2"], conclusion="meets", evidence=[str(photo)])  # fmt: skip
    assert visit.code == 0, visit.err
    digests = events(bureau)[-1].meta.evidence
    assert [len(d) for d in digests] == [16]
    assert photo.read_bytes() == b"\xff\xd8 a photo"
    missing = record(bureau, command="visit_home", household=HEAD, on="2023-01-21", signed=True,
                     investigators=["s-1"], conclusion="meets", evidence=["欧阳雪二.jpg"])  # fmt: skip
    assert missing.code == 2
    assert "evidence" in missing.err
    assert "欧阳雪" not in missing.err


def test_a_cause_is_an_event_of_this_ledger(bureau: Path) -> None:
    household(bureau)
    formed = events(bureau)[-1].meta.event_id
    moved: Callable[..., object] = lambda cause: record(  # noqa: E731
        bureau, command="move_household", household=HEAD, on="2023-05-01",
        effective_from="2023-05-01", to_town="330681102", caused_by=cause)  # fmt: skip
    assert "no event in the ledger" in str(moved("01890000-0000-7000-8000-000000000000"))
    moved(str(formed))
    assert events(bureau)[-1].meta.caused_by == formed


def test_a_decision_that_names_no_town_is_of_the_households_own(bureau: Path) -> None:
    household(bureau)
    assert enroll(bureau, urgent=True).code == 0
    assert getattr(events(bureau)[-1], "town") == "330681001"  # noqa: B009


@pytest.mark.parametrize("reason", ["", "欧阳雪没有死", "x"])
def test_an_annulment_takes_a_code_and_seals_the_rest(bureau: Path, reason: str) -> None:
    household(bureau)
    event_id = str(events(bureau)[-1].meta.event_id)
    refused = record(bureau, command="annul", event_id=event_id, reason=reason)
    assert refused.code == 2
    assert "remark" in refused.err
    assert "欧阳雪" not in refused.err
    nobody = record(
        bureau, command="annul", event_id=event_id, reason="other", remark="欧阳雪没有死"
    )
    assert "remark_person_id" in nobody.err
    done = record(bureau, command="annul", event_id=event_id, reason="other",
                  remark="欧阳雪没有死", remark_person_id=HEAD)  # fmt: skip
    assert done.code == 0, done.err
    log = b"".join(p.read_bytes() for p in bureau.glob("ledger.sqlite*"))
    assert "没有死".encode() not in log
    assert json.loads(run("doctor", "--ledger", str(bureau), "--json").out)
