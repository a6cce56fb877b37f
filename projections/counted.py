"""How each annual figure is counted, in the words that are printed beside it.

What was published says how many, not how it was counted: these are our assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Counted:
    """How a figure is counted. `period`: year, or to date (up to `as_of`)."""

    zh: str
    en: str
    period: str = "to_date"
    unit: str = ""
    """CNY for whole yuan; empty for counts."""


COUNTED: Final[dict[str, Counted]] = {
    "economic_checks": Counted(
        "当年完成的经济状况核对,每人每次申请计一次,不按数据来源重复计",
        "cross-checks completed in the year, one per person and request, not per source",
        "year",
    ),
    "newly_enrolled_persons": Counted(
        "当年由无救助身份转为有救助身份(特困、低保、低保边缘)的人次,按决定日期,含增员;"
        "转换救助类别、分户、并户、迁移不计",
        "persons who went from no status to a status (特困, 低保, 低保边缘) in the year, by date of"
        " decision, added members included; a change of program, a split, a merge or a move is not"
        " new",
        "year",
    ),
    "exited_persons": Counted(
        "当年由有救助身份转为无救助身份的人次,含死亡",
        "persons who went from a status to none in the year, deaths included",
        "year",
    ),
    "exited_by_death": Counted(
        "上项中因死亡退出的人次;严格意义的清退不含此数",
        "of these, by death; a strict reading of 清退 leaves them out",
        "year",
    ),
    "opening_status_persons": Counted(
        "年初有救助身份的人数;年初 + 新增 − 退出 = 年末",
        "persons with a status when the year begins; opening + new − exited = closing",
        "year",
    ),
    "closing_status_persons": Counted(
        "年末(或截至日)有救助身份的人数",
        "persons with a status when the year, or the time to date, ends",
        "year",
    ),
    "banks": Counted("已接入的银行数", "banks that give data to cross-checks"),
    "departments": Counted("已接入的部门数", "departments that give data to cross-checks"),
    "data_kinds": Counted(
        "银行和部门提供的数据种类,去重", "distinct kinds of data that banks and departments give"
    ),
    "towns": Counted("有在岗专职社工的镇乡(街道)数", "towns that a social worker on duty serves"),
    "social_workers": Counted("截至日在岗的专职社工数", "social workers on duty on the day"),
    "linked_departments": Counted("联动部门机构数", "organizations that work with the system"),
    "people_served": Counted(
        "接受过已完成服务的实名人数,去重;只有人次的服务另列",
        "distinct persons, known by name, with a completed delivery; head counts stand apart",
    ),
    "people_by_head_count": Counted(
        "只登记人次的已完成服务的人次,未去重,不计入上项",
        "heads of completed deliveries known as a number only; not distinct, not in the figure above",
    ),
    "help_projects": Counted("助联体-暨时助项目数", "projects of the track 助联体-暨时助"),
    "cataract_patients": Counted(
        "接受白内障手术服务且服务当日满65周岁的人数,去重",
        "distinct persons, 65 or older on the day, with a completed cataract service",
    ),
    "children_supported": Counted(
        "接受儿童心理辅导服务且服务当日未满18周岁的人数,去重",
        "distinct persons, under 18 on the day, with a completed counseling service",
    ),
    "children_supported_towns": Counted(
        "上项服务涉及的镇乡(街道)数", "towns in which these services were given"
    ),
    "homes_improved": Counted(
        "接受居住环境改善服务的家庭数,去重", "distinct households with a completed home improvement"
    ),
    "orgs_in_venture": Counted(
        "承接公益创投项目的机构数,去重", "distinct providers of venture projects (公益创投)"
    ),
    "orgs_in_services": Counted(
        "承接助联体-暨时助项目的机构数,去重", "distinct providers of help projects (助联体-暨时助)"
    ),
    "service_projects": Counted(
        "助联体-暨时助项目与公益创投项目合计", "help projects and venture projects together"
    ),
    "fiscal_spend": Counted(
        "上述服务项目投入的财政资金,按投入计,四舍五入到元",
        "fiscal money committed to these service projects, rounded to whole yuan",
        unit="CNY",
    ),
    "fiscal_paid": Counted("其中已支付的财政资金", "of it paid, rounded to whole yuan", unit="CNY"),
    "charity_projects": Counted("慈善类服务项目数", "projects of the charity track"),
    "charity_spend": Counted(
        "慈善类服务项目投入的慈善资金,按投入计,四舍五入到元",
        "charity money committed to charity projects, rounded to whole yuan",
        unit="CNY",
    ),
    "charity_paid": Counted(
        "其中已支付的慈善资金", "of it paid, rounded to whole yuan", unit="CNY"
    ),
}
"""Key → how it is counted, in the order in which the figures are printed."""
