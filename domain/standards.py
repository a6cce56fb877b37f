"""How a component's amount follows from its standard: by difference, by grade, or per person.

Pure arithmetic on whole fen, shared by the judge, the bulk adjustment and whoever checks one.
"""

from __future__ import annotations

from typing import Final

DIFFERENCE, GRADE, PER_PERSON, FIXED = "difference", "grade", "per_person", "fixed"
METHODS: Final = (DIFFERENCE, GRADE, PER_PERSON, FIXED)
"""差额, 分档, 按人 (分类施保, 护理), and a sum that rests on no standard."""
BY_STANDARD: Final = frozenset({DIFFERENCE, GRADE, PER_PERSON})
"""Methods whose amount moves with the standard."""


def amount_by(
    method: str, standard_fen: int, persons: int, income_per_head_fen: int | None
) -> int | None:
    """Fen a month; None where the method does not say, or lacks the income that it takes off.

    浙江省社会救助条例 art. 12: standard − income per head, per person. May be 0 or below where
    the income reaches the standard: then nothing is due.
    """
    if method == DIFFERENCE:
        if income_per_head_fen is None:
            return None
        return (standard_fen - income_per_head_fen) * persons
    if method in (GRADE, PER_PERSON):
        return standard_fen * persons
    return None
