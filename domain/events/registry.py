"""Events of `relief.registry`: persons, who reports and works for them, standards adopted.

The household's own are in `household.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class PersonRegistered(Event, topic="relief.registry.PersonRegistered"):
    """A person became known to the ledger. The stream is the person's own.

    账本开始知道一个人;事件流即此人本人。
    """

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
    """A person died on `meta.occurred_on`; however late it is reported, it is recorded.

    人员于 occurred_on 死亡;无论多晚上报都如实记录。
    """

    reported_on: Annotated[date | None, Doc("When the death was reported", "上报日期")] = None


@dataclass(frozen=True)
class PersonCorrected(Event, topic="relief.registry.PersonCorrected"):
    """What is known of a person was put right: identity checked since, or a detail mended.

    It says all that is known now, as the registration did; the past is not rewritten.

    更正人员信息:身份已核实,或细节有误;写明目前所知的全部,不改写过去。
    """

    resolved: Annotated[bool, Doc("Identity checked", "身份是否已核实")]
    sex: Annotated[int, Doc("GB/T 2261.1: 0 unknown 1 male 2 female 9 not stated", "性别")] = 0
    age_band: Annotated[str, Doc("Age band on occurred_on; empty if unknown", "年龄段")] = ""
    town: Annotated[str, Doc("Division code of the town; empty if unknown", "乡镇代码")] = ""
    village: Annotated[str, Doc("Village or community; empty if unknown", "村(社区)")] = ""
    reason: Annotated[str, Doc("Reason code", "更正原因")] = ""
    name: Annotated[Sealed | None, Doc("Name, sealed", "姓名(加密)"), Personal("stream")] = None
    identity_number: Annotated[
        Sealed | None, Doc("Identity number, sealed", "身份证号(加密)"), Personal("stream")
    ] = None
    birth_date: Annotated[
        Sealed | None, Doc("Birth date, sealed", "出生日期(加密)"), Personal("stream")
    ] = None


@dataclass(frozen=True)
class PersonMerged(Event, topic="relief.registry.PersonMerged"):
    """This person and another are one human, registered twice: both go on as the other.

    The stream is that of the registration that is given up. What was recorded under it stays, and
    counts for `into_person_id` on whatever day it happened: who somebody is does not hang on the day.

    同一人重复登记:此编号并入另一编号,两者此后视为一人。
    """

    into_person_id: Annotated[UUID, Doc("The registration that goes on", "保留的人员编号")]
    reason: Annotated[str, Doc("wrong_number, number_changed, no_number …", "合并原因")] = ""


@dataclass(frozen=True)
class StandardAdopted(Event, topic="relief.registry.StandardAdopted"):
    """A standard holds from `meta.effective_from` on, until its successor does.

    The stream is the standard's own: one program, component, grade and area.

    救助标准自 effective_from 起执行,直至被后一标准取代;每一标准自成一流。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    component: Annotated[str, Doc("Component of the entitlement", "构成")]
    version: Annotated[str, Doc("Name of this version of the standard", "标准版本")]
    amount_fen: Annotated[int, Doc("A person and month, fen", "每人每月(分)")]
    grade: Annotated[str, Doc("Grade, where the standard has several", "档次")] = ""
    area: Annotated[str, Doc("Division code it holds in; empty: the whole county", "适用区域")] = ""


@dataclass(frozen=True)
class SourceRegistered(Event, topic="relief.registry.SourceRegistered"):
    """A source of data or of reports is known: a bank, a department, a system.

    登记数据或报送来源:银行、部门或系统。
    """

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
class FileExpected(Event, topic="relief.registry.FileExpected"):
    """From `meta.effective_from` on, a source owes a kind of file for every period.

    The stream is that of the source and kind; the next statement takes the place of this one.

    自 effective_from 起,某来源每一周期应报送某类文件;后一次写明的取代前一次。
    """

    source: Annotated[str, Doc("Code of the source that owes it", "来源代码")]
    kind: Annotated[str, Doc("Kind of file: payments, returns, households …", "文件类型")]
    every: Annotated[str, Doc("month, quarter or year; empty: no longer", "周期")]
    due_days: Annotated[int, Doc("Days after the period's end until it is due", "期后多少日内")] = 0
    towns: Annotated[
        tuple[str, ...], Doc("Towns that it is owed for, each; empty: the county", "乡镇代码")
    ] = ()


@dataclass(frozen=True)
class OrganizationRegistered(Event, topic="relief.registry.OrganizationRegistered"):
    """An organization works with the relief system (联动部门).

    登记参与救助的联动部门或单位。
    """

    code: Annotated[str, Doc("Code of the organization", "单位代码")]
    name: Annotated[str, Doc("Name of the organization", "单位名称")]
    kind: Annotated[str, Doc("department, town, mass_organization or other", "类型")]
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class WorkerAssigned(Event, topic="relief.registry.WorkerAssigned"):
    """A contracted social worker serves a town from `meta.effective_from` on.

    社工自 effective_from 起派驻某乡镇。
    """

    code: Annotated[str, Doc("Staff code", "工号")]
    person_id: Annotated[UUID, Doc("The worker as a person", "社工本人")]
    role: Annotated[str, Doc("Role, such as social_worker", "角色")]
    town: Annotated[str, Doc("Division code of the town served", "服务乡镇")]
    organization: Annotated[str, Doc("Organization that employs the worker", "派遣单位")] = ""
    until: Annotated[date | None, Doc("First day no longer assigned", "派遣截止(不含)")] = None
    name: Annotated[Sealed | None, Doc("Name, sealed", "姓名(加密)"), Personal("person_id")] = None
    contract: Annotated[str, Doc("Number of the contract", "合同编号")] = ""


@dataclass(frozen=True)
class RegistryAnnulled(Annulled, topic="relief.registry.Annulled"):
    """An event of the registry family is annulled.

    撤销登记类事件。
    """
