"""Chooses the sheet of a file and what it is a list of, or refuses where that is not certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from intake.columns import Kind
from intake.header import Header, detect, find_header, is_ambiguous
from intake.kinds import KINDS
from intake.problems import FileRefused
from intake.sheets import Sheet, filled

GUIDE_TITLE = "填写说明"
"""Name of the sheet that explains a template."""


def choose(
    sheets: Sequence[Sheet],
    kind_name: str | None = None,
    sheet_name: str | None = None,
    kinds: Mapping[str, Kind] = KINDS,
) -> tuple[Sheet, Header]:
    """The sheet to read and its header. Hidden sheets are not read. Raises FileRefused."""
    seen = _seen(sheets, sheet_name)
    found = detect(seen) if kind_name is None else _of_kind(seen, kinds[kind_name])
    _refuse_two_sheets(found)
    if kind_name is None and is_ambiguous(found):
        names = f"{found[0][1].kind.name}, {found[1][1].kind.name}"
        raise FileRefused(
            f"表头符合多种类型({names});请用 --kind 指明",
            f"the header fits {names}; say which with --kind",
        )
    sheet, header = found[0]
    if header.missing:
        names = "、".join(header.missing)
        raise FileRefused(f"缺少必需的列:{names}", f"required columns are missing: {names}")
    if header.twice:
        names = "、".join(header.twice)
        raise FileRefused(
            f"两列含义相同:{names};请删去一列", f"two columns mean the same: {names}; remove one"
        )
    return sheet, header


def unread(sheets: Sequence[Sheet], chosen: Sheet) -> list[str]:
    """Names of the other sheets that hold anything, but for the template's explanations."""
    others = (s for s in sheets if s is not chosen and s.name != GUIDE_TITLE and not s.hidden)
    return [s.name for s in others if any(filled(s.rows))]


def _seen(sheets: Sequence[Sheet], sheet_name: str | None) -> list[Sheet]:
    seen = [s for s in sheets if not s.hidden]
    if sheet_name is not None:
        names = "、".join(s.name for s in seen)
        seen = [s for s in seen if s.name == sheet_name]
        if not seen:
            raise FileRefused(
                f"没有名为 {sheet_name} 的可见工作表;有:{names}",
                f"no visible sheet {sheet_name}; there are: {names}",
            )
    return seen


def _of_kind(sheets: list[Sheet], kind: Kind) -> list[tuple[Sheet, Header]]:
    found = [(s, h) for s in sheets if (h := find_header(s, kind)) is not None]
    if not found:
        wanted = "、".join(c.spec.zh for c in kind.columns if c.spec.required)
        raise FileRefused(
            f"没有找到{kind.zh}的表头;应有:{wanted}", f"no header of {kind.name}; it has: {wanted}"
        )
    return sorted(found, key=lambda c: (len(c[1].missing), -len(c[1].fields)))


def _refuse_two_sheets(found: list[tuple[Sheet, Header]]) -> None:
    if not found:
        raise FileRefused(
            "没有认出表头;请用 relief-ledger template 生成的模板,或用 --kind 指明类型",
            "no header was recognized; use a template (relief-ledger template), or --kind",
        )
    full = {s.name: s for s, h in found if not h.missing and any(filled(s.rows[h.last_row + 1 :]))}
    if len(full) > 1:
        names = "、".join(full)
        raise FileRefused(
            f"多张工作表都有数据({names});请用 --sheet 指明读哪一张,或每次只留一张",
            f"several sheets hold data ({names}); say which with --sheet, or keep one only",
        )
