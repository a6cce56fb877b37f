"""Publishes what Kafka lacks of an index, byte for byte: to move an embedded ledger there, and
after Kafka was put back from an older copy. Nothing is ever cut or written over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger.kafka.catching_up import Progress, entries_of
from ledger.kafka.client import LogReader, TransactionalProducer
from ledger.kafka.errors import IndexUnlike
from ledger.kafka.index import Index
from ledger.kafka.records import Recording

BATCH = 2000

Entries = Callable[[int, int], Sequence[bytes]]
"""(after, limit) → the index's entries from there."""


def publish_missing(
    index: Index,
    entries: Entries,
    reader: LogReader,
    recording: Recording,
    producer: TransactionalProducer,
    *,
    end: int,
    epoch: int,
    head: int,
    progress: Progress | None = None,
) -> int:
    """Compares every entry that Kafka has with the index, then publishes the rest. Returns how
    many were published. Crash anywhere: the same again goes on where it was.

    `end`: Kafka's end, with nothing open before it; `head`: the index's last position.
    Raises IndexUnlike at the first entry that differs, ForeignRecord, KafkaUnavailable,
    OutcomeUnknown (run it again).
    """
    topic = recording.settings.ledger_topic
    after, last_offset = 0, -1
    for batch in reader.read(topic, 0, end):
        found = list(entries_of(batch, recording, after + 1))
        held = list(entries(after, len(found)))
        if held != found[: len(held)]:
            place = next(i for i, e in enumerate(held) if e != found[i]) + after + 1
            raise IndexUnlike(
                f"第 {place} 条在 Kafka 与索引中不同:这是两个账本,不能合并",
                f"entry {place} differs between Kafka and the index: these are two ledgers",
            )
        if len(held) < len(found):
            if held:
                after, last_offset = after + len(held), batch[len(held) - 1].offset
            index.set_place(after, last_offset, epoch)
            return 0  # Kafka has more: the index catches up as always
        after, last_offset = after + len(found), batch[-1].offset
        if progress is not None:
            progress(after, head)
    index.set_place(after, last_offset, epoch)
    published = 0
    while framed := list(entries(after, BATCH)):
        pairs = [recording.records(p, entry) for p, entry in enumerate(framed, after + 1)]
        records = [r for r, _ in pairs] + [f for _, f in pairs if f is not None]
        offsets = producer.commit(records)
        after += len(framed)
        published += len(framed)
        # Crash here: the next run finds them on Kafka, equal, and goes on after them.
        index.set_place(after, offsets[len(framed) - 1], epoch)
        if progress is not None:
            progress(after, head)
    return published
