"""Events of `relief.oversight`: who looked at what is sealed, who was erased, keys that came new,
and what the ledger states of itself.

What concerns a person stands in his stream, so that a person's stream tells by itself who
saw him; the family's positions tell it of the whole ledger. None of them can be annulled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from domain.events.base import Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class IdentityRevealed(Event, topic="relief.oversight.IdentityRevealed"):
    """Sealed fields of a person were opened for somebody. Recorded before they were shown.

    某人的加密信息被查看;先记录,后显示。
    """

    person_id: Annotated[UUID, Doc("Whose fields were opened", "被查看人")]
    fields: Annotated[tuple[str, ...], Doc("Names of the fields", "查看的字段")]
    role: Annotated[str, Doc("Code of the role that asked", "查看人角色")]
    reason: Annotated[str, Doc("Reason code", "查看原因")]
    remark: Annotated[
        Sealed | None, Doc("The reason in words of one's own, sealed", "原因说明(加密)"),
        Personal("person_id"),
    ] = None  # fmt: skip
    household_id: Annotated[UUID | None, Doc("For which case it was asked", "所涉家庭")] = None


@dataclass(frozen=True)
class SubjectErased(Event, topic="relief.oversight.SubjectErased"):
    """A person's key is destroyed: what is sealed under it is gone. The entries stand.

    此人的密钥已销毁:以其加密的内容不可再读,条目仍在。
    """

    person_id: Annotated[UUID, Doc("Who is erased", "被删除人")]
    reason: Annotated[str, Doc("Code of the legal ground", "删除依据")]


@dataclass(frozen=True)
class ListMatched(Event, topic="relief.oversight.ListMatched"):
    """Identity numbers of a list from outside were looked up in the vault. Recorded before the
    hits were shown. The stream is the matching's own.

    外部名单的身份证号在保管库内比对;先记录,后显示命中;每次比对自成一流。
    """

    kind: Annotated[str, Doc("What the list holds: deaths, vehicles, companies …", "名单类型")]
    list_digest: Annotated[bytes, Doc("Keyed digest of the list's bytes", "名单内容摘要")]
    rows: Annotated[int, Doc("Different identity numbers in it", "名单人数")]
    hits: Annotated[int, Doc("Of those, known to the ledger", "命中人数")]
    role: Annotated[str, Doc("Code of the role that asked", "比对人角色")]
    reason: Annotated[str, Doc("Reason code", "比对原因")]


@dataclass(frozen=True)
class IdentityMatched(Event, topic="relief.oversight.IdentityMatched"):
    """A person was found on a list from outside, and somebody was told so.

    某人在外部名单中命中,并已告知比对人。
    """

    person_id: Annotated[UUID, Doc("Who was found", "命中人员")]
    matching_id: Annotated[UUID, Doc("Stream of the matching", "所属比对")]
    kind: Annotated[str, Doc("What the list holds", "名单类型")]
    role: Annotated[str, Doc("Code of the role that asked", "比对人角色")]
    reason: Annotated[str, Doc("Reason code", "比对原因")]
    remark: Annotated[
        Sealed | None, Doc("The reason in words of one's own, sealed", "原因说明(加密)"),
        Personal("person_id"),
    ] = None  # fmt: skip


@dataclass(frozen=True)
class MasterKeyRotated(Event, topic="relief.oversight.MasterKeyRotated"):
    """A new master key wraps the keys of all persons. The stream is the vault's own.

    所有人的密钥改由新的主密钥保护;事件流即保管库。
    """

    version: Annotated[int, Doc("Version of the master key, from 1", "主密钥版本")]
    keys: Annotated[int, Doc("Keys that it wraps", "密钥数")]


@dataclass(frozen=True)
class FamilyHead:
    """How far a family of events had come.

    某一事件族的末位序号。
    """

    family: Annotated[str, Doc("Family, without `relief.`", "事件族")]
    position: Annotated[int, Doc("Its last position, which is how many it has", "最后序号(即条数)")]


@dataclass(frozen=True)
class HeadsStated(Event, topic="relief.oversight.HeadsStated"):
    """How many entries each family had at a position: shows that a family's tail is not left out.

    写明各类别与账本此刻的末位序号,使读者知道其后没有遗漏。
    """

    position: Annotated[int, Doc("Position of the log that is spoken of", "所述账本位置")]
    families: Annotated[tuple[FamilyHead, ...], Doc("Each family's end there", "各事件族的末尾")]


@dataclass(frozen=True)
class OriginBegun(Event, topic="relief.oversight.OriginBegun"):
    """From here on checkpoints are signed under a new name and key; the old log's last one is named.

    自此检查点以新的账名与密钥签署,并写明旧账最后的检查点。
    """

    origin: Annotated[str, Doc("Name of the log from here on", "新账名称")]
    verifier_key: Annotated[str, Doc("Key by which it is believed", "新验证密钥")]
    previous_key: Annotated[str, Doc("Verifier key of the log before", "旧验证密钥")]
    previous_size: Annotated[
        int, Doc("Entries under its last checkpoint; 0: none kept", "旧账最后检查点的条数")
    ]
    previous_root: Annotated[str, Doc("Root of that checkpoint, base64", "旧账最后检查点的树根")]
