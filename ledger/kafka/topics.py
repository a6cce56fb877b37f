"""The topics of a ledger: made as they must be, and looked over for what would lose records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from ledger.kafka.client import KafkaPythonReader, admin_client, unavailable
from ledger.kafka.deviation import Deviation
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
UNKNOWN_TOPIC: Final = 3
"""Kafka's error code for a topic that is not there; any other is of the moment."""
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


_LEASE_WHY: Final = ("旧的租约会留着", "old leases would pile up, or the last be let go")


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
            there = _there(found)
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
    """What the writer asks before it writes anything. Raises TopicsUnfit, which names every
    deviation that would lose records and what would be right; KafkaUnavailable."""
    bad = [d for d in check(settings) if d.loses]
    if bad:
        raise TopicsUnfit(
            "主题设置不合要求:" + ";".join(f"{d.topic} {d.zh}" for d in bad),
            "topics are not fit: " + "; ".join(f"{d.topic} {d.en}" for d in bad),
        )


def _there(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The topics that stand; while a broker comes back, Kafka may not know yet: that is raised."""
    for topic in found.values():
        if topic["error_code"] not in (0, UNKNOWN_TOPIC):
            raise for_code(topic["error_code"])(topic["name"])
    return [name for name, topic in found.items() if topic["error_code"] == 0]


def _of_topic(
    settings: KafkaSettings,
    name: str,
    topic: Mapping[str, Any],
    config: Mapping[str, str],
    actual: Mapping[str, str],
    brokers: int,
) -> list[Deviation]:
    found = list(_of_settings(settings, name, config, actual))
    partitions = {p["partition_index"]: p for p in topic["partitions"]}
    mine = partitions.get(settings.partition)
    if mine is None:
        more = settings.partition + 1
        text = (
            f"没有分区 {settings.partition};应至少有 {more} 个分区",
            f"has no partition {settings.partition}; should have {more} partitions or more",
        )
        return [*found, Deviation(name, *text)]
    return found + of_copies(name, len(mine["replica_nodes"]), actual, brokers)


def _of_settings(
    settings: KafkaSettings, name: str, config: Mapping[str, str], actual: Mapping[str, str]
) -> Iterator[Deviation]:
    for key, value in config.items():
        is_ = actual.get(key)
        if is_ == value or key not in _WHY:
            continue
        # A lease that is let go comes back with the next beat; an entry does not.
        lease = name == settings.lease_topic
        zh, en = _LEASE_WHY if lease else _WHY[key]
        yield Deviation(
            name,
            f"{key}={is_},应为 {value}:{zh}",
            f"{key}={is_}, should be {value}: {en}",
            loses=not lease,
        )


def of_copies(name: str, copies: int, actual: Mapping[str, str], brokers: int) -> list[Deviation]:
    """What is not right with how many copies there are, and how many acknowledge."""
    found = []
    in_sync = int(actual.get("min.insync.replicas") or 1)
    right = min(COPIES, brokers)
    if copies < right or not min(IN_SYNC, copies) <= in_sync <= copies:
        should = min(IN_SYNC, right)
        found.append(
            Deviation(
                name,
                f"副本 {copies} 份,min.insync.replicas={in_sync};应为 {right} 份,至少 {should} 份"
                "已写入才算数",
                f"{copies} copies, min.insync.replicas={in_sync}; should be {right} and {should}",
                # With one broker there is no second copy to be had; with more, an entry of which
                # only one copy must stand is gone with that disk.
                loses=brokers > 1 and min(copies, in_sync) < IN_SYNC,
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
                f"开头已被删除:现从偏移量 {ends.first} 开始,应为 0;请从副本恢复该主题",
                f"its beginning was deleted: it starts at offset {ends.first}, should at 0; "
                "put the topic back from a copy",
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
