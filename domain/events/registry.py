"""Events of `relief.registry`: persons, households, and who reports and works for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class PersonRegistered(Event, topic="relief.registry.PersonRegistered"):
    """A person became known to the ledger. The stream is the person's own."""

    resolved: Annotated[
        bool, Doc("False: known only from a report, identity not checked", "身份是否已核实")
    ]
    sex: Annotated[int, Doc("GB/T 2261.1: 0 unknown 1 male 2 female 9 not stated", "性别")] = 0
    age_band: Annotated[str, Doc("Age band on occurred_on; empty if unknown", "年龄段")] = ""
    town: Annotated[str, Doc("Division code of the town; empty if unknown", "乡镇代码")] = ""
    village: Annotated[str, Doc("Village or community; empty if unknown", "村(社区)")] = ""
    name: Annotated[Sealed | None, Doc("Name, sealed", "姓名(加密)"), Personal("stream")] = None
    identity_number: Annotated[
        Sealed | None, Doc("Identity number, sealed", "身份证号(加密)"), Personal("stream")
    ] = None
    birth_date: Annotated[
        Sealed | None, Doc("Birth date, sealed", "出生日期(加密)"), Personal("stream")
    ] = None


@dataclass(frozen=True)
class PersonDied(Event, topic="relief.registry.PersonDied"):
    """A person died on `meta.occurred_on`; however late it is reported, it is recorded."""

    reported_on: Annotated[date | None, Doc("When the death was reported", "上报日期")] = None


@dataclass(frozen=True)
class HouseholdFormed(Event, topic="relief.registry.HouseholdFormed"):
    """A household's case file was opened. The stream is the household's."""

    head_id: Annotated[UUID, Doc("Head of the household (户主)", "户主")]
    resolved: Annotated[bool, Doc("False: known only from a report", "是否已核实")] = True
    town: Annotated[str, Doc("Division code of the town; empty if unknown", "乡镇代码")] = ""
    village: Annotated[str, Doc("Village or community; empty if unknown", "村(社区)")] = ""
    size: Annotated[int | None, Doc("Assessed members (家庭人口)", "家庭人口")] = None
    certificate: Annotated[
        Sealed | None, Doc("Certificate number, sealed", "救助证号(加密)"), Personal("head_id")
    ] = None
    address: Annotated[
        Sealed | None, Doc("Address, sealed", "家庭住址(加密)"), Personal("head_id")
    ] = None
    account: Annotated[
        Sealed | None, Doc("Bank account, sealed", "银行账号(加密)"), Personal("head_id")
    ] = None
    account_digest: Annotated[bytes | None, Doc("Keyed digest of the account", "银行账号摘要")] = (
        None
    )


@dataclass(frozen=True)
class MemberJoined(Event, topic="relief.registry.MemberJoined"):
    """A person belongs to the household from `meta.effective_from` on."""

    person_id: Annotated[UUID, Doc("The member", "成员")]
    relation: Annotated[str, Doc("Relation to the head", "与户主关系")]
    reason: Annotated[str, Doc("Reason code; empty at the first count", "变动原因")] = ""
    circumstances: Annotated[
        Sealed | None,
        Doc("Disability, labor capacity, health, employment, income as JSON, sealed", "家庭情况"),
        Personal("person_id"),
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class MemberLeft(Event, topic="relief.registry.MemberLeft"):
    """A person no longer belongs to the household from `meta.effective_from` on."""

    person_id: Annotated[UUID, Doc("The member", "成员")]
    reason: Annotated[str, Doc("Reason code", "变动原因")]
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class SourceRegistered(Event, topic="relief.registry.SourceRegistered"):
    """A source of data or of reports is known: a bank, a department, a system."""

    code: Annotated[str, Doc("Code of the source", "来源代码")]
    name: Annotated[str, Doc("Name of the source", "来源名称")]
    kind: Annotated[str, Doc("bank, department, bureau or system", "类型")]
    data_kinds: Annotated[
        tuple[str, ...], Doc("Kinds of data that it gives to cross-checks", "数据种类")
    ] = ()
    may_report: Annotated[
        tuple[str, ...], Doc("Topics that it may report; * for all", "可报送的事件类型")
    ] = ()


@dataclass(frozen=True)
class OrganizationRegistered(Event, topic="relief.registry.OrganizationRegistered"):
    """An organization works with the relief system (联动部门)."""

    code: Annotated[str, Doc("Code of the organization", "单位代码")]
    name: Annotated[str, Doc("Name of the organization", "单位名称")]
    kind: Annotated[str, Doc("department, town, mass_organization or other", "类型")]


@dataclass(frozen=True)
class WorkerAssigned(Event, topic="relief.registry.WorkerAssigned"):
    """A contracted social worker serves a town from `meta.effective_from` on."""

    code: Annotated[str, Doc("Staff code", "工号")]
    person_id: Annotated[UUID, Doc("The worker as a person", "社工本人")]
    role: Annotated[str, Doc("Role, such as social_worker", "角色")]
    town: Annotated[str, Doc("Division code of the town served", "服务乡镇")]
    organization: Annotated[str, Doc("Organization that employs the worker", "派遣单位")] = ""
    until: Annotated[date | None, Doc("First day no longer assigned", "派遣截止(不含)")] = None
    name: Annotated[Sealed | None, Doc("Name, sealed", "姓名(加密)"), Personal("person_id")] = None


@dataclass(frozen=True)
class RegistryAnnulled(Annulled, topic="relief.registry.Annulled"):
    """An event of the registry family is annulled."""
