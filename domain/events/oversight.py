"""Events of `relief.oversight`: who looked at what is sealed, who was erased, which key came new.

They stand in the stream of the person concerned, so that a person's stream tells by itself who
saw him; the family's positions tell it of the whole ledger. None of them can be annulled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from domain.events.base import Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class IdentityRevealed(Event, topic="relief.oversight.IdentityRevealed"):
    """Sealed fields of a person were opened for somebody. Recorded before they were shown."""

    person_id: Annotated[UUID, Doc("Whose fields were opened", "被查看人")]
    fields: Annotated[tuple[str, ...], Doc("Names of the fields", "查看的字段")]
    role: Annotated[str, Doc("Code of the role that asked", "查看人角色")]
    reason: Annotated[str, Doc("Reason code", "查看原因")]
    remark: Annotated[
        Sealed | None, Doc("The reason in words of one's own, sealed", "原因说明(加密)"),
        Personal("person_id"),
    ] = None  # fmt: skip


@dataclass(frozen=True)
class SubjectErased(Event, topic="relief.oversight.SubjectErased"):
    """A person's key is destroyed: what is sealed under it is gone. The entries stand."""

    person_id: Annotated[UUID, Doc("Who is erased", "被删除人")]
    reason: Annotated[str, Doc("Code of the legal ground", "删除依据")]


@dataclass(frozen=True)
class ListMatched(Event, topic="relief.oversight.ListMatched"):
    """Identity numbers of a list from outside were looked up in the vault. Recorded before the
    hits were shown. The stream is the matching's own."""

    kind: Annotated[str, Doc("What the list holds: deaths, vehicles, companies …", "名单类型")]
    list_digest: Annotated[bytes, Doc("Keyed digest of the list's bytes", "名单内容摘要")]
    rows: Annotated[int, Doc("Different identity numbers in it", "名单人数")]
    hits: Annotated[int, Doc("Of those, known to the ledger", "命中人数")]
    role: Annotated[str, Doc("Code of the role that asked", "比对人角色")]
    reason: Annotated[str, Doc("Reason code", "比对原因")]


@dataclass(frozen=True)
class IdentityMatched(Event, topic="relief.oversight.IdentityMatched"):
    """A person was found on a list from outside, and somebody was told so."""

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
    """A new master key wraps the keys of all persons. The stream is the vault's own."""

    version: Annotated[int, Doc("Version of the master key, from 1", "主密钥版本")]
    keys: Annotated[int, Doc("Keys that it wraps", "密钥数")]
