"""A subscriber that looks on while a trial hurts the others: what Jepsen checks of Kafka.

It reads the ledger's topic at read_committed from the beginning to the end, live. In the end
everything that it ever saw must still stand where it saw it: nothing that was taken back
(an aborted value), no position with two values, no hole below the highest position seen. It is
a process of its own, and notes each record in a file: offset, position, leaf.
"""

from __future__ import annotations

import logging
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from ledger.kafka.records import LEAF
from ledger.kafka.settings import KafkaSettings

Seen = dict[int, tuple[int, bytes]]
"""Offset → position and leaf."""


def assert_all_stands(settings: KafkaSettings, notes: Path, *, same_offsets: bool = True) -> int:
    """As the module says; `same_offsets` is False where Kafka itself was put back from a copy, and
    positions alone must be the same. Returns how many records of aborted transactions nobody saw.
    """
    seen = _noted(notes)
    final = _all(settings, "read_committed")
    assert [p for p, _ in final.values()] == list(range(1, len(final) + 1))
    assert seen, "the observer saw nothing"
    stands = seen.items() <= final.items()
    if not same_offsets:
        stands = set(seen.values()) <= set(final.values())
    assert stands, "something that was read is not there any more"
    places = [position for position, _ in seen.values()]
    assert places == list(range(1, len(places) + 1)), "a hole below the highest position"
    everything = _all(settings, "read_uncommitted")
    assert final.items() <= everything.items()
    return len(everything) - len(final)


def main(namespace: str, bootstrap: str, notes: Path) -> None:
    """Reads until it is killed; a broker that is away is waited for."""
    settings = KafkaSettings(bootstrap, namespace)
    with notes.open("a", encoding="ascii") as kept:
        while True:
            with suppress(KafkaError, OSError):
                _follow(settings, max(_noted(notes), default=-1) + 1, kept)


def _follow(settings: KafkaSettings, start: int, kept: TextIO) -> None:
    place, consumer = _consumer(settings, "read_committed")
    try:
        consumer.seek(place, start)
        while True:
            for record in consumer.poll(300).get(place, []):
                headers = dict(record.headers)
                position, leaf = headers["ce_position"].decode(), headers[LEAF].hex()
                kept.write(f"{record.offset} {position} {leaf}\n")
            kept.flush()
    finally:
        with suppress(Exception):
            consumer.close(autocommit=False)


def _noted(notes: Path) -> Seen:
    """What it saw; a line that was cut off by its end does not count."""
    lines = notes.read_text("ascii").split("\n")[:-1]
    return {
        int(offset): (int(position), bytes.fromhex(leaf))
        for offset, position, leaf in (line.split() for line in lines)
    }


def _consumer(settings: KafkaSettings, isolation: str) -> tuple[TopicPartition, KafkaConsumer]:
    consumer = KafkaConsumer(
        **settings.client(
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metrics_enabled=False,
        )
    )
    place = TopicPartition(settings.ledger_topic, settings.partition)
    consumer.assign([place])
    return place, consumer


def _all(settings: KafkaSettings, isolation: str) -> Seen:
    """Everything up to the end as it is now; a stranger's records count without a position."""
    place, consumer = _consumer(settings, isolation)
    found: Seen = {}
    try:
        end = consumer.end_offsets([place])[place]
        consumer.seek_to_beginning(place)
        while consumer.position(place) < end:
            for record in consumer.poll(500).get(place, []):
                headers = dict(record.headers)
                position = int(headers.get("ce_position", b"0"))
                found[record.offset] = (position, headers.get(LEAF, b""))
    finally:
        consumer.close(autocommit=False)
    return found


if __name__ == "__main__":
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
