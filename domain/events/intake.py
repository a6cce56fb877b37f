"""Events of `relief.intake`: needs, applications and their papers, warnings, appeals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class NeedDiscovered(Event, topic="relief.intake.NeedDiscovered"):
    """Somebody in need was found. The stream is the need's own.

    发现有人需要帮助;每一需求自成一流。
    """

    number: Annotated[str, Doc("Number of the need at its source", "需求编号")]
    person_id: Annotated[UUID, Doc("Whose need", "需求人")]
    channel: Annotated[str, Doc("How it was found: visit, care_visit, data_alert …", "发现渠道")]
    kind: Annotated[str, Doc("living, medical, education, housing, employment, care", "需求类别")]
    household_id: Annotated[UUID | None, Doc("Household, where known", "家庭")] = None
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    village: Annotated[str, Doc("Village of the visit", "走访村(社区)")] = ""
    detail: Annotated[
        Sealed | None, Doc("Free text, sealed", "详情(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class NeedReferred(Event, topic="relief.intake.NeedReferred"):
    """A need went to the department in charge (转介).

    需求转介给主管部门。
    """

    organization: Annotated[str, Doc("Department in charge", "转介部门")]
    due_on: Annotated[date | None, Doc("Answer due on", "答复期限")] = None
    from_organization: Annotated[str, Doc("Department that passes it on", "转出部门")] = ""


@dataclass(frozen=True)
class NeedAnswered(Event, topic="relief.intake.NeedAnswered"):
    """The department in charge answered.

    主管部门作出答复。
    """

    outcome: Annotated[str, Doc("relieved, not_eligible, passed_on, solved …", "答复结果")]
    organization: Annotated[str, Doc("Department that answered", "答复部门")] = ""


@dataclass(frozen=True)
class ApplicationReceived(Event, topic="relief.intake.ApplicationReceived"):
    """A household applied for a program.

    一户申请某类救助。
    """

    application_id: Annotated[UUID, Doc("The application", "申请编号")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    applicant_id: Annotated[UUID, Doc("Who applied", "申请人")]
    urgent: Annotated[bool, Doc("Urgent: help first, papers after", "是否急难")] = False
    persons: Annotated[tuple[UUID, ...], Doc("For whom; empty: the household", "申请救助人员")] = ()
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""
    channel: Annotated[
        str, Doc("window, online, on_behalf, found …; empty: not stated", "申请渠道")
    ] = ""


@dataclass(frozen=True)
class ApplicationAccepted(Event, topic="relief.intake.ApplicationAccepted"):
    """The town accepted the application (受理); terms of days run from here.

    乡镇受理申请;办理期限由此起算。
    """

    application_id: Annotated[UUID, Doc("The application", "申请编号")]


@dataclass(frozen=True)
class AuthorizationGiven(Event, topic="relief.intake.AuthorizationGiven"):
    """Persons authorized the cross-check of their economic situation.

    当事人授权核对其家庭经济状况。
    """

    person_ids: Annotated[tuple[UUID, ...], Doc("Who authorized", "授权人")]
    application_id: Annotated[UUID | None, Doc("For which application", "申请编号")] = None
    until: Annotated[date | None, Doc("First day no longer valid", "授权截止(不含)")] = None


@dataclass(frozen=True)
class PapersRequested(Event, topic="relief.intake.PapersRequested"):
    """The town told the applicant, once and in full, which papers are missing (一次性告知).

    乡镇一次性告知申请人所缺的全部材料。
    """

    application_id: Annotated[UUID, Doc("The application", "申请编号")]
    papers: Annotated[tuple[str, ...], Doc("Codes of the papers", "所缺材料")]
    due_on: Annotated[date | None, Doc("Asked for by", "补正期限")] = None


@dataclass(frozen=True)
class PapersSupplied(Event, topic="relief.intake.PapersSupplied"):
    """The applicant handed papers in.

    申请人补交材料。
    """

    application_id: Annotated[UUID, Doc("The application", "申请编号")]
    papers: Annotated[tuple[str, ...], Doc("Codes of the papers", "补交材料")]


@dataclass(frozen=True)
class ApplicationWithdrawn(Event, topic="relief.intake.ApplicationWithdrawn"):
    """The applicant took the application back, or let the term for papers pass.

    申请人撤回申请,或逾期未补正材料。
    """

    application_id: Annotated[UUID, Doc("The application", "申请编号")]
    reason: Annotated[str, Doc("Reason code", "撤回原因")] = ""


@dataclass(frozen=True)
class WarningRaised(Event, topic="relief.intake.WarningRaised"):
    """Data or people say that a household may be in need, or no longer entitled (预警).

    数据或人员反映某户可能需要救助,或不再符合条件。
    """

    warning_id: Annotated[UUID, Doc("The warning", "预警编号")]
    kind: Annotated[str, Doc("in_need, income_over, died, vehicle, company …", "预警类型")]
    person_id: Annotated[UUID | None, Doc("Whom it is about", "对象")] = None
    due_on: Annotated[date | None, Doc("To be looked into by", "处置期限")] = None
    indicator: Annotated[str, Doc("Code of the indicator that raised it", "预警指标")] = ""
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""
    details: Annotated[
        Sealed | None,
        Doc("Data behind it, as JSON, sealed", "预警数据(加密)"),
        Personal("person_id"),
    ] = None


@dataclass(frozen=True)
class WarningClosed(Event, topic="relief.intake.WarningClosed"):
    """The warning was looked into.

    预警已核实处置。
    """

    warning_id: Annotated[UUID, Doc("The warning", "预警编号")]
    outcome: Annotated[str, Doc("relieved, adjusted, ended, unfounded …", "处置结果")]


@dataclass(frozen=True)
class AppealFiled(Event, topic="relief.intake.AppealFiled"):
    """Somebody contests a decision: a complaint, an administrative review or a lawsuit.

    对某项决定提出投诉、行政复议或行政诉讼。
    """

    appeal_id: Annotated[UUID, Doc("The appeal", "申诉编号")]
    kind: Annotated[str, Doc("complaint, review or lawsuit", "类型:投诉、行政复议、行政诉讼")]
    against_event_id: Annotated[UUID, Doc("The decision contested", "被诉决定")]
    program: Annotated[str, Doc("Program code", "救助类别")] = ""
    body: Annotated[str, Doc("Who decides on it", "受理机关")] = ""
    filed_by: Annotated[UUID | None, Doc("Who filed it", "提出人")] = None
    grounds: Annotated[
        Sealed | None, Doc("Grounds, sealed", "理由(加密)"), Personal("filed_by")
    ] = None


@dataclass(frozen=True)
class AppealDecided(Event, topic="relief.intake.AppealDecided"):
    """The appeal ended. What follows from it (reinstatement, back-payment) is decided apart.

    申诉终结;由此引起的恢复或补发另行决定。
    """

    appeal_id: Annotated[UUID, Doc("The appeal", "申诉编号")]
    outcome: Annotated[
        str, Doc("upheld: the decision falls; dismissed, withdrawn or settled", "结果")
    ]


@dataclass(frozen=True)
class FileImported(Event, topic="relief.intake.FileImported"):
    """Every row of a file stands in the ledger. The stream is that of the file's source
    (`meta.source`) and kind; the same content again is the same file.

    一份文件的每一行都已入账;按来源与类型自成一流,内容相同即同一文件。
    """

    kind: Annotated[str, Doc("Kind of file: payments, households …", "文件类型")]
    content_digest: Annotated[bytes, Doc("Keyed digest of the bytes", "文件内容摘要")]
    name_digest: Annotated[bytes, Doc("Keyed digest of the file's name", "文件名摘要")]
    rows: Annotated[int, Doc("Rows that were recorded", "行数")]
    months: Annotated[
        tuple[str, ...], Doc("Months that the rows are about, YYYY-MM", "所属月份")
    ] = ()
    towns: Annotated[tuple[str, ...], Doc("Division codes of towns in the rows", "乡镇代码")] = ()
    households: Annotated[int, Doc("Different households by head", "户数")] = 0
    persons: Annotated[int, Doc("Different identity numbers", "人数")] = 0
    amount_fen: Annotated[int, Doc("Sum of the amounts of the rows, fen", "金额合计(分)")] = 0
    first_position: Annotated[
        int, Doc("First position at which a row of it stands", "首行所在位置")
    ] = 0
    last_position: Annotated[
        int, Doc("Last one; others' entries may lie between", "末行所在位置")
    ] = 0


@dataclass(frozen=True)
class IntakeAnnulled(Annulled, topic="relief.intake.Annulled"):
    """An event of the intake family is annulled.

    撤销受理类事件。
    """
