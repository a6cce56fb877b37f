"""Reads CSV and XLSX into sheets of cells, with the row numbers that the file itself has.

Refuses what it cannot read for certain: a wrong encoding, a file that is not what its name says,
a workbook too large, encrypted, or with formulas that were never calculated.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from python_calamine import CalamineWorkbook

from intake.convert import Cell
from intake.problems import FileRefused

MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_BYTES = 200 * 1024 * 1024
"""Of a CSV, and of a workbook's parts when unpacked: 1,000,000 rows fit, a bomb does not."""
_OLE = b"\xd0\xcf\x11\xe0"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UNCALCULATED = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"[^>]*><f(?:\s[^>]*)?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)


@dataclass
class Sheet:
    """The rows of one sheet; `rows` yields (row number, cells)."""

    name: str
    rows: list[tuple[int, list[Cell]]] = field(repr=False)
    encoding: str = ""


def read_bytes(path: Path) -> bytes:
    """The file, read once: what is checked, recorded and digested is the same. Raises FileRefused."""
    try:
        if not path.is_file():
            path.stat()
            raise FileRefused("不是普通文件", "not a regular file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as e:
        raise FileRefused(
            f"无法打开文件:{e.strerror}", f"cannot open the file: {e.strerror}"
        ) from e
    if not raw:
        raise FileRefused("文件是空的", "the file is empty")
    if len(raw) > MAX_BYTES:
        raise FileRefused("文件超过 200 MB", "the file is larger than 200 MB")
    return raw


def read_sheets(raw: bytes, suffix: str) -> list[Sheet]:
    """All sheets of a file's bytes; `suffix` is what its name ends with. Raises FileRefused."""
    if raw.startswith(_OLE):
        raise FileRefused(
            "是旧版 .xls 或加密的工作簿;请另存为不加密的 .xlsx",
            "an old .xls or an encrypted workbook; save it as .xlsx without a password",
        )
    if raw.startswith(b"PK"):
        return _workbook(raw)
    if suffix.lower() in (".xlsx", ".xlsm"):
        raise FileRefused(
            "扩展名是 .xlsx 但内容不是工作簿;请用表格软件另存为 .xlsx",
            "named .xlsx but no workbook; open it in a spreadsheet and save it as .xlsx",
        )
    return [_csv(raw)]


def _csv(raw: bytes) -> Sheet:
    text, encoding = decode(raw)
    if text.lstrip()[:15].lower().startswith(("<html", "<!doctype", "<table", "<?xml")):
        raise FileRefused(
            "内容是网页而不是表格;请另存为 .xlsx 或 .csv", "a web page; save it as .xlsx or .csv"
        )
    delimiter = _delimiter(text[:4096])
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[Cell]]] = []
    before = 0
    try:
        for cells in reader:
            # A quoted cell may hold line breaks: a row's number is that of its first line.
            rows.append((before + 1, cells))
            before = reader.line_num
    except csv.Error as e:
        raise FileRefused(
            f"第 {before + 1} 行的引号或分隔符不成对", f"row {before + 1}: unbalanced quotes ({e})"
        ) from e
    if len(rows) > MAX_ROWS:
        raise FileRefused("超过 1,000,000 行", "more than 1,000,000 rows")
    return Sheet("", list(rows), encoding)


def decode(raw: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: UTF-8, UTF-16 with a mark, or GB18030."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            try:
                return raw.decode(encoding), encoding
            except UnicodeDecodeError:
                break
    if b"\x00" in raw:
        raise FileRefused("文件含有二进制内容,不是文本表格", "binary content: not a text table")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileRefused(
        "文字编码无法识别;请存为 UTF-8 或 GB18030(GBK)",
        "the encoding is not known; save the file as UTF-8 or GB18030 (GBK)",
    )


def _delimiter(sample: str) -> str:
    counts = {d: sample.count(d) for d in (",", "\t", ";")}
    best = max(counts, key=lambda d: counts[d])
    return best if counts[best] else ","


def _workbook(raw: bytes) -> list[Sheet]:
    _inspect(raw)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        return [_sheet(book, name) for name in book.sheet_names]
    except FileRefused:
        raise
    except Exception as e:  # calamine's errors have no common base
        raise FileRefused(
            "工作簿已损坏或格式不支持;请用表格软件打开后另存为 .xlsx",
            "the workbook is damaged or of an unknown kind; open it and save it as .xlsx",
        ) from e


def _inspect(raw: bytes) -> None:
    """Looks into the package before it is read: bombs, encryption, uncalculated formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            parts = package.infolist()
            if sum(p.file_size for p in parts) > MAX_BYTES * 4 or len(parts) > 10_000:
                raise FileRefused(
                    "工作簿展开后过大", "the workbook is too large when it is unpacked"
                )
            names = [p.filename for p in parts]
            if "xl/workbook.xml" not in names and "content.xml" not in names:
                raise FileRefused("不是工作簿", "a zip file, but no workbook")
            for part in parts:
                if part.filename.startswith("xl/worksheets/sheet"):
                    _refuse_uncalculated(package, part)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as e:
        raise FileRefused(
            "工作簿已损坏或加密;请另存为不加密的 .xlsx",
            "the workbook is damaged or encrypted; save it as .xlsx without a password",
        ) from e


def _refuse_uncalculated(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    xml = package.read(part)
    if b"<f" not in xml:
        return
    cells = [m.decode() for m in _UNCALCULATED.findall(xml)[:5]]
    if cells:
        named = "、".join(cells)
        raise FileRefused(
            f"公式没有计算结果({named});请用表格软件打开、保存后再导入",
            f"formulas without a result ({', '.join(cells)}); open the file, save it, import again",
        )


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    if sheet.start is None:
        return Sheet(name, [])
    if sheet.width > MAX_COLUMNS or sheet.height > MAX_ROWS:
        raise FileRefused(
            f"工作表行列过多(上限 {MAX_ROWS} 行、{MAX_COLUMNS} 列)",
            f"more than {MAX_ROWS} rows or {MAX_COLUMNS} columns",
        )
    first = sheet.start[0] + 1
    rows = [(first + i, list(cells)) for i, cells in enumerate(sheet.iter_rows())]
    return Sheet(name, rows)


def filled(rows: list[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold anything."""
    for number, cells in rows:
        if any(c is not None and c != "" for c in cells):
            yield number, cells
