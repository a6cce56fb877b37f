"""The command line with Kafka as the log of record, on a real broker."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from console.kafka_settings import read_log, section
from console.settings import read_settings
from console.write_service import ask
from ledger.errors import NotOurs
from ledger.kafka.settings import KafkaSettings
from tests.console.conftest import Demo, Ran, run

LISTS = "0[0-9]*.xlsx"


def answers(ledger: Path) -> list[Ran]:
    """Roster and spending, as canonical JSON."""
    where = ("--ledger", str(ledger), "--json")
    return [
        run("roster", *where, "--as-of", "2023-06-30"),
        run("spending", *where, "--by", "month,program", "--as-of", "2024-06-30"),
    ]


@pytest.fixture(scope="module")
def on_kafka(tmp_path_factory: pytest.TempPathFactory, bootstrap: str, demo: Demo) -> Path:
    """A ledger on Kafka into which a few of the demo's files are imported."""
    folder = tmp_path_factory.mktemp("kafka") / "k"
    namespace = f"c{uuid4().hex[:8]}"
    made = run("init", str(folder), "--kafka", bootstrap, "--namespace", namespace)
    assert made.code == 0, made.err
    files = [str(p) for p in sorted((demo.folder / "files").glob(LISTS))]
    assert files
    assert run("import", *files, "--ledger", str(folder)).code in (0, 1)
    return folder


@contextmanager
def writing(ledger: Path) -> Iterator[None]:
    """The write service, in a process of its own."""
    program = Path(sys.executable).parent / "relief-ledger"
    process = subprocess.Popen(
        [str(program), "write", "--ledger", str(ledger)], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            health = ask(ledger, "GET", "/health")
            if health is not None and health["open"]:
                break
            assert process.poll() is None
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_an_index_that_is_deleted_answers_the_same(on_kafka: Path) -> None:
    before = answers(on_kafka)
    assert all(a.code == 0 for a in before)
    for name in ("ledger.sqlite", "views.sqlite"):
        for path in on_kafka.glob(f"{name}*"):
            path.unlink()
    assert answers(on_kafka) == before


def test_tail_prints_a_topics_events_and_project_brings_the_views_up(on_kafka: Path) -> None:
    where = ("--ledger", str(on_kafka), "--lang", "en")
    settings = read_settings(on_kafka).kafka
    assert settings is not None
    told = run("tail", settings.ledger_topic, *where, "--from-position", "2")
    assert told.code == 0, told.err
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["position"] for line in lines] == list(range(2, len(lines) + 2))
    assert len({line["type"] for line in lines}) > 3
    for path in on_kafka.glob("views.sqlite*"):
        path.unlink()
    projected = run("project", *where)
    assert projected.code == 0, projected.err
    assert f"the views are at {len(lines) + 1}, lag 0" in projected.out
    assert answers(on_kafka)[0].code == 0


def test_doctor_and_topics_check_look_at_kafka(on_kafka: Path) -> None:
    found = run("doctor", "--ledger", str(on_kafka), "--json")
    checks = {c["name"]: c["well"] for c in json.loads(found.out)}
    assert checks["kafka"]
    assert checks["topics"]
    assert run("topics", "check", "--ledger", str(on_kafka)).code == 0


def test_while_the_writer_serves_imports_and_commands_go_to_it(on_kafka: Path, demo: Demo) -> None:
    (again,) = sorted((demo.folder / "files").glob("*.xlsx"))[:1]
    where = ("--ledger", str(on_kafka), "--lang", "en")
    with writing(on_kafka):
        assert "recorded before" in run("import", str(again), *where).out
        assert run("import", str(again.parent / "nothing.xlsx"), *where).code == 1
        refused = run("record", *where, stdin='{"command": "annul", "event_id": "x"}')
        assert (refused.code, refused.err.strip()) == (2, "event_id is no event's id")
        second = run("write", "--ledger", str(on_kafka), "--lang", "en")
        assert "a write service runs already" in second.err
    assert ask(on_kafka, "GET", "/health") is None


def test_an_embedded_ledger_moves_to_kafka_with_bytes_and_positions_unchanged(
    tmp_path: Path, bootstrap: str, demo: Demo
) -> None:
    ledger = tmp_path / "ledger"
    assert run("init", str(ledger)).code == 0
    files = [str(p) for p in sorted((demo.folder / "files").glob(LISTS))]
    run("import", *files, "--ledger", str(ledger))
    before = answers(ledger)
    namespace = f"m{uuid4().hex[:8]}"
    moved = run("migrate", bootstrap, "--ledger", str(ledger), "--namespace", namespace)
    assert moved.code == 0, moved.err
    assert answers(ledger) == before
    for path in [*ledger.glob("ledger.sqlite*"), *ledger.glob("views.sqlite*")]:
        path.unlink()
    assert answers(ledger) == before
    assert run("migrate", bootstrap, "--ledger", str(ledger)).code == 1
    again = run("republish", "--ledger", str(ledger), "--yes", "--lang", "en")
    assert "0 entries published" in again.out


def test_settings_are_read_back_as_they_are_written() -> None:
    import tomllib

    settings = KafkaSettings("a:1,b:2", "north", 3)
    assert read_log(tomllib.loads(section(settings))) == settings


def test_a_password_never_stands_in_the_settings(tmp_path: Path) -> None:
    log = {"kind": "kafka", "bootstrap": "a:1"}
    with pytest.raises(NotOurs, match="sasl_plain_password_env"):
        read_log({"log": {**log, "security": {"sasl_plain_password": "secret"}}})
    (tmp_path / "secret").write_text("hidden\n")
    security = {
        "security_protocol": "SASL_SSL",
        "sasl_plain_password_file": str(tmp_path / "secret"),
        "ssl_password_env": "KEY_PASSWORD",
    }
    read = read_log({"log": {**log, "security": security}}, {"KEY_PASSWORD": "other"})
    assert read is not None
    assert read.security == {
        "security_protocol": "SASL_SSL",
        "sasl_plain_password": "hidden",
        "ssl_password": "other",
    }


@pytest.mark.parametrize(
    "log",
    [
        {"kind": "rabbit"},
        {"kind": "kafka"},
        {"kind": "kafka", "bootstrap": "a:1", "boostrap": "b:1"},
        {"kind": "kafka", "bootstrap": "a:1", "security": {"ssl_cafil": "x"}},
        {"kind": "kafka", "bootstrap": "a:1", "security": {"ssl_password_env": "NOT_THERE"}},
    ],
)
def test_settings_that_make_no_sense_are_refused(log: dict[str, object]) -> None:
    with pytest.raises(NotOurs):
        read_log({"log": log}, {})
