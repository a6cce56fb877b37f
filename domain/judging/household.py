"""Who belongs to a household, who heads it, where it belongs, and what it is split or merged into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.case import CaseFile
from domain.case_facts import starts_on
from domain.events import (
    Event,
    HeadChanged,
    HouseholdAbsorbed,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdSplit,
    MemberCameBack,
    MemberJoined,
    MemberLeft,
    MemberWentAway,
    OfficialRelativeDeclared,
    ResidenceRecorded,
)
from domain.judging.common import Check, file_open
from domain.refusals import MergeWithItself, NotAMember, OutOfOrder, Refusal, SplitIncomplete
from domain.rulebook import RuleBook


def member_leaves(event: MemberLeft, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.person_id not in case.members(starts_on(event)):
        yield NotAMember("该人当日不是该户成员", "the person does not belong to the household")


def member_joins(event: MemberJoined, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    inside = case.members(starts_on(event))
    if event.person_id in inside and event.person_id != case.head_id:
        yield OutOfOrder("该人已是该户成员", "the person belongs to the household already")


def head_stays(event: MemberLeft, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    others = case.members(starts_on(event)) - {event.person_id}
    if event.person_id == case.head_id and others:
        yield OutOfOrder(
            "户主离开前应先变更户主", "the head leaves members behind: change the head first"
        )


def is_member(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    person = event.head_id if isinstance(event, HeadChanged) else event.person_id
    if person not in case.members(starts_on(event)):
        yield NotAMember(
            "该人当日不是该户成员,应先登记其加入",
            "the person does not belong to the household on that day; record the joining first",
        )


def not_away(event: MemberWentAway, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.person_id in case.away(starts_on(event)):
        yield OutOfOrder("该人已登记离家", "the person is away already")


def is_away(event: MemberCameBack, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.person_id not in case.away(starts_on(event)):
        yield OutOfOrder("该人没有登记离家", "the person is not away")


def heads_already(event: HeadChanged, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.head_id == case.head_id:
        yield OutOfOrder("该人已是户主", "the person heads the household already")


def splits_everybody(event: HouseholdSplit, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    members = case.members(starts_on(event))
    named = [*event.leaving, *event.staying]
    if len(set(named)) != len(named):
        yield SplitIncomplete("有成员被列了两次", "a member is named twice, as leaving and staying")
    if members - set(named):
        yield SplitIncomplete(
            f"有 {len(members - set(named))} 名成员未列明去向;每名成员应列入分出或留下",
            f"{len(members - set(named))} members are left nowhere; name each as leaving or staying",
        )
    if set(named) - members:
        yield NotAMember(
            "所列人员中有人不是该户成员", "somebody named is no member of the household"
        )
    if not event.leaving or not event.staying:
        yield SplitIncomplete(
            "分出和留下都至少要有一人;全部迁走请用并户或迁移",
            "somebody must leave and somebody stay; for all of them, merge or move the household",
        )
    if case.head_id in event.leaving:
        yield SplitIncomplete("户主分出前应先变更户主", "the head leaves: change the head first")
    if event.new_household_id == case.id:
        yield MergeWithItself("新户不能是原户", "the new household is the old one")


def merges_another(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    other = (
        event.into_household_id if isinstance(event, HouseholdMerged) else event.from_household_id
    )
    if other == case.id:
        yield MergeWithItself(
            "不能与本户合并,应指明另一户", "a household is not merged with itself; name another one"
        )


def moves_elsewhere(event: HouseholdMoved, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.to_town == case.town(starts_on(event)) and not event.to_village:
        yield OutOfOrder("该户已在此乡镇", "the household belongs to that town already")


def says_what_it_names(
    event: ResidenceRecorded, case: CaseFile, book: RuleBook
) -> Iterator[Refusal]:
    if event.apart != (event.registered_in != event.lives_in):
        yield OutOfOrder(
            "人户分离标志与两地代码不符", "`apart` does not agree with the two divisions named"
        )


CHECKS: dict[type[Event], tuple[Check, ...]] = {
    MemberJoined: (file_open, member_joins),
    MemberLeft: (file_open, member_leaves, head_stays),
    MemberWentAway: (file_open, is_member, not_away),
    MemberCameBack: (file_open, is_away),
    HeadChanged: (file_open, is_member, heads_already),
    HouseholdSplit: (file_open, splits_everybody),
    HouseholdMerged: (file_open, merges_another),
    HouseholdAbsorbed: (file_open, merges_another),
    HouseholdMoved: (file_open, moves_elsewhere),
    ResidenceRecorded: (file_open, says_what_it_names),
    OfficialRelativeDeclared: (is_member,),
}
