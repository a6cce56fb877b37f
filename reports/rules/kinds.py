"""The kinds of rule that there are checks for, and the parameters that each takes.

A pack may add rules of these kinds, and versions of them, without code. `statement` is a rule that
is only cited: nothing checks it yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.programs import FUNDS, PROGRAMS
from reports.rules.pack import Value

STEPS: Final = {
    "application_received": "接到申请",
    "application_accepted": "受理",
    "papers_requested": "一次性补正告知",
    "investigation": "入户调查",
    "cross_check": "信息核对",
    "town_opinion": "镇街审核意见",
    "notice_posted": "公示",
    "decision": "审核确认",
    "published": "公布",
    "refusal_told": "不予确认告知",
    "appeal_filed": "投诉、复议",
    "appeal_decided": "答复",
    "referral": "转介",
    "answer": "答复转介",
}
"""Steps of a procedure between which a deadline may run."""
_PROGRAMS: Final = frozenset(PROGRAMS)
_FUNDS: Final = frozenset(FUNDS)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a kind. `among`: codes that its words are taken from; empty for any."""

    name: str
    type: type[int | bool | str | date | tuple[str, ...]]
    zh: str
    en: str
    default: Value | None = None
    """None: it has to be given."""
    among: frozenset[str] = frozenset()
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rule."""

    name: str
    zh: str
    en: str
    parameters: tuple[Parameter, ...] = ()


def _whole(name: str, zh: str, en: str, default: int | None = None, at_least: int = 0) -> Parameter:
    return Parameter(name, int, zh, en, default, at_least=at_least)


def _flag(name: str, zh: str, en: str, default: bool) -> Parameter:
    return Parameter(name, bool, zh, en, default)


def _words(
    name: str, zh: str, en: str, among: frozenset[str], default: tuple[str, ...] | None = None
) -> Parameter:
    return Parameter(name, tuple, zh, en, default, among)


def _programs(*default: str) -> Parameter:
    return _words("programs", "适用类别", "programs", _PROGRAMS, default)


_ANY: Final = ("dibao", "tekun", "dibao_edge")
_CHANGES: Final = frozenset({"reduction", "suspension", "exit", "refusal"})
_ALL: Final[tuple[Kind, ...]] = (
    Kind("statement", "仅引用,不检查", "cited, not checked"),
    Kind(
        "deadline",
        "两步之间的期限",
        "a deadline between two steps",
        (
            Parameter("since", str, "起算步骤", "step it runs from", among=frozenset(STEPS)),
            Parameter("until", str, "截止步骤", "step it runs to", among=frozenset(STEPS)),
            _whole("days", "期限(日)", "days allowed", at_least=1),
            _programs(*_ANY),
            _flag("still_open", "未办结的也检查", "also where the second step never came", True),
        ),
    ),
    Kind(
        "notice",
        "公示",
        "public notice",
        (
            _whole("days", "公示天数", "days of notice", at_least=1),
            _words(
                "before",
                "何种决定之前",
                "before which decisions",
                frozenset({"enrollment", "exit"}),
                ("enrollment",),
            ),
            _programs(*_ANY),
        ),
    ),
    Kind(
        "heard",
        "减发、停发前听取陈述",
        "heard before a reduction or an end",
        (_words("before", "何种决定之前", "before which decisions", _CHANGES), _programs(*_ANY)),
    ),
    Kind(
        "investigators",
        "入户调查人数",
        "investigators of a home visit",
        (
            _whole("minimum", "至少人数", "at least", at_least=1),
            _flag("signed", "须签字", "the form is signed", True),
        ),
    ),
    Kind(
        "check_before_decision",
        "决定前须核查",
        "checked before the decision",
        (
            _whole("valid_days", "核查有效天数", "for how many days a check counts", at_least=1),
            _programs(*_ANY),
        ),
    ),
    Kind(
        "recheck",
        "定期复核",
        "periodic re-check",
        (
            _whole("months", "复核周期(月)", "months between checks", at_least=1),
            _flag("still_paid", "仅在仍发放时", "only where it is still paid", True),
            _programs(*_ANY),
        ),
    ),
    Kind(
        "exclusive",
        "互斥类别",
        "programs that exclude each other",
        (_words("programs", "互斥类别", "the programs", _PROGRAMS),),
    ),
    Kind("one_household", "一人不得在两户", "one person in one household"),
    Kind(
        "paid_after_death",
        "死亡后发放",
        "paid after death",
        (
            _whole("grace_months", "死亡后宽限月数", "months of grace after the month of death", 0),
            _whole(
                "cutoff_days",
                "名册确定前几日内死亡属难以避免",
                "deaths so many days before the list was closed cannot be helped",
                0,
            ),
        ),
    ),
    Kind(
        "paid_after_exit",
        "退出后发放",
        "paid after exit",
        (
            _words(
                "lawful",
                "合法的发放种类",
                "kinds that are lawful",
                frozenset({"back_payment", "correction", "one_off", "price_subsidy"}),
                ("back_payment",),
            ),
        ),
    ),
    Kind(
        "amount",
        "发放与应发一致",
        "paid as due",
        (
            _flag("over", "检查多发", "over-payment", True),
            _flag("under", "检查少发", "under-payment", True),
            _whole("tolerance_fen", "容差(分)", "tolerance, fen", 0),
        ),
    ),
    Kind(
        "starts_month_after",
        "自确认次月起发放",
        "payable from the month after the decision",
        (_whole("months", "月数", "months after", 1), _programs("dibao", "tekun")),
    ),
    Kind(
        "paid_late",
        "批准未发放或逾期发放",
        "approved and unpaid, or paid late",
        (_whole("days", "批准后天数", "days after approval", at_least=1),),
    ),
    Kind(
        "pay_day",
        "每月几日前发放",
        "paid by a day of the month",
        (_whole("day", "日", "day of the month", at_least=1),),
    ),
    Kind(
        "separate_duties",
        "不相容职责分离",
        "duties kept apart",
        (
            _words(
                "duties",
                "不得为同一人",
                "not one person",
                frozenset({"investigates", "proposes", "reviews", "approves"}),
                ("investigates", "proposes", "approves"),
            ),
        ),
    ),
    Kind("returned_paid_again", "退回后重复发放", "a returned payment paid again"),
    Kind("duplicate", "批次内、批次间重复", "duplicates in and across batches"),
    Kind("paid_beyond", "实发多于批准", "paid more than was authorized"),
    Kind("unknown_reference", "回盘无对应明细", "a bank's report without its line"),
    Kind(
        "shared_account",
        "同一账号用于多户",
        "one account for several households",
        (_whole("households", "户数达到", "households or more", 2, at_least=2),),
    ),
    Kind("payee", "代领无授权", "another payee without authority on file"),
    Kind("relative", "经办人员近亲属未备案", "an official's relative not declared"),
    Kind(
        "custody",
        "存折代管无协议",
        "a bank book kept without an agreement",
        (_flag("written", "须书面协议", "a written agreement", True),),
    ),
    Kind(
        "over_limit",
        "超标准仍发放",
        "over the limit found, no new decision, still paid",
        (_whole("days", "发现后天数", "days after it was found", at_least=1), _programs(*_ANY)),
    ),
    Kind(
        "unanswered",
        "应救未救:无结果",
        "eligible and unserved: nothing came of it",
        (
            _words("what", "对象", "what", frozenset({"warning", "need", "referral", "wish"})),
            _whole("days", "天数", "days", at_least=1),
        ),
    ),
    Kind(
        "fund_purpose",
        "专款专用",
        "a fund used for its purpose",
        (
            _words("funds", "资金", "the funds", _FUNDS),
            _words("programs", "可用于", "may pay for", _PROGRAMS),
        ),
    ),
    Kind(
        "recorded_late",
        "事后补录",
        "recorded long after it happened",
        (_whole("days", "天数", "days", at_least=1),),
    ),
    Kind(
        "below_limit",
        "略低于委托限额",
        "just below a delegated limit",
        (
            _whole("limit_fen", "限额(分)", "limit, fen", at_least=1),
            _whole("within_percent", "接近程度(%)", "within per cent", 10, at_least=1),
            _whole("times", "次数", "times", 3, at_least=1),
            _programs("temporary"),
        ),
    ),
    Kind(
        "most_of_standard",
        "不超过标准的倍数",
        "at most so many times the standard",
        (
            _whole("tenths", "倍数(十分之几)", "tenths of the monthly standard", at_least=1),
            Parameter(
                "standard", str, "标准所属类别", "program of the standard", "dibao", _PROGRAMS
            ),
            _programs("temporary"),
        ),
    ),
    Kind(
        "fade_out",
        "渐退期",
        "length of a fade-out",
        (
            _whole("least_months", "最短(月)", "least months", 0),
            _whole("most_months", "最长(月)", "most months", at_least=1),
        ),
    ),
    Kind(
        "published",
        "确认后公布",
        "published after the decision",
        (_whole("days", "天数", "days", at_least=1), _programs(*_ANY)),
    ),
    Kind(
        "reasons",
        "书面说明理由",
        "in writing with reasons",
        (_words("of", "何种决定", "which decisions", _CHANGES),),
    ),
    Kind("authorized_check", "核对须有授权", "a cross-check is authorized by the person"),
)
KINDS: Final = {kind.name: kind for kind in _ALL}
