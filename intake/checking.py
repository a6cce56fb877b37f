"""Checks a file whole, before a row is recorded: every problem of every row, all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from domain.divisions import Divisions
from domain.wording import BadValue
from intake.choosing import choose, unread
from intake.columns import Kind
from intake.convert import ERRORS, Cell, as_text, converter, error_cell, is_blank, split
from intake.header import Header, header_again
from intake.kinds import KINDS, MemberRow
from intake.problems import FileRefused, Problem
from intake.row_checks import ROW_CHECKS, household_key
from intake.rows import Numbered
from intake.sheets import Sheet
from intake.tabular import read_bytes, read_sheets

_TOTALS = frozenset(("合计", "小计", "总计", "本页合计", "累计"))
_SIGNATURES = (
    "制表",
    "审核",
    "负责人",
    "填表",
    "经办",
    "单位负责人",
    "盖章",
    "复核人",
    "备注:",
    "说明:",
    "注:",
)


@dataclass
class Place:
    """Where in its sheet a table stands, for those who write into a copy."""

    header_row: int
    """Number of the last header row."""
    first_column: int
    """Number of the file's column that the indexes below count from."""
    columns: dict[str, int]
    """Header as the file writes it → index of its column."""
    remark_at: int | None
    """Index of the column of our remarks, where an earlier answer left one."""
    width: int
    """Columns that hold anything, anywhere in the sheet."""


@dataclass
class CheckedFile:
    """What a file says, and what is wrong with it."""

    path: Path
    sha256: str
    """Of the bytes that were read."""
    kind: Kind
    sheet: str
    encoding: str
    rows: list[Numbered[Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Headers of the file that are not recorded."""
    unread: list[str] = field(default_factory=list)
    """Other sheets with content, which were not read."""
    hidden_rows: int = 0
    hidden_columns: int = 0
    """Of the sheet. They are read like any other: what a file says counts, not what a screen shows."""
    place: Place = field(default_factory=lambda: Place(0, 1, {}, None, 0))
    skipped: int = 0
    """Total and signature rows, and headers that come again."""
    repeated: int = 0
    """Rows that repeat a household's own amount for another of its members: counted once."""


def check_file(
    path: Path,
    today: date,
    kind_name: str | None = None,
    divisions: Divisions | None = None,
    kinds: Mapping[str, Kind] = KINDS,
    sheet_name: str | None = None,
) -> CheckedFile:
    """Reads and checks a file. Raises FileRefused where no table of a known kind is in it.

    A file is recognized among the kinds that are imported; a kind of others has to be named.
    """
    raw = read_bytes(path)
    sheets = read_sheets(raw, path.suffix)
    sheet, header = choose(sheets, kind_name, sheet_name, kinds)
    checked = CheckedFile(path, sha256(raw).hexdigest(), header.kind, sheet.name, sheet.encoding)
    checked.place = Place(
        sheet.rows[header.last_row][0],
        sheet.first_column,
        {title: header.fields[name] for name, title in header.titles.items()},
        header.remark_at,
        max((len(cells) for _, cells in sheet.rows), default=0),
    )
    checked.ignored = header.ignored
    checked.unread = unread(sheets, sheet)
    checked.hidden_rows, checked.hidden_columns = sheet.hidden_rows, sheet.hidden_columns
    _read_rows(checked, sheet, header, divisions or Divisions(), today)
    if not checked.rows and not checked.problems:
        raise FileRefused("表头下面没有数据", "there is no data below the header")
    return checked


@dataclass
class _Field:
    name: str
    at: int
    title: str
    convert: Callable[[Cell], Any]
    required: bool


def _read_rows(
    checked: CheckedFile, sheet: Sheet, header: Header, divisions: Divisions, today: date
) -> None:
    fields = [
        _Field(
            c.field,
            header.fields[c.field],
            header.titles[c.field],
            converter(c.spec, divisions, today, from_1904=sheet.from_1904),
            c.spec.required,
        )
        for c in header.kind.columns
        if c.field in header.fields
    ]
    leading = sorted(f.at for f in fields)
    seen: dict[Any, tuple[Any, set[str]]] = {}
    check = ROW_CHECKS.get(header.kind.name)
    repeats = header_again(sheet, header)
    for number, cells in sheet.rows[header.last_row + 1 :]:
        if header.remark_at is not None and header.remark_at < len(cells):
            cells[header.remark_at] = None
        if _is_blank_row(cells):
            continue
        if _is_footer(cells, leading) or repeats(cells):
            checked.skipped += 1
            continue
        for part in _people_in(cells, header, number, checked):
            row = _row(part, fields, number, checked, header.kind)
            if row is None:
                continue
            if check is not None:
                checked.problems += check(row, number, header.titles)
            if _repeats(row, seen):
                checked.repeated += 1
            else:
                checked.rows.append(Numbered(number, row))


def _repeats(row: Any, seen: dict[Any, tuple[Any, set[str]]]) -> bool:
    found = household_key(row)
    if found is None:
        return False
    key, content, person = found
    before, persons = seen.setdefault(key, (content, set()))
    repeats = bool(persons) and before == content and (person not in persons or not person)
    persons.add(person)
    return repeats


def _row(
    cells: list[Cell], fields: list[_Field], number: int, checked: CheckedFile, kind: Kind
) -> Any | None:
    values: dict[str, Any] = {}
    good, width = True, len(cells)
    for f in fields:
        cell = cells[f.at] if f.at < width else None
        if cell is None or cell == "" or is_blank(cell):
            if f.required:
                good = False
                checked.problems.append(
                    Problem(number, f.title, "missing", "必填项为空", "a required value is missing")
                )
            continue
        try:
            values[f.name] = f.convert(cell)
        except BadValue as e:
            good = False
            wrong = error_cell(cell) if cell in ERRORS else e
            code = type(e).__name__
            checked.problems.append(Problem(number, f.title, code, wrong.zh, wrong.en))
    return kind.row(**values) if good else None


def _is_blank_row(cells: list[Cell]) -> bool:
    return not any(c is not None and c != "" and not is_blank(c) for c in cells)


def _is_footer(cells: list[Cell], columns: list[int]) -> bool:
    """A total or signature row: its first words say so, and most of it is empty."""
    told = (as_text(c) for c in cells if not is_blank(c))
    words = ["".join(text.split()) for text in islice(told, 2)]
    signature = words[0].startswith(_SIGNATURES)
    total = any(word.rstrip(":\uff1a") in _TOTALS for word in words)
    if not signature and not total:
        return False  # nearly every row: the rest of it is not counted
    filled = len(words) + sum(1 for _ in told)
    return (signature and filled <= max(4, len(columns) // 2)) or (total and filled < len(columns))


def _people_in(
    cells: list[Cell], header: Header, number: int, checked: CheckedFile
) -> list[list[Cell]]:
    """Several members in one cell become several rows; anything else stays as it is."""
    if header.kind.row is not MemberRow:
        return [cells]
    at_name, at_number = header.fields["name"], header.fields["id_number"]
    if max(at_name, at_number) >= len(cells):
        return [cells]
    names, numbers = split(cells[at_name] or ""), split(cells[at_number] or "")
    if len(numbers) <= 1 and len(names) <= 1:
        return [cells]
    if len(names) != len(numbers):
        checked.problems.append(
            Problem(
                number,
                header.titles["id_number"],
                "uneven",
                f"一格内有 {len(names)} 个姓名、{len(numbers)} 个身份证号,应一一对应",
                f"{len(names)} names and {len(numbers)} identity numbers in one cell; "
                "each needs the other",
            )
        )
        return []
    parts = []
    for name, identity in zip(names, numbers, strict=True):
        part = list(cells)
        part[at_name], part[at_number] = name, identity
        parts.append(part)
    return parts
