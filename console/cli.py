"""`relief-ledger`: the command line.

Exit codes: 0 done, 1 refused or findings, 2 usage.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from console import (
    adjustment_commands,
    answers,
    backup_commands,
    batch_commands,
    check_commands,
    checkup,
    contract_command,
    covering,
    dead_letter_commands,
    evidence_commands,
    explain_commands,
    finding_commands,
    follow_commands,
    household_commands,
    import_commands,
    kafka_commands,
    matching,
    privacy_commands,
    procedure_commands,
    proof_commands,
    reconcile_commands,
    report_commands,
    rules_command,
    sampling,
    standards_commands,
    story,
    subsidy_commands,
    time_commands,
    tying_out,
    vault_commands,
    write_commands,
)
from console.annulling import annulment_reason, annulment_remark
from console.commands_json import command_from_json
from console.kafka_settings import asked
from console.language import Voice, voice
from console.session import (
    DEFAULT_LEDGER,
    AsAt,
    AsJson,
    AsOf,
    Failed,
    Lang,
    LedgerDir,
    bar,
    moment_of,
    session,
    spoken,
)
from console.settings import read_settings
from console.wiring import BUREAU, OPERATOR, Relief, create
from domain.calendar import parse_date, parse_month
from domain.wording import BadValue

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="救助决定的事件溯源审计账本 / an event-sourced audit ledger for relief decisions",
)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="新账本的目录 / folder of the new ledger")],
    name: Annotated[str, typer.Option(help="单位名称 / the bureau's name")] = "民政局",
    kafka: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="以 Kafka 为准 / log of record on Kafka")
    ] = None,
    namespace: Annotated[
        str, typer.Option(help="主题前缀 / first part of topics' names")
    ] = "relief",
    registry: Annotated[
        str | None,
        typer.Option(metavar="URL", help="模式注册中心 / schema registry (Confluent API)"),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(help="账本名称,如 mzj.example.gov.cn/relief / name in checkpoints"),
    ] = None,
    log_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="账本存于 PostgreSQL / log in: postgresql+psycopg://…"),
    ] = None,
    views_url: Annotated[
        str | None, typer.Option(metavar="URL", help="视图存于 PostgreSQL / views in PostgreSQL")
    ] = None,
    lang: Lang = None,
) -> None:
    """建立一个空账本 / make an empty ledger."""
    speak = voice(lang)
    with spoken(speak):
        log = asked(kafka, namespace, registry, folder) if kafka else None
        create(folder, name, kafka=log, origin=origin, log_url=log_url, views_url=views_url)
        key = read_settings(folder).verifier_key
    speak.say(
        f"账本已建立:{folder}。请把 master.key 另存一份到安全的地方:没有它,人员信息无法读取。\n"
        f"检查点的验证密钥(请交给审计方):{key}",
        f"The ledger is made: {folder}. Keep a copy of master.key in a safe place: without it, "
        f"personal data cannot be read.\nThe verifier key of its checkpoints, for auditors: {key}",
    )


@app.command()
def record(
    source_file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="JSON 命令;默认标准输入 / default: stdin")
    ] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """记录一条命令(JSON),按规则审核 / record one command, held to the rules."""
    text = source_file.read_text("utf-8") if source_file else sys.stdin.read()
    if write_commands.delegated(ledger, lang, "record", {"text": text, "json": as_json}):
        return
    with session(ledger, lang) as (relief, speak):
        record_text(relief, speak, text, as_json=as_json)


def record_text(relief: Relief, speak: Voice, text: str, *, as_json: bool) -> None:
    """Records one command and says what became of it."""
    receipt = _recorded(relief, text)
    said = {
        "recorded": receipt.recorded,
        "already": receipt.already,
        "first_position": receipt.first_position,
        "last_position": receipt.last_position,
        "event_ids": [str(e) for e in receipt.event_ids],
    }
    if as_json:
        speak.raw(json.dumps(said, sort_keys=True))
    elif receipt.conflicts:
        speak.warn("同一编号的命令已以不同内容记录过", "recorded before with other content")
    elif receipt.recorded:
        ids = ", ".join(str(e) for e in receipt.event_ids)
        speak.say(
            f"[green]✓[/green] 第 {receipt.first_position} 条,事件 {ids}",
            f"[green]✓[/green] position {receipt.first_position}, event {ids}",
        )
    else:
        speak.say("以前已记录,未重复记录", "recorded before; nothing new")
    if receipt.conflicts:
        raise Failed(1)


def _recorded(relief: Relief, text: str) -> Any:
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as e:
        raise BadValue(f"不是 JSON(第 {e.lineno} 行)", f"not JSON (line {e.lineno})") from None
    if not isinstance(raw, dict):
        raise BadValue("命令应为一个 JSON 对象", "a command is one JSON object")
    if raw.get("command") == "annul":
        try:
            event_id = UUID(str(raw.get("event_id")))
        except ValueError:
            raise BadValue("event_id 不是事件编号", "event_id is no event's id") from None
        reason = annulment_reason(str(raw.get("reason") or ""))
        on = parse_date(raw["on"]) if raw.get("on") else relief.today()
        return relief.ledger.annul(
            event_id,
            reason,
            on=on,
            actor=OPERATOR,
            source=BUREAU,
            remark=annulment_remark(raw, relief),
        )
    canonical = json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    command = command_from_json(raw, relief, canonical)
    if command.basis == "reported":
        return relief.ledger.report([command])
    return relief.ledger.decide(command)


@app.command()
def roster(
    ledger: LedgerDir = DEFAULT_LEDGER,
    program: Annotated[str | None, typer.Option(help="救助类别代码 / program code")] = None,
    town: Annotated[str | None, typer.Option(help="镇乡(街道) / town")] = None,
    rows: Annotated[bool, typer.Option("--rows", help="逐户列出 / list households")] = False,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """在册名单,按类别和镇街 / who is in, by program and town."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        answers.roster(
            relief, speak, moment, program, _town(relief, town), rows=rows, as_json=as_json
        )


def _town(relief: Relief, text: str | None) -> str | None:
    if text is None:
        return None
    code = relief.divisions.code_of(text)
    if code is None:
        raise BadValue(f"没有镇乡(街道) {text}", f"no town {text} in the division table")
    return code


@app.command()
def movements(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="起 / first day")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="止(含) / last day")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """新增、退出、调整 / who came in, went out, was adjusted."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        answers.movements(
            relief, speak, moment, parse_date(first), parse_date(last), as_json=as_json
        )


@app.command()
def spending(
    first: Annotated[
        str | None, typer.Option("--from", metavar="MONTH", help="起 / first month")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="MONTH", help="止(含) / last month")
    ] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    by: Annotated[str, typer.Option(help="month,program,town,fund,kind")] = "month,fund",
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """资金发放 / money authorized, paid, returned, recovered."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        months = (parse_month(first) if first else None, parse_month(last) if last else None)
        answers.spending(relief, speak, moment, months, by.split(","), as_json=as_json)


@app.command()
def case(
    case_id: Annotated[str, typer.Argument(metavar="ID", help="户编号 / the household's id")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """一户的全部经过 / the story of one household."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        try:
            household = UUID(case_id)
        except ValueError:
            raise BadValue("不是户编号", "not a household's id") from None
        story.case_story(relief, speak, moment, household, as_json=as_json)


@app.command()
def figures(
    year: Annotated[int, typer.Option(help="年份 / year")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """年度数据,与公布数并列 / the year's figures beside the published ones."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        answers.figures(relief, speak, moment, year, as_json=as_json)


@app.command()
def doctor(ledger: LedgerDir = DEFAULT_LEDGER, as_json: AsJson = False, lang: Lang = None) -> None:
    """检查账本、保管库与视图 / look the ledger over."""
    with session(ledger, lang) as (relief, speak):
        healthy = checkup.run(relief, speak, as_json=as_json)
    if not healthy:
        raise Failed(1)


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="输出目录 / folder to write to")],
    year: Annotated[int, typer.Option(help="年份 / year")] = 2023,
    seed: Annotated[int, typer.Option(help="随机种子 / seed")] = 1,
    scale: Annotated[float, typer.Option(help="规模,1 为全县 / 1: the whole county")] = 1.0,
    plant: Annotated[
        int,
        typer.Option(min=0, help="每种违规各埋入几处,其余全部合规 / so many of each irregularity"),
    ] = 0,
    lang: Lang = None,
) -> None:
    """生成合成的业务文件 / write synthetic bureau files."""
    from simulation import TooSmall, write_files

    speak = voice(lang)
    with spoken(speak), bar(speak, "simulate") as progress:
        try:
            manifest = write_files(
                folder, year=year, seed=seed, scale=scale, planted=plant, progress=progress
            )
        except TooSmall:
            raise BadValue(
                "规模太小,埋不下这么多:请加大 --scale 或减少 --plant",
                "the county is too small to plant so much: a larger --scale, or less --plant",
            ) from None
    speak.say(
        f"已在 {folder} 写出 {len(manifest.files)} 份合成文件(非真实数据)",
        f"{len(manifest.files)} synthetic files (no real data) are in {folder}",
    )
    if manifest.planted:
        speak.say(
            f"埋入 {len(manifest.planted)} 处违规,清单见 planted.json",
            f"{len(manifest.planted)} irregularities are planted; planted.json lists them",
        )


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="演示账本目录 / folder of the demo ledger")],
    seed: Annotated[int, typer.Option(help="随机种子 / seed")] = 1,
    scale: Annotated[float, typer.Option(help="规模,1 为全县 / 1: the whole county")] = 1.0,
    lang: Lang = None,
) -> None:
    """全流程演示:合成数据 → 账本 → 公布数 / synthetic files in, the published figures out."""
    from console.demo import run_demo

    speak = voice(lang)
    with spoken(speak):
        run_demo(folder, seed, scale, speak)


app.command("pay-all")(subsidy_commands.pay_all)
app.command("adjust-all")(adjustment_commands.adjust_all)
app.command("batches")(batch_commands.batches)
app.command("standards")(standards_commands.standards)
app.command("household")(household_commands.household)
app.command("circumstances")(household_commands.circumstances)
app.command("expiring")(household_commands.expiring)
app.command("procedures")(procedure_commands.procedures)
app.command("template")(import_commands.template)
app.command("import")(import_commands.import_)
app.command("checkpoint")(evidence_commands.checkpoint)
app.command("verify")(evidence_commands.verify)
app.command("receipt")(proof_commands.receipt)
app.command("verify-receipt")(proof_commands.verify_receipt)
app.command("bundle")(proof_commands.bundle)
app.command("verify-bundle")(proof_commands.verify_bundle)
app.command("diff")(time_commands.diff)
app.command("replay")(time_commands.replay)
app.command("new-origin")(evidence_commands.begin_origin)
app.command("tiles")(evidence_commands.tiles)
app.command("backup")(backup_commands.backup)
app.command("restore")(backup_commands.restore)
app.command("reveal")(privacy_commands.reveal)
app.command("erase")(privacy_commands.erase)
app.command("sample")(sampling.sample)
app.command("rules")(rules_command.rules)
app.command("check")(check_commands.check)
app.command("asyncapi")(contract_command.asyncapi)
app.command("report")(report_commands.report)
app.command("verify-report")(report_commands.verify_report)
app.command("tie-out")(tying_out.tie_out)
app.command("coverage")(covering.coverage)
app.command("expect")(covering.expect)
app.command("match")(matching.match)
app.add_typer(explain_commands.app, name="explain")
app.add_typer(finding_commands.app, name="findings")
app.add_typer(vault_commands.app, name="vault")
app.add_typer(kafka_commands.topics, name="topics")
app.add_typer(dead_letter_commands.dlq, name="dlq")
app.command("write")(write_commands.write)
app.command("migrate")(kafka_commands.migrate)
app.command("reconcile")(reconcile_commands.reconcile)
app.command("tail")(follow_commands.tail)
app.command("project")(follow_commands.project)
app.command("republish")(kafka_commands.republish)


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
