"""Reads a bureau's files back, apart from the importer: rows as header → text."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from pathlib import Path

from python_calamine import CalamineWorkbook

from domain.calendar import parse_date
from simulation import Manifest
from simulation.columns import CORRECTION, KINDS

_HEADERS = {c.header for kind in (*KINDS.values(), CORRECTION) for c in kind.columns}
_FOOTERS = ("合计", "制表：")


def cells_of(path: Path) -> list[list[str]]:
    """All rows of a file as text."""
    if path.suffix == ".xlsx":
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.iter_rows()]
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gb18030"
    return list(csv.reader(StringIO(raw.decode(encoding), newline="")))


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows below the header, without totals and signatures."""
    cells = cells_of(path)
    titles = [row for row in cells[:4] if len(_HEADERS.intersection(row)) >= 2]
    first = cells.index(titles[-1]) + 1
    header = [
        next((row[at] for row in reversed(titles) if row[at]), "") for at in range(len(titles[0]))
    ]
    body = [row for row in cells[first:] if row[0] not in _FOOTERS]
    return [dict(zip(header, row, strict=True)) for row in body]


def decisions_of(manifest: Manifest) -> list[dict[str, str]]:
    """All decisions by their day, those of the change lists as the decision lists have them."""
    columns = [c.header for c in KINDS["decisions"].columns]
    found = of_kind(manifest, "decisions")
    for row in of_kind(manifest, "changes"):
        ends = row["直接退出"] == "√"
        said = dict.fromkeys(columns, "") | {h: row[h] for h in columns if h in row}
        said["户主姓名"], said["事项"] = row["户主"], "停止" if ends else "调整"
        if ends:
            said["享受时间"] = row["停止日期"]
        found.append(said)
    return sorted(found, key=lambda row: parse_date(row["决定日期"]))


def of_kind(manifest: Manifest, kind: str) -> list[dict[str, str]]:
    """The rows of all files of a kind, in the order in which they are imported."""
    return [row for path, own in manifest if own == kind for row in rows_of(path)]
