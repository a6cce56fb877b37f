"""The compliance monitor and its hooks, on a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from consumers.dead_letters import letters
from consumers.messages import Message
from consumers.monitoring import Hook, Notice, Noticed, monitor
from consumers.retrying import retry
from consumers.subscribing import subscribe
from domain.events import Enrolled
from ledger.kafka.settings import KafkaSettings
from tests.consumers.deciding import enrolled
from tests.ledger.kafka.worlds import KafkaWorld


@dataclass
class Enrollments:
    """Notices each enrollment."""

    name: str = "enrollments"
    seen: list[int] = field(default_factory=list)

    def examine(self, message: Message) -> Iterator[Notice]:
        self.seen.append(message.position)
        if isinstance(message.event, Enrolled):
            yield Notice("in", "纳入", "enrolled")


@dataclass
class Broken:
    """Fails at one position."""

    position: int
    name: str = "broken"

    def examine(self, message: Message) -> Iterator[Notice]:
        if message.position == self.position:
            raise ValueError("张三")
        return iter(())


def run(kafka: KafkaSettings, *hooks: Hook) -> list[Noticed]:
    found: list[Noticed] = []
    with subscribe(kafka.ledger_topic, kafka, group="compliance", until_end=True) as messages:
        monitor(messages, hooks, found.append)
    return found


def test_a_hook_is_shown_every_event_of_the_ledger_in_order_and_once(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    homes = enrolled(world, 2)
    hook = Enrollments()
    found = run(kafka, hook)
    assert hook.seen == list(range(1, world.recorder.head().position + 1))
    assert [n.message.event.meta.stream_id for n in found] == homes
    assert len({n.id for n in found}) == 2
    assert run(kafka, hook) == []


def test_a_hook_that_fails_hides_nothing_from_the_others_and_its_event_is_parked(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    enrolled(world, 1)
    last = world.recorder.head().position
    found = run(kafka, Broken(last), Enrollments())
    assert [n.message.position for n in found] == [last]
    (letter,) = letters(kafka, kafka.ledger_topic, "compliance")
    assert (letter.error, "张三" in letter.message) == ("ValueError", False)
    # Once the hook is mended, the event is shown again: the notice has the id that it had.
    assert [a.delivered for a in retry(kafka, kafka.ledger_topic, "compliance")] == [True]
    assert [n.id for n in run(kafka, Enrollments())] == [n.id for n in found]


def test_a_notice_that_could_not_be_kept_comes_again(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    enrolled(world, 1)

    def full(noticed: Noticed) -> None:
        raise OSError("disk full")

    with (
        subscribe(kafka.ledger_topic, kafka, group="compliance", until_end=True) as messages,
        pytest.raises(OSError, match="disk full"),
    ):
        monitor(messages, [Enrollments()], full)
    assert len(run(kafka, Enrollments())) == 1
