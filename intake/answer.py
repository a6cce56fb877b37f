"""The answer to a refused file: a copy of it with a column that says, row by row, what is wrong and
what would be right, so that the clerk mends it where she works and hands it in again.

The copy holds what the file held, personal data too: it lies beside the file, named after it,
readable by its owner alone, and never takes the place of another file.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from intake.checking import CheckedFile
from intake.header import REMARK_TITLE
from intake.mended_copy import copy_of_values
from intake.mended_text import remark_text
from intake.mended_workbook import CannotEdit, remark_workbook
from intake.problems import FileRefused, Problem
from intake.remarks import Remarks
from intake.tabular import read_bytes, read_sheets

MARK = ".待改"
_MARKED = re.compile(re.escape(MARK) + r"(-\d+)?$")


@dataclass(frozen=True)
class Answer:
    """What was written."""

    path: Path
    values_only: bool
    """True: a new workbook that holds the values; formats and formulas stayed behind."""


def write_answer(
    checked: CheckedFile, problems: Sequence[Problem], path: Path | None = None
) -> Answer:
    """Writes the copy, whole or not at all. Raises FileExistsError where `path` is there already,
    OSError where it cannot be written, FileRefused where the file has changed since it was checked."""
    raw = read_bytes(checked.path)
    if sha256(raw).hexdigest() != checked.sha256:
        raise FileRefused(
            "文件在检查之后被改动,未写出改正意见;请重新导入",
            "the file changed since it was checked; import it again",
        )
    content, suffix, values_only = _content(raw, checked, _remarks(checked, problems))
    if path is not None:
        return Answer(_written(path, content), values_only)
    stem = _MARKED.sub("", checked.path.stem)
    for n in range(1, 1000):
        name = f"{stem}{MARK}{f'-{n}' if n > 1 else ''}{suffix}"
        try:
            return Answer(_written(checked.path.with_name(name), content), values_only)
        except FileExistsError:
            continue
    raise FileExistsError(checked.path.with_name(f"{stem}{MARK}{suffix}"))


def _content(raw: bytes, checked: CheckedFile, remarks: Remarks) -> tuple[bytes, str, bool]:
    """Bytes, ending of the name, and whether only the values could be kept."""
    if not checked.sheet:
        return remark_text(raw, remarks), checked.path.suffix or ".csv", False
    if raw.startswith(b"PK"):
        try:
            return remark_workbook(raw, checked.sheet, remarks), checked.path.suffix, False
        except CannotEdit:
            pass
    sheets = read_sheets(raw, checked.path.suffix)
    return copy_of_values(sheets, checked.sheet, remarks), ".xlsx", True


def _remarks(checked: CheckedFile, problems: Sequence[Problem]) -> Remarks:
    place = checked.place
    by_row: dict[int, list[str]] = defaultdict(list)
    marked = []
    for p in problems:
        title = f"「{p.column}」" if p.column else ""
        by_row[p.row or place.header_row].append(f"{title}{p.zh} / {p.en}")
        if p.row and p.column in place.columns:
            marked.append((p.row, place.first_column + place.columns[p.column]))
    at = place.width if place.remark_at is None else place.remark_at
    return Remarks(
        REMARK_TITLE,
        place.header_row,
        place.first_column + at,
        {row: tuple(dict.fromkeys(texts)) for row, texts in by_row.items()},
        sorted(set(marked)),
        replaces=place.remark_at is not None,
    )


def _written(path: Path, content: bytes) -> Path:
    """A new file, for its owner alone; half of one is removed again."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
