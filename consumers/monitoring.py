"""The compliance monitor: shows each event of a topic to hooks, as it comes, and passes on what they notice.

    with subscribe(settings.ledger_topic, settings, group="compliance") as messages:
        messages.stop_on_signals()
        monitor(messages, [hook], told)

At least once: after a crash a message is shown again. A notice has the same `id` then, so that
whoever keeps notices can keep each once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from consumers.messages import Message
from consumers.subscribing import Subscription


@dataclass(frozen=True)
class Notice:
    """What a hook noticed in an event, in words without personal data."""

    code: str
    zh: str
    en: str


class Hook(Protocol):
    """Looks at events one by one, in the order of the topic."""

    @property
    def name(self) -> str:
        """Names it among others; part of a notice's id."""
        ...

    def examine(self, message: Message) -> Iterable[Notice]:
        """What is to be noticed in it; safe to be asked again for the same message.

        Whatever it raises parks the message, once the other hooks have seen it; `dlq retry` then
        shows it to all of them again.
        """
        ...


@dataclass(frozen=True)
class Noticed:
    """A notice with its event."""

    hook: str
    notice: Notice
    message: Message

    @property
    def id(self) -> str:
        """The same each time that the event is shown."""
        return f"{self.hook}:{self.notice.code}:{self.message.event.meta.event_id}"


Told = Callable[[Noticed], None]
"""Gets each notice. What it raises ends the monitor before the message counts as done."""


def monitor(messages: Subscription, hooks: Sequence[Hook], told: Told) -> int:
    """Runs until the subscription ends. Returns how many messages the hooks were shown.

    Raises as the subscription does: GapFound, ForeignRecord, KafkaUnavailable.
    """
    count = 0
    for message in messages:
        found, failure = _examined(message, hooks)
        for noticed in found:
            told(noticed)
        if failure is not None:
            messages.park(message, failure)
        count += 1
    return count


def _examined(
    message: Message, hooks: Sequence[Hook]
) -> tuple[list[Noticed], BaseException | None]:
    found: list[Noticed] = []
    failure: BaseException | None = None
    for hook in hooks:
        try:
            found += [Noticed(hook.name, notice, message) for notice in hook.examine(message)]
        except Exception as e:  # a hook's fault is its own: the others see the event all the same
            failure = failure or e
    return found, failure
