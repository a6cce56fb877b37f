"""Reads workbooks, .xlsx and old .xls, into sheets of cells, with the places that the file has."""

from __future__ import annotations

import io

from python_calamine import CalamineWorkbook, PasswordError

from intake import old_package, package
from intake.package import Package, SheetPart
from intake.problems import FileRefused
from intake.sheets import Sheet


def read_xlsx(raw: bytes) -> list[Sheet]:
    """All sheets of an .xlsx or .xlsm. Macros are never run. Raises FileRefused."""
    return _read(raw, package.inspect(raw))


def read_xls(raw: bytes) -> list[Sheet]:
    """All sheets of an .xls. Raises FileRefused, for an encrypted .xlsx too: both look alike."""
    return _read(raw, old_package.inspect(raw))


def _read(raw: bytes, found: Package) -> list[Sheet]:
    known = {part.name: part for part in found.sheets}
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            names = [name for name in book.sheet_names if name in known]
            return [_sheet(book, known[name], found) for name in names]
    except FileRefused:
        raise
    except PasswordError as e:
        raise old_package.encrypted() from e
    except Exception as e:  # calamine's errors have no common base
        raise FileRefused(
            "工作簿已损坏或格式不支持;请用表格软件打开后另存为 .xlsx",
            "the workbook is damaged or of an unknown kind; open it and save it as .xlsx",
        ) from e


def _sheet(book: CalamineWorkbook, part: SheetPart, found: Package) -> Sheet:
    cells = book.get_sheet_by_name(part.name)
    sheet = Sheet(part.name, [], hidden=part.hidden, from_1904=found.from_1904)
    sheet.hidden_rows, sheet.hidden_columns = part.hidden_rows, part.hidden_columns
    if cells.start is None:
        return sheet
    if cells.width > package.MAX_COLUMNS or cells.height > package.MAX_ROWS:
        raise package.too_many()
    # Rows come from the sheet's first one on, columns from the first that holds anything.
    sheet.first_column = cells.start[1] + 1
    sheet.rows = list(enumerate(cells.iter_rows(), 1))
    for (row, column), text in part.errors.items():
        at = column - sheet.first_column
        if row <= len(sheet.rows) and 0 <= at < len(sheet.rows[row - 1][1]):
            sheet.rows[row - 1][1][at] = text
    return sheet
