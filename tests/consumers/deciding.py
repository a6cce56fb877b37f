"""Short ways to fill a ledger's topics, and to read them through."""

from __future__ import annotations

from uuid import UUID

from consumers.messages import Message
from consumers.subscribing import Subscription
from tests.ledger.kafka.worlds import KafkaWorld


def enrolled(world: KafkaWorld, count: int) -> list[UUID]:
    """Decides so many enrollments, one append each."""
    homes = []
    for _ in range(count):
        person = world.person()
        home = world.household(person)
        world.ledger.decide(world.enroll(home, person))
        homes.append(home)
    return homes


def all_of(subscription: Subscription) -> list[Message]:
    with subscription:
        return list(subscription)
