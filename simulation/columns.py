"""The headers of each kind of file, as bureaus write them, and the type of each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ColumnType = Literal["text", "date", "money", "int"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `group` stands above it where a header has two rows."""

    header: str
    type: ColumnType = "text"
    group: str = ""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file."""

    name: str
    zh: str
    columns: tuple[Column, ...]


_SUFFIXES: Final[dict[str, ColumnType]] = {"@": "date", "$": "money", "#": "int"}


def _kind(name: str, zh: str, headers: str, groups: dict[str, str] | None = None) -> FileKind:
    """Headers split by spaces: @ before one of dates, $ money, # whole numbers."""
    columns = []
    for word in headers.split():
        header = word.lstrip("@$#")
        column_type = _SUFFIXES.get(word[0], "text")
        columns.append(Column(header, column_type, (groups or {}).get(header, "")))
    return FileKind(name, zh, tuple(columns))


_ACCOUNT = dict.fromkeys(("账户名称", "开户银行", "账号"), "收款账户")
_AMOUNTS = dict.fromkeys(("保障金(元)", "分类施保金(元)", "补发合计(元)", "发放合计(元)"), "金额")
_ALL = (
    _kind(
        "sources", "数据来源", "编号 名称 类型 数据种类 @接入日期",
    ),
    _kind("organizations", "联动部门", "编号 名称 类型 @加入日期"),
    _kind("workers", "专职社工", "工号 姓名 所属街道 派遣单位 @派遣开始 @派遣结束"),
    _kind("providers", "服务机构", "机构编号 机构名称 机构类别 @登记日期"),
    _kind(
        "projects", "服务项目",
        "项目编号 项目名称 类别 项目性质 承接单位 资金来源 $投入金额(元) @投入日期 $已支付(元) "
        "@支付日期 @开始日期 @结束日期 #受益人数 #人次 @验收日期",
    ),
    _kind(
        "households", "低保家庭",
        "户主姓名 户主身份证号 #家庭人口 #保障人口 家庭住址 所属街道 所属社区 低保（特困）证号 "
        "开户银行 银行账户名称 银行帐号 @登记日期",
    ),
    _kind("people", "人员登记", "姓名 身份证号 所属街道 所属社区 @登记日期"),
    _kind(
        "members", "人员",
        "姓名 身份证号 户主身份证号 与户主关系 变动 @变动日期 变动原因 残疾类别 残疾等级 劳动能力 "
        "健康状况 就业状况 $年收入（元）",
    ),
    _kind("deaths", "死亡名单", "姓名 身份证号 @死亡日期 @上报日期"),
    _kind(
        "checks", "核对结果",
        "批次编号 申请唯一号 受理编号 姓名 身份证号 户主身份证号 @核对反馈时间 核对结果类型 "
        "核对报告编号 请求资源清单 反馈资源清单 $人均月收入（元）",
    ),
    _kind(
        "visits", "入户调查",
        "@调查日期 调查人 单位 被调查人 户主身份证号 关系 调查方式 调查记录 签字 结论",
    ),
    _kind(
        "decisions", "审批决定",
        "户主姓名 户主身份证号 事项 救助类别 @申请日期 @受理日期 @公示开始 @公示结束 @决定日期 "
        "享受时间 $原金额 $现金额 $分类施保金(元) $增减额 保障对象身份证号 理由 提出人 审批人 文号",
    ),
    _kind(
        "changes", "动态调整",
        "户主 户主身份证号 救助类别 享受时间 $原金额 $现金额 $分类施保金(元) $增减额 理由 停止日期 直接退出 "
        "@决定日期 提出人 审批人 文号",
    ),
    _kind(
        "standards", "救助标准",
        "救助类别 构成 档次 标准版本 $每人每月(元) @发文日期 @施行日期 文号",
    ),
    _kind(
        "payments", "发放名册",
        "发放月份 发放批次 地区 救助类别 姓名 身份证号码 #保障人数 $保障金(元) $分类施保金(元) "
        "$补发合计(元) $发放合计(元) 账户名称 开户银行 账号 资金来源 @发放日期",
        _ACCOUNT | _AMOUNTS,
    ),
    _kind("returns", "回盘", "发放批次 #序号 户名 账号 $金额 处理结果 失败原因 @处理日期"),
    _kind(
        "deliveries", "服务记录",
        "服务编号 项目编号 @服务日期 服务内容 服务对象类型 姓名 身份证号 户主身份证号 所属街道 "
        "#人数 是否完成",
    ),
    _kind(
        "wishes", "微心愿",
        "心愿编号 @登记日期 姓名 身份证号 所属街道 心愿类别 心愿内容 渠道 认领单位 @认领日期 "
        "@实现日期 #满意度",
    ),
    _kind(
        "needs", "主动发现",
        "编号 @发现日期 姓名 身份证号 所属街道 发现渠道 需求类别 转介部门 @转介日期 @答复日期 "
        "答复结果",
    ),
)  # fmt: skip
KINDS: Final[dict[str, FileKind]] = {kind.name: kind for kind in _ALL}
CORRECTION: Final = _kind(
    "returns",
    "退回更正",
    "姓名 银行卡号 发放批次 所在乡镇 $申请金额 状态 失败原因 #发放次数 @处理日期",
)
"""The bank's later list of what came back: no line numbers, told apart by the account."""
