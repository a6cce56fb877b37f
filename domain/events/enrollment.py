"""Events of `relief.enrollment` and `relief.exit`: who is in, for how much, and who is out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Actor, Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class Component:
    """A part of a household's monthly entitlement under a program, and how it was reckoned.

    difference: (standard − income per head) × persons · grade, per_person: standard × persons.

    一户每月救助金的一部分及其计算依据。
    """

    code: Annotated[str, Doc("base, supplement, care …", "构成")]
    amount_fen: Annotated[int, Doc("A month, fen", "月金额(分)")]
    method: Annotated[
        str, Doc("difference, grade, per_person or fixed; empty: not stated", "计算方式")
    ] = ""
    person_id: Annotated[UUID | None, Doc("Whose, for supplements per person", "对应人员")] = None
    standard: Annotated[str, Doc("Version of the standard it rests on", "所依标准版本")] = ""
    grade: Annotated[str, Doc("Grade of that standard, where it has several", "档次")] = ""
    persons: Annotated[int | None, Doc("Persons it was reckoned for", "计算人数")] = None
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month that was taken off, fen", "扣除的人均月收入(分)")
    ] = None
    last_month: Annotated[
        str | None, Doc("Last month it is due, YYYY-MM; null: as long as the rest", "享受止月")
    ] = None


@dataclass(frozen=True)
class Enrolled(Event, topic="relief.enrollment.Enrolled"):
    """A household was taken into a program: the status runs from the decision,
    what is payable from `meta.effective_from`.

    一户纳入某类救助:身份自决定之日起,发放自 effective_from 起。
    """

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
    household_size: Annotated[
        int | None, Doc("Assessed members (家庭人口) when it was decided", "家庭人口")
    ] = None
    assets_within_limits: Annotated[
        bool | None, Doc("True: no asset is over its limit; null: not stated", "财产是否符合规定")
    ] = None
    necessary_spending_fen: Annotated[
        int | None, Doc("Necessary spending of the household in a year, fen", "年刚性支出(分)")
    ] = None
    care: Annotated[
        str, Doc("at_home or in_institution, for those in tekun; empty: not stated", "供养方式")
    ] = ""


@dataclass(frozen=True)
class EnrollmentRefused(Event, topic="relief.enrollment.Refused"):
    """An application was refused, in writing and with reasons.

    申请不予批准,以书面形式并说明理由。
    """

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
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month that it rests on, fen", "人均月收入(分)")
    ] = None


@dataclass(frozen=True)
class EntitlementAdjusted(Event, topic="relief.enrollment.Adjusted"):
    """The monthly entitlement is new from `meta.effective_from` on.

    自 effective_from 起每月救助金按新标准执行。
    """

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
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month that it rests on, fen", "人均月收入(分)")
    ] = None


@dataclass(frozen=True)
class MemberCovered(Event, topic="relief.enrollment.MemberCovered"):
    """A person was added to the covered persons of an enrolled household (增员).

    已享受救助的户增加保障对象。
    """

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
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class Suspended(Event, topic="relief.enrollment.Suspended"):
    """Nothing is payable from `meta.effective_from` on; the status stays (暂停发放).

    自 effective_from 起暂停发放;身份保留。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    reason: Annotated[str, Doc("Reason code", "暂停理由")]
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class Resumed(Event, topic="relief.enrollment.Resumed"):
    """Payable again from `meta.effective_from` on; an earlier date makes arrears due.

    自 effective_from 起恢复发放;日期在前的,应补发。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    reason: Annotated[str, Doc("Reason code", "恢复理由")] = ""
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class Switched(Event, topic="relief.enrollment.Switched"):
    """Covered persons went from one program to another of the same household: no exit, nobody new.

    The status changes on the day of the decision, what is payable on `meta.effective_from`.

    保障对象在同一户内由一类救助转入另一类:既非退出,也非新增。
    """

    program: Annotated[str, Doc("Program that they come to", "转入类别")]
    from_program: Annotated[str, Doc("Program that they leave", "转出类别")]
    covered: Annotated[tuple[UUID, ...], Doc("Who switches", "转换对象")]
    components: Annotated[
        tuple[Component, ...], Doc("Monthly entitlement in the new program", "转入后保障金构成")
    ] = ()
    remaining: Annotated[
        tuple[Component, ...],
        Doc("Entitlement of those who stay in the old program; none if nobody does", "原类别余额"),
    ] = ()
    until: Annotated[date | None, Doc("First day no longer enrolled", "到期(不含)")] = None
    reason: Annotated[str, Doc("Reason code", "转换理由")] = ""
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month that it rests on, fen", "人均月收入(分)")
    ] = None
    care: Annotated[
        str, Doc("at_home or in_institution, for those in tekun; empty: not stated", "供养方式")
    ] = ""


@dataclass(frozen=True)
class FadeOutStarted(Event, topic="relief.enrollment.FadeOutStarted"):
    """The household is above the limit and is still paid until a day that is fixed (渐退期).

    该户已超过标准,在确定的日期前仍予发放(渐退期)。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    until: Annotated[date, Doc("First day no longer enrolled", "渐退期截止(不含)")]
    reason: Annotated[str, Doc("Reason code, such as employed", "渐退理由")] = ""
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class Extended(Event, topic="relief.enrollment.Extended"):
    """A status that ends on a day now ends on another (认定有效期延长).

    原定到期的救助身份延长。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    until: Annotated[date, Doc("First day no longer enrolled", "有效期截止(不含)")]
    reason: Annotated[str, Doc("Reason code", "理由")] = ""
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class Reinstated(Event, topic="relief.enrollment.Reinstated"):
    """An exit or a refusal fell: the household is in again, as of `meta.effective_from`.

    退出或不予批准的决定被撤销:自 effective_from 起恢复救助。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    covered: Annotated[tuple[UUID, ...], Doc("Covered persons (保障人口)", "保障对象")]
    components: Annotated[
        tuple[Component, ...], Doc("Monthly entitlement; none for a status alone", "保障金构成")
    ] = ()
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    decision_event_id: Annotated[UUID | None, Doc("The decision that fell", "被纠正的决定")] = None
    appeal_id: Annotated[UUID | None, Doc("The appeal that was upheld", "所依申诉")] = None
    until: Annotated[date | None, Doc("First day no longer enrolled", "到期(不含)")] = None
    reason: Annotated[str, Doc("Reason code", "恢复理由")] = ""
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    approved_by: Annotated[Actor | None, Doc("Who approved", "审批人")] = None


@dataclass(frozen=True)
class HandedOver(Event, topic="relief.enrollment.HandedOver"):
    """Covered persons went with a split or a merger to another case: no exit.

    They are covered there from `meta.effective_from` on (`CarriedOver` in that case).

    保障对象随分户或并户转往另一档案:不是退出。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    to_household_id: Annotated[UUID, Doc("The case that they go to", "转往户")]
    covered: Annotated[tuple[UUID, ...], Doc("Who goes", "随转对象")]
    remaining: Annotated[
        tuple[Component, ...],
        Doc("Monthly entitlement of those who stay; none if nobody does", "原户余额"),
    ] = ()


@dataclass(frozen=True)
class CarriedOver(Event, topic="relief.enrollment.CarriedOver"):
    """Persons are covered here from `meta.effective_from` on as they were in another case.

    自 effective_from 起,由另一档案转来的人在此继续保障。
    """

    program: Annotated[str, Doc("Program code", "救助类别")]
    from_household_id: Annotated[UUID, Doc("The case that they come from", "来源户")]
    covered: Annotated[tuple[UUID, ...], Doc("Who comes", "随转对象")]
    components: Annotated[
        tuple[Component, ...], Doc("The whole monthly entitlement of this case", "保障金构成")
    ] = ()
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    until: Annotated[date | None, Doc("First day no longer enrolled", "到期(不含)")] = None


@dataclass(frozen=True)
class DecisionPublished(Event, topic="relief.enrollment.Published"):
    """A decision was published in the village from `meta.occurred_on` on.

    决定自 occurred_on 起在村(社区)公布。
    """

    decision_event_id: Annotated[UUID, Doc("The decision", "决定事件")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    place: Annotated[str, Doc("Where it is published", "公布地点")] = ""
    until: Annotated[date | None, Doc("First day no longer posted", "公布截止(不含)")] = None


@dataclass(frozen=True)
class DecisionDelivered(Event, topic="relief.enrollment.Delivered"):
    """The household was told of a decision in writing, on `meta.occurred_on` (送达).

    决定以书面形式于 occurred_on 送达该户。
    """

    decision_event_id: Annotated[UUID, Doc("The decision", "决定事件")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    manner: Annotated[str, Doc("in_person, letter, message or notice", "送达方式")] = ""
    received_by: Annotated[str, Doc("Relation of who took it to the head", "签收人关系")] = ""


@dataclass(frozen=True)
class EnrollmentAnnulled(Annulled, topic="relief.enrollment.Annulled"):
    """An event of the enrollment family is annulled.

    撤销救助认定类事件。
    """


@dataclass(frozen=True)
class Exited(Event, topic="relief.exit.Exited"):
    """A household left a program: the status ends with the decision,
    nothing is payable from `meta.effective_from` on.

    一户退出某类救助:身份自决定之日止,自 effective_from 起不再发放。
    """

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
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""
    income_per_head_fen: Annotated[
        int | None, Doc("Income per head a month that it rests on, fen", "人均月收入(分)")
    ] = None


@dataclass(frozen=True)
class MemberUncovered(Event, topic="relief.exit.MemberUncovered"):
    """A person is no longer among the covered persons (减员); the household stays.

    一人不再是保障对象;该户保留。
    """

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
    proposed_by: Annotated[Actor | None, Doc("Who proposed", "提出人")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class ExitAnnulled(Annulled, topic="relief.exit.Annulled"):
    """An event of the exit family is annulled.

    撤销退出类事件。
    """
