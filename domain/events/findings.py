"""Events of `relief.oversight` in a finding's own stream: raised, and what became of it.

A finding is a lead, never a verdict: it is raised by a rule, looked into by somebody, and ends
confirmed, cleared or overridden, with a reason. None of these events can be annulled: what was
concluded wrongly is concluded anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Actor, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class FindingFact:
    """One thing that a finding says: a code, a date or an amount, never anything personal.

    线索所述的一项事实:代码、日期或金额,从不含个人信息。
    """

    name: Annotated[str, Doc("Name of the fact", "名称")]
    value: Annotated[str, Doc("Code, date, or whole number; fen where the name says so", "内容")]


@dataclass(frozen=True)
class FindingRaised(Event, topic="relief.oversight.FindingRaised"):
    """A rule does not hold for what the ledger says. The stream is the finding's own.

    `key` is the same for the same rule and the same grounds, so that nothing is raised twice.

    账本所载与某条规则不符;每条线索自成一流。key 对同一规则、同一依据始终相同,故不会重复提出。
    """

    key: Annotated[bytes, Doc("SHA-256 over rule and grounds, first 16 bytes", "线索键值")]
    rule: Annotated[str, Doc("Id of the rule", "规则编号")]
    rule_version: Annotated[str, Doc("Version of the rule in force", "规则版本")]
    pack: Annotated[str, Doc("Id of the rule pack", "规则包")]
    pack_digest: Annotated[bytes, Doc("SHA-256 of the rule pack, first 16 bytes", "规则包摘要")]
    severity: Annotated[str, Doc("high, medium or low", "程度")]
    as_at: Annotated[int, Doc("Position of the log at which it was found", "依据的账本位置")]
    grounds: Annotated[tuple[UUID, ...], Doc("Every event that it rests on", "依据的事件")]
    facts: Annotated[tuple[FindingFact, ...], Doc("What the sentence says", "事实")] = ()
    case_id: Annotated[UUID | None, Doc("The household's case", "所涉户")] = None
    person_ids: Annotated[tuple[UUID, ...], Doc("Persons concerned", "所涉人员")] = ()
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    amount_fen: Annotated[int, Doc("Amount at stake, fen; 0 where none is", "涉及金额(分)")] = 0


@dataclass(frozen=True)
class FindingAssigned(Event, topic="relief.oversight.FindingAssigned"):
    """Somebody is to look into the finding, by a day.

    线索交由某人限期核查。
    """

    to: Annotated[Actor, Doc("Who is to look into it", "核查人")]
    due_on: Annotated[date | None, Doc("To be done by", "办理期限")] = None


@dataclass(frozen=True)
class FindingConfirmed(Event, topic="relief.oversight.FindingConfirmed"):
    """It was looked into and is so.

    经核查,情况属实。
    """

    measure: Annotated[str, Doc("recover, correct, discipline, refer or none", "处理措施")]
    amount_fen: Annotated[int, Doc("Amount confirmed, fen", "核实金额(分)")] = 0
    person_id: Annotated[UUID | None, Doc("Whose key seals the remark", "备注所属人员")] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "说明(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class FindingCleared(Event, topic="relief.oversight.FindingCleared"):
    """It was looked into and is not so, or is lawful.

    经核查,情况不属实或合法。
    """

    reason: Annotated[str, Doc("Reason code", "排除原因")]
    person_id: Annotated[UUID | None, Doc("Whose key seals the remark", "备注所属人员")] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "说明(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class FindingOverridden(Event, topic="relief.oversight.FindingOverridden"):
    """It is so, and is let stand by somebody entitled to.

    情况属实,由有权者决定不予处理。
    """

    reason: Annotated[str, Doc("Reason code", "不予处理原因")]
    approved_by: Annotated[Actor, Doc("Who lets it stand", "批准人")]
    person_id: Annotated[UUID | None, Doc("Whose key seals the remark", "备注所属人员")] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "说明(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class FindingClosed(Event, topic="relief.oversight.FindingClosed"):
    """What it rested on is gone: a ground was annulled, or the rule no longer finds it.

    线索的依据已不存在:依据被撤销,或规则不再认定。
    """

    reason: Annotated[str, Doc("ground_annulled or no_longer_found", "关闭原因")]
    as_at: Annotated[int, Doc("Position of the log at which that was seen", "依据的账本位置")]
    by: Annotated[tuple[UUID, ...], Doc("Events that took the ground away", "撤销依据的事件")] = ()
