"""What must hold across households: nobody in two programs that exclude each other.

Judged under the append's lock, over all cases that ever covered the persons concerned.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.case import CaseFile
from domain.programs import PROGRAMS
from domain.refusals import ExclusivePrograms
from domain.rulebook import RuleBook
from domain.spells import CoverageChange, Spell, spells


def overlapping(
    cases: Iterable[CaseFile], deaths: Iterable[CoverageChange], book: RuleBook
) -> list[tuple[Spell, Spell]]:
    """Pairs of spells of one person that exclude each other and overlap in time."""
    changes = [change for case in cases for change in case.coverage_changes()]
    # Positions are versions within a case; on one day, an end anywhere comes before a start
    # elsewhere, so a move between households on one day is no overlap.
    found = spells([*changes, *deaths])
    pairs = []
    for i, one in enumerate(found):
        for other in found[i + 1 :]:
            same_person = one.person_id == other.person_id
            if (
                same_person
                and _overlap(one, other)
                and book.excludes(one.program, other.program, other.start)
            ):
                pairs.append((one, other))
    return pairs


def _overlap(one: Spell, other: Spell) -> bool:
    starts_before_end = other.end is None or one.start < other.end
    ends_after_start = one.end is None or other.start < one.end
    return starts_before_end and ends_after_start


def exclusive_programs(one: Spell, other: Spell) -> ExclusivePrograms:
    """The refusal for one such pair; names programs and dates, no person."""
    names = {code: p.zh for code, p in PROGRAMS.items()}
    where_zh = "另一户" if one.case_id != other.case_id else "本户"
    where_en = "another household" if one.case_id != other.case_id else "this household"
    return ExclusivePrograms(
        f"有保障对象自 {one.start} 起已在{where_zh}的{names.get(one.program, one.program)}中,"
        f"不能同时享受{names.get(other.program, other.program)};应先退出前者",
        f"a covered person is in {one.program} of {where_en} since {one.start} and may not be in"
        f" {other.program} at once; end the former first",
    )
