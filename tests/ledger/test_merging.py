"""One human registered twice: look-ups follow, guards see one person, an erasure takes both."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.case import CaseFile
from domain.events import UNBORN, MemberUncovered, PersonDied, PersonMerged
from domain.refusals import AlreadyEnrolled, ExclusivePrograms, MergeWithItself, OutOfOrder
from ledger.commands import Command
from ledger.erasing import is_erased
from ledger.ids import new_id
from tests.ledger.conftest import CLERK, DAY, World
from tests.ledger.test_erasing import erased, registered

ONE, TWO = "330681195001010006", "330681195001010014"


def merge(world: World, person: UUID, into: UUID) -> UUID:
    event = PersonMerged(UNBORN, into, "wrong_number")
    command = world.command(f"merge-{person}-{into}", event, stream=person)
    return world.ledger.decide(command).event_ids[0]


def annul(world: World, event_id: UUID) -> None:
    world.ledger.annul(event_id, "mistake", on=DAY, actor=CLERK, source="bureau")


def two(world: World) -> tuple[UUID, UUID]:
    return registered(world, ONE), registered(world, TWO)


def found(world: World) -> list[UUID]:
    people = world.ledger.people_for([ONE, TWO])
    return [people[ONE], people[TWO]]


def test_both_numbers_find_the_one_who_goes_on_until_the_merge_is_annulled(world: World) -> None:
    one, other = two(world)
    assert found(world) == [one, other]
    merged = merge(world, other, one)
    assert found(world) == [one, one]
    annul(world, merged)
    assert found(world) == [one, other]


def test_a_household_is_found_under_either_registration_of_its_head(world: World) -> None:
    one, other = two(world)
    household = world.household(other)
    assert world.ledger.find("household", [one.hex]) == {}
    merge(world, other, one)
    assert world.ledger.find("household", [one.hex, other.hex]) == {
        one.hex: household,
        other.hex: household,
    }
    own = world.household(one, "own")
    assert world.ledger.find("household", [one.hex]) == {one.hex: own}


def test_who_goes_on_is_registered_and_is_not_merged_back(world: World) -> None:
    one, other = two(world)
    household = world.household(one)
    for nobody in (new_id(), household):
        with pytest.raises(OutOfOrder):
            merge(world, other, nobody)
    merge(world, other, one)
    with pytest.raises(MergeWithItself):
        merge(world, one, other)
    third = registered(world, None)
    merge(world, one, third)
    assert found(world) == [third, third]
    with pytest.raises(MergeWithItself):
        merge(world, third, other)


def test_one_human_is_not_enrolled_in_two_households(world: World) -> None:
    one, other = two(world)
    first, second = world.household(one), world.household(other)
    world.ledger.decide(world.enroll(first, one))
    merged = merge(world, other, one)
    with pytest.raises(ExclusivePrograms):
        world.ledger.decide(world.enroll(second, other, program="tekun"))
    annul(world, merged)
    world.ledger.decide(world.enroll(second, other, program="tekun"))


def test_a_merge_that_brings_two_programs_to_light_is_recorded(world: World) -> None:
    one, other = two(world)
    first, second = world.household(one), world.household(other)
    world.ledger.decide(world.enroll(first, one))
    world.ledger.decide(world.enroll(second, other, program="tekun"))
    merge(world, other, one)
    world.ledger.decide(world.exit(second, "tekun"))


def test_a_case_knows_one_person_by_either_registration(world: World) -> None:
    one, other = two(world)
    household = world.household(other)
    world.ledger.decide(world.enroll(household, other))
    merge(world, other, one)
    case = world.ledger.load(household)
    assert isinstance(case, CaseFile)
    assert case.members(DAY) == case.covered("dibao", DAY) == {one}
    again = world.enroll(household, one)
    again.key = ("again",)
    with pytest.raises(AlreadyEnrolled):
        world.ledger.decide(again)
    out = MemberUncovered(UNBORN, "dibao", one, "voluntary")
    world.ledger.decide(world.command("out", out, stream=household))


def test_the_death_of_either_registration_is_the_persons(world: World) -> None:
    one, other = two(world)
    first, second = world.household(one), world.household(other)
    world.ledger.decide(world.enroll(first, one))
    merge(world, other, one)
    died = PersonDied(UNBORN)
    world.ledger.report([world.command("died", died, stream=other)])
    command = world.enroll(second, other, program="tekun")
    world.ledger.decide(command)


def test_an_erasure_takes_every_registration_in_one_append(world: World) -> None:
    one, other = two(world)
    merge(world, other, one)
    assert erased(world, other) == 1
    assert is_erased(world.recorder, one)
    assert is_erased(world.recorder, other)
    assert world.ledger.vault.people_for([ONE, TWO]) == {}
    assert erased(world, one) == 0


def test_the_same_merge_again_records_nothing(world: World) -> None:
    one, other = two(world)
    event = PersonMerged(UNBORN, one)
    command = Command(("m",), "", world.command("m", event, stream=other).drafts, CLERK, "bureau")
    world.ledger.decide(command)
    assert world.ledger.decide(command).already == 1
