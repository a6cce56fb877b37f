"""Events of `relief.disbursement`: batches (totals) and their lines (in the household's stream).

A line is one transfer. Its parts say what it pays, for which months; the kind of a part
gives the direction, amounts are always positive. No account is ever in an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class PaymentPart:
    """What a line pays: a component of the entitlement, for whole months."""

    component: Annotated[str, Doc("Component of the entitlement", "构成")]
    kind: Annotated[
        str, Doc("regular, back_payment, price_subsidy, one_off, correction, offset", "种类")
    ]
    amount_fen: Annotated[int, Doc("Fen, above 0; offset takes away", "金额(分)")]
    last_month: Annotated[str, Doc("Last month paid for, YYYY-MM", "所属期止")]
    first_month: Annotated[
        str | None, Doc("First month paid for; null: from the start of the arrears", "所属期起")
    ] = None


@dataclass(frozen=True)
class BatchPrepared(Event, topic="relief.disbursement.BatchPrepared"):
    """A payment batch was drawn up. The stream is the batch's own."""

    number: Annotated[str, Doc("Number of the batch", "发放批次")]
    month: Annotated[str, Doc("Month in which it is paid, YYYY-MM", "发放月份")]
    line_count: Annotated[int, Doc("Number of lines", "笔数")]
    total_fen: Annotated[int, Doc("Total, fen", "总金额(分)")]
    fund: Annotated[str, Doc("Fund: county, province, central, charity …", "资金来源")] = ""
    fund_level: Annotated[str, Doc("central, province, city or county", "资金级次")] = ""
    budget_document: Annotated[str, Doc("Number of the budget document", "预算文号")] = ""
    budget_code: Annotated[str, Doc("Budget subject code", "预算科目")] = ""
    list_digest: Annotated[bytes | None, Doc("Keyed digest of the payment list", "名册摘要")] = None


@dataclass(frozen=True)
class BatchReviewed(Event, topic="relief.disbursement.BatchReviewed"):
    """The batch was reviewed (审核)."""


@dataclass(frozen=True)
class BatchApproved(Event, topic="relief.disbursement.BatchApproved"):
    """The batch was approved for payment (审批)."""

    line_count: Annotated[int, Doc("Number of lines approved", "批准笔数")]
    total_fen: Annotated[int, Doc("Total approved, fen", "批准金额(分)")]


@dataclass(frozen=True)
class BatchSent(Event, topic="relief.disbursement.BatchSent"):
    """The batch went to the bank."""


@dataclass(frozen=True)
class BatchSettled(Event, topic="relief.disbursement.BatchSettled"):
    """The bank answered for the whole batch."""

    paid_count: Annotated[int, Doc("Lines paid", "成功笔数")]
    paid_fen: Annotated[int, Doc("Paid, fen", "成功金额(分)")]
    returned_count: Annotated[int, Doc("Lines returned", "退回笔数")]
    returned_fen: Annotated[int, Doc("Returned, fen", "退回金额(分)")]


@dataclass(frozen=True)
class PaymentAuthorized(Event, topic="relief.disbursement.PaymentAuthorized"):
    """A line of a batch: this household is to be paid this sum."""

    line_id: Annotated[UUID, Doc("The line", "发放明细编号")]
    batch_id: Annotated[UUID, Doc("The batch", "批次")]
    line_no: Annotated[int, Doc("Place of the line in the batch, from 1", "序号")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    fund: Annotated[str, Doc("Fund that pays", "资金来源")]
    amount_fen: Annotated[int, Doc("Sum of the parts, fen", "金额(分)")]
    parts: Annotated[tuple[PaymentPart, ...], Doc("What it pays", "构成")]
    beneficiary_id: Annotated[UUID, Doc("For whom", "享受人")]
    payee_id: Annotated[UUID | None, Doc("To whom, where it is another", "收款人")] = None
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    account_digest: Annotated[bytes | None, Doc("Keyed digest of the account", "收款账号摘要")] = (
        None
    )


@dataclass(frozen=True)
class PaymentPaid(Event, topic="relief.disbursement.PaymentPaid"):
    """The bank paid a line on `meta.occurred_on`."""

    line_id: Annotated[UUID, Doc("The line", "发放明细编号")]
    amount_fen: Annotated[int, Doc("Paid, fen", "金额(分)")]


@dataclass(frozen=True)
class PaymentReturned(Event, topic="relief.disbursement.PaymentReturned"):
    """The bank could not pay a line, or the money came back, on `meta.occurred_on`."""

    line_id: Annotated[UUID, Doc("The line", "发放明细编号")]
    amount_fen: Annotated[int, Doc("Returned, fen", "金额(分)")]
    reason: Annotated[str, Doc("Reason code", "失败原因")] = ""
    outcome: Annotated[str, Doc("failed, refunded or sent_back", "处理结果")] = "failed"
    remark_person_id: Annotated[
        UUID | None, Doc("Person whose key seals the remark", "备注所属人员")
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("remark_person_id")
    ] = None


@dataclass(frozen=True)
class PaymentReissued(Event, topic="relief.disbursement.PaymentReissued"):
    """A returned line was sent again, to the same household, as it stands or to another account."""

    line_id: Annotated[UUID, Doc("The line that was returned", "原发放明细编号")]
    batch_id: Annotated[UUID, Doc("The batch in which it goes again", "重发批次")]
    amount_fen: Annotated[int, Doc("Sent again, fen", "金额(分)")]
    account_digest: Annotated[bytes | None, Doc("Keyed digest of the account", "收款账号摘要")] = (
        None
    )
    line_no: Annotated[int, Doc("Place in that batch, from 1; 0: not numbered", "重发序号")] = 0
    beneficiary_id: Annotated[UUID | None, Doc("For whom, as on the line", "享受人")] = None


@dataclass(frozen=True)
class PaymentRecalled(Event, topic="relief.disbursement.PaymentRecalled"):
    """Money paid out is demanded back from the household (责令退回); it has yet to come."""

    line_id: Annotated[UUID, Doc("The line that was paid", "发放明细编号")]
    amount_fen: Annotated[int, Doc("Demanded back, fen", "金额(分)")]
    reason: Annotated[str, Doc("Reason code", "追回原因")] = ""
    due_on: Annotated[date | None, Doc("To be paid back by", "退回期限")] = None


@dataclass(frozen=True)
class PaymentRecovered(Event, topic="relief.disbursement.PaymentRecovered"):
    """Money paid out came back from the household on `meta.occurred_on` (追缴)."""

    line_id: Annotated[UUID, Doc("The line that is recovered", "发放明细编号")]
    amount_fen: Annotated[int, Doc("Recovered, fen", "金额(分)")]
    reason: Annotated[str, Doc("Reason code", "追缴原因")] = ""


@dataclass(frozen=True)
class CustodyAgreed(Event, topic="relief.disbursement.CustodyAgreed"):
    """Somebody keeps a beneficiary's bank book, by a written agreement on file (代管协议)."""

    person_id: Annotated[UUID, Doc("Whose bank book", "委托人")]
    custodian: Annotated[str, Doc("Code or keyed reference of the keeper", "代管人")]
    capacity: Annotated[str, Doc("relative, neighbor, village_official, institution", "代管人身份")]
    until: Annotated[date | None, Doc("First day no longer agreed", "代管截止(不含)")] = None


@dataclass(frozen=True)
class CustodyEnded(Event, topic="relief.disbursement.CustodyEnded"):
    """The bank book is with the beneficiary again, or with nobody."""

    person_id: Annotated[UUID, Doc("Whose bank book", "委托人")]
    reason: Annotated[str, Doc("Reason code", "终止原因")] = ""


@dataclass(frozen=True)
class DisbursementAnnulled(Annulled, topic="relief.disbursement.Annulled"):
    """An event of the disbursement family is annulled."""
