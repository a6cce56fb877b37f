"""Events of `relief.enrollment` and `relief.exit`: who is in, for how much, and who is out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Actor, Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class Component:
    """A part of a household's monthly entitlement under a program."""

    code: Annotated[str, Doc("base, supplement, care …", "构成")]
    amount_fen: Annotated[int, Doc("A month, fen", "月金额(分)")]
    method: Annotated[str, Doc("difference, grade or fixed", "计算方式")] = ""
    person_id: Annotated[UUID | None, Doc("Whose, for supplements per person", "对应人员")] = None
    standard: Annotated[str, Doc("Version of the standard it rests on", "所依标准版本")] = ""


@dataclass(frozen=True)
class Enrolled(Event, topic="relief.enrollment.Enrolled"):
    """A household was taken into a program: the status runs from the decision,
    what is payable from `meta.effective_from`."""

    program: Annotated[str, Doc("Program code", "救助类别")]
    covered: Annotated[tuple[UUID, ...], Doc("Covered persons (保障人口)", "保障对象")]
    components: Annotated[
        tuple[Component, ...], Doc("Monthly entitlement; none for a status alone", "保障金构成")
    ] = ()
    town: Annotated[str, Doc("Division code of the town that proposed", "乡镇代码")] = ""
    application_id: Annotated[UUID | None, Doc("The application", "申请编号")] = None
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    urgent: Annotated[bool, Doc("Urgent relief: checks follow", "是否急难")] = False
    until: Annotated[date | None, Doc("First day no longer enrolled", "到期(不含)")] = None
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month, fen", "人均月收入(分)")
    ] = None


@dataclass(frozen=True)
class EnrollmentRefused(Event, topic="relief.enrollment.Refused"):
    """An application was refused, in writing and with reasons."""

    program: Annotated[str, Doc("Program code", "救助类别")]
    reasons: Annotated[tuple[str, ...], Doc("Reason codes", "不予批准理由")]
    application_id: Annotated[UUID | None, Doc("The application", "申请编号")] = None
    approved_by: Annotated[Actor | None, Doc("Who decided", "审批人")] = None
    remark_person_id: Annotated[
        UUID | None, Doc("Person whose key seals the remark", "备注所属人员")
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("remark_person_id")
    ] = None


@dataclass(frozen=True)
class EntitlementAdjusted(Event, topic="relief.enrollment.Adjusted"):
    """The monthly entitlement is new from `meta.effective_from` on."""

    program: Annotated[str, Doc("Program code", "救助类别")]
    components: Annotated[tuple[Component, ...], Doc("The whole new entitlement", "保障金构成")]
    reason: Annotated[str, Doc("Reason code", "调整理由")] = ""
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    remark_person_id: Annotated[
        UUID | None, Doc("Person whose key seals the remark", "备注所属人员")
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("remark_person_id")
    ] = None


@dataclass(frozen=True)
class MemberCovered(Event, topic="relief.enrollment.MemberCovered"):
    """A person was added to the covered persons of an enrolled household (增员)."""

    program: Annotated[str, Doc("Program code", "救助类别")]
    person_id: Annotated[UUID, Doc("Who is covered from now on", "新增对象")]
    reason: Annotated[str, Doc("Reason code", "理由")] = ""
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    remark_person_id: Annotated[
        UUID | None, Doc("Person whose key seals the remark", "备注所属人员")
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("remark_person_id")
    ] = None


@dataclass(frozen=True)
class DecisionPublished(Event, topic="relief.enrollment.Published"):
    """A decision was published in the village from `meta.occurred_on` on."""

    decision_event_id: Annotated[UUID, Doc("The decision", "决定事件")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    place: Annotated[str, Doc("Where it is published", "公布地点")] = ""
    until: Annotated[date | None, Doc("First day no longer posted", "公布截止(不含)")] = None


@dataclass(frozen=True)
class EnrollmentAnnulled(Annulled, topic="relief.enrollment.Annulled"):
    """An event of the enrollment family is annulled."""


@dataclass(frozen=True)
class Exited(Event, topic="relief.exit.Exited"):
    """A household left a program: the status ends with the decision,
    nothing is payable from `meta.effective_from` on."""

    program: Annotated[str, Doc("Program code", "救助类别")]
    reason: Annotated[str, Doc("Reason code", "退出理由")]
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    remark_person_id: Annotated[
        UUID | None, Doc("Person whose key seals the remark", "备注所属人员")
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("remark_person_id")
    ] = None


@dataclass(frozen=True)
class MemberUncovered(Event, topic="relief.exit.MemberUncovered"):
    """A person is no longer among the covered persons (减员); the household stays."""

    program: Annotated[str, Doc("Program code", "救助类别")]
    person_id: Annotated[UUID, Doc("Who is no longer covered", "减少对象")]
    reason: Annotated[str, Doc("Reason code", "理由")]
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    remark_person_id: Annotated[
        UUID | None, Doc("Person whose key seals the remark", "备注所属人员")
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("remark_person_id")
    ] = None


@dataclass(frozen=True)
class ExitAnnulled(Annulled, topic="relief.exit.Annulled"):
    """An event of the exit family is annulled."""
