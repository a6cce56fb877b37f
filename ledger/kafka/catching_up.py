"""Brings the index up to Kafka: checks first that it belongs to it, then applies what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ledger.bulk import bulk
from ledger.kafka.client import LogReader
from ledger.kafka.errors import ForeignRecord, IndexUnlike
from ledger.kafka.index import Index
from ledger.kafka.records import Incoming, Recording

Progress = Callable[[int, int], None]


def check_belongs(index: Index, reader: LogReader, recording: Recording, head: int) -> None:
    """The last entry of the index is the record at its offset, byte for byte.

    `head`: the last position in the index's entries. Raises IndexUnlike: ahead of Kafka, an
    embedded ledger's, or another log's. KafkaUnavailable.
    """
    place, topic = index.place(), recording.settings.ledger_topic
    if head != place.position:
        raise IndexUnlike(
            f"索引有 {head} 条,来自 Kafka 的只有 {place.position} 条:这是内嵌账本,请先 migrate",
            f"the index has {head} entries, {place.position} of them from Kafka: "
            "this is an embedded ledger; `migrate` it first",
        )
    ends = reader.ends([topic])[topic]
    if ends.first > max(place.last_offset, 0):
        raise IndexUnlike(
            f"{topic} 从偏移量 {ends.first} 开始,之前的记录已被删除,索引只到第 {place.position} 条"
            f"(偏移量 {place.last_offset});请从副本或备份恢复该主题,或放回一份到过偏移量 "
            f"{ends.first} 的索引",
            f"{topic} begins at offset {ends.first}: the records before it were deleted, and the "
            f"index has only {place.position} entries (offset {place.last_offset}). Put the topic "
            f"back from a replica or a backup, or put back an index that had reached offset "
            f"{ends.first}",
        )
    if place.position == 0:
        return
    if place.last_offset >= ends.high:
        raise IndexUnlike(
            f"索引({place.position} 条)比 Kafka 新:{topic} 只到偏移量 {ends.high}。"
            "不要截断索引;用 doctor 查看,可按原字节重新发布",
            f"the index ({place.position} entries) is ahead of Kafka: {topic} ends at offset "
            f"{ends.high}. Do not cut the index; `doctor` says more and can publish the same "
            "bytes again",
        )
    found = [
        entry
        for batch in reader.read(topic, place.last_offset, place.last_offset + 1)
        for entry in entries_of(batch, recording, place.position)
    ]
    if found != [index.entry_at(place.position)]:
        raise IndexUnlike(
            f"索引第 {place.position} 条与 {topic} 偏移量 {place.last_offset} 的记录不同",
            f"entry {place.position} of the index is not the record at offset "
            f"{place.last_offset} of {topic}",
        )


def catch_up(
    index: Index,
    reader: LogReader,
    recording: Recording,
    *,
    epoch: int,
    stop: int,
    progress: Progress | None = None,
) -> int:
    """Applies every committed entry before the offset `stop`. Returns how many.

    Crash anywhere: whole batches are in, and the next call goes on after them.
    Raises ForeignRecord, IndexMoved, KafkaUnavailable, DiskFull.
    """
    place, count = index.place(), 0
    after = place.position
    topic = recording.settings.ledger_topic
    for batch in reader.read(topic, place.last_offset + 1, stop):
        with bulk():
            framed = list(entries_of(batch, recording, after + 1))
            index.apply(after, framed, batch[-1].offset, epoch)
        after += len(framed)
        count += len(framed)
        if progress is not None:
            progress(batch[-1].offset + 1, stop)
    return count


def entries_of(batch: list[Incoming], recording: Recording, expected: int) -> Iterator[bytes]:
    """The entries of records that begin at a position. Raises ForeignRecord at the first stray."""
    topic = recording.settings.ledger_topic
    for position, incoming in enumerate(batch, expected):
        item = recording.entry(topic, incoming)
        if item.position != position:
            raise ForeignRecord(
                topic,
                incoming.offset,
                f"位置应为 {position},记录为 {item.position}",
                f"position {position} would follow; the record says {item.position}",
            )
        yield item.entry
