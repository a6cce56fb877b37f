"""A report to the bytes of a file, and back: what kind a file is goes by its ending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from domain.wording import BadValue
from reports.layout import Document, Lang
from reports.rendering.archive import archive, carried_by_archive
from reports.rendering.carried import Carried
from reports.rendering.page import carried_by_page, page
from reports.rendering.pdf import carried_by_pdf, pdf
from reports.rendering.workbook import carried_by_workbook, workbook

Writer = Callable[[Document, Carried, Lang], bytes]
Reader = Callable[[bytes], tuple[bytes, str]]


def _json(document: Document, carried: Carried, lang: Lang) -> bytes:
    return carried.canonical


def _carried_by_json(raw: bytes) -> tuple[bytes, str]:
    return raw, ""


WRITERS: Final[dict[str, Writer]] = {
    ".xlsx": workbook,
    ".html": page,
    ".pdf": pdf,
    ".zip": archive,
    ".json": _json,
}
READERS: Final[dict[str, Reader]] = {
    ".xlsx": carried_by_workbook,
    ".html": carried_by_page,
    ".pdf": carried_by_pdf,
    ".zip": carried_by_archive,
    ".json": _carried_by_json,
}


def ending(name: str) -> str:
    """The ending of a file's name. BadValue for one that reports are not written to."""
    found = next((e for e in WRITERS if name.lower().endswith(e)), None)
    if found is None:
        words = " ".join(WRITERS)
        raise BadValue(f"文件名应以 {words} 之一结尾", f"the file's name ends with one of {words}")
    return found
