"""Every error of a producer is of unknown outcome: the log is asked, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.events import Event
from domain.refusals import Refusal
from ledger.errors import DiskFull
from ledger.kafka.errors import AnotherWriter, KafkaUnavailable, OutcomeUnknown
from ledger.kafka.settings import KafkaSettings
from tests.ledger.kafka.faulty import AFTER, BEFORE, Faults
from tests.ledger.kafka.whole_kafka import ending_whole
from tests.ledger.kafka.worlds import KafkaWorld, new_kafka_world, open_kafka_world


@pytest.fixture
def faults(kafka: KafkaSettings) -> Faults:
    return Faults(kafka)


@pytest.fixture
def world(tmp_path: Path, kafka: KafkaSettings, faults: Faults) -> Iterator[KafkaWorld]:
    with ending_whole(new_kafka_world(tmp_path, kafka, faults.producer), kafka) as found:
        yield found


@pytest.mark.parametrize("fault", [BEFORE, AFTER])
def test_an_append_whose_commit_fails_is_recorded_once_and_answered(
    world: KafkaWorld, faults: Faults, fault: str
) -> None:
    person = world.person()
    household = world.household(person)
    head = world.recorder.head().position
    faults.plan = [fault]
    receipt = world.ledger.decide(world.enroll(household, person))
    assert (receipt.recorded, receipt.first_position) == (1, head + 1)
    assert world.recorder.head().position == head + 1


def test_what_kafka_never_takes_is_not_recorded_and_its_caller_is_told(
    world: KafkaWorld, faults: Faults
) -> None:
    person = world.person()
    household = world.household(person)
    head = world.recorder.head()
    faults.plan = [BEFORE] * 3
    command = world.enroll(household, person)
    with pytest.raises(KafkaUnavailable):
        world.ledger.decide(command)
    assert world.recorder.head() == head
    assert world.ledger.decide(command).recorded == 1


def test_a_full_disk_under_the_index_after_kafkas_commit_loses_nothing(
    world: KafkaWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.person()
    household = world.household(person)
    command = world.enroll(household, person)
    head = world.recorder.head().position

    def full(*_: object) -> None:
        raise DiskFull("磁盘已满", "the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(world.kafka_recorder.writer.index, "apply", full)
        with pytest.raises(OutcomeUnknown):
            world.ledger.decide(command)
    assert world.recorder.head().position == head
    # Room again: the same command learns that it is recorded.
    assert world.ledger.decide(command).already == 1
    assert world.recorder.head().position == head + 1


def test_a_writer_that_was_taken_over_writes_no_more(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    person = world.person()
    household = world.household(person)
    second = open_kafka_world(world.folder, kafka, world.clock, index="second.sqlite")
    second.kafka_recorder.takeover = True
    second.kafka_recorder.open_writer()
    with pytest.raises((AnotherWriter, OutcomeUnknown)):
        world.ledger.decide(world.enroll(household, person))
    assert second.ledger.decide(second.enroll(household, person)).recorded == 1
    second.close()


def test_decisions_at_once_share_commits_and_are_judged_one_after_the_other(
    world: KafkaWorld,
) -> None:
    """Two of each pair would put one person into two excluding programs."""
    people = [world.person() for _ in range(8)]
    homes = [world.household(p) for p in people]
    commands = [
        world.enroll(home, person, program=program)
        for home, person in zip(homes, people, strict=True)
        for program in ("dibao", "tekun")
    ]
    commits = 0
    commit = world.kafka_recorder.writer.commit

    def counted(after: int, framed: list[bytes], events: list[Event] | None = None) -> None:
        nonlocal commits
        commits += 1
        commit(after, framed, events)

    world.kafka_recorder.writer.commit = counted  # type: ignore[method-assign, assignment]

    def decide(command: object) -> bool:
        try:
            return world.ledger.decide(command).recorded == 1  # type: ignore[arg-type]
        except Refusal:
            return False

    with ThreadPoolExecutor(len(commands)) as pool:
        outcomes = list(pool.map(decide, commands))
    assert sum(outcomes) == len(people)
    assert commits <= len(people)
