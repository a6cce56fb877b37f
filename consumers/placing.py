"""Which place among a topic's messages a record holds: told without its schema, and only if it is ours.

What a record says of its own place is believed once its parts agree: frame and body give the
leaf's hash, the frame's family is the topic's, key, source and numbers are the frame's. Whoever
may write to the topic can still make all of that up; the ledger's tree is what shows that.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from consumers.errors import Foreign
from evidence.frame import Frame, unpack
from ledger.kafka.records import FRAME, LEAF, leaf
from ledger.kafka.settings import KafkaSettings

DIGITS_MAX: Final = 19
"""2^63 − 1 has as many."""
SINGLE_OBJECT: Final = b"\xc3\x01"
CONFLUENT: Final = b"\x00"


class Placed(NamedTuple):
    """Where a record of ours stands."""

    position: int
    """In the ledger. Only the header says it."""
    family_position: int
    family_id: int
    ledger: int
    """The partition of the ledger that wrote it."""


def placed(record: Any, settings: KafkaSettings, topic: str) -> Placed:
    """The place of a record of kafka-python's that was written to `topic`. Raises Foreign."""
    headers = {name: raw for name, raw in record.headers if raw is not None}
    entry = _header(headers, FRAME) + _body(record.value)
    try:
        frame = unpack(entry)
    except ValueError as e:
        raise Foreign(f"帧不可读({e})", f"its frame cannot be read ({e})") from e
    if leaf(entry) != _header(headers, LEAF):
        raise Foreign("叶哈希与内容不符", "the leaf's hash is not the entry's")
    if record.key != frame.stream_id.bytes:
        raise Foreign("键不是事件流编号", "its key is not the stream's id")
    _check_family(frame, settings, topic)
    if _number(headers, "ce_familyposition") != frame.family_position:
        raise Foreign("族内序号与帧不符", "header and frame differ on the family's position")
    written_by = _ledger_of(headers, settings)
    if record.topic == topic and written_by != record.partition:
        raise Foreign("来自另一账本", "it comes from another ledger")
    position = _number(headers, "ce_position")
    return Placed(position, frame.family_position, frame.family_id, written_by)


def _check_family(frame: Frame, settings: KafkaSettings, topic: str) -> None:
    expected = settings.family_topics.get(frame.family_id)
    if topic not in (expected, settings.ledger_topic):
        raise Foreign(
            f"属于第 {frame.family_id} 族,不属于本主题",
            f"it is of family {frame.family_id}, which is not this topic's",
        )


def _body(value: Any) -> bytes:
    """What follows the schema's name, by the first byte."""
    if value is None:
        raise Foreign("没有内容", "it has no value")
    raw = bytes(value)
    if raw.startswith(SINGLE_OBJECT):
        return raw[10:]
    if raw.startswith(CONFLUENT):
        return raw[5:]
    raise Foreign(
        f"内容的第一个字节 {raw[:1].hex() or '(空)'} 不是 Avro 的标记",
        f"its first byte {raw[:1].hex() or '(none)'} is no mark of Avro's",
    )


def _header(headers: dict[str, bytes], name: str) -> bytes:
    if name not in headers:
        raise Foreign(f"没有消息头 {name},或其为空", f"the header {name} is missing or null")
    return headers[name]


def _number(headers: dict[str, bytes], name: str) -> int:
    raw = _header(headers, name)
    # A number of thousands of digits is refused before Python is asked to read it.
    if not raw.isdigit() or len(raw) > DIGITS_MAX:
        raise Foreign(f"消息头 {name} 不是序号", f"the header {name} is no position")
    return int(raw)


def _ledger_of(headers: dict[str, bytes], settings: KafkaSettings) -> int:
    before, _, number = _header(headers, "ce_source").rpartition(b":")
    right = f"urn:relief:{settings.namespace}".encode()
    if before != right or not number.isdigit() or len(number) > DIGITS_MAX:
        raise Foreign("ce_source 不是本账本", "ce_source is no ledger of this namespace")
    return int(number)
