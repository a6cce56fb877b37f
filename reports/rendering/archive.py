"""A report as CSV: a ZIP with one file a table, what they are, and the report's JSON."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence

from domain.money import format_yuan
from domain.wording import BadValue
from reports.layout import Bars, Cell, Column, Document, Lang, Table, Text, shown
from reports.rendering.carried import CHECKPOINT_NAME, JSON_NAME, Carried

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula."""
LARGEST_MEMBER = 256 * 1024 * 1024
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def archive(document: Document, carried: Carried, lang: Lang) -> bytes:
    """The bytes of the ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as zipped:
        for n, part in enumerate(document.parts, 1):
            table = part if isinstance(part, Table) else _as_table(part)
            name = _FORBIDDEN.sub(" ", part.title.to(lang))
            _add(zipped, f"{n:02d} {name}.csv", _csv(_lines(table, lang)), carried)
        about = [(name.to(lang), value) for name, value in document.provenance]
        _add(zipped, "说明 about.csv", _csv(about), carried)
        _add(zipped, JSON_NAME, carried.canonical, carried)
        if carried.checkpoint:
            text = f"{carried.key}\n{carried.checkpoint}"
            _add(zipped, CHECKPOINT_NAME, text.encode(), carried)
    return file.getvalue()


def _as_table(bars: Bars) -> Table:
    columns = [Column(Text("", "")), *(Column(name, bars.kind) for name, _ in bars.series)]
    rows = [[label, *(v[n] for _, v in bars.series)] for n, label in enumerate(bars.labels)]
    return Table(bars.title, columns, rows)


def _add(zipped: zipfile.ZipFile, name: str, data: bytes, carried: Carried) -> None:
    on = carried.on
    member = zipfile.ZipInfo(name, (on.year, on.month, on.day, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3  # else the ZIP says which system made it
    member.external_attr = 0o644 << 16
    zipped.writestr(member, data)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _lines(table: Table, lang: Lang) -> Iterable[Sequence[str]]:
    yield [_harmless(c.title.to(lang)) for c in table.columns]
    for row in (*table.rows, *([table.total] if table.total else [])):
        yield [_text(c, v, lang) for c, v in zip(table.columns, row, strict=True)]


def _text(column: Column, cell: Cell, lang: Lang) -> str:
    value = shown(cell, lang)
    if value is None:
        return ""
    if isinstance(value, str):
        return _harmless(value)
    return format_yuan(value).replace(",", "") if column.kind == "fen" else str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(DANGEROUS) else text


def carried_by_archive(raw: bytes) -> tuple[bytes, str]:
    """The JSON and the checkpoint (with its key) in a ZIP. BadValue where there are none."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
            if zipped.getinfo(JSON_NAME).file_size > LARGEST_MEMBER:
                raise BadValue("压缩包过大", "what is in the ZIP is too large")
            there = CHECKPOINT_NAME in zipped.namelist()
            checkpoint = zipped.read(CHECKPOINT_NAME).decode() if there else ""
            return zipped.read(JSON_NAME), checkpoint
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, OSError) as e:
        if isinstance(e, BadValue):
            raise
        raise BadValue("压缩包中没有报表数据", "the ZIP holds no report of ours") from e
