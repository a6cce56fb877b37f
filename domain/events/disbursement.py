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
    """What a line pays: a component of the entitlement, for whole months.

    一笔发放所付的内容:救助金的某一构成,按整月计。
    """

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
    """A payment batch was drawn up. The stream is the batch's own.

    编制一个发放批次;每一批次自成一流。
    """

    number: Annotated[str, Doc("Number of the batch", "发放批次")]
    month: Annotated[str, Doc("Month in which it is paid, YYYY-MM", "发放月份")]
    line_count: Annotated[int, Doc("Number of lines", "笔数")]
    total_fen: Annotated[int, Doc("Total, fen", "总金额(分)")]
    fund: Annotated[str, Doc("Fund: county, province, central, charity …", "资金来源")] = ""
    fund_level: Annotated[str, Doc("central, province, city or county", "资金级次")] = ""
    budget_document: Annotated[str, Doc("Number of the budget document", "预算文号")] = ""
    budget_code: Annotated[str, Doc("Budget subject code", "预算科目")] = ""
    list_digest: Annotated[bytes | None, Doc("Keyed digest of the payment list", "名册摘要")] = None
    months: Annotated[
        tuple[str, ...], Doc("Months that it pays for, YYYY-MM; empty: not stated", "所属月份")
    ] = ()
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class BatchReviewed(Event, topic="relief.disbursement.BatchReviewed"):
    """The batch was reviewed (审核).

    批次已审核。
    """

    line_count: Annotated[int | None, Doc("Number of lines reviewed", "审核笔数")] = None
    total_fen: Annotated[int | None, Doc("Total reviewed, fen", "审核金额(分)")] = None
    list_digest: Annotated[bytes | None, Doc("Keyed digest of the payment list", "名册摘要")] = None


@dataclass(frozen=True)
class BatchApproved(Event, topic="relief.disbursement.BatchApproved"):
    """The batch was approved for payment (审批).

    批次已批准发放。
    """

    line_count: Annotated[int, Doc("Number of lines approved", "批准笔数")]
    total_fen: Annotated[int, Doc("Total approved, fen", "批准金额(分)")]
    list_digest: Annotated[bytes | None, Doc("Keyed digest of the payment list", "名册摘要")] = None


@dataclass(frozen=True)
class BatchSent(Event, topic="relief.disbursement.BatchSent"):
    """The batch went to the bank.

    批次已送银行代发。
    """

    bank: Annotated[str, Doc("Source code of the bank", "代发银行")] = ""
    file_digest: Annotated[
        bytes | None, Doc("Keyed digest of the encrypted payee file", "代发文件摘要")
    ] = None
    line_count: Annotated[int | None, Doc("Number of lines sent", "送盘笔数")] = None
    total_fen: Annotated[int | None, Doc("Total sent, fen", "送盘金额(分)")] = None


@dataclass(frozen=True)
class BatchSettled(Event, topic="relief.disbursement.BatchSettled"):
    """The bank answered for the whole batch.

    银行已就整个批次反馈结果。
    """

    paid_count: Annotated[int, Doc("Lines paid", "成功笔数")]
    paid_fen: Annotated[int, Doc("Paid, fen", "成功金额(分)")]
    returned_count: Annotated[int, Doc("Lines returned", "退回笔数")]
    returned_fen: Annotated[int, Doc("Returned, fen", "退回金额(分)")]
    bank: Annotated[str, Doc("Source code of the bank", "代发银行")] = ""
    file_digest: Annotated[
        bytes | None, Doc("Keyed digest of the bank's answer", "回盘文件摘要")
    ] = None
    beyond_count: Annotated[
        int, Doc("Lines that the bank reports beyond the batch", "批次外笔数")
    ] = 0
    beyond_fen: Annotated[int, Doc("Their total, fen", "批次外金额(分)")] = 0


@dataclass(frozen=True)
class PaymentAuthorized(Event, topic="relief.disbursement.PaymentAuthorized"):
    """A line of a batch: this household is to be paid this sum.

    批次中的一笔:应向该户发放这笔金额。
    """

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
    payee_organization: Annotated[
        str, Doc("Code of the organization, where one is paid", "收款单位")
    ] = ""
    payee_authority: Annotated[
        str,
        Doc(
            "Why another is paid: member, guardian, custody, institution; empty: not stated",
            "代收依据",
        ),
    ] = ""


@dataclass(frozen=True)
class PaymentPaid(Event, topic="relief.disbursement.PaymentPaid"):
    """The bank paid a line on `meta.occurred_on`.

    银行于 occurred_on 发放成功一笔。
    """

    line_id: Annotated[UUID, Doc("The line", "发放明细编号")]
    amount_fen: Annotated[int, Doc("Paid, fen", "金额(分)")]
    batch_id: Annotated[
        UUID | None, Doc("The batch in which it went; null: that of the line", "所在批次")
    ] = None


@dataclass(frozen=True)
class PaymentReturned(Event, topic="relief.disbursement.PaymentReturned"):
    """The bank could not pay a line, or the money came back, on `meta.occurred_on`.

    银行于 occurred_on 未能发放,或款项退回。
    """

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
    batch_id: Annotated[
        UUID | None, Doc("The batch in which it went; null: that of the line", "所在批次")
    ] = None


@dataclass(frozen=True)
class PaymentReissued(Event, topic="relief.disbursement.PaymentReissued"):
    """A returned line was sent again, to the same household, as it stands or to another account.

    退回的一笔重新发放给同一户,账户可不变也可更换。
    """

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
    """Money paid out is demanded back from the household (责令退回); it has yet to come.

    责令该户退回已发放的款项;尚未收回。
    """

    line_id: Annotated[UUID, Doc("The line that was paid", "发放明细编号")]
    amount_fen: Annotated[int, Doc("Demanded back, fen", "金额(分)")]
    reason: Annotated[str, Doc("Reason code", "追回原因")] = ""
    due_on: Annotated[date | None, Doc("To be paid back by", "退回期限")] = None


@dataclass(frozen=True)
class PaymentRecovered(Event, topic="relief.disbursement.PaymentRecovered"):
    """Money paid out came back from the household on `meta.occurred_on` (追缴).

    已发放的款项于 occurred_on 由该户退回。
    """

    line_id: Annotated[UUID, Doc("The line that is recovered", "发放明细编号")]
    amount_fen: Annotated[int, Doc("Recovered, fen", "金额(分)")]
    reason: Annotated[str, Doc("Reason code", "追缴原因")] = ""


@dataclass(frozen=True)
class CustodyAgreed(Event, topic="relief.disbursement.CustodyAgreed"):
    """Somebody keeps a beneficiary's bank book, by a written agreement on file (代管协议).

    由他人代管保障对象的存折,有书面协议备案。
    """

    person_id: Annotated[UUID, Doc("Whose bank book", "委托人")]
    custodian: Annotated[str, Doc("Code or keyed reference of the keeper", "代管人")]
    capacity: Annotated[str, Doc("relative, neighbor, village_official, institution", "代管人身份")]
    until: Annotated[date | None, Doc("First day no longer agreed", "代管截止(不含)")] = None
    custodian_id: Annotated[
        UUID | None, Doc("The keeper as a person, where known", "代管人(人员编号)")
    ] = None
    organization: Annotated[str, Doc("Code of the keeper's organization", "代管人所在单位")] = ""


@dataclass(frozen=True)
class CustodyEnded(Event, topic="relief.disbursement.CustodyEnded"):
    """The bank book is with the beneficiary again, or with nobody.

    存折已交还本人,或不再由人代管。
    """

    person_id: Annotated[UUID, Doc("Whose bank book", "委托人")]
    reason: Annotated[str, Doc("Reason code", "终止原因")] = ""


@dataclass(frozen=True)
class DisbursementAnnulled(Annulled, topic="relief.disbursement.Annulled"):
    """An event of the disbursement family is annulled.

    撤销发放类事件。
    """
