"""Reason codes and the words that clerks use for them; what has no code is sealed as a remark."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "death": "死亡",
    "income_over": "收入超标",
    "assets_over": "财产超标",
    "employed": "就业增收",
    "moved_away": "户籍迁出",
    "voluntary": "自愿退出",
    "income_changed": "收入变化",
    "household_changed": "家庭人口变化",
    "disability_changed": "残疾变化",
    "health_changed": "健康状况变化",
    "standard_changed": "标准调整",
    "newborn": "新生儿",
    "marriage": "婚姻迁入",
    "returned_home": "返乡",
    "imprisoned": "服刑",
    "enlisted": "参军",
    "supported": "有赡养(抚养)能力",
    "not_eligible": "不符合条件",
    "papers_missing": "材料不全",
    "not_cooperating": "不配合核查",
    "account_unknown": "账号不存在",
    "name_mismatch": "户名不符",
    "account_closed": "账户已销户",
    "account_frozen": "账户冻结",
    "identity_checked": "身份已核实",
    "other": "其他",
}
ANNULMENTS: Final[dict[str, str]] = {
    "mistake": "录入错误",
    "duplicate": "重复记录",
    "wrong_person": "人员有误",
    "wrong_amount": "金额有误",
    "wrong_date": "日期有误",
    "wrong_program": "类别有误",
    "source_withdrew": "来源更正",
    "appeal_upheld": "申诉成立",
    "finding_confirmed": "审计核实",
    "other": "其他",
}
"""Why an event is annulled. Other words may name somebody: they are sealed as a remark."""
_BY_WORDS = {zh: code for code, zh in REASONS.items()}


def reason_code(text: str) -> str | None:
    """The code for a reason as written; None where the words are the clerk's own."""
    bare = "".join(text.split())
    return _BY_WORDS.get(bare) or (bare if bare in REASONS else None)
