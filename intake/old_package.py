"""Looks into an old .xls file for what its reader does not tell: errors, formulas without a result,
from which day dates are counted, what is hidden, a password.

An .xls is a compound file (MS-CFB) with one stream of records (MS-XLS, BIFF8): two bytes of type,
two of length, then the content.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from intake.package import Package, SheetPart, column_letters, uncalculated
from intake.problems import FileRefused

_EOF, _FORMULA, _DATE1904, _FILEPASS = 0x0A, 0x06, 0x22, 0x2F
_COLINFO, _BOUNDSHEET, _BOOLERR, _STRING, _ROW = 0x7D, 0x85, 0x205, 0x207, 0x208
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_MORE = 0x3C
"""A record that goes on, and shared formulas, may stand between a formula and its text."""
_BETWEEN = {_MORE, 0x4BC, 0x221, 0x236}


@dataclass
class _Book:
    from_1904: bool = False
    places: list[tuple[int, SheetPart]] = field(default_factory=list)


def encrypted() -> FileRefused:
    """A workbook with a password."""
    return FileRefused(
        "工作簿已加密;请用表格软件打开,去掉密码后另存",
        "encrypted; open it and save it without a password",
    )


def inspect(raw: bytes) -> Package:
    """Looks the file over. Raises FileRefused."""
    stream, macros = _stream(raw)
    try:
        book = _globals(stream)
        for offset, sheet in book.places:
            _look_through(stream, offset, sheet)
    except (struct.error, IndexError) as e:
        raise _damaged() from e
    return Package([sheet for _, sheet in book.places], book.from_1904, macros)


def _damaged() -> FileRefused:
    return FileRefused(
        "不是可读的 .xls 工作簿;请用表格软件另存为 .xlsx",
        "no .xls workbook that can be read; open it and save it as .xlsx",
    )


def _stream(raw: bytes) -> tuple[bytes, bool]:
    try:
        with olefile.OleFileIO(io.BytesIO(raw)) as ole:
            if ole.exists("EncryptedPackage") or ole.exists("EncryptionInfo"):
                raise encrypted()
            name = next((n for n in ("Workbook", "Book") if ole.exists(n)), None)
            if name is None:
                raise _damaged()
            return ole.openstream(name).read(), ole.exists("_VBA_PROJECT_CUR")
    except FileRefused:
        raise
    except Exception as e:  # olefile raises what it meets: OSError, struct.error, IndexError …
        raise _damaged() from e


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        if kind == _EOF:
            return
        at += 4 + length


def _globals(stream: bytes) -> _Book:
    book = _Book()
    for kind, content in _records(stream, 0):
        if kind == _FILEPASS:
            raise encrypted()
        if kind == _DATE1904:
            book.from_1904 = content[:2] == b"\x01\x00"
        if kind == _BOUNDSHEET and content[5] == 0:
            offset, state = struct.unpack_from("<IB", content)
            coding = "utf-16-le" if content[7] & 1 else "latin-1"
            name = content[8:].decode(coding, "replace")
            book.places.append((offset, SheetPart(name, "", state & 3 != 0)))
    return book


def _look_through(stream: bytes, offset: int, sheet: SheetPart) -> None:
    waiting: tuple[int, int] | None = None
    for kind, content in _records(stream, offset):
        if waiting is not None and kind not in _BETWEEN:
            if kind != _STRING:
                raise uncalculated([f"{column_letters(waiting[1])}{waiting[0]}"])
            waiting = None
        if kind == _FORMULA and content[12:14] == b"\xff\xff":
            if content[6] == 0:
                waiting = _place(content)  # a text follows in a record of its own
            elif content[6] == 2:
                sheet.errors[_place(content)] = _ERRORS.get(content[8], "#ERROR!")
        elif kind == _BOOLERR and content[7]:
            sheet.errors[_place(content)] = _ERRORS.get(content[6], "#ERROR!")
        elif kind == _ROW:
            sheet.hidden_rows += bool(content[12] & 0x20)
        elif kind == _COLINFO:
            sheet.hidden_columns += bool(content[8] & 1)


def _place(content: bytes) -> tuple[int, int]:
    row, column = struct.unpack_from("<HH", content)
    return row + 1, column + 1
