"""A report as a PDF, set by Typst in a Chinese font with a free licence (the extra `pdf`)."""

from __future__ import annotations

import io
import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from domain.wording import BadValue
from reports.layout import Document, Lang, Table
from reports.rendering.carried import CHECKPOINT_NAME, JSON_NAME, Carried
from reports.rendering.charts import svg
from reports.rendering.page import text

FONT = "Noto Sans SC"
TEMPLATE = "report.typ"
LONGEST_TABLE = 1_000
"""Rows of a table that a PDF prints; a report with more says so and names the other files."""


class NoPdf(BadValue):
    """What sets PDFs is not installed."""

    def __init__(self) -> None:
        super().__init__(
            '生成 PDF 需要附加组件:pip install "relief-ledger[pdf]"',
            'a PDF needs an extra: pip install "relief-ledger[pdf]"',
        )


def pdf(document: Document, carried: Carried, lang: Lang) -> bytes:
    """The bytes of the PDF. Raises NoPdf."""
    try:
        import pylopdf_fonts_zh_cn as fonts
        import typst
    except ImportError:
        raise NoPdf from None
    attached = f"{carried.key}\n{carried.checkpoint}" if carried.checkpoint else ""
    assert fonts.__file__ is not None
    with as_file(files("reports.rendering").joinpath(TEMPLATE)) as template:
        return typst.compile(
            str(template),
            font_paths=[str(Path(fonts.__file__).parent)],
            ignore_system_fonts=True,
            sys_inputs={
                "document": json.dumps(_plain(document, lang), ensure_ascii=False),
                "report": carried.canonical.decode(),
                "checkpoint": attached,
                "on": carried.on.isoformat(),
            },
        )


def _plain(document: Document, lang: Lang) -> dict[str, Any]:
    return {
        "title": document.title.to(lang),
        "subtitle": document.subtitle.to(lang),
        "lang": lang,
        "parts": [
            _table(part, lang)
            if isinstance(part, Table)
            else {"title": part.title.to(lang), "drawing": svg(part, lang, FONT)}
            for part in document.parts
        ],
        "provenance": [[name.to(lang), value] for name, value in document.provenance],
    }


def _table(table: Table, lang: Lang) -> dict[str, Any]:
    columns, cut = table.columns, len(table.rows) > LONGEST_TABLE
    return {
        "title": table.title.to(lang),
        "note": table.note.to(lang) if table.note else "",
        "cut": _cut(len(table.rows), lang) if cut else "",
        "heads": [c.title.to(lang) for c in columns],
        "numbers": [c.kind in ("int", "fen") for c in columns],
        "widths": [c.width for c in columns],
        "rows": [
            [text(c, v, lang) for c, v in zip(columns, row, strict=True)]
            for row in table.rows[:LONGEST_TABLE]
        ],
        "total": [text(c, v, lang) for c, v in zip(columns, table.total, strict=True)]
        if table.total
        else [],
    }


def _cut(rows: int, lang: Lang) -> str:
    if lang == "zh":
        return f"共 {rows:,} 行,此处印出前 {LONGEST_TABLE:,} 行;全部见工作簿或 CSV"
    return f"{rows:,} rows, the first {LONGEST_TABLE:,} of them here; all in the workbook or CSV"


def carried_by_pdf(raw: bytes) -> tuple[bytes, str]:
    """The JSON and the checkpoint (with its key) in a PDF. BadValue where there are none."""
    try:
        from pypdf import PdfReader
    except ImportError:
        raise NoPdf from None
    try:
        attached = PdfReader(io.BytesIO(raw)).attachments
        (canonical,) = attached[JSON_NAME]
        checkpoint = b"".join(attached.get(CHECKPOINT_NAME, []))
        return canonical, checkpoint.decode()
    except Exception as e:
        raise BadValue("PDF 中没有报表数据", "the PDF holds no report of ours") from e
