"""What every event of the ledger carries, and how an event class declares its public name.

An event class names its TOPIC itself, so that code can move and history still reads.
The fields of a class are the fields of its Avro schema, in the same order; the
`Doc` of a field is the field's doc there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final
from uuid import UUID

DECIDED: Final = "decided"
"""The event was decided here and was held to the rules."""
REPORTED: Final = "reported"
"""The event happened elsewhere and is recorded as it was reported."""

FAMILY_IDS: Final[dict[str, int]] = {
    "registry": 1,
    "intake": 2,
    "verification": 3,
    "enrollment": 4,
    "exit": 5,
    "disbursement": 6,
    "service": 7,
    "oversight": 8,
}
"""Family name → number in the frame of an entry. Never renumbered."""


@dataclass(frozen=True)
class Doc:
    """What a field means, English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class Personal:
    """Marks a sealed field; `of` names the field that holds the person whose key seals it.

    `of` may also be `stream`: the stream is the person's own.
    """

    of: str


Sealed = bytes
"""key version ‖ nonce ‖ AES-256-GCM ciphertext; opaque to the domain."""


@dataclass(frozen=True)
class Actor:
    """Who acted: a code or a keyed reference, never a name.

    经办人:代码或加密引用,从不写姓名。
    """

    id: Annotated[str, Doc("Code or keyed reference of the person", "人员代码或加密引用")]
    role: Annotated[str, Doc("Role in which the person acted", "履职角色")] = ""
    organization: Annotated[str, Doc("Organization of the person", "所在单位")] = ""


@dataclass(frozen=True)
class Meta:
    """What is known of an event beside its content. Ids and dates are handed in.

    事件内容之外的公共信息;编号与日期由外部传入。
    """

    event_id: Annotated[UUID, Doc("UUIDv7 of the event", "事件编号")]
    stream_id: Annotated[UUID, Doc("Stream (case, person, batch …) of the event", "所属事件流")]
    stream_version: Annotated[int, Doc("Place in the stream, from 1", "流内序号,自1起")]
    command_id: Annotated[bytes, Doc("Keyed id of the command (idempotency)", "命令编号(幂等)")]
    content_digest: Annotated[bytes, Doc("Keyed digest of the command", "命令内容摘要")]
    occurred_on: Annotated[date, Doc("Civil date (UTC+8) on which it happened", "发生日期")]
    actor: Annotated[Actor, Doc("Who acted", "经办人")]
    basis: Annotated[str, Doc("decided: here, by the rules; reported: elsewhere", "依据")]
    source: Annotated[str, Doc("Code of the registered source", "来源代码")]
    effective_from: Annotated[
        date | None, Doc("First day on which the new state holds", "生效日期")
    ] = None
    document: Annotated[str | None, Doc("Number of the paper behind it", "文号")] = None
    rule_version: Annotated[str | None, Doc("Version of the rules applied", "规则版本")] = None
    caused_by: Annotated[
        UUID | None, Doc("Event that it follows from, such as the death behind an exit", "起因事件")
    ] = None
    evidence: Annotated[
        tuple[bytes, ...],
        Doc("Keyed digests of papers, forms and photos; the files stay where they are", "佐证摘要"),
    ] = ()
    file_digest: Annotated[
        bytes | None, Doc("Keyed digest of the file that it was imported from", "来源文件摘要")
    ] = None
    file_row: Annotated[
        int | None,
        Doc("Row of that file, from 1 as in a spreadsheet; null: of several", "来源文件行号"),
    ] = None


@dataclass(frozen=True)
class Event:
    """One fact of the ledger. Subclasses are frozen dataclasses that name their topic."""

    topic: ClassVar[str] = ""
    family: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1

    meta: Annotated[Meta, Doc("What every event carries", "每个事件的公共部分")]

    def __init_subclass__(cls, *, topic: str = "", version: int = 1) -> None:
        super().__init_subclass__()
        if not topic:
            return
        prefix, family, name = topic.split(".")
        if prefix != "relief" or family not in FAMILY_IDS or not name:
            raise TypeError(f"topic {topic!r} is not relief.<family>.<Name>")
        if topic in EVENT_CLASSES:
            raise TypeError(f"topic {topic!r} is already {EVENT_CLASSES[topic].__qualname__}")
        cls.topic, cls.family, cls.schema_version = topic, family, version
        EVENT_CLASSES[topic] = cls

    @property
    def originator_id(self) -> UUID:
        """The stream; the name is the library's (`DomainEventProtocol`)."""
        return self.meta.stream_id

    @property
    def originator_version(self) -> int:
        """The version in the stream; the name is the library's."""
        return self.meta.stream_version


EVENT_CLASSES: Final[dict[str, type[Event]]] = {}
"""Topic → event class, filled as the classes are declared."""


UNBORN: Final = Meta(
    event_id=UUID(int=0),
    stream_id=UUID(int=0),
    stream_version=0,
    command_id=bytes(16),
    content_digest=bytes(16),
    occurred_on=date.min,
    actor=Actor(""),
    basis="",
    source="",
)
"""Stands in `meta` until the ledger gives the event its place; never stored."""


@dataclass(frozen=True)
class Annulled(Event):
    """An earlier event of the same stream is annulled: left out from here on, never removed.

    同一事件流中较早的事件被撤销:自此不再计入,但永不删除。
    """

    annulled_event_id: Annotated[UUID, Doc("The event that is annulled", "被撤销的事件")]
    reason: Annotated[str, Doc("Reason code or plain reason, no personal data", "撤销原因")]
    remark_person_id: Annotated[
        UUID | None, Doc("Person whose key seals the remark", "备注所属人员")
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("remark_person_id")
    ] = None
