"""Events of `relief.service`: social forces, their projects and money, deliveries and wishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class ProviderRegistered(Event, topic="relief.service.ProviderRegistered"):
    """An organization that gives services is known. The stream is the provider's own.

    登记一家服务承接单位;每一单位自成一流。
    """

    code: Annotated[str, Doc("Number of the provider", "机构编号")]
    name: Annotated[str, Doc("Name of the provider", "机构名称")]
    kind: Annotated[str, Doc("social_organization, charity, company, volunteers …", "类别")]


@dataclass(frozen=True)
class ProjectOpened(Event, topic="relief.service.ProjectOpened"):
    """A project began. The stream is the project's own and holds its deliveries.

    项目启动;每一项目自成一流,其服务记录也在其中。
    """

    code: Annotated[str, Doc("Number of the project", "项目编号")]
    name: Annotated[str, Doc("Name of the project", "项目名称")]
    category: Annotated[str, Doc("One of the eight kinds of help", "帮扶类别")]
    track: Annotated[str, Doc("help_project, venture or charity", "项目性质")]
    provider_id: Annotated[UUID, Doc("Who carries it out", "承接单位")]
    starts_on: Annotated[date | None, Doc("First day", "开始日期")] = None
    until: Annotated[date | None, Doc("First day no longer running", "结束日期(不含)")] = None
    people_planned: Annotated[int | None, Doc("People to be reached", "计划受益人数")] = None
    visits_planned: Annotated[int | None, Doc("Visits to be made", "计划人次")] = None
    town: Annotated[str, Doc("Division code of the town; empty: not stated", "乡镇代码")] = ""


@dataclass(frozen=True)
class ProjectFunded(Event, topic="relief.service.ProjectFunded"):
    """Money was committed to a project (投入).

    为项目投入资金。
    """

    fund: Annotated[str, Doc("fiscal, charity …", "资金来源")]
    amount_fen: Annotated[int, Doc("Committed, fen", "投入金额(分)")]
    budget_document: Annotated[str, Doc("Number of the budget document", "预算文号")] = ""
    budget_code: Annotated[str, Doc("Budget subject code", "预算科目")] = ""


@dataclass(frozen=True)
class ProjectPaid(Event, topic="relief.service.ProjectPaid"):
    """Committed money was paid to the provider.

    向承接单位支付已投入的资金。
    """

    fund: Annotated[str, Doc("fiscal, charity …", "资金来源")]
    amount_fen: Annotated[int, Doc("Paid, fen", "支付金额(分)")]
    budget_document: Annotated[str, Doc("Number of the budget document", "预算文号")] = ""
    budget_code: Annotated[str, Doc("Budget subject code", "预算科目")] = ""


@dataclass(frozen=True)
class ProjectAccepted(Event, topic="relief.service.ProjectAccepted"):
    """The finished project was accepted (验收) on `meta.occurred_on`.

    项目完成并于 occurred_on 验收。
    """

    result: Annotated[str, Doc("passed, failed …; empty: not stated", "验收结论")] = ""
    people_reached: Annotated[int | None, Doc("People reached", "实际受益人数")] = None
    visits_made: Annotated[int | None, Doc("Visits made", "实际人次")] = None


@dataclass(frozen=True)
class ServiceDelivered(Event, topic="relief.service.ServiceDelivered"):
    """A service was given to a person, a household, or a counted group.

    向个人、家庭或一定人数提供了服务。
    """

    number: Annotated[str, Doc("Number of the delivery", "服务编号")]
    service: Annotated[str, Doc("Code of the service", "服务内容")]
    unit: Annotated[str, Doc("person, household or head_count", "服务对象类型")]
    completed: Annotated[bool, Doc("False: begun, not finished", "是否完成")] = True
    person_id: Annotated[UUID | None, Doc("To whom", "服务对象")] = None
    household_id: Annotated[UUID | None, Doc("To which household", "服务家庭")] = None
    age_band: Annotated[str, Doc("Age band on the day; empty if unknown", "年龄段")] = ""
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    head_count: Annotated[int | None, Doc("Heads, where only they are known", "人数")] = None
    village: Annotated[str, Doc("Village or community; empty: not stated", "村(社区)")] = ""


@dataclass(frozen=True)
class WishRegistered(Event, topic="relief.service.WishRegistered"):
    """A person's wish was registered (微心愿). The stream is the wish's own.

    登记一个人的微心愿;每一心愿自成一流。
    """

    number: Annotated[str, Doc("Number of the wish", "心愿编号")]
    person_id: Annotated[UUID, Doc("Whose wish", "许愿人")]
    kind: Annotated[str, Doc("material or service", "心愿类别")]
    channel: Annotated[str, Doc("online or offline", "渠道")] = ""
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    content: Annotated[
        Sealed | None, Doc("The wish, sealed", "心愿内容(加密)"), Personal("person_id")
    ] = None
    item: Annotated[str, Doc("Code of the goods or service wished for", "所需物品或服务")] = ""
    village: Annotated[str, Doc("Village or community; empty: not stated", "村(社区)")] = ""


@dataclass(frozen=True)
class WishMatched(Event, topic="relief.service.WishMatched"):
    """A provider took the wish on (认领).

    有单位认领了该心愿。
    """

    provider_id: Annotated[UUID, Doc("Who took it on", "认领单位")]


@dataclass(frozen=True)
class WishFulfilled(Event, topic="relief.service.WishFulfilled"):
    """The wish came true on `meta.occurred_on`.

    心愿于 occurred_on 实现。
    """

    satisfaction: Annotated[int | None, Doc("1 to 5, where it was asked", "满意度")] = None


@dataclass(frozen=True)
class ServiceAnnulled(Annulled, topic="relief.service.Annulled"):
    """An event of the service family is annulled.

    撤销服务类事件。
    """
