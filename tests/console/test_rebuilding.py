"""An index is made again from a real Kafka, and is held against what was signed before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaProducer, TopicPartition

from console.settings import FILE, read_settings
from deploy.local_kafka import free_port
from ledger.framing import SchemaFramer
from ledger.kafka.client import admin_client
from ledger.kafka.records import Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import create
from ledger.kafka.values import SingleObject
from schemas.catalog import catalog
from tests.console.conftest import Ran, run, run_process
from tests.kafka_broker import fresh_settings

SOURCES = ("bank-a", "bank-b", "bank-c", "bank-d", "bank-e")


@pytest.fixture
def ledger(tmp_path: Path, bootstrap: str) -> Path:
    """A ledger on topics of its own: the bureau and five sources, a checkpoint after each."""
    folder = tmp_path / "k"
    made = run("init", str(folder), "--kafka", bootstrap, "--namespace", f"r{uuid4().hex[:8]}")
    assert made.code == 0, made.err
    for code in SOURCES:
        register(folder, code)
        assert run("checkpoint", "--ledger", str(folder)).code == 0
    return folder


def register(ledger: Path, code: str) -> None:
    command = {"command": "register_source", "code": code, "name": code, "kind": "bank",
               "may_report": ["*"], "on": "2024-01-05"}  # fmt: skip
    ran = run("record", "--ledger", str(ledger), stdin=json.dumps(command))
    assert ran.code == 0, ran.err


def index_of(ledger: Path) -> list[bytes]:
    with closing(sqlite3.connect(ledger / "ledger.sqlite")) as db:
        return [raw for (raw,) in db.execute("SELECT entry FROM entries ORDER BY position")]


def lose_the_index(ledger: Path) -> None:
    for path in [*ledger.glob("ledger.sqlite*"), *ledger.glob("views.sqlite*")]:
        path.unlink()


def kafka_of(ledger: Path) -> KafkaSettings:
    settings = read_settings(ledger).kafka
    assert settings is not None
    return settings


def told_anew(ledger: Path, entries: list[bytes]) -> None:
    """The ledger is led to other topics, which hold these entries as its own writer would write
    them: headers, hashes and order are all as they should be."""
    before = kafka_of(ledger)
    other = replace(fresh_settings(before.bootstrap), lease_seconds=before.lease_seconds)
    create(other)
    recording = Recording(other, SchemaFramer(catalog()), SingleObject(catalog()))
    producer = KafkaProducer(**other.client(metrics_enabled=False))
    for position, entry in enumerate(entries, 1):
        for record in recording.records(position, entry):
            assert record is not None
            sent = producer.send(record.topic, record.value, record.key, record.headers, 0)
            sent.get(10)
    producer.close()
    path = ledger / FILE
    text = path.read_text("utf-8").replace(f'"{before.namespace}"', f'"{other.namespace}"')
    path.write_text(text, "utf-8")
    lose_the_index(ledger)


@contextmanager
def unchanged(ledger: Path) -> Iterator[None]:
    """Nothing is signed meanwhile, and nothing is written to Kafka."""
    from ledger.kafka.client import KafkaPythonReader

    def seen() -> tuple[list[Path], object]:
        settings = kafka_of(ledger)
        reader = KafkaPythonReader(settings)
        ends = reader.ends([settings.ledger_topic, settings.lease_topic])
        reader.close()
        return sorted((ledger / "checkpoints").rglob("*")), ends

    before = seen()
    yield
    assert seen() == before


def refused(ledger: Path) -> str:
    """What the writer, a command and a question say; all refuse in the same words."""
    asked: tuple[Callable[[], Ran], ...] = (
        lambda: run("write", "--ledger", str(ledger), "--lang", "en"),
        lambda: run("checkpoint", "--ledger", str(ledger), "--lang", "en"),
        lambda: run("roster", "--ledger", str(ledger), "--lang", "en"),
    )
    with unchanged(ledger):
        said = [ask() for ask in asked]
    assert [ran.code for ran in said] == [1, 1, 1]
    texts = {" ".join(ran.err.split()) for ran in said}
    assert len(texts) == 1, texts
    return texts.pop()


def test_an_index_made_again_from_kafka_is_the_same_bytes_and_extends_what_was_signed(
    ledger: Path,
) -> None:
    before = index_of(ledger)
    assert len(before) == len(SOURCES) + 1
    signed = run("checkpoint", "--ledger", str(ledger), "--json").out
    lose_the_index(ledger)
    assert run("checkpoint", "--ledger", str(ledger), "--json").out == signed
    assert index_of(ledger) == before
    register(ledger, "bank-f")
    verified = run("verify", "--bodies", "--ledger", str(ledger), "--lang", "en")
    assert verified.code == 0, verified.out + verified.err


def test_a_record_that_was_forged_with_all_its_hashes_is_found_between_two_checkpoints(
    ledger: Path,
) -> None:
    entries = index_of(ledger)
    assert b"bank-c" in entries[3]
    forged = entries[3].replace(b"bank-c", b"bonk-c")
    told_anew(ledger, [*entries[:3], forged, *entries[4:]])
    said = refused(ledger)
    assert "one of 4 to 4 was altered" in said
    assert "put the topic back from a replica" in said


def test_a_topic_that_lost_its_end_is_no_longer_what_was_signed(ledger: Path) -> None:
    entries = index_of(ledger)
    told_anew(ledger, entries[:4])
    said = refused(ledger)
    assert "the ledger has 4 entries, a checkpoint that was signed has 6" in said
    assert "at least 6 entries" in said


def test_a_topic_that_lost_its_end_and_was_written_on_is_found_at_the_first_other_entry(
    ledger: Path,
) -> None:
    entries = index_of(ledger)
    told_anew(ledger, [*entries[:4], entries[4].replace(b"bank-d", b"bonk-d")])
    assert "one of 5 to 5 was altered" in refused(ledger)


def test_a_topic_whose_first_records_were_deleted_stops_a_new_index_and_is_not_written_to(
    ledger: Path, tmp_path: Path
) -> None:
    settings = kafka_of(ledger)
    kept = (ledger / "ledger.sqlite").read_bytes()
    admin = admin_client(settings)
    admin.delete_records({TopicPartition(settings.ledger_topic, 0): 3})
    admin.close()
    lose_the_index(ledger)
    assert f"{settings.ledger_topic} begins at offset 3" in refused(ledger)
    lose_the_index(ledger)
    (ledger / "ledger.sqlite").write_bytes(kept)
    # An index that is whole answers still; the topic is put right before anything is added to it.
    assert run("roster", "--ledger", str(ledger)).code == 0
    command = {"command": "register_source", "code": "bank-f", "name": "f", "kind": "bank",
               "may_report": ["*"], "on": "2024-01-05"}  # fmt: skip
    ran = run("record", "--ledger", str(ledger), "--lang", "en", stdin=json.dumps(command))
    assert ran.code == 1
    assert "it starts at offset 3" in ran.err.replace("\n", " ")
    assert len(index_of(ledger)) == len(SOURCES) + 1


def test_where_kafka_does_not_answer_an_empty_index_is_not_called_an_older_copy(
    ledger: Path,
) -> None:
    path = ledger / FILE
    gone = f"127.0.0.1:{free_port()}"
    path.write_text(path.read_text("utf-8").replace(kafka_of(ledger).bootstrap, gone), "utf-8")
    lose_the_index(ledger)
    ran = run_process("roster", "--ledger", str(ledger), "--lang", "en")
    assert ran.code == 1
    assert f"Kafka at {gone} does not answer" in ran.err.replace("\n", " ")
    assert "new-origin" not in ran.err
