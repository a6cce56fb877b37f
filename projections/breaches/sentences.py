"""The sentence of each rule, in Chinese and English; codes become words, fen become yuan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from domain.money import format_yuan
from domain.programs import PROGRAMS
from projections.breaches.breach import Breach


@dataclass(frozen=True, slots=True)
class Sentence:
    """A rule's name, and what it says of one breach; `{…}` are names in `Breach.data`."""

    name_zh: str
    name_en: str
    zh: str
    en: str


SENTENCES: Final[dict[str, Sentence]] = {
    "over_entitlement": Sentence(
        "超标准发放",
        "paid beyond the entitlement",
        "{program} {month} {component}:应发 {due_fen} 元,合计 {paid_fen} 元,超出 {excess_fen} 元",
        "{program} {month} {component}: {due_fen} is due, it comes to {paid_fen}, {excess_fen} CNY"
        " too much",
    ),
    "paid_after_exit": Sentence(
        "退出后仍发放",
        "paid after the exit",
        "{program} {month} {component}:该户已退出,仍计发 {paid_fen} 元",
        "{program} {month} {component}: the household is out, {paid_fen} CNY is paid all the same",
    ),
    "paid_while_suspended": Sentence(
        "暂停期间仍发放",
        "paid while suspended",
        "{program} {month} {component}:已暂停发放,仍计发 {paid_fen} 元",
        "{program} {month} {component}: it is suspended, {paid_fen} CNY is paid all the same",
    ),
    "not_entitled": Sentence(
        "无保障金额而发放",
        "paid without an entitlement",
        "该户在{program}中从无应发金额,却列入发放 {amount_fen} 元",
        "the household was never entitled under {program}, {amount_fen} CNY is authorized",
    ),
    "paid_after_death": Sentence(
        "死亡后仍发放",
        "paid after death",
        "享受人 {died_in} 死亡,{program}发放至 {last_month},此后月份计 {amount_fen} 元",
        "the beneficiary died in {died_in}, {program} is paid up to {last_month}: {amount_fen} CNY"
        " for the months after",
    ),
    "exclusive_programs": Sentence(
        "互斥救助重复享受",
        "in two programs that exclude each other",
        "同一人自 {since} 起同时在{other_program}和{program}中",
        "one person is in {other_program} and {program} at once since {since}",
    ),
    "enrolled_twice": Sentence(
        "重复纳入",
        "enrolled twice",
        "{decided_on} 纳入{program}时,该户或该人已在其中",
        "taken into {program} on {decided_on}, being in it already",
    ),
    "exit_not_in": Sentence(
        "不在其中而变更或退出",
        "adjusted or ended while not in",
        "{decided_on} 作出的决定({decision}):该户或该人当日不在{program}中",
        "decided on {decided_on} ({decision}): not in {program} on that day",
    ),
    "effective_before_basis": Sentence(
        "生效早于依据",
        "effective before what it rests on",
        "{decided_on} 作出的决定({decision})自 {effective_from} 生效,早于所依据的 {basis_on}",
        "decided on {decided_on} ({decision}), effective from {effective_from}, before {basis_on}"
        " on which it rests",
    ),
    "no_check_before_enrollment": Sentence(
        "审批前未核查",
        "no check before the enrollment",
        "{decided_on} 纳入{program}前 {valid_days} 天内没有核对、比对或入户调查",
        "no cross-check, comparison or visit in the {valid_days} days before {program} was granted"
        " on {decided_on}",
    ),
    "not_heard": Sentence(
        "减发、停发前未听取意见",
        "not heard before relief was reduced or ended",
        "{decided_on} 的决定({program},{decision})之前没有听取当事人意见的记录",
        "nobody had heard the household before the decision of {decided_on} ({program},"
        " {decision})",
    ),
    "relative_not_visited": Sentence(
        "近亲属备案户未入户调查",
        "an official's relative enrolled without a visit",
        "该户有成员已备案为经办人员近亲属,{decided_on} 纳入{program}前 {valid_days} 天内没有入户调查",
        "a member is declared a near relative of an official, and nobody visited the home in the"
        " {valid_days} days before {program} was granted on {decided_on}",
    ),
    "same_person_investigated_and_approved": Sentence(
        "调查人与审批人为同一人",
        "one person investigated and approved",
        "{decided_on} 的决定({program},{decision})由参加过入户调查的同一人审批",
        "the decision of {decided_on} ({program}, {decision}) was approved by one who investigated",
    ),
    "same_person_proposed_and_approved": Sentence(
        "提出人与审批人为同一人",
        "one person proposed and approved",
        "{decided_on} 的决定({program},{decision})由提出人自己审批",
        "the decision of {decided_on} ({program}, {decision}) was approved by who proposed it",
    ),
    "paid_more_than_authorized": Sentence(
        "实发多于批准",
        "paid more than authorized",
        "{program}:批准 {authorized_fen} 元,银行发放 {paid_fen} 元",
        "{program}: {authorized_fen} CNY authorized, the bank paid {paid_fen}",
    ),
    "paid_twice": Sentence(
        "同一明细重复发放",
        "a line paid twice",
        "{program}:该明细未退回,又发放 {paid_fen} 元",
        "{program}: the line had not been returned and was paid again, {paid_fen} CNY",
    ),
    "unknown_line": Sentence(
        "回盘无对应明细",
        "a report without its line",
        "银行回报({report})的 {amount_fen} 元没有对应的发放明细",
        "the bank reports {amount_fen} CNY ({report}) of a line that is not on record",
    ),
}
"""Rule → its sentence, in the order in which findings are listed."""

WORDS: Final[dict[str, str]] = {
    "enrolled": "纳入",
    "refused": "不予批准",
    "adjusted": "调整",
    "covered": "增员",
    "uncovered": "减员",
    "exited": "退出",
    "suspended": "暂停发放",
    "resumed": "恢复发放",
    "fading": "渐退",
    "extended": "延期",
    "switched": "转换类别",
    "reinstated": "恢复待遇",
    "carried_over": "随户转入",
    "handed_over": "随户转出",
    "paid": "成功",
    "returned": "退回",
    "reissued": "重发",
    "recovered": "追缴",
    "base": "保障金",
    "supplement": "分类施保金",
    "care": "照料护理",
}
"""Codes in data that have a Chinese word; the others stand as they are."""


def sentence(breach: Breach, language: Literal["zh", "en"]) -> str:
    """What the breach says. No personal data: who it is about stands in `person_ids`."""
    text = SENTENCES[breach.rule]
    words = {name: _word(name, value, language) for name, value in breach.data.items()}
    return (text.zh if language == "zh" else text.en).format(**words)


def _word(name: str, value: str | int, language: str) -> str:
    if name.endswith("_fen") and isinstance(value, int):
        return format_yuan(value)
    code = str(value)
    if name in ("program", "other_program") and code in PROGRAMS:
        return PROGRAMS[code].zh if language == "zh" else PROGRAMS[code].en
    return WORDS.get(code, code) if language == "zh" else code
