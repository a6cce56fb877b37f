"""月度统计: who is in, who came and went and why, and what was paid, at the end of one month."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from domain.ages import BANDS
from domain.calendar import first_day, next_month
from projections.canonical import plain
from projections.moment import Moment
from projections.movements import EXIT, NEW, Movements, movements
from projections.registry import known_persons
from projections.roster import Roster, roster
from projections.spending import BY, spending
from reports import words
from reports.layout import Bars, Cell, Column, Table, Text
from reports.report import Content, Made, Parameters, Report

DEATH: Final = "death"
SHOWN_MONTHS: Final = 12
MONEY: Final = (
    ("authorized_fen", Text("批准(元)", "authorized (CNY)")),
    ("paid_fen", Text("已付(元)", "paid (CNY)")),
    ("returned_fen", Text("退回(元)", "returned (CNY)")),
    ("pending_fen", Text("待付(元)", "pending (CNY)")),
    ("recovered_fen", Text("收回(元)", "recovered (CNY)")),
)


def last_day(month: str) -> date:
    """The last day of a month."""
    return first_day(next_month(month)) - timedelta(days=1)


def _ask(connection: Connection, moment: Moment, parameters: Parameters) -> Content:
    month = parameters["month"]
    end = first_day(next_month(month))
    # Money of the month is known until `as_of`; who is in, on the last day of the month.
    at_end = replace(moment, as_of=min(moment.as_of, last_day(month)))
    inside = roster(connection, at_end)
    moved = movements(connection, moment, first_day(month), end)
    spent = spending(connection, moment, month, month, BY)
    year = spending(connection, moment, _months_back(month), month, ("month",))
    return {
        "roster": {
            "on": at_end.as_of.isoformat(),
            "persons": inside.persons,
            "households": inside.households,
            "groups": plain(inside.groups),
            "people": _people(connection, at_end, inside),
        },
        "movements": _moved(moved),
        "spending": {
            "rows": [_spent(plain(row)) for row in spent.rows],
            "total": plain(spent.total),
            "kinds": plain(spent.kinds),
            "months": [_spent(plain(row)) for row in year.rows],
        },
    }


def _months_back(month: str) -> str:
    year, number = int(month[:4]), int(month[5:]) - SHOWN_MONTHS + 1
    return f"{year - 1}-{number + 12:02d}" if number < 1 else f"{year}-{number:02d}"


def _spent(row: Content) -> Content:
    """A row without the columns that were not asked for."""
    sums = row.pop("sums")
    return {**{k: v for k, v in row.items() if v is not None}, **sums}


def _people(connection: Connection, moment: Moment, inside: Roster) -> list[Content]:
    """Persons by program, sex and age band; the band is the one of the day of registration."""
    known = known_persons(connection, moment, {p for r in inside.rows for p in r.person_ids})
    counted: dict[tuple[str, int, str], set[Any]] = defaultdict(set)
    for row in inside.rows:
        for person_id in row.person_ids:
            person = known.get(person_id)
            sex, band = (person.sex, person.age_band) if person else (0, "")
            counted[row.program, sex, band].add(person_id)
    return [
        {"program": program, "sex": sex, "age_band": band, "persons": len(who)}
        for (program, sex, band), who in sorted(counted.items())
    ]


def _moved(found: Movements) -> Content:
    rows = Counter((m.kind, m.program, m.town, m.reason) for m in found.rows)
    content = plain(found)
    for name in ("as_of", "as_at", "rows"):
        del content[name]
    content["groups"] = [
        {"kind": kind, "program": program, "town": town, "reason": reason, "number": number}
        for (kind, program, town, reason), number in sorted(rows.items())
    ]
    return dict(content)


def _lay_out(made: Made) -> list[Table | Bars]:
    content = made.content
    return [
        *_of_roster(made, content["roster"]),
        *_of_movements(made, content["movements"]),
        *_of_spending(made, content["spending"]),
    ]


def _of_roster(made: Made, found: Content) -> Iterable[Table | Bars]:
    groups = found["groups"]
    programs = sorted({g["program"] for g in groups})
    by = {(g["town"], g["program"]): g for g in groups}
    towns = sorted({g["town"] for g in groups})
    rows: list[list[Cell]] = []
    for town in towns:
        own = [by.get((town, p)) for p in programs]
        rows.append(
            [
                words.town(town, made.towns),
                *(g["persons"] if g else 0 for g in own),
                sum(g["households"] for g in own if g),
                sum(g["due_fen"] for g in own if g),
            ]
        )
    total: list[Cell] = [
        words.COUNTY,
        *(sum(g["persons"] for g in groups if g["program"] == p) for p in programs),
        found["households"],
        sum(g["due_fen"] for g in groups),
    ]
    columns = [
        Column(Text("镇乡(街道)", "town"), width=16),
        *(Column(words.program(p), "int") for p in programs),
        Column(Text("户", "households"), "int"),
        Column(Text("月保障金(元)", "due a month (CNY)"), "fen", 18),
    ]
    note = Text(
        f"{found['on']} 在册:全县 {found['persons']:,} 人(跨类别只计一次)、{found['households']:,} 户",
        f"on {found['on']}, county: {found['persons']:,} persons (each once, over all programs), "
        f"{found['households']:,} households",
    )
    yield Table(Text("在册人数", "Roster"), columns, rows, total, note)
    yield _per_head(groups, programs)
    yield from _ages(found["people"], programs)


def _per_head(groups: Sequence[Content], programs: Sequence[str]) -> Table:
    rows: list[list[Cell]] = []
    for code in programs:
        own = [g for g in groups if g["program"] == code]
        persons, due = sum(g["persons"] for g in own), sum(g["due_fen"] for g in own)
        # Half a fen up; a program whose status pays nothing has no sum per head.
        head = (2 * due + persons) // (2 * persons) if due and persons else None
        rows.append([words.program(code), persons, due, head])
    columns = [
        Column(Text("类别", "program"), width=16),
        Column(Text("人数", "persons"), "int"),
        Column(Text("月保障金(元)", "due a month (CNY)"), "fen", 18),
        Column(Text("人均(元)", "per head (CNY)"), "fen"),
    ]
    return Table(Text("人均保障水平", "Per head"), columns, rows)


def _ages(people: Sequence[Content], programs: Sequence[str]) -> Iterable[Table | Bars]:
    sums: Counter[tuple[str, int, str]] = Counter()
    for p in people:
        sums[p["age_band"], p["sex"], p["program"]] += p["persons"]
    bands = [b for b in (*BANDS, "") if any(key[0] == b for key in sums)]
    rows: list[list[Cell]] = [
        [
            words.UNKNOWN if band == "" else band,
            words.sex(sex),
            *(sums[band, sex, p] for p in programs),
        ]
        for band in bands
        for sex in sorted({s for b, s, _ in sums if b == band})
    ]
    columns = [
        Column(Text("年龄段", "age band")),
        Column(Text("性别", "sex"), width=10),
        *(Column(words.program(p), "int") for p in programs),
    ]
    total: list[Cell] = [words.TOTAL, ""]
    total += [sum(n for (_, _, q), n in sums.items() if q == p) for p in programs]
    note = Text("年龄段按登记之日", "the age band is the one of the day of registration")
    yield Table(Text("年龄与性别", "Age and sex"), columns, rows, total, note)


def _of_movements(made: Made, found: Content) -> Iterable[Table | Bars]:
    columns = [
        Column(Text("类别", "program"), width=16),
        *(
            Column(t, "int")
            for t in (
                Text("期初", "opening"),
                Text("进入", "entered"),
                Text("离开", "left"),
                Text("其中死亡", "of which died"),
                Text("期末", "closing"),
            )
        ),
    ]
    rows: list[list[Cell]] = [
        [
            words.program(p["program"]),
            *(p[n] for n in ("opening", "entered", "left", "died", "closing")),
        ]
        for p in found["programs"]
    ]
    total: list[Cell] = [Text("有救助身份(人)", "with a status (persons)"), found["opening"]]
    total += [found["new"], found["exited"], found["died"], found["closing"]]
    note = Text(
        f"调整 {found['adjusted']:,} 户次;类别之间转换不计入最后一行",
        f"{found['adjusted']:,} cases adjusted; the last row counts no change of program",
    )
    yield Table(Text("本月变动", "Movements"), columns, rows, total, note)
    yield _reasons(found["groups"])
    yield _towns_moved(made, found["groups"])


def _reasons(groups: Sequence[Content]) -> Table:
    sums: Counter[tuple[str, str]] = Counter()
    for g in groups:
        if g["kind"] in (EXIT, DEATH):
            sums[g["program"], g["reason"] if g["kind"] == EXIT else DEATH] += g["number"]
    rows: list[list[Cell]] = [
        [words.program(p), words.reason(r), n] for (p, r), n in sorted(sums.items())
    ]
    columns = [
        Column(Text("类别", "program"), width=16),
        Column(Text("退出原因", "reason of exit"), width=24),
        Column(Text("人数", "persons"), "int"),
    ]
    return Table(
        Text("退出原因", "Reasons of exit"), columns, rows, [words.TOTAL, "", sum(sums.values())]
    )


def _towns_moved(made: Made, groups: Sequence[Content]) -> Bars:
    came, went = Counter[str](), Counter[str]()
    for g in groups:
        if g["kind"] == NEW:
            came[g["town"]] += g["number"]
        elif g["kind"] in (EXIT, DEATH):
            went[g["town"]] += g["number"]
    towns = sorted(came.keys() | went.keys())
    return Bars(
        Text("各镇街新增与退出(人)", "New and exited, by town (persons)"),
        [words.town(t, made.towns) for t in towns],
        [
            (Text("新增", "new"), [came[t] for t in towns]),
            (Text("退出", "exited"), [went[t] for t in towns]),
        ],
    )


def _of_spending(made: Made, found: Content) -> Iterable[Table | Bars]:
    columns = [
        Column(Text("类别", "program"), width=16),
        Column(Text("镇乡(街道)", "town"), width=16),
        Column(Text("资金", "fund"), width=14),
        Column(Text("笔数", "lines"), "int", 10),
        *(Column(title, "fen", 16) for _, title in MONEY),
    ]
    rows: list[list[Cell]] = [
        [
            words.program(r["program"]),
            words.town(r["town"], made.towns),
            words.fund(r["fund"]),
            r["lines"],
            *(r[name] for name, _ in MONEY),
        ]
        for r in found["rows"]
    ]
    total = found["total"]
    last: list[Cell] = [words.TOTAL, "", "", total["lines"], *(total[n] for n, _ in MONEY)]
    note = Text("批准 = 已付 + 退回 + 待付", "authorized = paid + returned + pending")
    yield Table(Text("本月资金", "Spending of the month"), columns, rows, last, note)
    months = found["months"]
    yield Bars(
        Text("近十二个月已付(元)", "Paid in the last twelve months (CNY)"),
        [m["month"] for m in months],
        [(Text("已付", "paid"), [m["paid_fen"] for m in months])],
        "fen",
    )


REPORT = Report(
    "monthly",
    Text("社会救助月度统计", "Monthly statistics of social relief"),
    Text(
        "月度统计:在册、变动及原因、资金、人均",
        "roster, movements with reasons, spending, per head",
    ),
    ("month",),
    _ask,
    _lay_out,
)
