"""Remarks in a copy of an .xlsx by editing two of its parts in place: the sheet and, for one color,
the styles. Every other part stays as it is, byte for byte, and so do the formats, formulas, widths,
merged cells and validations of the sheet itself: a library that reads and writes it loses some.

Wrong cells are marked by a conditional format, which leaves the cell's own format alone and is
taken away again by the next answer. (ECMA-376 Part 1, §18.3.1.99 has the order of a sheet's parts.)
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import escape
from itertools import groupby
from xml.parsers import expat

from intake import package
from intake.package import column_letters, column_number
from intake.remarks import Remarks

STYLES = "xl/styles.xml"
_OURS = b'"relief-ledger"="relief-ledger"'
"""A condition that always holds, by which our own marks are known again."""
_DXF = (
    b'<%(p)bdxf><%(p)bfont><%(p)bcolor rgb="FF9C0006"/></%(p)bfont><%(p)bfill><%(p)bpatternFill>'
    b'<%(p)bbgColor rgb="FFFFC7CE"/></%(p)bpatternFill></%(p)bfill></%(p)bdxf>'
)
_BEFORE = (
    "sheetData",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "conditionalFormatting",
)
_AFTER = [
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "drawingHF",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
"""What may follow conditional formats in a sheet."""
_REFERENCES = 400
"""Areas in one conditional format."""
_UNSAFE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class CannotEdit(Exception):
    """The workbook's inside is not as expected. The caller copies the values instead."""


def remark_workbook(raw: bytes, sheet_name: str, remarks: Remarks) -> bytes:
    """The same workbook with the remarks in it. Raises CannotEdit."""
    found = [s for s in package.inspect(raw).sheets if s.name == sheet_name]
    with zipfile.ZipFile(io.BytesIO(raw)) as before:
        names = before.namelist()
        if len(found) != 1 or found[0].part not in names or len(names) != len(set(names)):
            raise CannotEdit
        changed = {}
        style: int | None = None
        if STYLES in names:
            changed[STYLES], style = _with_color(before.read(STYLES))
        changed[found[0].part] = _with_remarks(before.read(found[0].part), remarks, style)
        for content in changed.values():
            _assert_well_formed(content)
        return _repacked(before, changed)


def _repacked(before: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            after.writestr(info, changed.get(info.filename) or before.read(info))
    return out.getvalue()


def _assert_well_formed(xml: bytes) -> None:
    try:
        expat.ParserCreate().Parse(xml, True)
    except expat.ExpatError as e:
        raise CannotEdit from e


def _prefix(xml: bytes, root: bytes) -> bytes:
    """The namespace prefix of a part with its colon; mostly none."""
    start = re.search(rb"<(\w+:)?" + root + rb"[\s>]", xml[:4000])
    odd = (b"<!--", b"<![CDATA[", b"<!DOCTYPE")
    declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=["']([^"']+)""", xml)
    if start is None or any(o in xml for o in odd):
        raise CannotEdit
    if declared is not None and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise CannotEdit
    return start[1] or b""


def _with_color(styles: bytes) -> tuple[bytes, int]:
    """The styles with one more differential format, and its number. One of ours is used again."""
    p = _prefix(styles, b"styleSheet")
    dxf = _DXF % {b"p": p}
    open_tag = re.search(rb"<" + p + rb"dxfs\b[^>]*?(/?)>", styles)
    if open_tag is None:
        place = re.search(
            rb"<" + p + rb"(?:tableStyles|colors|extLst)\b|</" + p + rb"styleSheet>", styles
        )
        if place is None:
            raise CannotEdit
        added = b'<%bdxfs count="1">%b</%bdxfs>' % (p, dxf, p)
        return styles[: place.start()] + added + styles[place.start() :], 0
    if open_tag[1]:
        added = b'<%bdxfs count="1">%b</%bdxfs>' % (p, dxf, p)
        return styles[: open_tag.start()] + added + styles[open_tag.end() :], 0
    end = styles.find(b"</" + p + b"dxfs>", open_tag.end())
    own = styles[open_tag.end() : end]
    number = len(re.findall(rb"<" + p + rb"dxf\b", own))
    if end < 0:
        raise CannotEdit
    if dxf in own:
        return styles, len(re.findall(rb"<" + p + rb"dxf\b", own[: own.find(dxf)]))
    tag = b'<%bdxfs count="%d">' % (p, number + 1)
    return styles[: open_tag.start()] + tag + own + dxf + styles[end:], number


def _with_remarks(xml: bytes, remarks: Remarks, style: int | None) -> bytes:
    p = _prefix(xml, b"worksheet")
    start = xml.find(b"<" + p + b"sheetData")
    end = xml.find(b"</" + p + b"sheetData>", start)
    if start < 0 or end < 0:
        raise CannotEdit
    column = _free_column(xml[end:], remarks)
    writer = _Rows(p, column, remarks)
    data = b"".join(writer.rewritten(xml[start:end]))
    if writer.missing:
        raise CannotEdit
    head = _with_width(xml[:start], p, column)
    tail = _without_marks(xml[end:], p)
    if style is not None:
        tail = _with_marks(tail, p, remarks, column, style)
    return head + data + tail


def _free_column(tail: bytes, remarks: Remarks) -> int:
    """The column of the remarks, moved beyond merged cells that reach into it."""
    column = remarks.column
    merged = re.findall(rb'<(?:\w+:)?mergeCell\s+ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"', tail)
    for letters, row in () if remarks.replaces else merged:
        if int(row) >= remarks.header_row:
            column = max(column, column_number(letters.decode()) + 1)
    return column


class _Rows:
    """Rewrites the rows that get a remark; all others pass as they are."""

    def __init__(self, prefix: bytes, column: int, remarks: Remarks) -> None:
        self.p, self.column, self.remarks = prefix, column, remarks
        self.missing = set(remarks.rows)
        self._letters = column_letters(column).encode()
        self._row = re.compile(rb"<" + prefix + rb"row\b([^>]*?)(/?)>")
        self._cell = re.compile(
            rb"<" + prefix + rb'c\b(?:[^>]*?\sr="([A-Z]+)[0-9]+")?[^>]*?'
            rb"(?:/>|>.*?</" + prefix + rb"c>)",
            re.DOTALL,
        )

    def rewritten(self, data: bytes) -> Iterator[bytes]:
        """The rows, piece by piece."""
        number = at = 0
        for tag in self._row.finditer(data):
            said = re.search(rb'\br="([0-9]+)"', tag[1])
            number = int(said[1]) if said else number + 1
            old = self.remarks.replaces and number >= self.remarks.header_row
            if number not in self.missing and not old:
                continue
            self.missing.discard(number)
            end = tag.end() if tag[2] else data.find(b"</" + self.p + b"row>", tag.end())
            if end < 0:
                raise CannotEdit
            # `spans` tells a reader which columns to expect: it would no longer be true.
            attributes = re.sub(rb'\sspans="[^"]*"', b"", tag[1])
            yield data[at : tag.start()] + b"<" + self.p + b"row" + attributes + b">"
            yield self._with_cell(b"" if tag[2] else data[tag.end() : end], number)
            at = end
            if tag[2]:
                yield b"</" + self.p + b"row>"
        yield data[at:]

    def _with_cell(self, cells: bytes, number: int) -> bytes:
        text = self.remarks.text(number, "\n")
        insert_at, style = len(cells), b""
        for cell in self._cell.finditer(cells):
            column = column_number(cell[1].decode()) if cell[1] else 0
            if column < self.column:
                kept = re.search(rb'\ss="[0-9]+"', cell[0][: cell[0].find(b">")])
                style = kept[0] if kept and number == self.remarks.header_row else style
                continue
            insert_at = cell.start()
            if column == self.column:
                cells = cells[: cell.start()] + cells[cell.end() :]
            break
        new = self._new(number, style, text) if text else b""
        return cells[:insert_at] + new + cells[insert_at:]

    def _new(self, number: int, style: bytes, text: str) -> bytes:
        safe = escape(_UNSAFE.sub("", text), quote=False).encode()
        form = (
            b'<%bc r="%b%d"%b t="inlineStr"><%bis><%bt xml:space="preserve">%b</%bt></%bis></%bc>'
        )
        p = self.p
        return form % (p, self._letters, number, style, p, p, safe, p, p, p)


def _with_width(head: bytes, p: bytes, column: int) -> bytes:
    """A wide column for the remarks, unless the file itself says how wide that one is."""
    own = b'<%bcol min="%d" max="%d" width="60" customWidth="1"/>' % (p, column, column)
    last = [int(n) for n in re.findall(rb"<" + p + rb'col\b[^>]*\bmax="([0-9]+)"', head)]
    end = head.find(b"</" + p + b"cols>")
    if end < 0:
        return head + b"<" + p + b"cols>" + own + b"</" + p + b"cols>"
    return head if last and max(last) >= column else head[:end] + own + head[end:]


def _without_marks(tail: bytes, p: bytes) -> bytes:
    """Without the marks of an earlier answer."""
    name = p + b"conditionalFormatting"
    form = re.compile(rb"<" + name + rb"\b[^>]*>.*?</" + name + rb">", re.DOTALL)

    def kept(found: re.Match[bytes]) -> bytes:
        return b"" if _OURS in found[0].replace(b"&quot;", b'"') else found[0]

    return form.sub(kept, tail)


def _with_marks(tail: bytes, p: bytes, remarks: Remarks, column: int, style: int) -> bytes:
    cells = [
        *remarks.marked,
        *((row, column) for row in remarks.by_row if row > remarks.header_row),
    ]
    areas = list(_areas(cells))
    used = [int(n) for n in re.findall(rb'\bpriority="([0-9]+)"', tail)]
    marks = b""
    for n, start in enumerate(range(0, len(areas), _REFERENCES), max(used, default=0) + 1):
        where = " ".join(areas[start : start + _REFERENCES]).encode()
        marks += (
            b'<%bconditionalFormatting sqref="%b"><%bcfRule type="expression" dxfId="%d" '
            b'priority="%d"><%bformula>%b</%bformula></%bcfRule></%bconditionalFormatting>'
        ) % (p, where, p, style, n, p, _OURS, p, p, p)
    place = _place_of_marks(tail, p)
    return tail[:place] + marks + tail[place:]


def _place_of_marks(tail: bytes, p: bytes) -> int:
    """Behind what must come before conditional formats: each may hold names that also come later."""
    start = 0
    for name in _BEFORE:
        closing = b"</" + p + name.encode() + b">"
        at = tail.rfind(closing)
        start = max(start, at + len(closing) if at >= 0 else 0)
    after = b"|".join(name.encode() for name in _AFTER)
    form = rb"<" + p + rb"(?:" + after + rb")\b|</" + p + rb"worksheet>"
    place = re.search(form, tail[start:])
    if place is None:
        raise CannotEdit
    return start + place.start()


def _areas(cells: list[tuple[int, int]]) -> Iterator[str]:
    """Cells as areas of a sheet: those below each other are one."""
    by_column = sorted(set(cells), key=lambda c: (c[1], c[0]))
    for (column, _), group in groupby(
        enumerate(by_column), key=lambda c: (c[1][1], c[1][0] - c[0])
    ):
        rows = [row for _, (row, _) in group]
        letters = column_letters(column)
        first = f"{letters}{rows[0]}"
        yield first if len(rows) == 1 else f"{first}:{letters}{rows[-1]}"
