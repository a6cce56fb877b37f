"""Chinese words of the codes that a case's story holds; a code without a word stands as it is."""

from __future__ import annotations

from typing import Final

from domain.oversight import ERASURE_GROUNDS
from domain.reasons import REASONS
from domain.relations import RELATIONS

_WORDS: Final[dict[str, str]] = {
    "meets": "符合",
    "exceeds": "不符合(超标)",
    "to_review": "待复核",
    "grant": "拟批准",
    "refuse": "拟不予批准",
    "full": "全自理",
    "partial": "半护理",
    "none": "全护理",
    "reduction": "减发",
    "suspension": "暂停发放",
    "exit": "停止",
    "complaint": "投诉",
    "review": "行政复议",
    "lawsuit": "行政诉讼",
    "upheld": "支持(原决定撤销或变更)",
    "dismissed": "驳回",
    "withdrawn": "撤回",
    "settled": "和解",
    "in_need": "可能困难",
    "died": "疑似死亡",
    "vehicle": "名下车辆",
    "company": "名下企业",
    "relieved": "已救助",
    "adjusted": "已调整",
    "ended": "已停止",
    "unfounded": "不属实",
    "studying": "就学",
    "in_care": "机构供养或住院",
    "income": "收入",
    "house": "住房",
    "base": "保障金",
    "supplement": "分类施保金",
    "care": "照料护理费",
    "regular": "当月",
    "back_payment": "补发",
    "price_subsidy": "价格补贴",
    "one_off": "一次性",
    "correction": "更正",
    "offset": "抵扣",
    "failed": "发放失败",
    "refunded": "退款",
    "sent_back": "退汇",
    "in_person": "当面",
    "letter": "邮寄",
    "message": "短信",
    "notice": "公告",
    "village_official": "村干部",
    "institution": "供养机构",
    "neighbor": "邻居",
    "relative": "亲属",
    "wrong_number": "证号登记有误",
    "number_changed": "证号变更",
    "no_number": "原登记无证号",
    "mistake": "记录有误",
    "upheld_appeal": "申诉成立",
}


def words_of(code: str) -> str:
    """The Chinese word of a code; the code itself where it has none."""
    if code in _WORDS:
        return _WORDS[code]
    if code in REASONS:
        return REASONS[code]
    if code in RELATIONS:
        return RELATIONS[code][0]
    return ERASURE_GROUNDS.get(code, code)
