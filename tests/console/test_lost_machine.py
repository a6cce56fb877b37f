"""The drill: the machine is lost, Kafka is not. Backup, keys and Kafka make the ledger whole again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import TopicPartition

from ledger.kafka.client import admin_client
from tests.console.conftest import Demo, run
from tests.console.test_backup import back_up, put_back
from tests.console.test_kafka import LISTS, answers
from tests.console.test_rebuilding import index_of, kafka_of, register


@pytest.fixture
def ledger(tmp_path: Path, bootstrap: str, demo: Demo) -> Path:
    """A ledger on Kafka with some of the demo's files."""
    folder = tmp_path / "k"
    made = run("init", str(folder), "--kafka", bootstrap, "--namespace", f"d{uuid4().hex[:8]}")
    assert made.code == 0, made.err
    files = [str(p) for p in sorted((demo.folder / "files").glob(LISTS))]
    assert run("import", *files, "--ledger", str(folder)).code in (0, 1)
    return folder


def people(ledger: Path) -> list[str]:
    ran = run("roster", "--ledger", str(ledger), "--json", "--rows", "--as-of", "2023-06-30")
    rows = json.loads(ran.out)["roster"]["rows"]
    return [person for row in rows for person in row["person_ids"]]


def erase(ledger: Path, person: str) -> None:
    ran = run("erase", person, "--reason", "retention_expired", "--yes", "--ledger", str(ledger))
    assert ran.code == 0, ran.err


def revealed(ledger: Path, person: str) -> bool:
    asked = ("--role", "auditor", "--reason", "audit")
    return run("reveal", person, *asked, "--ledger", str(ledger)).code == 0


def test_the_machine_is_lost_and_what_kafka_acknowledged_since_the_backup_is_there(
    ledger: Path, tmp_path: Path
) -> None:
    before, after, stays, *_ = people(ledger)
    erase(ledger, before)
    folder, keys = back_up(ledger)
    erase(ledger, after)
    register(ledger, "bank-after-the-backup")
    assert run("checkpoint", "--ledger", str(ledger)).code == 0
    entries, answered = index_of(ledger), answers(ledger)
    shutil.rmtree(ledger)  # the machine, with all that was on it

    home = tmp_path / "new-machine"
    restored = put_back(folder, keys, home)
    assert restored.code == 0, restored.err
    assert "2 of them erased" in restored.out
    assert index_of(home) == entries
    verified = run("verify", "--bodies", "--ledger", str(home), "--lang", "en")
    assert verified.code == 0, verified.out + verified.err
    assert answers(home) == answered
    assert not revealed(home, before)
    assert not revealed(home, after)
    assert revealed(home, stays)
    register(home, "bank-on-the-new-machine")
    assert index_of(home)[: len(entries)] == entries
    assert run("doctor", "--ledger", str(home)).code == 0


def test_a_kafka_that_lost_records_too_is_not_taken_for_the_ledger(
    ledger: Path, tmp_path: Path
) -> None:
    folder, keys = back_up(ledger)
    settings = kafka_of(ledger)
    shutil.rmtree(ledger)
    admin = admin_client(settings)
    admin.delete_records({TopicPartition(settings.ledger_topic, 0): 2})
    admin.close()
    refused = put_back(folder, keys, tmp_path / "new-machine")
    assert refused.code == 1
    assert "begins at offset 2" in " ".join(refused.err.split())
    assert not (tmp_path / "new-machine").exists()
