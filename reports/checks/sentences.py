"""What each finding says, in plain Chinese and English; codes become words, fen become yuan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from domain.money import format_yuan
from domain.programs import FUNDS, PROGRAMS
from projections.breaches.sentences import WORDS
from reports.rules.kinds import STEPS

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "paid_after_death": (
        "享受人 {died_on} 死亡,{program}仍发放至 {last_month},死亡次月起计 {amount_fen} 元",
        "The beneficiary died on {died_on}; {program} was paid up to {last_month}, {amount_fen} CNY"
        " for months after the death.",
    ),
    "paid_after_exit": (
        "该户 {left_on} 起已退出{program},仍发放 {first_month} 至 {last_month} 共 {paid_fen} 元",
        "The household had left {program} as of {left_on}; {paid_fen} CNY was still paid for"
        " {first_month} to {last_month}.",
    ),
    "over_entitlement": (
        "{program} {first_month} 至 {last_month}:应发 {due_fen} 元,计发 {paid_fen} 元,多发 {excess_fen} 元",
        "{program}, {first_month} to {last_month}: {due_fen} CNY was due, {paid_fen} was paid,"
        " {excess_fen} too much.",
    ),
    "paid_while_suspended": (
        "{program} {first_month} 至 {last_month} 已暂停发放,仍计发 {paid_fen} 元",
        "{program} was suspended from {first_month} to {last_month}; {paid_fen} CNY was paid all the same.",
    ),
    "not_entitled": (
        "该户在{program}中从无应发金额,却列入发放 {amount_fen} 元",
        "The household was never entitled under {program}; {amount_fen} CNY was authorized.",
    ),
    "paid_too_little": (
        "{program} {first_month} 至 {last_month}:应发 {due_fen} 元,实际计发 {paid_fen} 元,少发 {short_fen} 元且以后未补",
        "{program}, {first_month} to {last_month}: {due_fen} CNY was due, {paid_fen} was paid;"
        " {short_fen} is lacking and no later list made up for it.",
    ),
    "paid_more_than_authorized": (
        "{program}:批准 {authorized_fen} 元,银行实发 {paid_fen} 元",
        "{program}: {authorized_fen} CNY was authorized, the bank paid {paid_fen}.",
    ),
    "unknown_line": (
        "银行回报({report})的 {amount_fen} 元没有对应的发放明细",
        "The bank reports {amount_fen} CNY ({report}) for which there is no payment line.",
    ),
    "paid_twice": (
        "{program}:该笔未退回,银行又发放 {paid_fen} 元",
        "{program}: the line had not come back, and the bank paid it again, {paid_fen} CNY.",
    ),
    "twice_in_batch": (
        "同一批次中,同一人的{program} {month} 列了两笔,重复 {amount_fen} 元",
        "One batch pays the same person {program} for {month} twice; {amount_fen} CNY is a duplicate.",
    ),
    "twice_across": (
        "同一人的{program} {month} 已于 {first_on} 发放,又在另一批次发放 {amount_fen} 元",
        "{program} for {month} was paid to the same person on {first_on}, and again in another"
        " batch, {amount_fen} CNY.",
    ),
    "returned_paid_again": (
        "{program} {month} 一笔退回后已于 {made_up_on} 补发,原笔又发放 {amount_fen} 元",
        "A line of {program} for {month} came back and was made up for on {made_up_on}; then it was"
        " paid after all, {amount_fen} CNY.",
    ),
    "paid_late": (
        "{program}:{approved_on} 批准的 {amount_fen} 元,{days} 天后才发放(应在 {allowed} 天内)",
        "{program}: {amount_fen} CNY approved on {approved_on} was paid {days} days later"
        " ({allowed} allowed).",
    ),
    "approved_unpaid": (
        "{program}:{approved_on} 批准的 {amount_fen} 元,超过 {allowed} 天没有银行结果",
        "{program}: {amount_fen} CNY approved on {approved_on}; after more than {allowed} days the"
        " bank has not answered.",
    ),
    "batch_unanswered": (
        "批次 {number}({approved_on} 批准,{lines} 笔,{amount_fen} 元)全部没有银行结果,可能缺回盘文件",
        "Batch {number} (approved on {approved_on}, {lines} lines, {amount_fen} CNY): the bank has"
        " answered for none of them; its file may be missing.",
    ),
    "shared_account": (
        "同一银行账号收取 {households} 户的救助金(最近一户自 {since} 起),这些户没有共同成员",
        "One bank account receives the money of {households} households that share no member (the"
        " last one since {since}).",
    ),
    "payee_without_authority": (
        "{program}:{on} 起由享受人以外的人收款,没有代领依据或代管协议",
        "{program}: since {on} another than the beneficiary is paid, without authority or agreement"
        " on file.",
    ),
    "custody_not_agreed": (
        "{program}:{on} 起由他人代管存折收款,没有书面代管协议",
        "{program}: since {on} the keeper of the bank book is paid, without a written agreement.",
    ),
    "fund_not_for_this": (
        "{on}:用{fund}资金发放{program} {amount_fen} 元,不属该资金用途",
        "{on}: {amount_fen} CNY of the {fund} fund paid for {program}, which is not its purpose.",
    ),
    "exclusive_programs": (
        "同一人自 {since} 起同时在{other_program}和{program}中,两者不能同时享受",
        "One person is in {other_program} and {program} at once since {since}; they exclude each other.",
    ),
    "two_households": (
        "同一人自 {since} 起在两户的{program}中同时计入",
        "One person is covered by {program} in two households at once since {since}.",
    ),
    "no_check": (
        "{decided_on} 纳入{program}前 {valid_days} 天内没有核对、比对或入户调查",
        "No cross-check, comparison or visit in the {valid_days} days before {program} was granted"
        " on {decided_on}.",
    ),
    "same_person_investigated_and_approved": (
        "{decided_on} 的决定({program},{decision})由参加过入户调查的同一人审批",
        "The decision of {decided_on} ({program}, {decision}) was approved by one who investigated it.",
    ),
    "same_person_proposed_and_approved": (
        "{decided_on} 的决定({program},{decision})由提出人自己审批",
        "The decision of {decided_on} ({program}, {decision}) was approved by who proposed it.",
    ),
    "relative_declared_late": (
        "{decided_on} 纳入{program},有成员是经办人员近亲属,{declared_on} 才备案",
        "{program} was granted on {decided_on}; a member is an official's near relative, declared"
        " only on {declared_on}.",
    ),
    "payable_too_early": (
        "{program}:{decided_on} 批准,应自 {lawful_from} 起发放,却自 {payable_from} 起计发",
        "{program}: decided on {decided_on}, payable from {lawful_from}, but made payable from"
        " {payable_from}.",
    ),
    "over_limit_paid": (
        "{found_on} 核对结果为不符合条件,{days} 天内没有新决定,此后{program}仍发放 {paid_fen} 元",
        "A cross-check of {found_on} found the household over the limit; no decision followed in"
        " {days} days, and {paid_fen} CNY of {program} was paid after that.",
    ),
    "recheck_overdue": (
        "{program}:上次核查为 {checked_on},超过 {months} 个月未复核,{paid_on} 起仍发放 {paid_fen} 元",
        "{program}: last checked on {checked_on}, not re-checked for more than {months} months, and"
        " {paid_fen} CNY was paid from {paid_on} on.",
    ),
    "unanswered": (
        "{what}({kind})自 {since} 起超过 {days} 天没有结果",
        "A {what} ({kind}) of {since} has had no outcome for more than {days} days.",
    ),
    "step_late": (
        "{program}:{since}({since_on})到{until}({until_on})用了 {days} 个{calendar},期限为 {allowed} 个",
        "{program}: from {since} ({since_on}) to {until} ({until_on}) it took {days} {calendar};"
        " {allowed} are allowed.",
    ),
    "step_overdue": (
        "{program}:{since}({since_on})之后 {allowed} 个{calendar}内应完成{until},至今没有记录",
        "{program}: {until} was due within {allowed} {calendar} of {since} ({since_on}); it is not"
        " on record yet.",
    ),
    "notice_missing": (
        "{program}:{decided_on} 的决定({decision})之前没有公示记录,应公示 {needed} 天",
        "{program}: no public notice before the decision of {decided_on} ({decision}); {needed} days"
        " are needed.",
    ),
    "notice_short": (
        "{program}:{posted_on} 开始公示,到 {decided_on} 的决定({decision})只有 {days} 天,应满 {needed} 天",
        "{program}: the notice of {posted_on} stood for {days} days before the decision of"
        " {decided_on} ({decision}); {needed} are needed.",
    ),
    "not_heard": (
        "{decided_on} 的决定({program},{decision})之前没有听取当事人意见的记录",
        "Nobody had heard the household before the decision of {decided_on} ({program}, {decision}).",
    ),
    "too_few_investigators": (
        "{visited_on} 的入户调查只有 {number} 人,应不少于 {needed} 人",
        "The home visit of {visited_on} was made by {number}; at least {needed} are needed.",
    ),
    "visit_not_signed": (
        "{visited_on} 的入户调查表没有签字",
        "The form of the home visit of {visited_on} is not signed.",
    ),
    "not_published": (
        "{program}:{decided_on} 批准后 {needed} 天内没有公布",
        "{program}: granted on {decided_on} and not published within {needed} days.",
    ),
    "no_reason": (
        "{decided_on} 的决定({program},{decision})没有写明理由",
        "The decision of {decided_on} ({program}, {decision}) gives no reason.",
    ),
    "just_below_limit": (
        "该户自 {since} 起一年内 {times} 次获得{program},每次都略低于委托限额 {limit_fen} 元,合计 {amount_fen} 元",
        "Within a year from {since} the household was granted {program} {times} times, each just"
        " below the delegated limit of {limit_fen} CNY: {amount_fen} in all.",
    ),
    "above_the_most": (
        "{program}:{decided_on} 批准 {amount_fen} 元,{persons} 人按标准最高为 {most_fen} 元",
        "{program}: {amount_fen} CNY was granted on {decided_on}; for {persons} person(s) the"
        " standard allows {most_fen} at most.",
    ),
}
"""Code of a sentence → Chinese and English; `{…}` are names of facts."""

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "working": ("工作日", "working days"),
    "calendar": ("自然日", "days"),
    "warning": ("预警", "warning"),
    "need": ("发现的需求", "need"),
    "referral": ("转介", "referral"),
    "wish": ("微心愿", "wish"),
}


def sentence(says: str, facts: Mapping[str, str | int], language: Literal["zh", "en"]) -> str:
    """What a finding says. No personal data: whom it is about stands apart from it."""
    zh, en = SENTENCES[says]
    words = {name: _word(name, value, language) for name, value in facts.items()}
    return (zh if language == "zh" else en).format(**words)


def read_facts(facts: Mapping[str, str]) -> dict[str, str | int]:
    """Facts as a recorded finding has them: fen are numbers again."""
    return {n: int(v) if n.endswith("_fen") else v for n, v in facts.items()}


def _word(name: str, value: str | int, language: str) -> str:
    if name.endswith("_fen"):
        return format_yuan(int(value))
    code, zh = str(value), language == "zh"
    if name in ("program", "other_program") and code in PROGRAMS:
        return PROGRAMS[code].zh if zh else PROGRAMS[code].en
    if name in ("since", "until") and code in STEPS:
        return STEPS[code] if zh else code.replace("_", " ")
    if name in ("calendar", "what") and code in _WORDS:
        return _WORDS[code][0 if zh else 1]
    if name == "fund" and zh:
        return FUNDS.get(code, code)
    return WORDS.get(code, code) if zh else code
