"""Finds the header of a sheet, below titles, in one row or two, and what its columns mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from intake.columns import Kind
from intake.convert import Cell, as_text, is_blank
from intake.kinds import KINDS
from intake.sheets import Sheet

SEARCHED_ROWS = 30
REMARK_TITLE = "须改正 To mend"
"""Header of the column that an answer to a refused file adds."""


@dataclass
class Header:
    """Where the header ends, and which column fills which field."""

    kind: Kind
    last_row: int
    """Index into the sheet's rows of the last header row."""
    fields: dict[str, int]
    """Field → column index."""
    titles: dict[str, str]
    """Field → header as it stands in the file."""
    ignored: list[str] = field(default_factory=list)
    """Headers that are not recorded."""
    height: int = 1
    """Rows that the header takes."""
    remark_at: int | None = None
    """Column of our own remarks in a mended file: never read."""
    twice: list[str] = field(default_factory=list)
    """Headers that mean a field which another column fills already."""

    @property
    def missing(self) -> list[str]:
        """Required headers that were not found."""
        return [
            c.spec.zh for c in self.kind.columns if c.spec.required and c.field not in self.fields
        ]


def normal(text: str) -> str:
    """A header as it is compared: full-width forms, white space, stars and colons apart."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(plain.split()).strip("*:")


_WORDS: dict[type, dict[str, str]] = {}
"""Row class → normal header → field, made when a kind is first looked for."""

_REMARK = normal(REMARK_TITLE)


def _words(kind: Kind) -> dict[str, str]:
    if kind.row not in _WORDS:
        words = _WORDS.setdefault(kind.row, {})
        for column in kind.columns:
            for header in column.headers:
                words.setdefault(normal(header), column.field)
    return _WORDS[kind.row]


def find_header(sheet: Sheet, kind: Kind) -> Header | None:
    """The best header for a kind among the first rows; None where fewer than two columns fit."""
    best: Header | None = None
    for index in range(min(SEARCHED_ROWS, len(sheet.rows))):
        for rows in (1, 2):
            if index + rows > len(sheet.rows):
                continue
            found = _read_header(sheet, kind, index, rows)
            if len(found.fields) >= 2 and (best is None or _better(found, best)):
                best = found
    return best


def _better(one: Header, other: Header) -> bool:
    return (len(one.fields), -len(one.missing)) > (len(other.fields), -len(other.missing))


def header_again(sheet: Sheet, header: Header) -> Callable[[list[Cell]], bool]:
    """Tells rows that say what a header row says, as printed lists do on every page."""
    rows = (sheet.rows[header.last_row - back][1] for back in range(header.height))
    known = [said for said in map(_said, rows) if len(said) > 1]

    def again(cells: list[Cell]) -> bool:
        for said in known:
            at, text = next(iter(said.items()))
            first = cells[at] if at < len(cells) else None
            if isinstance(first, str) and len(first) < 40 and normal(first) == text:
                return _said(cells) == said
        return False

    return again


def _said(cells: list[Cell]) -> dict[int, str]:
    return {at: normal(as_text(c)) for at, c in enumerate(cells) if not is_blank(c)}


def _read_header(sheet: Sheet, kind: Kind, index: int, rows: int) -> Header:
    cells = _merged([sheet.rows[index + i][1] for i in range(rows)])
    header = Header(kind, index + rows - 1, {}, {}, height=rows)
    words = _words(kind)
    for at, text in enumerate(cells):
        if not text:
            continue
        if normal(text) == _REMARK:
            header.remark_at = at
            continue
        name = words.get(normal(text))
        if name is None:
            header.ignored.append(text)
        elif name in header.fields:
            header.twice.append(text)
        else:
            header.fields[name] = at
            header.titles[name] = text
    return header


def _merged(rows: list[list[Cell]]) -> list[str]:
    """One text a column: of two header rows the lower one, where it says anything."""
    width = max(len(r) for r in rows)
    texts = []
    for at in range(width):
        found = ""
        for row in rows:
            if at < len(row) and not is_blank(row[at]) and isinstance(row[at], str):
                found = as_text(row[at])
        texts.append(found)
    return texts


def detect(sheets: list[Sheet]) -> list[tuple[Sheet, Header]]:
    """Sheet and header of each kind whose required columns are all there, the best fit first.

    The best has most columns understood and fewest left over; a tie is for the clerk to settle.
    """
    found = []
    for sheet in sheets:
        for kind in KINDS.values():
            header = find_header(sheet, kind)
            if header is not None and not header.missing:
                found.append((sheet, header))
    found.sort(key=lambda pair: (-_fit(pair[1]), pair[1].kind.name))
    return found


def _fit(header: Header) -> int:
    return 2 * len(header.fields) - len(header.ignored)


def is_ambiguous(found: list[tuple[Sheet, Header]]) -> bool:
    """True where the two best fit equally well."""
    return len(found) > 1 and _fit(found[0][1]) == _fit(found[1][1])
