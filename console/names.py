"""The names of codes as people read them, and masked names of persons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection

from console.language import Voice
from console.wiring import Relief
from domain.events import EVENT_CLASSES
from domain.programs import PROGRAMS
from domain.reasons import REASONS
from ledger.masking import mask_name
from ledger.vault_errors import Erased, NoKey, SealBroken
from projections.moment import Moment
from projections.registry import known_persons

TOPICS_ZH = {
    "PersonRegistered": "人员登记",
    "PersonDied": "死亡",
    "HouseholdFormed": "立户",
    "MemberJoined": "成员加入",
    "MemberLeft": "成员离开",
    "SourceRegistered": "来源登记",
    "OrganizationRegistered": "单位登记",
    "WorkerAssigned": "社工派遣",
    "NeedDiscovered": "发现需求",
    "NeedReferred": "转介",
    "NeedAnswered": "答复",
    "ApplicationReceived": "申请",
    "ApplicationAccepted": "受理",
    "AuthorizationGiven": "授权核对",
    "CrossCheckCompleted": "线上核对",
    "DirectoryCompared": "目录比对",
    "HomeVisited": "入户调查",
    "NeighborsAsked": "邻里访问",
    "NoticePosted": "公示",
    "ObjectionRaised": "提出异议",
    "ObjectionResolved": "异议处理",
    "Enrolled": "批准救助",
    "Refused": "不予批准",
    "Adjusted": "调整",
    "MemberCovered": "增员",
    "Published": "公布",
    "Exited": "停止",
    "MemberUncovered": "减员",
    "BatchPrepared": "批次编制",
    "BatchReviewed": "批次审核",
    "BatchApproved": "批次审批",
    "BatchSent": "批次送银行",
    "BatchSettled": "批次结清",
    "PaymentAuthorized": "批准发放",
    "PaymentPaid": "发放成功",
    "PaymentReturned": "退回",
    "PaymentReissued": "重发",
    "PaymentRecovered": "追缴",
    "ProviderRegistered": "机构登记",
    "ProjectOpened": "项目立项",
    "ProjectFunded": "项目投入",
    "ProjectPaid": "项目支付",
    "ProjectAccepted": "项目验收",
    "ServiceDelivered": "服务",
    "WishRegistered": "登记心愿",
    "WishMatched": "认领心愿",
    "WishFulfilled": "实现心愿",
    "Annulled": "撤销",
    "PersonCorrected": "人员信息更正",
    "StandardAdopted": "标准施行",
    "MemberWentAway": "成员离家",
    "MemberCameBack": "成员返家",
    "HeadChanged": "变更户主",
    "HouseholdSplit": "分户",
    "HouseholdMerged": "并入他户",
    "HouseholdAbsorbed": "并户",
    "HouseholdMoved": "迁移",
    "ResidenceRecorded": "居住地登记",
    "OfficialRelativeDeclared": "近亲属备案",
    "PapersRequested": "一次性补正告知",
    "PapersSupplied": "补交材料",
    "ApplicationWithdrawn": "撤回申请",
    "WarningRaised": "预警",
    "WarningClosed": "预警处置",
    "AppealFiled": "申诉",
    "AppealDecided": "申诉结果",
    "AppraisalHeld": "民主评议",
    "PersonHeard": "听取陈述",
    "Suspended": "暂停发放",
    "Resumed": "恢复发放",
    "Switched": "转换类别",
    "FadeOutStarted": "渐退",
    "Extended": "延长有效期",
    "Reinstated": "恢复待遇",
    "HandedOver": "随户转出",
    "CarriedOver": "随户转入",
    "PaymentRecalled": "责令退回",
    "CustodyAgreed": "代管协议",
    "CustodyEnded": "终止代管",
    "IdentityRevealed": "查看身份",
    "SubjectErased": "删除个人信息",
    "MasterKeyRotated": "更换主密钥",
    "HeadsStated": "各族末尾",
    "OriginBegun": "另立新账名",
    "FileImported": "文件导入",
    "ListMatched": "名单比对",
    "IdentityMatched": "比对命中",
    "FileExpected": "应报文件",
    "FindingRaised": "线索提出",
    "FindingAssigned": "线索分派",
    "FindingConfirmed": "线索核实",
    "FindingCleared": "线索排除",
    "FindingOverridden": "线索不予处理",
    "FindingClosed": "线索关闭",
    "PersonMerged": "重复登记合并",
    "OpinionGiven": "乡镇审核意见",
    "SelfCareAssessed": "自理能力评估",
    "Delivered": "送达",
}


PART_KINDS = {
    "regular": ("正常发放", "regular"),
    "back_payment": ("补发", "back-payment"),
    "price_subsidy": ("价格补贴", "price subsidy"),
    "one_off": ("一次性", "one-off"),
    "correction": ("更正", "correction"),
    "offset": ("抵扣", "offset"),
}
"""Kinds of part as clerks call them."""


ERASED = "(已删除 erased)"
"""What stands for a person whose key is destroyed."""


def program_name(code: str, speak: Voice) -> str:
    """A program as people call it."""
    program = PROGRAMS.get(code)
    return program.zh if program and speak.lang == "zh" else code


def reason_name(code: str, speak: Voice) -> str:
    """A reason as clerks write it."""
    return REASONS.get(code, code or "未注明") if speak.lang == "zh" else code or "none given"


def topic_name(topic: str, speak: Voice) -> str:
    """An event as clerks call it."""
    name = topic.rsplit(".", 1)[1]
    return TOPICS_ZH.get(name, name) if speak.lang == "zh" else name


def unnamed_topics() -> list[str]:
    """Topics without a Chinese name; none, a test says."""
    return [t for t in EVENT_CLASSES if t.rsplit(".", 1)[1] not in TOPICS_ZH]


class Names:
    """Masked names of the persons that the views know. Unsealed one by one, never kept."""

    def __init__(
        self, relief: Relief, connection: Connection, moment: Moment, persons: Iterable[UUID]
    ) -> None:
        self._vault = relief.vault
        self._known = known_persons(connection, moment, persons)
        self._vault.warm(self._known)

    def masked(self, person_id: UUID) -> str:
        """张**; the end of the id where no name is known; 已删除 where the person was erased."""
        person = self._known.get(person_id)
        if person is None or person.name is None:
            return "…" + person_id.hex[-6:]
        try:
            name = self._vault.unseal(person_id, person.event_id, "name", person.name)
        except Erased:
            return ERASED
        except NoKey:
            return "(无密钥 no key)"
        except SealBroken:
            return "(密文损坏 damaged)"
        return mask_name(name)


@contextmanager
def bar_of(
    speak: Voice | None, title: tuple[str, str]
) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal; nothing in a pipe."""
    if speak is None or not speak.err.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=speak.err, transient=True) as progress:
        task = progress.add_task(speak.pick(*title), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
