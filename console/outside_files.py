"""A list from outside, read and checked whole before anything is compared with it."""

from __future__ import annotations

from pathlib import Path

from console.language import Voice
from console.wiring import Relief
from domain.wording import BadValue
from intake.checking import CheckedFile, check_file
from intake.outside_lists import OUTSIDE_KINDS

SHOWN = 30


def checked_list(relief: Relief, speak: Voice, file: Path, kind: str) -> CheckedFile:
    """The list, checked whole: a row that cannot be read stops it, so that nobody is overlooked."""
    checked = check_file(file, relief.today(), kind, relief.divisions, kinds=OUTSIDE_KINDS)
    for problem in checked.problems[:SHOWN]:
        speak.warn(problem.line("zh"), problem.line("en"))
    if checked.problems:
        number = len(checked.problems)
        raise BadValue(
            f"名单有 {number} 处无法读取,未作比对;请改正后再试",
            f"{number} cells of the list cannot be read, so nothing was compared; mend them",
        )
    return checked
