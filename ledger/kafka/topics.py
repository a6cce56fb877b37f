"""The topics of a ledger: made as they must be, and looked over for what would lose records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from ledger.kafka.client import KafkaPythonReader, admin_client, unavailable
from ledger.kafka.errors import TopicsUnfit
from ledger.kafka.settings import KafkaSettings

COPIES: Final = 3
IN_SYNC: Final = 2
LOG: Final = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
    "compression.type": "producer",
    "unclean.leader.election.enable": "false",
}
"""Settings of every topic that holds entries: nothing is ever let go."""
LEASE: Final = {"cleanup.policy": "compact", "segment.ms": "3600000"}
_WHY: Final = {
    "cleanup.policy": ("会删掉旧记录", "old records would be compacted away"),
    "retention.ms": ("到期会删掉记录", "records would be deleted with time"),
    "retention.bytes": ("超量会删掉记录", "records would be deleted with size"),
    "message.timestamp.type": ("时间应由服务端给出", "the broker must give the time"),
    "unclean.leader.election.enable": (
        "可能丢失已确认的记录",
        "acknowledged records could be lost",
    ),
}


@dataclass(frozen=True)
class Deviation:
    """What is not as it must be, and what would be right."""

    topic: str
    zh: str
    en: str
    loses: bool = True
    """False for what is a matter of how much can break at once."""


def wanted(settings: KafkaSettings) -> dict[str, dict[str, str]]:
    """Topic → its settings."""
    names = [settings.ledger_topic, *settings.family_topics.values()]
    return {**{name: dict(LOG) for name in names}, settings.lease_topic: dict(LEASE)}


def create(settings: KafkaSettings) -> list[str]:
    """Makes the topics that are missing; returns their names. Raises KafkaUnavailable.

    Three copies of which two must acknowledge, or as many as there are brokers.
    """
    try:
        with _admin(settings) as admin:
            brokers = len(admin.describe_cluster()["brokers"])
            copies = min(COPIES, brokers)
            made = []
            for name, config in wanted(settings).items():
                in_sync = str(min(IN_SYNC, copies))
                topic = NewTopic(
                    name=name,
                    num_partitions=settings.partition + 1,
                    replication_factor=copies,
                    topic_configs={**config, "min.insync.replicas": in_sync},
                )
                try:
                    admin.create_topics([topic])
                    made.append(name)
                except TopicAlreadyExistsError:
                    continue
            if made:
                admin.wait_for_topics(made)
            return made
    except (KafkaError, OSError) as e:
        raise unavailable(settings, e) from e


def check(settings: KafkaSettings) -> list[Deviation]:
    """Everything that is not as `create` would make it. Raises KafkaUnavailable."""
    try:
        with _admin(settings) as admin:
            brokers = len(admin.describe_cluster()["brokers"])
            found = {t["name"]: t for t in admin.describe_topics(list(wanted(settings)))}
            there = [name for name, t in found.items() if t["error_code"] == 0]
            configs = _configs(admin, there)
        deviations = []
        for name, config in wanted(settings).items():
            if name in there:
                deviations += _of_topic(settings, name, found[name], config, configs[name], brokers)
            else:
                deviations.append(
                    Deviation(name, "缺少;运行 topics create", "missing; run: topics create")
                )
        if not any(d.loses for d in deviations):
            deviations += _cut(settings)
    except (KafkaError, OSError) as e:
        raise unavailable(settings, e) from e
    return deviations


def refuse_unfit(settings: KafkaSettings) -> None:
    """Raises TopicsUnfit where records would be lost, KafkaUnavailable."""
    bad = [d for d in check(settings) if d.loses]
    if bad:
        raise TopicsUnfit(
            "主题设置不合要求:" + ";".join(f"{d.topic} {d.zh}" for d in bad),
            "topics are not fit: " + "; ".join(f"{d.topic} {d.en}" for d in bad),
        )


def _of_topic(
    settings: KafkaSettings,
    name: str,
    topic: Mapping[str, Any],
    config: Mapping[str, str],
    actual: Mapping[str, str],
    brokers: int,
) -> list[Deviation]:
    found = []
    for key, value in config.items():
        is_ = actual.get(key)
        if is_ != value and key in _WHY:
            zh, en = _WHY[key]
            found.append(
                Deviation(
                    name,
                    f"{key}={is_},应为 {value}:{zh}",
                    f"{key}={is_}, should be {value}: {en}",
                )
            )
    partitions = {p["partition_index"]: p for p in topic["partitions"]}
    mine = partitions.get(settings.partition)
    if mine is None:
        text = f"没有分区 {settings.partition}", f"has no partition {settings.partition}"
        return [*found, Deviation(name, *text)]
    copies, in_sync = len(mine["replica_nodes"]), int(actual.get("min.insync.replicas") or 1)
    if copies < min(COPIES, brokers) or in_sync < min(IN_SYNC, copies):
        found.append(
            Deviation(
                name,
                f"副本 {copies} 份、至少 {in_sync} 份同步;应为 {COPIES} 份、{IN_SYNC} 份",
                f"{copies} copies, {in_sync} in sync; should be {COPIES} and {IN_SYNC}",
                loses=False,
            )
        )
    if brokers == 1 and actual.get("flush.messages") != "1":
        found.append(
            Deviation(
                name,
                "只有一台服务器:断电可能丢失最近的记录,除非 flush.messages=1",
                "one broker: a power cut may lose the last records unless flush.messages=1",
                loses=False,
            )
        )
    return found


def _cut(settings: KafkaSettings) -> list[Deviation]:
    """Topics whose beginning is gone."""
    reader = KafkaPythonReader(settings)
    try:
        topics = [settings.ledger_topic, *settings.family_topics.values()]
        return [
            Deviation(
                name,
                f"开头已被删除:现从偏移量 {ends.first} 开始",
                f"its beginning was deleted: it starts at offset {ends.first}",
            )
            for name, ends in reader.ends(topics).items()
            if ends.first > 0
        ]
    finally:
        reader.close()


def _configs(admin: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    raw = admin.describe_configs(resources, config_filter="all") if resources else {}
    return {
        name: {key: item["value"] for key, item in settings.items()}
        for name, settings in raw.get("topic", {}).items()
    }


@contextmanager
def _admin(settings: KafkaSettings) -> Iterator[KafkaAdminClient]:
    client = admin_client(settings)
    try:
        yield client
    finally:
        client.close()
