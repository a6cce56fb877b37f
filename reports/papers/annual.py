"""年度数据: the year's figures, rebuilt from events, beside those that the bureau published."""

from __future__ import annotations

from sqlalchemy import Connection

from projections.counted import COUNTED
from projections.figures import figures
from projections.moment import Moment
from projections.published import ZHUJI_2023
from reports.layout import Bars, Cell, Column, Table, Text
from reports.report import Content, Made, Parameters, Report


def _ask(connection: Connection, moment: Moment, parameters: Parameters) -> Content:
    year = int(parameters["year"])
    found = figures(connection, moment, year)
    paper = ZHUJI_2023 if year == ZHUJI_2023.year else None
    rows = [
        {
            "figure": key,
            "rebuilt": value,
            "published": paper.values.get(key) if paper else None,
            "agrees": paper.agrees(key, value) if paper else None,
        }
        for key, value in found.values.items()
    ]
    source = None if paper is None else {"bureau": paper.bureau, "document": paper.document}
    return {"figures": rows, "published_in": source}


def _lay_out(made: Made) -> list[Table | Bars]:
    source = made.content["published_in"]
    note = None
    if source:
        said = f"{source['bureau']},{source['document']}"
        note = Text(f"公布数来源:{said}", f"published in: {said}")
    columns = [
        Column(Text("指标", "figure"), width=28),
        Column(Text("由事件重建", "rebuilt"), "int", 14),
        Column(Text("公布数", "published"), width=16),
        Column(Text("相符", "agrees"), width=8),
        Column(Text("口径(本项目的假定)", "how it is counted (our assumption)"), width=60),
    ]
    rows = [_row(r) for r in made.content["figures"]]
    return [Table(Text("年度数据", "Annual figures"), columns, rows, note=note)]


def _row(row: Content) -> list[Cell]:
    how = COUNTED.get(row["figure"])
    marks = {True: Text("相符", "yes"), False: Text("不符", "NO"), None: Text("", "")}
    published = row["published"]
    if isinstance(published, list):
        published = f"{published[0]:,}–{published[1]:,}"
    elif published is not None:
        published = f"{published:,}"
    words = Text(how.zh, how.en) if how else Text("", "")
    return [row["figure"], row["rebuilt"], published, marks[row["agrees"]], words]


REPORT = Report(
    "annual",
    Text("社会救助年度数据", "Annual figures of social relief"),
    Text("年度数据,与公布数对照", "the year's figures beside the published ones"),
    ("year",),
    _ask,
    _lay_out,
)
