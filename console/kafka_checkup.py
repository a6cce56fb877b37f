"""What `doctor` looks at where the log of record is on Kafka."""

from __future__ import annotations

from collections.abc import Iterator

from console.checkup import Checkup
from console.wiring import Relief
from ledger.errors import LedgerError
from ledger.kafka.settings import KafkaSettings


def kafka_checks(relief: Relief, kafka: KafkaSettings) -> Iterator[Checkup]:
    """Topics, schema registry, writer, open transactions, and whether the index belongs to them."""
    for name, look in (("topics", _topics), ("registry", _registry), ("kafka", _log)):
        try:
            yield from look(relief, kafka)
        except LedgerError as e:
            yield Checkup(name, False, e.zh, e.en)


def _topics(relief: Relief, kafka: KafkaSettings) -> Iterator[Checkup]:
    from ledger.kafka.topics import check  # its client is slow to load

    found = check(kafka)
    for d in found:
        yield Checkup("topics", not d.loses, f"{d.topic}:{d.zh}", f"{d.topic}: {d.en}")
    if not found:
        yield Checkup("topics", True, "Kafka 主题设置符合要求", "the topics on Kafka are fit")


def _registry(relief: Relief, kafka: KafkaSettings) -> Iterator[Checkup]:
    from ledger.kafka.values import schema_ids

    ids = schema_ids(kafka)
    if ids is None:
        return
    found = ids.check()
    for d in found:
        yield Checkup("registry", not d.loses, f"{d.topic}:{d.zh}", f"{d.topic}: {d.en}")
    if not found:
        yield Checkup(
            "registry",
            True,
            "模式注册中心登记了全部模式,兼容性为 FULL_TRANSITIVE",
            "the schema registry has every schema, at FULL_TRANSITIVE",
        )


def _log(relief: Relief, kafka: KafkaSettings) -> Iterator[Checkup]:
    from ledger.kafka import lease
    from ledger.kafka.catching_up import check_belongs

    recorder = relief.recorder
    assert relief.on_kafka is not None
    writer = relief.on_kafka.writer
    topics = [kafka.ledger_topic, *kafka.family_topics.values()]
    for topic, ends in writer.reader.ends(topics).items():
        if ends.stable < ends.high:
            yield Checkup(
                "kafka",
                False,
                f"{topic} 在偏移量 {ends.stable} 有未结束的事务,读者停在那里",
                f"{topic}: a transaction is open at offset {ends.stable}; readers stop there",
            )
    held = lease.read(kafka, writer.reader)
    if held is not None and held.held:
        who = f"{held.holder.host}, pid {held.holder.pid}"
        yield Checkup("writer", True, f"写入进程:{who}", f"the writer: {who}")
    head = recorder.head().position
    check_belongs(writer.index, writer.reader, writer.recording, head)
    yield Checkup(
        "kafka",
        True,
        f"索引 {head} 条,末条与 Kafka 的记录逐字节相同",
        f"the index has {head} entries; its last one is Kafka's record, byte for byte",
    )
