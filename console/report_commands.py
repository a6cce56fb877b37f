"""`report` and `verify-report`: files for people, and whether one in hand is what the ledger yields."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from console.answers import caught_up, stamp
from console.language import Voice
from console.session import (
    DEFAULT_LEDGER,
    AsAt,
    AsOf,
    Failed,
    Lang,
    LedgerDir,
    optional_date,
    session,
)
from console.wiring import Relief
from domain.calendar import parse_date, parse_month
from domain.wording import BadValue
from ledger.files import put_new
from projections.moment import Moment
from reports.catalog import REPORTS, report_named
from reports.papers.monthly import last_day
from reports.rendering.carried import Carried
from reports.rendering.writing import READERS, WRITERS, ending
from reports.report import Made, Origin, Parameters, Report, document, make, read
from reports.verifying import Verdict, compare

Name = Annotated[str, typer.Argument(metavar="REPORT", help="报表 / which: " + ", ".join(REPORTS))]
OutFile = Annotated[
    Path,
    typer.Option("--out", help="新文件 / a new file: " + " ".join(WRITERS)),
]
LARGEST = 256 * 1024 * 1024


def report(
    name: Name,
    out: OutFile,
    year: Annotated[str | None, typer.Option(help="年度 / year (annual)")] = None,
    month: Annotated[str | None, typer.Option(help="月份 / month (monthly)")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="MONTH", help="起 / first month (bank)")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="MONTH", help="止(含) / last month (bank)")
    ] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    lang: Lang = None,
) -> None:
    """报表写入文件:工作簿、网页、PDF、CSV、JSON / a report to a file."""
    with session(ledger, lang) as (relief, speak):
        kind, wanted = ending(out.name), report_named(name)
        given = {"year": year, "month": month, "first": first, "last": last}
        parameters = _parameters(wanted, {k: v for k, v in given.items() if v is not None})
        day = optional_date(as_of) or min(_by_default(parameters, relief.today()), relief.today())
        moment = relief.moment(day, as_at)
        made = _made(relief, speak, wanted, moment, parameters)
        put_new(out, _rendered(relief, wanted, made, kind, speak))
        speak.say(f"已写入 {escape(out.name)}", f"written: {escape(out.name)}")
        stamp(relief, moment, speak)


def _parameters(wanted: Report, given: Parameters) -> Parameters:
    options = {"first": "--from", "last": "--to", "year": "--year", "month": "--month"}
    if set(given) != set(wanted.parameters):
        words = " ".join(options[p] for p in wanted.parameters) or "—"
        raise BadValue(
            f"报表 {wanted.name} 需要的参数:{words}", f"the report {wanted.name} takes: {words}"
        )
    found = {
        name: _year(text) if name == "year" else parse_month(text) for name, text in given.items()
    }
    if found.get("first", "") > found.get("last", "9"):
        raise BadValue("--from 不能晚于 --to", "--from is not after --to")
    return found


def _year(text: str) -> str:
    return str(parse_date(f"{text}-01-01").year)


def _by_default(parameters: Parameters, today: date) -> date:
    """The end of the month that is reported; today where no month is."""
    month = parameters.get("month") or parameters.get("last")
    return last_day(month) if month else today


def _made(
    relief: Relief, speak: Voice, wanted: Report, moment: Moment, parameters: Parameters
) -> Made:
    origin = Origin(
        program=f"relief-ledger {version('relief-ledger')}",
        county=relief.divisions.county,
        towns=relief.divisions.towns,
        synthetic=relief.settings.synthetic,
    )
    with caught_up(relief, moment, speak) as connection:
        return make(wanted, connection, moment, parameters, origin)


def _rendered(relief: Relief, wanted: Report, made: Made, kind: str, speak: Voice) -> bytes:
    kept = (
        relief.checkpoints.first_covering(int(made.envelope["as_at"]))
        if relief.checkpoints
        else None
    )
    note = kept.note.data().decode() if kept else ""
    key = relief.settings.verifier_key if kept else ""
    on = date.fromisoformat(str(made.envelope["as_of"]))
    carried = Carried(made.canonical, note, key, on)
    return WRITERS[kind](document(wanted, made, note or None, key), carried, speak.lang)


def verify_report(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="报表文件 / a report")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    lang: Lang = None,
) -> None:
    """手中的报表是否正是本账本所得 / whether a report in hand is what this ledger yields."""
    with session(ledger, lang) as (relief, speak):
        kind, raw = ending(file.name), _bytes_of(file)
        carried, checkpoint = READERS[kind](raw)
        said = read(carried)
        wanted = report_named(str(said.envelope.get("report")))
        moment = _moment_of(relief, said)
        parameters = _parameters(wanted, said.parameters)
        again = _made(relief, speak, wanted, moment, parameters)
        verdict = compare(raw, kind, said, again, checkpoint)
        holds = _tell(speak, verdict)
        stamp(relief, moment, speak)
    if not holds:
        raise Failed(1)


def _bytes_of(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            raise BadValue("文件过大", "the file is too large for a report")
        return file.read_bytes()
    except OSError:
        raise BadValue(f"无法读取 {file.name}", f"{file.name} cannot be read") from None


def _moment_of(relief: Relief, said: Made) -> Moment:
    try:
        day = parse_date(str(said.envelope["as_of"]))
        position = int(said.envelope["as_at"])
    except (KeyError, TypeError, ValueError):
        raise BadValue("报表没有写明两个时间", "the report does not say its two times") from None
    return relief.moment(day, str(position))


def _tell(speak: Voice, verdict: Verdict) -> bool:
    if verdict.number:
        speak.say(
            f"[red]✗[/red] 与本账本不符,共 {verdict.number:,} 处",
            f"[red]✗[/red] not what this ledger yields, in {verdict.number:,} places",
        )
        table = Table(box=None)
        for zh, en in (("处", "where"), ("文件", "the file"), ("账本", "the ledger")):
            table.add_column(speak.pick(zh, en), overflow="fold")
        for d in verdict.differences:
            table.add_row(escape(d.where), escape(d.said), escape(d.yields))
        speak.out.print(table)
        return False
    speak.say("✓ 数据正是本账本所得", "✓ the figures are what this ledger yields")
    if verdict.same_file is None:
        speak.say(
            "文件由其他版本的程序生成,未逐字节比较",
            "another version of the program made the file: its bytes were not compared",
        )
    elif verdict.same_file:
        speak.say("✓ 文件逐字节相同", "✓ the file is the same, byte for byte")
    else:
        speak.say(
            "[red]✗[/red] 所附数据正确,但文件在生成之后被改动,或由其他字体或组件版本生成",
            "[red]✗[/red] what it carries is right, but the file was changed after it was made, "
            "or made with other fonts or libraries",
        )
    return verdict.same_file is not False
