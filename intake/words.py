"""The words that files use for codes, shared by several kinds of file."""

from __future__ import annotations

from typing import Final

from domain.programs import FUNDS, PROGRAMS

PROGRAM: Final = {p.zh: p.code for p in PROGRAMS.values()} | {
    "最低生活保障": "dibao",
    "特困供养": "tekun",
    "特困人员": "tekun",
    "刚性支出": "rigid_spending",
}
FUND: Final = {zh: code for code, zh in FUNDS.items()} | {
    "中央": "central",
    "省级": "province",
    "市级": "city",
    "县级": "county",
    "慈善": "charity",
    "财政": "fiscal",
    "福彩": "welfare_lottery",
}
YES: Final = {"是": "yes", "否": "no", "Y": "yes", "N": "no", "√": "yes", "✓": "yes", "✔": "yes"}
RESULT: Final = {"符合": "meets", "不符合": "exceeds", "待复核": "to_review", "预警": "to_review"}
