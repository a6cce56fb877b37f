"""Lists from outside that are compared with the ledger and never recorded in it: persons to be
looked up, vouchers of the treasury. Read and checked as the bureau's own files are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from domain.oversight import OUTSIDE_LISTS
from intake.columns import Col, Kind, kind_of

_DAYS = (
    "日期",
    "死亡日期",
    "登记日期",
    "注册日期",
    "成立日期",
    "入职日期",
    "起始日期",
    "发放日期",
    "date",
)
_NUMBERS = (
    "身份证号码",
    "身份证件号",
    "公民身份号码",
    "所有人身份证号",
    "法定代表人身份证号",
    "股东身份证号",
    "证件号码",
    "identity number",
)


@dataclass(slots=True)
class ListedRow:
    """Somebody on a list from outside."""

    id_number: Annotated[str, Col("身份证号", "identity", True, _NUMBERS)]
    name: Annotated[str | None, Col("姓名", "text")] = None
    on: Annotated[
        date | None,
        Col(
            "发生日期",
            "date",
            aliases=_DAYS,
            note_zh="死亡、登记、入职之日",
            note_en="of the death, the registration, the job",
        ),
    ] = None


@dataclass(slots=True)
class VoucherRow:
    """One voucher of the treasury."""

    number: Annotated[str, Col("凭证号", "text", True, ("凭证编号", "支付凭证号", "voucher"))]
    batch: Annotated[str, Col("发放批次", "text", True, ("批次", "批次号", "批次编号"))]
    amount: Annotated[
        int,
        Col(
            "金额(元)",
            "money",
            True,
            ("金额", "支付金额", "金额(元)", "amount"),
            note_zh="退回国库的写负数",
            note_en="what came back is negative",
        ),
    ]


VOUCHERS: Final = "vouchers"
OUTSIDE_KINDS: Final[dict[str, Kind]] = {
    **{code: kind_of(f"outside_{code}", zh, ListedRow) for code, zh in OUTSIDE_LISTS.items()},
    VOUCHERS: kind_of(VOUCHERS, "国库凭证", VoucherRow),
}
"""Kinds that `check_file` takes beside those that are imported."""
