"""Remarks in a copy of a text file: same encoding, same separators, every other byte as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from intake.remarks import Remarks
from intake.tabular import decode, delimiter_of


def remark_text(raw: bytes, remarks: Remarks) -> bytes:
    """The file with the column added. Its own cells are not touched, and no remark begins as a
    formula does, so that a spreadsheet runs nothing of ours."""
    text, encoding = decode(raw)
    delimiter = delimiter_of(text)
    out = [_remarked(r, remarks, delimiter) for r in _records(text, delimiter)]
    return _encoded("".join(out), raw, encoding)


def _encoded(text: str, raw: bytes, encoding: str) -> bytes:
    if encoding == "utf-16":
        big = raw.startswith(b"\xfe\xff")
        return raw[:2] + text.encode("utf-16-be" if big else "utf-16-le")
    had_mark = encoding == "gb18030" and raw.startswith(b"\x84\x31\x95\x33")
    return (raw[:4] if had_mark else b"") + text.encode(encoding)


class _Lines:
    """Hands out lines, and remembers those of the record that is being read."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.own: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.own.append(line)
            yield line


def _records(text: str, delimiter: str) -> Iterator[tuple[int, str, list[str]]]:
    """(row number, the text as it stands, cells) of each record."""
    lines = _Lines(text)
    reader, before = csv.reader(lines, delimiter=delimiter, strict=True), 0
    for cells in reader:
        yield before + 1, "".join(lines.own), cells
        lines.own.clear()
        before = reader.line_num


def _remarked(record: tuple[int, str, list[str]], remarks: Remarks, delimiter: str) -> str:
    row, text, cells = record
    body = text.rstrip("\r\n")
    ending = text[len(body) :]
    said, at = remarks.text(row, " | "), remarks.column - 1
    if remarks.replaces and len(cells) > at and row >= remarks.header_row:
        return _line([*cells[:at], said, *cells[at + 1 :]], delimiter) + ending
    if not said:
        return text
    padding = delimiter * (at - len(cells) + 1)
    return body + padding + _line([said], delimiter) + ending


def _line(cells: list[str], delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(cells)
    return out.getvalue()
