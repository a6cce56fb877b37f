"""Members of a group that come, are stopped and are killed: no message is lost, on a real broker."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consumers.subscribing import subscribe
from ledger.kafka.settings import KafkaSettings
from tests.consumers.deciding import all_of, enrolled
from tests.ledger.kafka.worlds import KafkaWorld

PATIENCE = 60


@contextmanager
def member(
    kafka: KafkaSettings, out: Path, seconds: float = 0.02
) -> Iterator[subprocess.Popen[bytes]]:
    topic = kafka.family_topic("enrollment")
    words = (kafka.bootstrap, kafka.namespace, topic, "g", str(seconds))
    with out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.consumers.member", *words], stdout=file
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def told(*outs: Path) -> list[int]:
    return [int(line) for out in outs for line in out.read_text().splitlines()]


def await_count(count: int, *outs: Path) -> None:
    until = time.monotonic() + PATIENCE
    while len(set(told(*outs))) < count:
        assert time.monotonic() < until, told(*outs)
        time.sleep(0.05)


def test_a_member_that_is_stopped_has_committed_what_it_handled_and_nothing_else(
    world: KafkaWorld, kafka: KafkaSettings, tmp_path: Path
) -> None:
    enrolled(world, 20)
    out = tmp_path / "first"
    with member(kafka, out) as process:
        await_count(3, out)
        process.terminate()
        assert process.wait(PATIENCE) == 0
    handled = told(out)
    rest = all_of(subscribe(kafka.family_topic("enrollment"), kafka, group="g", until_end=True))
    assert len(handled) < 20
    assert handled + [m.family_position for m in rest] == list(range(1, 21))


def test_two_members_that_come_and_go_lose_nothing(
    world: KafkaWorld, kafka: KafkaSettings, tmp_path: Path
) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    enrolled(world, 5)
    with member(kafka, first) as one:
        await_count(5, first)
        with member(kafka, second):  # the partitions are dealt out anew
            enrolled(world, 5)
            await_count(10, first, second)
            one.terminate()
            assert one.wait(PATIENCE) == 0
            enrolled(world, 5)  # all is the second one's now
            await_count(15, first, second)
    with member(kafka, third):  # the second was killed
        enrolled(world, 5)
        await_count(20, first, second, third)
    for out in (first, second, third):
        assert told(out) == sorted(set(told(out)))
    assert set(told(first, second, third)) == set(range(1, 21))
