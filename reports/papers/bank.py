"""银行对账: batch by batch, what was prepared, authorized and answered by the bank, and where they part."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection

from domain.money import format_yuan
from projections.canonical import plain
from projections.moment import Moment
from projections.tie_out import APPROVED_COUNT, KINDS, PREPARED_COUNT, tie_out
from reports import words
from reports.layout import Bars, Cell, Column, Table, Text
from reports.report import Content, Made, Parameters, Report

MONEY = (
    ("prepared_fen", Text("编制(元)", "prepared (CNY)")),
    ("lines_fen", Text("明细(元)", "lines (CNY)")),
    ("paid_fen", Text("已付(元)", "paid (CNY)")),
    ("returned_fen", Text("退回(元)", "returned (CNY)")),
    ("pending_fen", Text("待付(元)", "pending (CNY)")),
    ("beyond_fen", Text("超付(元)", "beyond (CNY)")),
    ("recovered_fen", Text("收回(元)", "recovered (CNY)")),
)


def _ask(connection: Connection, moment: Moment, parameters: Parameters) -> Content:
    found = tie_out(connection, moment, parameters["first"], parameters["last"])
    content = plain(found)
    for name in ("as_of", "as_at", "first", "last", "vouchers"):
        del content[name]
    return dict(content)


def _lay_out(made: Made) -> list[Table | Bars]:
    content = made.content
    return [_batches(content), _kinds(content), _differences(content)]


def _batches(content: Content) -> Table:
    rows: list[list[Cell]] = [
        [
            b["number"],
            b["month"],
            words.fund(b["fund"]),
            *(b[name] for name, _ in MONEY),
            b["differences"],
        ]
        for b in content["batches"]
    ]
    columns = [
        Column(Text("批次", "batch"), width=20),
        Column(Text("月份", "month"), width=10),
        Column(Text("资金", "fund"), width=12),
        *(Column(title, "fen", 16) for _, title in MONEY),
        Column(Text("差异", "differences"), "int", 10),
    ]
    total: list[Cell] = [words.TOTAL, "", ""]
    total += [sum(b[name] for b in content["batches"]) for name, _ in MONEY]
    total.append(sum(b["differences"] for b in content["batches"]))
    return Table(Text("批次", "Batches"), columns, rows, total)


def _kinds(content: Content) -> Table:
    counted = Counter(d["kind"] for d in content["differences"])
    rows: list[list[Cell]] = [
        [Text(*KINDS[kind]) if kind in KINDS else kind, number]
        for kind, number in sorted(counted.items())
    ]
    columns = [
        Column(Text("差异种类", "kind of difference"), width=44),
        Column(Text("处数", "places"), "int", 10),
    ]
    return Table(
        Text("差异汇总", "Differences by kind"),
        columns,
        rows,
        [words.TOTAL, sum(counted.values())],
        Text("差异是应核对之处,不是结论", "a difference is a place to look, not a finding"),
    )


def _differences(content: Content) -> Table:
    rows: list[list[Cell]] = [
        [
            d["batch"],
            Text(*KINDS[d["kind"]]) if d["kind"] in KINDS else d["kind"],
            d["position"] or None,
            *_amounts(d),
        ]
        for d in content["differences"]
    ]
    columns = [
        Column(Text("批次", "batch"), width=20),
        Column(Text("差异", "difference"), width=40),
        Column(Text("明细所在条目", "the line's entry"), "int", 14),
        Column(Text("应为", "expected"), width=16),
        Column(Text("实为", "found"), width=16),
    ]
    return Table(Text("差异明细", "Differences"), columns, rows)


def _amounts(difference: Content) -> tuple[str, str]:
    values = (difference["expected_fen"], difference["found_fen"])
    if difference["kind"] in (PREPARED_COUNT, APPROVED_COUNT):
        one, other = (f"{v:,}" for v in values)
        return one, other
    one, other = (format_yuan(v) for v in values)
    return one, other


REPORT = Report(
    "bank",
    Text("银行对账", "Bank reconciliation"),
    Text("逐批对账:编制、明细、银行回盘及差异", "batches against lines and the bank's answers"),
    ("first", "last"),
    _ask,
    _lay_out,
)
