"""The commands `checkpoint`, `verify`, `new-origin` and `tiles`: what is signed of the log, and what is published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console import new_origin, verifying
from console.language import Voice, voice
from console.session import DEFAULT_LEDGER, AsJson, Failed, Lang, LedgerDir, bar, session, spoken
from console.wiring import BUREAU, OPERATOR, Relief, opened
from domain.wording import BadValue
from evidence.checkpoints import SignedCheckpoint
from evidence.notes import base64
from ledger.errors import NotExtended, WitnessFailed
from ledger.stating import state_heads
from ledger.tiles_export import export
from ledger.witnessing import cosigned
from projections.canonical import canonical


def checkpoint(
    ledger: LedgerDir = DEFAULT_LEDGER,
    heads: Annotated[
        bool,
        typer.Option("--heads", help="先记录各事件族的条数 / state each family's entries first"),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """签署检查点并打印,可交外部保存 / sign the log's head now; hand the text to others."""
    with session(ledger, lang) as (relief, speak):
        needs_origin(relief)
        if heads:
            state_heads(relief.ledger, on=relief.today(), actor=OPERATOR, source=BUREAU)
        signed = relief.checkpoint()
        if signed is None:
            raise BadValue("账本为空,没有可签署的内容", "the ledger is empty: nothing to sign")
        signed = witnessed(relief, speak, signed)
        if as_json:
            typer.echo(_as_json(relief, signed))
        else:
            typer.echo(signed.note.data().decode(), nl=False)


def _as_json(relief: Relief, signed: SignedCheckpoint) -> str:
    found = signed.checkpoint
    said = {
        "origin": found.origin,
        "size": found.size,
        "root": base64(found.root),
        "verifier_key": relief.settings.verifier_key,
        "note": signed.note.data().decode(),
        "witnesses": [c.witness.name for c in signed.cosignatures],
    }
    return canonical(said).decode()


def witnessed(relief: Relief, speak: Voice, signed: SignedCheckpoint) -> SignedCheckpoint:
    """The checkpoint with every witness's signature that can be had; says which cannot."""
    assert relief.checkpoints is not None
    for witness in relief.witnesses:
        try:
            signed = cosigned(relief.checkpoints, signed, witness)
        except WitnessFailed as e:
            speak.warn(e.zh, e.en)
    return signed


def begin_origin(
    ledger: LedgerDir = DEFAULT_LEDGER,
    origin: Annotated[
        str | None, typer.Option(help="新账名称,如 mzj.example.gov.cn/relief / name of the new log")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")] = False,
    lang: Lang = None,
) -> None:
    """另立新账名与密钥,并写明旧账最后的检查点 / go on under a new name and key."""
    speak = voice(lang)
    with spoken(speak):
        with opened(ledger) as relief:
            _say_what_ends(relief, speak)
        if not yes and not typer.confirm(speak.pick("另立新账名?", "begin a new origin?")):
            raise typer.Exit(1)
        signed = new_origin.begin(ledger, origin)
        with opened(ledger) as relief:
            key = relief.settings.verifier_key
    speak.say(
        f"[green]✓[/green] 新账名已启用,验证密钥:{key}",
        f"[green]✓[/green] the new origin stands; its verifier key: {key}",
    )
    if signed is not None:
        typer.echo(signed.note.data().decode(), nl=False)


def _say_what_ends(relief: Relief, speak: Voice) -> None:
    last, head = new_origin.last_signed(relief), relief.log.head().position
    if last is None:
        speak.say(f"现有 {head} 条,尚无检查点", f"{head} entries; no checkpoint so far")
        return
    size = last.checkpoint.size
    try:
        assert relief.checkpoints is not None
        relief.checkpoints.check()
    except NotExtended as e:
        speak.warn(e.zh, e.en)
    speak.say(
        f"旧账最后的检查点:{size} 条;现有 {head} 条。持有旧检查点的人将看到历史在此断开",
        f"the old log's last checkpoint: {size} entries; {head} are here. Whoever holds an old "
        "checkpoint will see that history breaks off",
    )


def tiles(
    folder: Annotated[Path, typer.Argument(help="输出目录 / folder to write to")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    entries: Annotated[
        bool,
        typer.Option("--entries", help="另写条目包(仅供有权者) / entry bundles, too: not public"),
    ] = False,
    lang: Lang = None,
) -> None:
    """导出 tlog-tiles:检查点与哈希块可公开 / checkpoint and hash tiles, as static files."""
    with session(ledger, lang) as (relief, speak):
        needs_origin(relief)
        signed = relief.checkpoint()
        if signed is None:
            raise BadValue("账本为空", "the ledger is empty")
        signed = witnessed(relief, speak, signed)
        with bar(speak, speak.pick("导出", "exporting")) as progress:
            done = export(relief.recorder, signed, folder, entries=entries, progress=progress)
        speak.say(
            f"[green]✓[/green] {folder}:检查点 {signed.checkpoint.size:,} 条,"
            f"新写 {done.tiles} 个哈希块、{done.bundles} 个条目包",
            f"[green]✓[/green] {folder}: checkpoint of {signed.checkpoint.size:,} entries; "
            f"{done.tiles} hash tiles and {done.bundles} entry bundles new",
        )


def verify(
    ledger: LedgerDir = DEFAULT_LEDGER,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="外部保存的检查点文件 / a checkpoint kept elsewhere"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", help="您持有的验证密钥;默认用账本设置中的 / the key you hold"),
    ] = None,
    bodies: Annotated[
        bool, typer.Option("--bodies", help="同时解码每条正文 / decode every body, too")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """核验整个账本:每条、默克尔树与全部检查点 / every entry, the tree, all checkpoints."""
    with session(ledger, lang) as (relief, speak):
        well = verifying.run(relief, speak, against or (), key, bodies=bodies, as_json=as_json)
    if not well:
        raise Failed(1)


def needs_origin(relief: Relief) -> None:
    """BadValue for an older ledger that has no key to sign with."""
    if relief.checkpoints is None:
        raise BadValue(
            "本账本由旧版程序建立,没有签名密钥;请先运行 relief-ledger new-origin",
            "an older program made this ledger, it has no signing key; run relief-ledger new-origin",
        )
