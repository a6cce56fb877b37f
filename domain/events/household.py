"""Events of `relief.registry` in a household's stream: who belongs to it, and what becomes of it.

Splits, merges, moves and changes of head link case files; none is an enrollment or an exit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class HouseholdFormed(Event, topic="relief.registry.HouseholdFormed"):
    """A household's case file was opened. The stream is the household's.

    建立一户的档案;事件流即该户。
    """

    head_id: Annotated[UUID, Doc("Head of the household (户主)", "户主")]
    resolved: Annotated[bool, Doc("False: known only from a report", "是否已核实")] = True
    town: Annotated[str, Doc("Division code of the town; empty if unknown", "乡镇代码")] = ""
    village: Annotated[str, Doc("Village or community; empty if unknown", "村(社区)")] = ""
    size: Annotated[int | None, Doc("Assessed members (家庭人口)", "家庭人口")] = None
    certificate: Annotated[
        Sealed | None, Doc("Certificate number, sealed", "救助证号(加密)"), Personal("head_id")
    ] = None
    address: Annotated[
        Sealed | None, Doc("Address, sealed", "家庭住址(加密)"), Personal("head_id")
    ] = None
    account: Annotated[
        Sealed | None, Doc("Bank account, sealed", "银行账号(加密)"), Personal("head_id")
    ] = None
    account_digest: Annotated[bytes | None, Doc("Keyed digest of the account", "银行账号摘要")] = (
        None
    )
    split_from: Annotated[
        UUID | None, Doc("The household that this one was split from", "由哪一户分出")
    ] = None


@dataclass(frozen=True)
class MemberJoined(Event, topic="relief.registry.MemberJoined"):
    """A person belongs to the household from `meta.effective_from` on.

    人员自 effective_from 起属于该户。
    """

    person_id: Annotated[UUID, Doc("The member", "成员")]
    relation: Annotated[str, Doc("Relation to the head", "与户主关系")]
    reason: Annotated[str, Doc("Reason code; empty at the first count", "变动原因")] = ""
    circumstances: Annotated[
        Sealed | None,
        Doc("Disability, labor capacity, health, employment, income as JSON, sealed", "家庭情况"),
        Personal("person_id"),
    ] = None
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("person_id")
    ] = None
    assessed: Annotated[
        bool, Doc("Counts among the assessed members (家庭人口)", "是否计入家庭人口")
    ] = True


@dataclass(frozen=True)
class MemberLeft(Event, topic="relief.registry.MemberLeft"):
    """A person no longer belongs to the household from `meta.effective_from` on.

    人员自 effective_from 起不再属于该户。
    """

    person_id: Annotated[UUID, Doc("The member", "成员")]
    reason: Annotated[str, Doc("Reason code", "变动原因")]
    remark: Annotated[
        Sealed | None, Doc("Free text, sealed", "备注(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class MemberWentAway(Event, topic="relief.registry.MemberWentAway"):
    """A member lives elsewhere from `meta.effective_from` on: prison, army, school, care.

    The member still belongs to the household; whether he counts is the rule's to say.

    成员自 effective_from 起在外(服刑、参军、就学、机构照料),仍属该户;是否计入由规则决定。
    """

    person_id: Annotated[UUID, Doc("The member", "成员")]
    reason: Annotated[str, Doc("imprisoned, enlisted, studying, in_care …", "离家原因")]
    expected_back: Annotated[date | None, Doc("When expected back", "预计返回日期")] = None
    assessed: Annotated[
        bool | None, Doc("Counts while away; null: as the rule says", "离家期间是否计入家庭人口")
    ] = None


@dataclass(frozen=True)
class MemberCameBack(Event, topic="relief.registry.MemberCameBack"):
    """A member who was away lives in the household again from `meta.effective_from` on.

    在外成员自 effective_from 起回到该户生活。
    """

    person_id: Annotated[UUID, Doc("The member", "成员")]


@dataclass(frozen=True)
class HeadChanged(Event, topic="relief.registry.HeadChanged"):
    """Another member heads the household from `meta.effective_from` on; the file goes on.

    自 effective_from 起由另一成员任户主;档案延续。
    """

    head_id: Annotated[UUID, Doc("The new head", "新户主")]
    reason: Annotated[str, Doc("Reason code, such as death", "变更原因")] = ""


@dataclass(frozen=True)
class HouseholdSplit(Event, topic="relief.registry.HouseholdSplit"):
    """Members left together to form a household of their own (分户).

    Every member is named once, as leaving or as staying.

    部分成员一同分出另立一户;每名成员恰好列为分出或留下。
    """

    new_household_id: Annotated[UUID, Doc("The household that they form", "新户")]
    leaving: Annotated[tuple[UUID, ...], Doc("Who goes to the new household", "分出成员")]
    staying: Annotated[tuple[UUID, ...], Doc("Who stays", "留下成员")]
    reason: Annotated[str, Doc("Reason code", "分户原因")] = ""


@dataclass(frozen=True)
class HouseholdMerged(Event, topic="relief.registry.HouseholdMerged"):
    """The household became part of another (并户): all its members go there, its file is closed.

    该户并入另一户:全部成员转入,本户档案关闭。
    """

    into_household_id: Annotated[UUID, Doc("The household that goes on", "并入户")]
    reason: Annotated[str, Doc("Reason code", "并户原因")] = ""


@dataclass(frozen=True)
class HouseholdAbsorbed(Event, topic="relief.registry.HouseholdAbsorbed"):
    """The other side of a merger, in the file that goes on; its new members join as members do.

    合并的另一面,记于延续的档案;新成员按成员加入记录。
    """

    from_household_id: Annotated[UUID, Doc("The household that was merged", "被并户")]


@dataclass(frozen=True)
class HouseholdMoved(Event, topic="relief.registry.HouseholdMoved"):
    """The household belongs to another town of the county from `meta.effective_from` on.

    自 effective_from 起该户归本县另一乡镇管理。
    """

    to_town: Annotated[str, Doc("Division code of the new town", "迁入乡镇代码")]
    to_village: Annotated[str, Doc("Village or community", "迁入村(社区)")] = ""
    head_id: Annotated[UUID | None, Doc("Head, whose key seals the address", "户主")] = None
    address: Annotated[
        Sealed | None, Doc("New address, sealed", "新住址(加密)"), Personal("head_id")
    ] = None


@dataclass(frozen=True)
class ResidenceRecorded(Event, topic="relief.registry.ResidenceRecorded"):
    """Where the household is registered and where it lives differ (人户分离), or agree again.

    户籍地与居住地不一致(人户分离),或恢复一致。
    """

    registered_in: Annotated[str, Doc("Division code of the registration", "户籍所在地代码")]
    lives_in: Annotated[str, Doc("Division code of where it lives", "经常居住地代码")]
    apart: Annotated[bool, Doc("True: registered in one place, living in another", "是否人户分离")]


@dataclass(frozen=True)
class OfficialRelativeDeclared(Event, topic="relief.registry.OfficialRelativeDeclared"):
    """A member is a near relative of an official who works with relief (近亲属备案).

    成员是救助经办人员或村干部的近亲属,予以备案。
    """

    person_id: Annotated[UUID, Doc("The member", "成员")]
    official: Annotated[str, Doc("Code or keyed reference of the official", "经办人员或村干部")]
    relation: Annotated[str, Doc("Relation of the member to the official", "与其关系")]
    organization: Annotated[str, Doc("Organization of the official", "所在单位")] = ""
