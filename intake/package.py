"""Looks into a workbook's zip package before anything reads it: bombs, sheets, formulas, errors.

What a reader must not meet is refused here, at a fixed cost in memory: parts larger than they say,
a single cell at the far end of a sheet (a reader would make room for all before it), formulas
that were never calculated. What a reader would not tell is found here: which sheets are hidden,
which cells hold an error, from which day dates are counted.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from intake.problems import FileRefused

MAX_UNPACKED = 800 * 1024 * 1024
"""1,000,000 rows fit, a bomb does not."""
MAX_PARTS = 10_000
MAX_RATIO, RATIO_FROM = 150, 20 * 1024 * 1024
"""A part larger than RATIO_FROM may be so many times its packed size: sheets reach 20 to 40."""
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_AREA = 40_000_000
"""Cells that a reader makes room for; 1,000,000 rows of 40 columns."""
_CHUNK = 1 << 20
_LONGEST_ROW = 16 << 20
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([A-Z]{1,3})([0-9]{1,9})["'][^>]*(?<!/)>"""
)
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^>]*\bt\s*=\s*["']e["'])[^>]*\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']"""
)
_ERROR_TEXT = re.compile(rb"v>(#[^<]{1,20})<")
_HIDDEN = re.compile(rb"""<(?:\w+:)?row\s[^>]*\bhidden\s*=\s*["'](?:1|true)["']""")
_HIDDEN_COLUMN = re.compile(rb"""<(?:\w+:)?col\s[^>]*\bhidden\s*=\s*["'](?:1|true)["']""")
_UNCALCULATED = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"[^>]*><f(?:\s[^>]*)?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)


@dataclass
class SheetPart:
    """A sheet of the package."""

    name: str
    part: str
    """Name of its part in the zip."""
    hidden: bool
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row, column), both from 1 → the error that the cell holds, such as #DIV/0!."""
    hidden_rows: int = 0
    hidden_columns: int = 0


@dataclass
class Package:
    """What there is to know of a workbook beside its cells."""

    sheets: list[SheetPart]
    from_1904: bool
    macros: bool


def inspect(raw: bytes) -> Package:
    """Looks the package over. Raises FileRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            parts = {p.filename: p for p in package.infolist()}
            _check_sizes(list(parts.values()))
            found = _contents(raw, parts)
            own = {s.part: s for s in found.sheets}
            unpacked = 0
            for name, part in parts.items():
                unpacked += _look_through(raw, part, own.get(name), MAX_UNPACKED - unpacked)
            return found
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as e:
        raise _damaged() from e


def _damaged() -> FileRefused:
    return FileRefused(
        "工作簿已损坏或加密;请另存为不加密的 .xlsx",
        "the workbook is damaged or encrypted; save it as .xlsx without a password",
    )


def _too_large() -> FileRefused:
    return FileRefused("工作簿展开后过大", "the workbook is too large when it is unpacked")


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > MAX_UNPACKED:
        raise _too_large()
    for part in parts:
        if part.flag_bits & 1:
            raise _damaged()
        if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * part.compress_size:
            raise _too_large()


def _contents(raw: bytes, parts: dict[str, zipfile.ZipInfo]) -> Package:
    book = "xl/workbook.xml"
    if book not in parts:
        raise FileRefused(
            "不是 .xlsx 工作簿;请用表格软件另存为 .xlsx",
            "a zip file, but no .xlsx workbook; save it as .xlsx",
        )
    text = _text(raw, parts[book])
    relations = {}
    if "xl/_rels/workbook.xml.rels" in parts:
        for found in map(_attributes, _RELATION.findall(_text(raw, parts[_RELS]))):
            relations[found.get("Id", "")] = found.get("Target", "")
    sheets = []
    for said in map(_attributes, _SHEET.findall(text)):
        target = relations.get(said.get("r:id") or said.get("id", ""), "")
        part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        hidden = said.get("state", "visible") != "visible"
        sheets.append(SheetPart(said.get("name", ""), part, hidden))
    from_1904 = re.search(r"""date1904\s*=\s*["'](?:1|true)["']""", text) is not None
    return Package(sheets, from_1904, "xl/vbaProject.bin" in parts)


_RELS = "xl/_rels/workbook.xml.rels"


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(one or two) for name, one, two in _ATTRIBUTE.findall(text)}


def _text(raw: bytes, part: zipfile.ZipInfo) -> str:
    size, pieces = 0, []
    for piece in _unpacked(raw, part):
        size += len(piece)
        if size > RATIO_FROM:
            raise _too_large()
        pieces.append(piece)
    data = b"".join(pieces)
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


def _unpacked(raw: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What really comes out of a part, piece by piece; its declared size is not believed."""
    at = part.header_offset
    if raw[at : at + 4] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    name, extra = struct.unpack_from("<HH", raw, at + 26)
    start = at + 30 + name + extra
    packed = memoryview(raw)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        for offset in range(0, len(packed), _CHUNK):
            yield bytes(packed[offset : offset + _CHUNK])
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError
    engine = zlib.decompressobj(-15)
    piece = engine.decompress(packed, _CHUNK)
    while piece:
        yield piece
        piece = engine.decompress(engine.unconsumed_tail, _CHUNK)


def _look_through(raw: bytes, part: zipfile.ZipInfo, sheet: SheetPart | None, allowed: int) -> int:
    """Unpacks a part once, and of a sheet looks at every row. Returns its true size."""
    size, rest, scan = 0, b"", _Scan(sheet) if sheet else None
    for piece in _unpacked(raw, part):
        size += len(piece)
        if size > allowed or size > part.file_size:
            raise _too_large()
        if scan is None:
            continue
        rest += piece
        cut = rest.rfind(b"row>") + 4
        if cut > 4:
            scan.see(rest[:cut])
            rest = rest[cut:]
        elif len(rest) > _LONGEST_ROW:
            raise _too_large()
    if scan is not None:
        scan.see(rest)
    return size


class _Scan:
    """Looks at the rows of one sheet as they come by."""

    def __init__(self, sheet: SheetPart) -> None:
        self.sheet = sheet
        self.row = self.column = 0
        self._widths: dict[bytes, int] = {}

    def see(self, xml: bytes) -> None:
        """Some whole rows. Raises FileRefused."""
        for letters, digits in _CELL.findall(xml):
            width = self._widths.get(letters)
            if width is None:
                width = self._widths[letters] = column_number(letters.decode())
                self.column = max(self.column, width)
            self.row = max(self.row, int(digits))
        if self.row > MAX_ROWS or self.column > MAX_COLUMNS or self.row * self.column > MAX_AREA:
            raise too_many()
        if b"<f" in xml or b":f" in xml:
            _refuse_uncalculated(xml)
        for found in _ERROR.finditer(xml):
            place = int(found[2]), column_number(found[1].decode())
            text = _ERROR_TEXT.search(xml, found.end(), found.end() + 4000)
            self.sheet.errors[place] = text[1].decode("ascii", "replace") if text else "#ERROR!"
        self.sheet.hidden_rows += len(_HIDDEN.findall(xml))
        self.sheet.hidden_columns += len(_HIDDEN_COLUMN.findall(xml))


def too_many() -> FileRefused:
    """A sheet too large to be a list."""
    return FileRefused(
        f"工作表行列过多(上限 {MAX_ROWS} 行、{MAX_COLUMNS} 列);请删去数据区以外的内容",
        f"more than {MAX_ROWS} rows or {MAX_COLUMNS} columns; remove what lies beyond the data",
    )


def _refuse_uncalculated(xml: bytes) -> None:
    cells = [m.decode() for m in _UNCALCULATED.findall(xml)[:5]]
    if cells:
        raise uncalculated(cells)


def uncalculated(cells: list[str]) -> FileRefused:
    """Formulas whose results nobody has."""
    named = "、".join(cells)
    return FileRefused(
        f"公式没有计算结果({named});请用表格软件打开、保存后再导入",
        f"formulas without a result ({', '.join(cells)}); open the file, save it, import again",
    )


def column_number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
