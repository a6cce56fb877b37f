"""Events of `relief.verification`: cross-checks, comparisons, visits, inquiries, notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Actor, Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class CrossCheckCompleted(Event, topic="relief.verification.CrossCheckCompleted"):
    """One person's economic situation was checked against the provincial platform's sources.

    通过省平台各数据来源核对一个人的经济状况。
    """

    person_id: Annotated[UUID, Doc("Whom the check is about", "被核对人")]
    request: Annotated[str, Doc("Number of the request", "申请唯一号")]
    result: Annotated[str, Doc("meets, exceeds or to_review", "核对结果")]
    batch: Annotated[str, Doc("Number of the batch", "批次编号")] = ""
    report: Annotated[str, Doc("Number of the report", "核对报告编号")] = ""
    sources_requested: Annotated[tuple[str, ...], Doc("Sources asked", "请求资源清单")] = ()
    sources_answered: Annotated[tuple[str, ...], Doc("Sources that answered", "反馈资源清单")] = ()
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month, fen", "人均月收入(分)")
    ] = None
    purpose: Annotated[
        str, Doc("application, recheck, spot_check, report …; empty: not stated", "核查目的")
    ] = ""
    application_id: Annotated[UUID | None, Doc("For which application", "申请编号")] = None
    requested_on: Annotated[date | None, Doc("When it was asked for", "发起日期")] = None
    exceeds: Annotated[
        tuple[str, ...],
        Doc("What is over its limit: income, deposits, vehicle, property, company …", "超标项目"),
    ] = ()
    details: Annotated[
        Sealed | None,
        Doc("Results by source with amounts and dates, as JSON, sealed", "核对明细(加密)"),
        Personal("person_id"),
    ] = None


@dataclass(frozen=True)
class DirectoryCompared(Event, topic="relief.verification.DirectoryCompared"):
    """A person was compared with a shared directory of another department.

    与其他部门的共享目录比对一个人。
    """

    person_id: Annotated[UUID, Doc("Whom the comparison is about", "被比对人")]
    directory: Annotated[str, Doc("construction, education, disability …", "共享目录")]
    result: Annotated[str, Doc("meets, exceeds or to_review", "比对结果")]
    purpose: Annotated[
        str, Doc("application, recheck, spot_check, report …; empty: not stated", "核查目的")
    ] = ""
    exceeds: Annotated[
        tuple[str, ...],
        Doc("What is over its limit: income, deposits, vehicle, property, company …", "超标项目"),
    ] = ()
    details: Annotated[
        Sealed | None,
        Doc("What the directory says, as JSON, sealed", "比对明细(加密)"),
        Personal("person_id"),
    ] = None


@dataclass(frozen=True)
class HomeVisited(Event, topic="relief.verification.HomeVisited"):
    """Investigators visited the household (入户调查); the rule asks for at least two.

    调查人入户调查;规则要求至少两人。
    """

    investigators: Annotated[
        tuple[str, ...], Doc("Codes or keyed references of the investigators", "调查人")
    ]
    conclusion: Annotated[str, Doc("meets, exceeds or to_review", "调查结论")]
    signed: Annotated[bool, Doc("The form is signed", "是否签字")] = False
    respondent: Annotated[str, Doc("Relation of who answered to the head", "被调查人关系")] = ""
    head_id: Annotated[UUID | None, Doc("Head, whose key seals the record", "户主")] = None
    record: Annotated[
        Sealed | None, Doc("The record, sealed", "调查记录(加密)"), Personal("head_id")
    ] = None
    purpose: Annotated[
        str, Doc("application, recheck, spot_check, report …; empty: not stated", "核查目的")
    ] = ""
    application_id: Annotated[UUID | None, Doc("For which application", "申请编号")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""
    village: Annotated[str, Doc("Village or community; empty: not stated", "村(社区)")] = ""
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month that it found, fen", "人均月收入(分)")
    ] = None
    exceeds: Annotated[
        tuple[str, ...],
        Doc("What is over its limit: income, deposits, vehicle, property, company …", "超标项目"),
    ] = ()


@dataclass(frozen=True)
class NeighborsAsked(Event, topic="relief.verification.NeighborsAsked"):
    """Neighbors were asked about the household (邻里访问).

    向邻里了解该户情况。
    """

    investigators: Annotated[
        tuple[str, ...], Doc("Codes or keyed references of the investigators", "调查人")
    ]
    conclusion: Annotated[str, Doc("meets, exceeds or to_review", "访问结论")]
    head_id: Annotated[UUID | None, Doc("Head, whose key seals the record", "户主")] = None
    record: Annotated[
        Sealed | None, Doc("The record, sealed", "访问记录(加密)"), Personal("head_id")
    ] = None
    purpose: Annotated[
        str, Doc("application, recheck, spot_check, report …; empty: not stated", "核查目的")
    ] = ""
    application_id: Annotated[UUID | None, Doc("For which application", "申请编号")] = None
    neighbors: Annotated[int | None, Doc("How many were asked", "访问户数")] = None


@dataclass(frozen=True)
class NoticePosted(Event, topic="relief.verification.NoticePosted"):
    """A proposal was put on public notice (公示) from `meta.occurred_on` on.

    拟作决定自 occurred_on 起公示。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    until: Annotated[date, Doc("First day no longer posted", "公示截止(不含)")]
    place: Annotated[str, Doc("Where it was posted", "公示地点")] = ""
    proposal: Annotated[
        str, Doc("enrollment, adjustment, exit …; empty: not stated", "拟作决定")
    ] = ""
    application_id: Annotated[UUID | None, Doc("For which application", "申请编号")] = None


@dataclass(frozen=True)
class ObjectionRaised(Event, topic="relief.verification.ObjectionRaised"):
    """Somebody objected during the notice.

    公示期间有人提出异议。
    """

    objection_id: Annotated[UUID, Doc("The objection", "异议编号")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    ground: Annotated[str, Doc("Code of the ground", "异议理由")]


@dataclass(frozen=True)
class ObjectionResolved(Event, topic="relief.verification.ObjectionResolved"):
    """The objection was looked into and answered.

    异议已核实并答复。
    """

    objection_id: Annotated[UUID, Doc("The objection", "异议编号")]
    upheld: Annotated[bool, Doc("True: the objection was right", "异议是否成立")]


@dataclass(frozen=True)
class AppraisalHeld(Event, topic="relief.verification.AppraisalHeld"):
    """Villagers appraised the household's situation in a meeting (民主评议).

    村(居)民在会议上评议该户情况。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    attending: Annotated[int, Doc("Persons attending", "参加人数")]
    in_favor: Annotated[int, Doc("Of those, in favor", "同意人数")]
    conclusion: Annotated[str, Doc("meets, exceeds or to_review", "评议结论")]
    application_id: Annotated[UUID | None, Doc("For which application", "申请编号")] = None


@dataclass(frozen=True)
class OpinionGiven(Event, topic="relief.verification.OpinionGiven"):
    """The town gave its opinion on an application (审核意见) and sent it to the county.

    乡镇对申请提出审核意见并报县级。
    """

    application_id: Annotated[UUID, Doc("The application", "申请编号")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    opinion: Annotated[str, Doc("grant or refuse", "审核意见:拟批准、拟不予批准")]
    proposed_by: Annotated[Actor | None, Doc("Who gave it", "审核人")] = None
    reason: Annotated[str, Doc("Reason code", "理由")] = ""
    received_on: Annotated[date | None, Doc("When the county received it", "县级收到日期")] = None


@dataclass(frozen=True)
class SelfCareAssessed(Event, topic="relief.verification.SelfCareAssessed"):
    """A person's ability to care for himself was assessed on six points (生活自理能力评估).

    按六项指标评估一个人的生活自理能力。
    """

    person_id: Annotated[UUID, Doc("Who was assessed", "被评估人")]
    level: Annotated[str, Doc("full, partial or none", "评估结果:全自理、半护理、全护理")]
    points_failed: Annotated[
        int | None, Doc("Of the six points, how many are not met", "未达指标数")
    ] = None
    assessors: Annotated[
        tuple[str, ...], Doc("Codes or keyed references of the assessors", "评估人")
    ] = ()
    reassessed: Annotated[bool, Doc("True: after a change was reported", "是否复评")] = False


@dataclass(frozen=True)
class PersonHeard(Event, topic="relief.verification.PersonHeard"):
    """The household was told of a proposal against it, with the reasons, and was heard.

    已向该户说明拟作的不利决定及理由,并听取其陈述。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    proposal: Annotated[str, Doc("reduction, suspension or exit", "拟作决定")]
    manner: Annotated[str, Doc("visit, telephone, letter or hearing", "听取方式")] = ""
    contested: Annotated[bool, Doc("True: the household objects", "是否有异议")] = False
    person_id: Annotated[UUID | None, Doc("Who was heard, whose key seals", "陈述人")] = None
    statement: Annotated[
        Sealed | None, Doc("What was said, sealed", "陈述内容(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class VerificationAnnulled(Annulled, topic="relief.verification.Annulled"):
    """An event of the verification family is annulled.

    撤销核查类事件。
    """
