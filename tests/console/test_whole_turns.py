"""A split and a merger are recorded in both files at once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from console.whole_turns import TURNS
from console.wiring import OPERATOR
from domain.case import CaseFile
from domain.events import HouseholdMerged
from domain.refusals import (
    MergeWithItself,
    NotAMember,
    OutOfOrder,
    Refusal,
    SplitIncomplete,
)
from domain.wording import BadValue
from ledger.ids import new_id
from ledger.vault import NewPerson
from tests.intake.test_resolving import ONE, THREE, TWO, Bureau
from tests.ledger.whole_log import assert_whole

BASE = [{"code": "base", "amount_fen": 80_000}]
MAY = date(2023, 5, 1)


class Family(Bureau):
    """A head and a child in 低保, and another household."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for number in (ONE, TWO, THREE):
            self.record(
                command="register_person", on="2023-01-02", identity_number=number, resolved=True
            )
        self.head, self.child, self.other = (self.person(n) for n in (ONE, TWO, THREE))
        self.case, self.second = self.form(self.head), self.form(self.other)
        self.say("join_member", self.case, person_id=str(self.child), relation="child")
        check = {"person_id": str(self.head), "request": "R1", "result": "meets"}
        self.say("complete_cross_check", self.case, **check)
        covered = [str(self.head), str(self.child)]
        due = [{"code": "base", "amount_fen": 160_000}]
        self.say("enroll", self.case, program="dibao", covered=covered, components=due)

    def form(self, head: UUID) -> UUID:
        case = new_id()
        self.record(
            command="form_household", on="2023-01-02", id=str(case), head_id=str(head),
            town="330681001",
        )  # fmt: skip
        return case

    def say(self, command: str, case: UUID, on: str = "2023-02-01", **fields: Any) -> None:
        self.record(command=command, household=str(case), on=on, effective_from=on, **fields)

    def file(self, case: UUID) -> CaseFile:
        found = self.relief.ledger.load(case)
        assert isinstance(found, CaseFile)
        return found

    def split(self, new: UUID, **changed: Any) -> None:
        said = {
            "command": "split",
            "household": {"identity_number": ONE},
            "id": str(new),
            "on": "2023-04-20",
            "effective_from": "2023-05-01",
            "head_id": str(self.child),
            "leaving": [str(self.child)],
            "staying": [str(self.head)],
            "handed_over": [self.handed(self.child, BASE)],
        }
        self.record(**{**said, **changed})

    def handed(self, person: UUID, remaining: Any) -> dict[str, Any]:
        return {
            "program": "dibao",
            "covered": [str(person)],
            "components": BASE,
            "remaining": remaining,
        }


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    found = Family(tmp_path)
    yield found
    assert_whole(found.relief.recorder)
    found.relief.close()


def test_a_split_stands_in_both_files_in_one_append(family: Family) -> None:
    new, before = new_id(), family.relief.entries.head()
    family.split(new)
    appended = family.relief.entries.read(before, 10)
    assert len({r.recorded_at for r in appended}) == 1
    assert [r.event.topic.rsplit(".", 1)[1] for r in appended] == [
        "HouseholdSplit", "HouseholdFormed", "HandedOver", "CarriedOver",
    ]  # fmt: skip
    old, formed = family.file(family.case), family.file(new)
    assert (old.members(MAY), formed.members(MAY)) == ({family.head}, {family.child})
    assert (old.covered("dibao", MAY), formed.covered("dibao", MAY)) == (
        {family.head},
        {family.child},
    )
    assert old.entitlement("dibao").due("2023-05") == formed.entitlement("dibao").due("2023-05")
    assert formed.town(MAY) == "330681001"


def test_the_same_split_again_records_nothing(family: Family) -> None:
    new = new_id()
    family.split(new)
    before = family.relief.entries.head()
    family.split(new)
    assert family.relief.entries.head() == before


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"handed_over": []}, SplitIncomplete),
        ({"staying": ["nobody"]}, BadValue),
        ({"staying": []}, BadValue),
        ({"leaving": []}, BadValue),
        ({"head_id": "head"}, SplitIncomplete),
        ({"staying": ["other", "head"]}, NotAMember),
        ({"household": "00000000-0000-7000-8000-000000000001"}, OutOfOrder),
        ({"stray": 1}, BadValue),
        ({"handed_over": ["dibao"]}, BadValue),
        ({"relations": "child"}, BadValue),
    ],
)
def test_a_split_that_leaves_somebody_nowhere_is_refused_whole(
    family: Family, changed: dict[str, Any], refusal: type[Refusal | BadValue]
) -> None:
    before = family.relief.entries.head()
    people = {"head": str(family.head), "other": str(family.other)}

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(v) for v in value]
        return people.get(value, value) if isinstance(value, str) else value

    with pytest.raises(refusal) as refused:
        family.split(new_id(), **{k: named(v) for k, v in changed.items()})
    assert getattr(refused.value, "zh", "")
    assert family.relief.entries.head() == before


def test_several_leave_together_from_a_day_that_is_yet_to_come(family: Family) -> None:
    third = new_id()
    family.relief.vault.register([NewPerson(third, None)])
    family.say("join_member", family.case, person_id=str(third), relation="child")
    family.say("cover_member", family.case, on="2023-03-01", program="dibao", person_id=str(third))
    new = new_id()
    both = [str(family.child), str(third)]
    handed = {**family.handed(family.child, BASE), "covered": both}
    family.split(new, leaving=both, handed_over=[handed], relations={str(third): "子"})
    assert family.file(new).members(MAY) == {family.child, third}
    assert family.file(new).covered("dibao", MAY) == {family.child, third}
    assert family.file(new).covered("dibao", date(2023, 4, 30)) == set()


def test_who_heads_the_new_file_is_found_there_and_whose_file_closed_in_the_other(
    family: Family,
) -> None:
    def found(person: UUID) -> UUID:
        return family.relief.ledger.find("household", [person.hex])[person.hex]

    merge(family, family.second)
    assert found(family.head) == found(family.other) == family.second
    (closed,) = [e for e in family.events() if isinstance(e, HouseholdMerged)]
    new = new_id()
    family.split(
        new, household=str(family.second), on="2023-06-01", effective_from="2023-06-01",
        head_id=str(family.head), leaving=[str(family.head)],
        staying=[str(family.child), str(family.other)],
        handed_over=[family.handed(family.head, BASE)],
    )  # fmt: skip
    assert found(family.head) == new
    family.relief.ledger.annul(
        closed.meta.event_id, "mistake", on=MAY, actor=OPERATOR, source="bureau"
    )
    assert found(family.other) == family.second


def merge(family: Family, into: UUID, **changed: Any) -> None:
    said = {
        "command": "merge",
        "household": str(family.case),
        "into": str(into),
        "on": "2023-05-01",
        "handed_over": [
            {
                "program": "dibao",
                "covered": [str(family.head), str(family.child)],
                "components": BASE,
            }
        ],
    }
    family.record(**{**said, **changed})


def test_a_merger_takes_everybody_and_closes_the_file(family: Family) -> None:
    merge(family, family.second, relations={str(family.child): "侄子"})
    gone, goes_on = family.file(family.case), family.file(family.second)
    assert gone.merged_into == family.second
    assert gone.members(MAY) == set()
    assert goes_on.members(MAY) == {family.head, family.child, family.other}
    assert goes_on.covered("dibao", MAY) == {family.head, family.child}
    with pytest.raises(OutOfOrder):
        merge(family, family.second, document="again", handed_over=[])


def test_a_merger_with_itself_or_that_leaves_somebody_uncovered_is_refused(family: Family) -> None:
    before = family.relief.entries.head()
    with pytest.raises(MergeWithItself):
        merge(family, family.case)
    with pytest.raises(SplitIncomplete):
        merge(family, family.second, handed_over=[])
    assert family.relief.entries.head() == before


def test_every_whole_turn_is_tried_here() -> None:
    assert set(TURNS) == {"split", "merge"}
