"""社会力量: the money of projects by provider and fund, and who was reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from projections.canonical import plain
from projections.moment import Moment
from projections.service_report import service_report
from reports import words
from reports.layout import Bars, Cell, Column, Table, Text
from reports.report import Content, Made, Parameters, Report

COMMITTED = Text("投入(元)", "committed (CNY)")
PAID = Text("支付(元)", "paid (CNY)")


def _ask(connection: Connection, moment: Moment, parameters: Parameters) -> Content:
    found = plain(service_report(connection, moment))
    return {k: v for k, v in found.items() if k not in ("as_of", "as_at")}


def _lay_out(made: Made) -> list[Table | Bars]:
    content = made.content
    names = {p["provider_id"]: p["name"] for p in content["providers"]}
    return [
        *_money_by_fund(content["projects"]),
        _by_provider(content["projects"], names),
        _projects(content["projects"], names),
        _services(content),
    ]


def _money_by_fund(projects: Sequence[Content]) -> Iterable[Table | Bars]:
    committed, paid = defaultdict[str, int](int), defaultdict[str, int](int)
    for project in projects:
        for sums, name in ((committed, "committed_fen"), (paid, "paid_fen")):
            for fund, fen in project[name].items():
                sums[fund] += fen
    funds = sorted(committed.keys() | paid.keys())
    rows: list[list[Cell]] = [[words.fund(f), committed[f], paid[f]] for f in funds]
    total: list[Cell] = [words.TOTAL, sum(committed.values()), sum(paid.values())]
    columns = [
        Column(Text("资金", "fund"), width=18),
        Column(COMMITTED, "fen", 18),
        Column(PAID, "fen", 18),
    ]
    yield Table(Text("按资金来源", "By fund"), columns, rows, total)
    yield Bars(
        Text("各资金来源的投入与支付(元)", "Committed and paid, by fund (CNY)"),
        [words.fund(f) for f in funds],
        [(COMMITTED, [committed[f] for f in funds]), (PAID, [paid[f] for f in funds])],
        "fen",
    )


def _by_provider(projects: Sequence[Content], names: dict[str, str]) -> Table:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for project in projects:
        own = sums[project["provider_id"]]
        own[0] += 1
        own[1] += sum(project["committed_fen"].values())
        own[2] += sum(project["paid_fen"].values())
    ranked = sorted(sums.items(), key=lambda item: (-item[1][1], names.get(item[0], ""), item[0]))
    rows: list[list[Cell]] = [[names.get(provider, ""), *own] for provider, own in ranked]
    total: list[Cell] = [words.TOTAL, *(sum(own[n] for own in sums.values()) for n in range(3))]
    columns = [
        Column(Text("机构", "provider"), width=34),
        Column(Text("项目数", "projects"), "int", 10),
        Column(COMMITTED, "fen", 18),
        Column(PAID, "fen", 18),
    ]
    return Table(Text("按机构", "By provider"), columns, rows, total)


def _projects(projects: Sequence[Content], names: dict[str, str]) -> Table:
    rows: list[list[Cell]] = [
        [
            p["code"],
            p["name"],
            names.get(p["provider_id"], ""),
            p["category"],
            p["opened_on"],
            p["accepted_on"],
            sum(p["committed_fen"].values()),
            sum(p["paid_fen"].values()),
        ]
        for p in projects
    ]
    columns = [
        Column(Text("编号", "code"), width=16),
        Column(Text("项目", "project"), width=34),
        Column(Text("机构", "provider"), width=30),
        Column(Text("类别", "category"), width=18),
        Column(Text("立项", "opened"), "date", 12),
        Column(Text("验收", "accepted"), "date", 12),
        Column(COMMITTED, "fen", 16),
        Column(PAID, "fen", 16),
    ]
    total: list[Cell] = [words.TOTAL, "", "", "", None, None]
    total += [sum(sum(p[n].values()) for p in projects) for n in ("committed_fen", "paid_fen")]
    return Table(Text("项目", "Projects"), columns, rows, total)


def _services(content: Content) -> Table:
    names = ("deliveries", "persons", "households", "heads", "unfinished")
    rows: list[list[Cell]] = [[s["service"], *(s[n] for n in names)] for s in content["services"]]
    columns = [
        Column(Text("服务", "service"), width=24),
        Column(Text("服务次数", "deliveries"), "int"),
        Column(Text("人数", "persons"), "int"),
        Column(Text("户数", "households"), "int"),
        Column(Text("按人次", "heads"), "int"),
        Column(Text("未完成", "unfinished"), "int"),
    ]
    note = Text(
        f"跨服务去重:{content['persons']:,} 人、{content['households']:,} 户;"
        f"仅有人次的 {content['heads']:,}",
        f"each once over all services: {content['persons']:,} persons, "
        f"{content['households']:,} households; known as a number only: {content['heads']:,}",
    )
    return Table(Text("服务", "Services"), columns, rows, note=note)


REPORT = Report(
    "social-forces",
    Text("社会力量参与救助情况", "What social forces gave"),
    Text("按项目、机构、资金的投入与服务", "funds by project and provider, and services"),
    (),
    _ask,
    _lay_out,
)
