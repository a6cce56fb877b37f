"""The kinds of file that a bureau has, column by column. Headers follow the public material:
the provincial export, payment systems, a township's desktop tool.

A row class is its own declaration: the annotation of a field holds the column.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from intake.change_kinds import BatchRow, ChangeRow, StandardRow
from intake.columns import Col, Kind, kind_of
from intake.words import FUND, PROGRAM, RESULT, YES

_TOWN = ("地区", "所在乡镇", "乡镇(街道)", "乡镇", "镇街", "服务乡镇")
_ID = ("身份证号码", "身份证件号", "公民身份号码", "享受人身份证号")
_ACCOUNT = ("银行帐号", "账号", "银行账号", "银行卡号", "一卡通账号", "帐号", "一卡通号")


@dataclass(slots=True)
class HouseholdRow:
    """低保家庭: a household known to the bureau."""

    head_id: Annotated[str, Col("户主身份证号", "identity", True, example="330681195001010006")]
    town: Annotated[str, Col("所属街道", "town", True, _TOWN, example="暨阳街道")]
    head_name: Annotated[str | None, Col("户主姓名", "text", True, ("户主",), example="张三")] = (
        None
    )
    household_size: Annotated[int | None, Col("家庭人口", "int", example="3")] = None
    covered_count: Annotated[int | None, Col("保障人口", "int", example="2")] = None
    village: Annotated[str | None, Col("所属社区", "text", aliases=("村(居)委会", "村(社区)"))] = (
        None
    )
    address: Annotated[str | None, Col("家庭住址", "text", aliases=("住址",))] = None
    bank: Annotated[str | None, Col("开户银行", "text")] = None
    account_name: Annotated[
        str | None, Col("银行账户名称", "text", aliases=("账户名称", "户名"))
    ] = None
    account: Annotated[str | None, Col("银行帐号", "text", aliases=_ACCOUNT)] = None
    certificate_no: Annotated[
        str | None, Col("低保(特困)证号", "text", aliases=("低保(特困)证号", "救助证号"))
    ] = None
    registered_on: Annotated[date | None, Col("登记日期", "date", example="2022-10-10")] = None


@dataclass(slots=True)
class PersonRow:
    """人员登记: somebody known to the bureau who is on no roster."""

    name: Annotated[str, Col("姓名", "text", True, example="李四")]
    id_number: Annotated[str, Col("身份证号", "identity", True, _ID)]
    town: Annotated[str, Col("所属街道", "town", True, _TOWN)]
    registered_on: Annotated[date, Col("登记日期", "date", True)]
    village: Annotated[str | None, Col("所属社区", "text", aliases=("村(居)委会",))] = None


@dataclass(slots=True)
class MemberRow:
    """人员: who belongs to which household."""

    name: Annotated[
        str,
        Col(
            "姓名",
            "text",
            True,
            note_zh="可在一格内用；或、分隔多人",
            note_en="several persons in one cell: split by ；or 、",
        ),
    ]
    id_number: Annotated[
        str,
        Col(
            "身份证号",
            "identity",
            True,
            _ID,
            note_zh="与姓名一一对应",
            note_en="in the order of the names",
        ),
    ]
    head_id: Annotated[str, Col("户主身份证号", "identity", True)]
    relation: Annotated[str, Col("与户主关系", "text", True, ("关系",), example="本人")]
    change: Annotated[
        str | None,
        Col(
            "变动",
            "choice",
            choices={"加入": "join", "离开": "leave"},
            note_zh="空白为加入",
            note_en="blank: joined",
        ),
    ] = None
    changed_on: Annotated[date | None, Col("变动日期", "date")] = None
    change_reason: Annotated[str | None, Col("变动原因", "text")] = None
    disability_kind: Annotated[str | None, Col("残疾类别", "text")] = None
    disability_grade: Annotated[str | None, Col("残疾等级", "text")] = None
    labor_capacity: Annotated[str | None, Col("劳动能力", "text")] = None
    health: Annotated[str | None, Col("健康状况", "text")] = None
    employment: Annotated[str | None, Col("就业状况", "text")] = None
    annual_income: Annotated[
        int | None, Col("年收入(元)", "money", aliases=("年收入", "年收入(元)"))
    ] = None


@dataclass(slots=True)
class DeathRow:
    """死亡名单: deaths, however late they become known."""

    id_number: Annotated[str, Col("身份证号", "identity", True, _ID)]
    died_on: Annotated[date, Col("死亡日期", "date", True)]
    name: Annotated[str | None, Col("姓名", "text")] = None
    reported_on: Annotated[date | None, Col("上报日期", "date")] = None


@dataclass(slots=True)
class CheckRow:
    """核对结果: the answer of the provincial platform about one person."""

    request_no: Annotated[str, Col("申请唯一号", "text", True)]
    name: Annotated[str, Col("姓名", "text", True)]
    id_number: Annotated[str, Col("身份证号", "identity", True, _ID)]
    fed_back_on: Annotated[date, Col("核对反馈时间", "date", True)]
    result: Annotated[str, Col("核对结果类型", "choice", True, choices=RESULT)]
    batch_no: Annotated[str | None, Col("批次编号", "text")] = None
    acceptance_no: Annotated[str | None, Col("受理编号", "text")] = None
    head_id: Annotated[str | None, Col("户主身份证号", "identity")] = None
    report_no: Annotated[str | None, Col("核对报告编号", "text")] = None
    sources_requested: Annotated[tuple[str, ...] | None, Col("请求资源清单", "list")] = None
    sources_answered: Annotated[tuple[str, ...] | None, Col("反馈资源清单", "list")] = None
    income_per_head: Annotated[
        int | None, Col("人均月收入(元)", "money", aliases=("人均月收入",))
    ] = None


@dataclass(slots=True)
class VisitRow:
    """入户调查: a visit, an inquiry among neighbors, or a comparison with a shared directory."""

    visited_on: Annotated[date, Col("调查日期", "date", True)]
    head_id: Annotated[str, Col("户主身份证号", "identity", True)]
    investigators: Annotated[
        tuple[str, ...] | None,
        Col(
            "调查人", "list", True, note_zh="至少两人,用、分隔", note_en="two at least, split by 、"
        ),
    ] = None
    organization: Annotated[str | None, Col("单位", "text")] = None
    respondent: Annotated[str | None, Col("被调查人", "text")] = None
    relation: Annotated[str | None, Col("关系", "text")] = None
    method: Annotated[
        str | None,
        Col(
            "调查方式",
            "choice",
            choices={"入户调查": "home", "邻里访问": "neighbors", "信息比对": "directory"},
        ),
    ] = None
    record: Annotated[str | None, Col("调查记录", "text")] = None
    signed: Annotated[bool | None, Col("签字", "bool", choices=YES)] = None
    conclusion: Annotated[str | None, Col("结论", "choice", choices=RESULT)] = None


@dataclass(slots=True)
class DecisionRow:
    """审批决定: a decision taken elsewhere, with its application and notice where known."""

    head_id: Annotated[str, Col("户主身份证号", "identity", True)]
    action: Annotated[
        str,
        Col(
            "事项",
            "choice",
            True,
            choices={
                "新增": "enroll",
                "调整": "adjust",
                "停止": "exit",
                "不予批准": "refuse",
                "增员": "add_member",
                "减员": "remove_member",
            },
        ),
    ]
    program: Annotated[str, Col("救助类别", "choice", True, choices=PROGRAM)]
    decided_on: Annotated[date, Col("决定日期", "date", True, ("审批日期",))]
    head_name: Annotated[str | None, Col("户主姓名", "text", aliases=("户主",))] = None
    applied_on: Annotated[date | None, Col("申请日期", "date")] = None
    accepted_on: Annotated[date | None, Col("受理日期", "date")] = None
    notice_from: Annotated[date | None, Col("公示开始", "date")] = None
    notice_to: Annotated[date | None, Col("公示结束", "date")] = None
    effective_month: Annotated[
        str | None,
        Col(
            "享受时间", "month", note_zh="起始或停止的月份", note_en="first month that it holds for"
        ),
    ] = None
    old_amount: Annotated[int | None, Col("原金额", "money")] = None
    amount: Annotated[
        int | None,
        Col("现金额", "money", note_zh="每户每月,元", note_en="a household and month, CNY"),
    ] = None
    supplement: Annotated[int | None, Col("分类施保金(元)", "money", aliases=("分类施保金",))] = (
        None
    )
    change: Annotated[int | None, Col("增减额", "money")] = None
    covered_ids: Annotated[
        tuple[str, ...] | None,
        Col(
            "保障对象身份证号",
            "identities",
            note_zh="用、分隔;新增时空白为全部成员",
            note_en="split by 、; blank: all members",
        ),
    ] = None
    reason: Annotated[str | None, Col("理由", "text", aliases=("原因",))] = None
    proposed_by: Annotated[str | None, Col("提出人", "text")] = None
    approved_by: Annotated[str | None, Col("审批人", "text")] = None
    document: Annotated[str | None, Col("文号", "text")] = None


@dataclass(slots=True)
class PaymentRow:
    """发放名册: a line of a payment list, one household and month."""

    month: Annotated[str, Col("发放月份", "month", True)]
    batch_no: Annotated[str, Col("发放批次", "text", True)]
    town: Annotated[str, Col("地区", "town", True, ("所属街道", *_TOWN[1:]))]
    program: Annotated[str, Col("救助类别", "choice", True, choices=PROGRAM)]
    id_number: Annotated[str, Col("身份证号码", "identity", True, ("身份证号", *_ID[1:]))]
    base: Annotated[int | None, Col("保障金(元)", "money", True, ("保障金", "补贴金额"))] = None
    total: Annotated[int | None, Col("发放合计(元)", "money", True, ("发放合计", "合计(元)"))] = (
        None
    )
    name: Annotated[str | None, Col("姓名", "text", True)] = None
    head_id: Annotated[
        str | None,
        Col(
            "户主身份证号",
            "identity",
            note_zh="与身份证号码不同时,按户主归户",
            note_en="where it differs: the household's head",
        ),
    ] = None
    covered_count: Annotated[int | None, Col("保障人数", "int")] = None
    supplement: Annotated[int | None, Col("分类施保金(元)", "money", aliases=("分类施保金",))] = (
        None
    )
    back_pay: Annotated[
        int | None, Col("补发合计(元)", "money", aliases=("补发合计", "补发金额"))
    ] = None
    account_name: Annotated[str | None, Col("账户名称", "text", aliases=("银行账户名称",))] = None
    bank: Annotated[str | None, Col("开户银行", "text")] = None
    account: Annotated[str | None, Col("账号", "text", aliases=_ACCOUNT)] = None
    fund: Annotated[str | None, Col("资金来源", "choice", choices=FUND)] = None
    paid_on: Annotated[date | None, Col("发放日期", "date")] = None


@dataclass(slots=True)
class ReturnRow:
    """回盘: the bank's answer for one line."""

    batch_no: Annotated[str, Col("发放批次", "text", True)]
    amount: Annotated[int, Col("金额", "money", True, ("申请金额", "金额(元)"))]
    result: Annotated[
        str,
        Col(
            "处理结果",
            "choice",
            True,
            ("状态", "支付状态"),
            {
                "成功": "paid",
                "失败": "failed",
                "支付失败": "failed",
                "已退款": "refunded",
                "已退回": "sent_back",
            },
        ),
    ]
    processed_on: Annotated[date, Col("处理日期", "date", True)]
    line_no: Annotated[
        int | None,
        Col(
            "序号",
            "int",
            note_zh="该批次名册中的行序",
            note_en="place of the line in the batch's list",
        ),
    ] = None
    account_name: Annotated[str | None, Col("户名", "text", aliases=("姓名",))] = None
    account: Annotated[str | None, Col("账号", "text", aliases=_ACCOUNT)] = None
    reason: Annotated[str | None, Col("失败原因", "text")] = None
    town: Annotated[str | None, Col("所在乡镇", "town", aliases=("地区",))] = None
    attempt: Annotated[int | None, Col("发放次数", "int")] = None


@dataclass(slots=True)
class ProviderRow:
    """服务机构: a provider of services."""

    provider_no: Annotated[str, Col("机构编号", "text", True)]
    name: Annotated[str, Col("机构名称", "text", True)]
    kind: Annotated[
        str,
        Col(
            "机构类别",
            "choice",
            True,
            choices={
                "社会组织": "social_organization",
                "慈善组织": "charity",
                "企业": "company",
                "志愿队伍": "volunteers",
                "医疗机构": "medical",
            },
        ),
    ]
    registered_on: Annotated[date, Col("登记日期", "date", True)]


CATEGORIES: Final = {
    "物质帮扶": "material",
    "教育帮扶": "education",
    "医疗帮扶": "medical",
    "就业帮扶": "employment",
    "照料关爱": "care",
    "社会融入": "social_integration",
    "精神慰藉": "comfort",
    "居住环境改善": "housing",
}


@dataclass(slots=True)
class ProjectRow:
    """服务项目: a project and its money."""

    project_no: Annotated[str, Col("项目编号", "text", True)]
    name: Annotated[str, Col("项目名称", "text", True)]
    category: Annotated[str, Col("类别", "choice", True, choices=CATEGORIES)]
    track: Annotated[
        str,
        Col(
            "项目性质",
            "choice",
            True,
            choices={"助联体-暨时助": "help_project", "公益创投": "venture", "慈善": "charity"},
        ),
    ]
    provider_no: Annotated[str, Col("承接单位", "text", True)]
    fund: Annotated[str, Col("资金来源", "choice", True, choices=FUND)]
    committed: Annotated[int, Col("投入金额(元)", "money", True, ("预算(元)", "预算", "投入金额"))]
    committed_on: Annotated[date, Col("投入日期", "date", True)]
    paid: Annotated[int | None, Col("已支付(元)", "money", aliases=("已支付",))] = None
    paid_on: Annotated[date | None, Col("支付日期", "date")] = None
    starts_on: Annotated[date | None, Col("开始日期", "date")] = None
    ends_on: Annotated[date | None, Col("结束日期", "date")] = None
    period: Annotated[
        tuple[date, date] | None,
        Col(
            "起止",
            "period",
            aliases=("起止时间", "起止日期"),
            note_zh="代替开始、结束日期",
            note_en="instead of first and last day",
            example="2023-01-01至2023-12-31",
        ),
    ] = None
    people_planned: Annotated[int | None, Col("受益人数", "int")] = None
    visits_planned: Annotated[int | None, Col("人次", "int")] = None
    accepted_on: Annotated[date | None, Col("验收日期", "date", aliases=("验收",))] = None


SERVICES: Final = {
    "白内障手术": "cataract_surgery",
    "儿童心理辅导": "child_counseling",
    "居住环境改善": "home_improvement",
    "物资发放": "goods",
    "上门照料": "home_care",
    "就业辅导": "job_coaching",
    "社会融入活动": "social_activity",
    "精神慰藉": "comfort",
    "助学": "study_support",
}


@dataclass(slots=True)
class DeliveryRow:
    """服务记录: a service given."""

    delivery_no: Annotated[str, Col("服务编号", "text", True)]
    project_no: Annotated[str, Col("项目编号", "text", True)]
    delivered_on: Annotated[date, Col("服务日期", "date", True)]
    service: Annotated[str, Col("服务内容", "choice", True, choices=SERVICES)]
    unit: Annotated[
        str | None,
        Col(
            "服务对象类型",
            "choice",
            choices={"个人": "person", "家庭": "household", "人次": "head_count"},
        ),
    ] = None
    name: Annotated[str | None, Col("姓名", "text")] = None
    id_number: Annotated[str | None, Col("身份证号", "identity", aliases=_ID)] = None
    head_id: Annotated[str | None, Col("户主身份证号", "identity")] = None
    town: Annotated[str | None, Col("所属街道", "town", aliases=_TOWN)] = None
    head_count: Annotated[int | None, Col("人数", "int")] = None
    completed: Annotated[bool | None, Col("是否完成", "bool", choices=YES)] = None


@dataclass(slots=True)
class WishRow:
    """微心愿: a wish, and what became of it."""

    wish_no: Annotated[str, Col("心愿编号", "text", True)]
    registered_on: Annotated[date, Col("登记日期", "date", True)]
    id_number: Annotated[str, Col("身份证号", "identity", True, _ID)]
    kind: Annotated[
        str, Col("心愿类别", "choice", True, choices={"物质": "material", "服务": "service"})
    ]
    name: Annotated[str | None, Col("姓名", "text")] = None
    town: Annotated[str | None, Col("所属街道", "town", aliases=_TOWN)] = None
    content: Annotated[str | None, Col("心愿内容", "text")] = None
    channel: Annotated[
        str | None, Col("渠道", "choice", choices={"浙里办-浙里救": "online", "线下": "offline"})
    ] = None
    provider_no: Annotated[str | None, Col("认领单位", "text")] = None
    matched_on: Annotated[date | None, Col("认领日期", "date")] = None
    fulfilled_on: Annotated[date | None, Col("实现日期", "date")] = None
    satisfaction: Annotated[int | None, Col("满意度", "int")] = None


@dataclass(slots=True)
class NeedRow:
    """主动发现: somebody in need who was found, and where the need went."""

    need_no: Annotated[str, Col("编号", "text", True)]
    found_on: Annotated[date, Col("发现日期", "date", True)]
    name: Annotated[str, Col("姓名", "text", True)]
    id_number: Annotated[str, Col("身份证号", "identity", True, _ID)]
    town: Annotated[str, Col("所属街道", "town", True, _TOWN)]
    channel: Annotated[
        str,
        Col(
            "发现渠道",
            "choice",
            True,
            choices={
                "走访": "visit",
                "探访关爱": "care_visit",
                "幸福清单送达": "benefit_list",
                "助联体项目": "help_project",
                "数据预警": "data_alert",
                "自主求助": "self_report",
            },
        ),
    ]
    kind: Annotated[
        str,
        Col(
            "需求类别",
            "choice",
            True,
            choices={
                "生活": "living",
                "医疗": "medical",
                "教育": "education",
                "住房": "housing",
                "就业": "employment",
                "照料": "care",
                "其他": "other",
            },
        ),
    ]
    referred_to: Annotated[str | None, Col("转介部门", "text")] = None
    referred_on: Annotated[date | None, Col("转介日期", "date")] = None
    answered_on: Annotated[date | None, Col("答复日期", "date")] = None
    answer: Annotated[
        str | None,
        Col(
            "答复结果",
            "choice",
            choices={
                "已救助": "relieved",
                "不符合条件": "not_eligible",
                "转其他部门": "passed_on",
                "已解决": "solved",
            },
        ),
    ] = None


@dataclass(slots=True)
class SourceRow:
    """数据来源: a bank or department that gives data to cross-checks."""

    source_no: Annotated[str, Col("编号", "text", True)]
    name: Annotated[str, Col("名称", "text", True)]
    kind: Annotated[
        str, Col("类型", "choice", True, choices={"银行": "bank", "部门": "department"})
    ]
    joined_on: Annotated[date, Col("接入日期", "date", True)]
    data_kinds: Annotated[tuple[str, ...] | None, Col("数据种类", "list")] = None


@dataclass(slots=True)
class OrganizationRow:
    """联动部门: an organization that works with the relief system."""

    org_no: Annotated[str, Col("编号", "text", True)]
    name: Annotated[str, Col("名称", "text", True)]
    kind: Annotated[
        str,
        Col(
            "类型",
            "choice",
            True,
            choices={
                "部门": "department",
                "镇街": "town",
                "群团": "mass_organization",
                "其他": "other",
            },
        ),
    ]
    joined_on: Annotated[date, Col("加入日期", "date", True)]


@dataclass(slots=True)
class WorkerRow:
    """专职社工: a contracted social worker of a town."""

    worker_no: Annotated[str, Col("工号", "text", True)]
    name: Annotated[str, Col("姓名", "text", True)]
    town: Annotated[str, Col("所属街道", "town", True, _TOWN)]
    starts_on: Annotated[date, Col("派遣开始", "date", True)]
    organization: Annotated[str | None, Col("派遣单位", "text")] = None
    ends_on: Annotated[date | None, Col("派遣结束", "date")] = None


_NOT_RECORDED = (
    "家庭年总收入(元)",
    "户月保障金额(元)",
    "家庭分类施保总额(元)",
    "人员分类施保总额(元)",
    "合计(元)",
    "最初享受月份",
    "救助金计算方式",
    "分档类型",
)
KINDS: Final[dict[str, Kind]] = {
    k.name: k
    for k in (
        kind_of("households", "低保家庭", HouseholdRow, _NOT_RECORDED),
        kind_of("people", "人员登记", PersonRow),
        kind_of("members", "人员", MemberRow),
        kind_of("deaths", "死亡名单", DeathRow),
        kind_of("checks", "核对结果", CheckRow),
        kind_of("visits", "入户调查", VisitRow),
        kind_of("decisions", "审批决定", DecisionRow),
        kind_of("changes", "动态调整", ChangeRow),
        kind_of("standards", "救助标准", StandardRow),
        kind_of("batches", "发放批次", BatchRow),
        kind_of("payments", "发放名册", PaymentRow),
        kind_of("returns", "回盘", ReturnRow),
        kind_of("providers", "服务机构", ProviderRow),
        kind_of("projects", "服务项目", ProjectRow),
        kind_of("deliveries", "服务记录", DeliveryRow),
        kind_of("wishes", "微心愿", WishRow),
        kind_of("needs", "主动发现", NeedRow),
        kind_of("sources", "数据来源", SourceRow),
        kind_of("organizations", "联动部门", OrganizationRow),
        kind_of("workers", "专职社工", WorkerRow),
    )
}
