"""Nothing personal stands on Kafka's topics, nor in what the commands on Kafka write, print or log."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from console.settings import read_settings
from console.write_service import ask
from ledger.kafka.settings import KafkaSettings
from tests.console.conftest import Demo
from tests.console.playing import CLERK, Played, commands, logged
from tests.console.scanning import Scan
from tests.console.test_scan import ON_KAFKA, scan, scanned  # noqa: F401 - a fixture

GROUP = "finance"
WHERE = ("--ledger", "ledger", "--lang", "zh")


def records_of(settings: KafkaSettings) -> dict[str, bytes]:
    """Topic → keys, headers and values of all its records, one after the other; aborted ones too."""
    consumer = KafkaConsumer(**settings.client(enable_auto_commit=False))
    try:
        topics = [t for t in consumer.topics() if t.startswith(settings.namespace)]
        places = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t)]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found: dict[str, list[bytes]] = {t: [] for t in topics}
        while any(consumer.position(p) < ends[p] for p in places):
            for place, records in consumer.poll(timeout_ms=1000).items():
                for r in records:
                    headers = [part for name, v in r.headers for part in (name.encode(), v or b"")]
                    found[place.topic] += [r.key or b"", *headers, r.value or b""]
    finally:
        consumer.close()
    return {topic: b"\n".join(parts) for topic, parts in found.items()}


def serve(played: Played, settings: KafkaSettings) -> None:
    """The write service takes commands with names in them; what it says and shows is kept."""
    program = Path(sys.executable).parent / "relief-ledger"
    with (played.folder / "service.txt").open("wb") as said:
        process = subprocess.Popen(
            [program, "write", *WHERE], cwd=played.folder, stdout=said, stderr=said
        )
        try:
            ledger = played.folder / "ledger"
            for _ in range(600):
                health = ask(ledger, "GET", "/health")
                if health is not None and health["open"]:
                    break
                assert process.poll() is None
                time.sleep(0.1)
            for command in commands():
                said_in = json.dumps(command, ensure_ascii=False)
                ran = played.run("record", *WHERE, stdin=said_in)
                assert ran.code == 0, ran.err
            played.said += [json.dumps(ask(ledger, "GET", "/health"))]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
    played.ran.append(("write", played.ran[-1][1]))


def park(settings: KafkaSettings, topic: str) -> None:
    """Something of nobody's, that a subscriber of the group has put aside."""
    from consumers.subscribing import subscribe

    stranger = KafkaProducer(**settings.client(metrics_enabled=False))
    stranger.send(topic, b"\x00not avro", b"key", partition=0).get(10)
    stranger.close()
    with subscribe(topic, settings, group=GROUP, until_end=True) as messages:
        assert len(list(messages)) > 0


@pytest.mark.slow
def test_nothing_personal_is_on_kafka_or_said_by_what_runs_there(
    demo: Demo,
    scan: Scan,  # noqa: F811 - the fixture
    tmp_path: Path,
    bootstrap: str,
) -> None:
    played = Played(tmp_path)
    (tmp_path / CLERK).mkdir()
    shutil.copytree(demo.ledger, tmp_path / "ledger")
    with pytest.MonkeyPatch.context() as patch, logged(patch, tmp_path) as log:
        namespace = f"s{uuid4().hex[:8]}"
        moved = played.run("migrate", bootstrap, "--namespace", namespace, *WHERE)
        assert moved.code == 0, moved.err
        settings = read_settings(tmp_path / "ledger").kafka
        assert settings is not None
        serve(played, settings)
        families = list(settings.family_topics.values())
        for topic in (settings.ledger_topic, *families):
            played.run("tail", topic, *WHERE)
        park(settings, settings.family_topic("enrollment"))
        dead = (settings.family_topic("enrollment"), GROUP)
        played.all([
            ["topics", "create"], ["topics", "check"], ["project"], ["republish", "--yes"],
            ["reconcile", "orders.sqlite"], ["dlq", "list", *dead], ["dlq", "show", *dead, "0"],
            ["dlq", "retry", *dead, "--all"], ["doctor"], ["verify"],
        ], *WHERE)  # fmt: skip
        for file in sorted(demo.files.glob("*"))[:3]:
            played.run("import", str(file), *WHERE)
    assert {c for c, _ in played.ran} >= ON_KAFKA
    # What it still cannot read, a retry says.
    failed = [(c, r.err) for c, r in played.ran if c in ON_KAFKA - played.well - {"dlq retry"}]
    assert failed == []
    for topic, raw in records_of(settings).items():
        (tmp_path / f"{topic}.bytes").write_bytes(raw)
    assert (tmp_path / f"{settings.ledger_topic}.bytes").stat().st_size > 1_000_000
    (tmp_path / "said.txt").write_text("\n".join(played.said), "utf-8")
    (tmp_path / "logged.txt").write_text("\n".join({*log.getvalue().splitlines()}), "utf-8")
    assert scanned(scan, tmp_path) == {}
