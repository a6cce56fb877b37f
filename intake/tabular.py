"""Reads a bureau's file, text or workbook, into sheets of cells with the file's own row numbers.

Refuses what it cannot read for certain: a wrong encoding, a file that is not what its name says,
a workbook too large, encrypted, or with formulas that were never calculated.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from intake.convert import Cell
from intake.package import MAX_ROWS
from intake.problems import FileRefused
from intake.sheets import Sheet
from intake.workbooks import read_xls, read_xlsx

MAX_BYTES = 200 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0"
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)


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
        return read_xls(raw)
    if raw.startswith(b"PK"):
        return read_xlsx(raw)
    if suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        text = raw[:200].lstrip()
        if suffix.lower() == ".xls" and not text.startswith(b"<"):
            return [_csv(raw)]  # many systems export text under this name
        raise FileRefused(
            f"扩展名是 {suffix} 但内容不是工作簿;请用表格软件另存为 .xlsx",
            f"named {suffix} but no workbook; open it in a spreadsheet and save it as .xlsx",
        )
    return [_csv(raw)]


def _csv(raw: bytes) -> Sheet:
    text, encoding = decode(raw)
    if text.lstrip()[:15].lower().startswith(("<html", "<!doctype", "<table", "<?xml")):
        raise FileRefused(
            "内容是网页而不是表格;请另存为 .xlsx 或 .csv", "a web page; save it as .xlsx or .csv"
        )
    delimiter = delimiter_of(text)
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
    return Sheet("", rows, encoding, delimiter)


def decode(raw: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: UTF-8, UTF-16 with a mark, or GB18030."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            try:
                return _without_nul(raw.decode(encoding).removeprefix("\ufeff")), encoding
            except UnicodeDecodeError:
                break
    for encoding in ("utf-8", "gb18030"):
        try:
            return _without_nul(raw.decode(encoding)), encoding
        except UnicodeDecodeError:
            continue
    raise FileRefused(
        "文字编码无法识别;请存为 UTF-8 或 GB18030(GBK)",
        "the encoding is not known; save the file as UTF-8 or GB18030 (GBK)",
    )


def _without_nul(text: str) -> str:
    at = text.find("\0")
    if at < 0:
        return text
    row = text.count("\n", 0, at) + 1
    raise FileRefused(
        f"第 {row} 行含有二进制内容(空字符),不是文本表格;请从原系统重新导出",
        f"row {row} holds binary content (a NUL): not a text table; export the file again",
    )


def delimiter_of(text: str) -> str:
    """The separator that the first lines use most: comma, tab or semicolon."""
    sample = text[:4096]
    counts = {d: sample.count(d) for d in (",", "\t", ";")}
    best = max(counts, key=lambda d: counts[d])
    return best if counts[best] else ","
