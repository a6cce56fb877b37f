"""Nobody is in two programs that exclude each other, in one household or in two."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.across import exclusive_programs, overlapping
from domain.case import CaseFile
from domain.events import UNBORN, Exited
from domain.rulebook import TrunkRules
from domain.spells import DEATH, CoverageChange, Spell, spells, status_spells
from tests.domain.story import HEAD, Story, checked, enrolled, formed, on

OTHER = UUID(int=99)
BOOK = TrunkRules()


def case(case_id: UUID, *facts: tuple[str, str, str]) -> CaseFile:
    """A case in which HEAD is enrolled and ended: (program, in, out or '')."""
    story = Story(
        on(formed(), "2023-01-01", stream=case_id), on(checked(), "2023-01-02", stream=case_id)
    )
    for program, start, end in facts:
        story.then(on(enrolled(program=program), start, start, stream=case_id))
        if end:
            gone = Exited(meta=UNBORN, program=program, reason="voluntary")
            story.then(on(gone, end, end, stream=case_id))
    return story.case


def pairs(*cases: CaseFile, died: str | None = None) -> list[tuple[Spell, Spell]]:
    deaths = []
    if died:
        deaths = [CoverageChange(HEAD, None, "", date.fromisoformat(died), False, 1, DEATH)]
    return overlapping(cases, deaths, BOOK)


def test_two_exclusive_programs_in_one_household_overlap() -> None:
    assert len(pairs(case(OTHER, ("dibao", "2023-02-01", ""), ("tekun", "2023-03-01", "")))) == 1


def test_two_exclusive_programs_in_two_households_overlap() -> None:
    found = pairs(case(OTHER, ("dibao", "2023-02-01", "")), case(HEAD, ("tekun", "2023-03-01", "")))
    assert len(found) == 1
    refusal = exclusive_programs(*found[0])
    assert "另一户" in refusal.zh
    assert "another household" in refusal.en


def test_one_program_in_two_households_overlaps() -> None:
    assert pairs(case(OTHER, ("dibao", "2023-02-01", "")), case(HEAD, ("dibao", "2023-03-01", "")))


def test_one_after_the_other_is_no_overlap_even_on_one_day() -> None:
    first = case(OTHER, ("dibao", "2023-02-01", "2023-03-01"))
    assert pairs(first, case(HEAD, ("tekun", "2023-03-01", ""))) == []


def test_programs_that_do_not_exclude_each_other_may_overlap() -> None:
    one = case(OTHER, ("dibao", "2023-02-01", ""), ("temporary", "2023-03-01", ""))
    assert pairs(one) == []


def test_a_death_ends_what_its_exit_was_never_recorded_for() -> None:
    one, two = case(OTHER, ("dibao", "2023-02-01", "")), case(HEAD, ("tekun", "2023-06-01", ""))
    assert pairs(one, two)
    assert pairs(one, died="2023-05-01") == []


P, A, B = (UUID(int=n) for n in (1, 2, 3))


def change(
    day: str, starts: bool, case_id: UUID | None = A, program: str = "dibao", at: int = 0
) -> CoverageChange:
    return CoverageChange(P, case_id, program, date.fromisoformat(day), starts, at)


def test_a_change_of_program_without_a_gap_is_one_status() -> None:
    found = spells(
        [
            change("2023-01-01", True, at=1),
            change("2023-06-01", False, at=2),
            change("2023-06-01", True, B, "tekun", at=3),
        ]
    )
    assert len(found) == 2
    (status,) = status_spells(found)
    assert (status.start, status.end) == (date(2023, 1, 1), None)
    assert status.last.program == "tekun"


def test_a_gap_of_one_day_makes_two_statuses() -> None:
    found = spells(
        [
            change("2023-01-01", True, at=1),
            change("2023-06-01", False, at=2),
            change("2023-06-02", True, at=3),
        ]
    )
    assert len(status_spells(found)) == 2


def test_in_and_out_on_one_day_is_no_status() -> None:
    found = spells([change("2023-01-01", True, at=1), change("2023-01-01", False, at=2)])
    assert len(found) == 1
    assert status_spells(found) == []


def test_a_death_known_late_ends_the_spell_on_the_day_of_death() -> None:
    found = spells(
        [
            change("2023-01-01", True, at=1),
            change("2023-06-10", False, at=2),
            CoverageChange(P, None, "", date(2023, 4, 4), False, 3, DEATH),
        ]
    )
    assert [(s.end, s.end_reason) for s in found] == [(date(2023, 4, 4), DEATH)]


def test_what_has_no_status_is_no_status() -> None:
    assert status_spells(spells([change("2023-01-01", True, program="temporary")])) == []
