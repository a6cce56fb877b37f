"""Members, heads, splits, mergers and moves: what is allowed, and what each refusal is for."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    Event,
    HeadChanged,
    HouseholdAbsorbed,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdSplit,
    MemberCameBack,
    MemberLeft,
    MemberWentAway,
    OfficialRelativeDeclared,
    ResidenceRecorded,
)
from domain.refusals import MergeWithItself, NotAMember, OutOfOrder, SplitIncomplete
from tests.domain.story import CHILD, HEAD, HOUSEHOLD, STRANGER, Story, day, formed, joined, on

OTHER = UUID(int=90)


def family() -> Story:
    return Story(formed(), joined())


def split(leaving: tuple[UUID, ...], staying: tuple[UUID, ...], new: UUID = OTHER) -> Event:
    event = HouseholdSplit(UNBORN, new, leaving, staying)
    return on(event, "2023-05-01", "2023-05-01")


def left(person: UUID) -> Event:
    return on(MemberLeft(UNBORN, person, "moved_away"), "2023-05-01", "2023-05-01")


def headed(person: UUID) -> Event:
    return on(HeadChanged(UNBORN, person), "2023-04-01", "2023-04-01")


def away(person: UUID = CHILD, when: str = "2023-05-01", reason: str = "imprisoned") -> Event:
    return on(MemberWentAway(UNBORN, person, reason), when, when)


def back(person: UUID = CHILD, when: str = "2023-08-01") -> Event:
    return on(MemberCameBack(UNBORN, person), when, when)


def merged(into: UUID = OTHER) -> Event:
    return on(HouseholdMerged(UNBORN, into), "2023-06-01", "2023-06-01")


def test_a_split_names_everybody_once() -> None:
    story = family()
    story.allows(split((CHILD,), (HEAD,)))
    story.refuses(split((CHILD,), ()), SplitIncomplete, SplitIncomplete)
    story.refuses(split((CHILD,), (HEAD, CHILD)), SplitIncomplete)
    story.refuses(split((CHILD, STRANGER), (HEAD,)), NotAMember)
    story.refuses(split((CHILD,), (HEAD,), new=HOUSEHOLD), MergeWithItself)


def test_a_head_who_goes_leaves_a_head_behind() -> None:
    story = family()
    story.refuses(split((HEAD,), (CHILD,)), SplitIncomplete)
    story.refuses(left(HEAD), OutOfOrder)
    story.then(headed(CHILD))
    story.allows(split((HEAD,), (CHILD,)))
    story.allows(left(HEAD))


def test_who_left_with_a_split_is_no_member_from_then_on() -> None:
    case = family().then(split((CHILD,), (HEAD,))).case
    assert case.members(day("2023-04-30")) == {HEAD, CHILD}
    assert case.members(day("2023-05-01")) == {HEAD}


def test_an_annulled_split_leaves_everybody_where_they_were() -> None:
    case = family().then(split((CHILD,), (HEAD,))).annul(2).case
    assert case.members(day("2023-05-01")) == {HEAD, CHILD}


def test_a_household_is_not_merged_with_itself() -> None:
    story = family()
    story.refuses(merged(HOUSEHOLD), MergeWithItself)
    absorbed = on(HouseholdAbsorbed(UNBORN, HOUSEHOLD), "2023-06-01")
    story.refuses(absorbed, MergeWithItself)
    story.allows(merged())


def test_a_merged_household_takes_nothing_new() -> None:
    story = family().then(merged())
    assert story.case.members(day("2023-06-01")) == set()
    assert story.case.merged_into == OTHER
    story.refuses(joined(STRANGER, "2023-07-01"), OutOfOrder)
    story.refuses(merged(), OutOfOrder)
    story.annul(2).allows(joined(STRANGER, "2023-07-01"))


def test_the_head_is_a_member_and_another_one() -> None:
    story = family()
    story.refuses(headed(STRANGER), NotAMember)
    story.refuses(headed(HEAD), OutOfOrder)
    assert story.then(headed(CHILD)).case.head_id == CHILD
    assert story.annul(2).case.head_id == HEAD


def test_who_is_away_comes_back_once() -> None:
    story = family()
    story.refuses(back(), OutOfOrder)
    story.refuses(away(STRANGER), NotAMember)
    story.then(away())
    assert story.case.away(day("2023-05-01")) == {CHILD: "imprisoned"}
    assert CHILD in story.case.members(day("2023-05-01"))
    story.refuses(away(when="2023-06-01"), OutOfOrder)
    story.then(back())
    assert story.case.away(day("2023-08-01")) == {}
    story.allows(away(when="2023-09-01", reason="enlisted"))


def test_a_move_is_to_another_town() -> None:
    story = family()
    here = HouseholdMoved(UNBORN, "330681001")
    there = HouseholdMoved(UNBORN, "330681121")
    story.refuses(on(here, "2023-05-01"), OutOfOrder)
    story.then(on(there, "2023-05-01", "2023-06-01"))
    assert story.case.town(day("2023-05-31")) == "330681001"
    assert story.case.town(day("2023-06-01")) == "330681121"


@pytest.mark.parametrize(("lives_in", "apart", "fits"), [("b", True, True), ("a", True, False)])
def test_living_apart_is_said_of_two_places(lives_in: str, *, apart: bool, fits: bool) -> None:
    event = on(ResidenceRecorded(UNBORN, "a", lives_in, apart), "2023-05-01")
    family().allows(event) if fits else family().refuses(event, OutOfOrder)


def test_an_officials_relative_is_a_member() -> None:
    declared = OfficialRelativeDeclared(UNBORN, CHILD, "official-7", "nephew")
    family().allows(on(declared, "2023-05-01"))
    stranger = OfficialRelativeDeclared(UNBORN, STRANGER, "official-7", "nephew")
    family().refuses(on(stranger, "2023-05-01"), NotAMember)


def test_nothing_happens_to_a_household_that_is_not_formed() -> None:
    for event in (headed(CHILD), away(), back(), merged(), split((CHILD,), (HEAD,))):
        Story().refuses(event, OutOfOrder)
