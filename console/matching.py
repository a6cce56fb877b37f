"""`match`: a list from outside is looked up inside the vault; what is told was recorded before."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from console import answers
from console.language import Voice
from console.names import program_name
from console.outside_files import checked_list
from console.session import DEFAULT_LEDGER, AsJson, AsOf, Lang, LedgerDir, Out, moment_of, session
from console.sheets import Column, write_sheet
from console.wiring import BUREAU, OPERATOR, Relief
from domain.money import format_yuan
from domain.oversight import OUTSIDE_LISTS, REVEAL_REASONS, ROLES, outside_list
from ledger.matching import match as match_list
from projections.moment import Moment
from projections.paid_around import PaidAround, paid_around


def match(
    file: Annotated[Path, typer.Argument(help="外部名单,含身份证号 / the list, with numbers")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    kind: Annotated[
        str | None, typer.Option("--list", help="名单类型 / " + ", ".join(OUTSIDE_LISTS))
    ] = None,
    role: Annotated[str | None, typer.Option(help="角色 / role: " + ", ".join(ROLES))] = None,
    reason: Annotated[
        str | None,
        typer.Option(
            help="原因,代码或自行说明(加密保存)/ a code, or words of your own (kept sealed): "
            + ", ".join(REVEAL_REASONS)
        ),
    ] = None,
    out: Out = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """外部名单在保管库内比对:先记录,再给出命中 / a list looked up inside the vault; recorded first."""
    with session(ledger, lang) as (relief, speak):
        as_list = outside_list(kind)
        checked = checked_list(relief, speak, file, as_list)
        rows = [(r.row.id_number, r.row.on, r.number) for r in checked.rows]
        found = match_list(
            relief.ledger,
            [number for number, _, _ in rows],
            bytes.fromhex(checked.sha256),
            as_list,
            role,
            reason,
            on=relief.today(),
            actor=OPERATOR,
            source=BUREAU,
        )
        # The head moved: what was just recorded is part of what is answered.
        moment = moment_of(relief, as_of)
        days: dict[UUID, date | None] = {}
        places: dict[UUID, list[int]] = defaultdict(list)
        for number, on, row in rows:
            if (person := found.get(number)) is not None:
                places[person].append(row)
                days[person] = _earlier(days.get(person), on)
        with answers.caught_up(relief, moment, speak) as connection:
            hits = paid_around(connection, moment, days)
        listed = len({number for number, _, _ in rows})
        if out is not None:
            _write_hits(relief, moment, hits, places, out)
        if as_json:
            said = [{"rows": places[h.person_id], "hit": h} for h in hits]
            typer.echo(answers.envelope(moment, matched={"listed": listed, "hits": said}))
        else:
            _show_hits(relief, speak, moment, listed, hits, places)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((d for d in (one, other) if d is not None), default=None)


def _show_hits(
    relief: Relief,
    speak: Voice,
    moment: Moment,
    listed: int,
    hits: list[PaidAround],
    places: dict[UUID, list[int]],
) -> None:
    table = Table(title=speak.pick("命中", "Hits"), title_justify="left")
    for zh, en in (("名单行", "row"), ("人员编号", "person"), ("日期", "day"), ("类别", "in")):
        table.add_column(speak.pick(zh, en), no_wrap=True)
    for zh, en in (("此前已付", "paid before"), ("此后已付", "paid after")):
        table.add_column(speak.pick(zh, en), justify="right", no_wrap=True)
    table.add_column(speak.pick("此后月份", "months after"), no_wrap=True)
    for h in hits:
        after = f"{h.first_month_after} … {h.last_month_after}" if h.lines_after else ""
        table.add_row(
            ", ".join(map(str, places[h.person_id])),
            str(h.person_id),
            str(h.on or ""),
            " ".join(program_name(p, speak) for p in h.programs),
            format_yuan(h.paid_before_fen),
            format_yuan(h.paid_after_fen),
            after,
            style="red" if h.lines_after else "",
        )
    speak.out.print(table)
    speak.say(
        f"名单 {listed:,} 人,命中 {len(hits):,} 人,其中 {sum(h.lines_after > 0 for h in hits):,} 人"
        "此后仍有发放。命中是线索,不是结论。此次比对已记入账本。",
        f"{listed:,} persons listed, {len(hits):,} known here, "
        f"{sum(h.lines_after > 0 for h in hits):,} of them paid after the day. A hit is a lead, no "
        "verdict. This matching is recorded in the ledger.",
    )
    answers.stamp(relief, moment, speak)


def _write_hits(
    relief: Relief,
    moment: Moment,
    hits: list[PaidAround],
    places: dict[UUID, list[int]],
    path: Path,
) -> None:
    columns = [
        Column("名单行 row", "text", 12),
        Column("人员编号 person", "text", 38),
        Column("日期 day", "date", 12),
        Column("账本中的死亡日期 died", "date", 12),
        Column("类别 programs", "text", 18),
        Column("此前笔数 lines before", "int", 12),
        Column("此前已付(元) paid before", "fen", 16),
        Column("此后笔数 lines after", "int", 12),
        Column("此后已付(元) paid after", "fen", 16),
        Column("其中已追回(元) recovered", "fen", 16),
        Column("此后首月 first month", "text", 12),
        Column("此后末月 last month", "text", 12),
        Column("此后发放的位置 positions", "text", 40),
        Column("核实结论 conclusion", "text", 30),
    ]
    rows = [
        (
            ", ".join(map(str, places[h.person_id])),
            str(h.person_id),
            h.on,
            h.died_on,
            " ".join(h.programs),
            h.lines_before,
            h.paid_before_fen,
            h.lines_after,
            h.paid_after_fen,
            h.recovered_after_fen,
            h.first_month_after or "",
            h.last_month_after or "",
            " ".join(map(str, h.positions_after)),
            "",
        )
        for h in hits
    ]
    notes = [
        ("as_of", str(moment.as_of)),
        ("as_at", str(moment.as_at)),
        *answers.provenance(relief, moment),
    ]
    write_sheet(path, "命中 hits", columns, rows, notes)
