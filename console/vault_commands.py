"""`vault`: backs the vault up, puts a backup in its place, and changes its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.session import DEFAULT_LEDGER, Lang, LedgerDir, session
from console.wiring import BUREAU, OPERATOR
from ledger.rotation import rotate, rotate_lookup_key, tell
from ledger.vault_copies import backup as back_up
from ledger.vault_copies import restore as put_back

app = typer.Typer(
    no_args_is_help=True, help="保管库:备份、恢复、更换主密钥 / the vault: backup, restore, new key"
)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="新文件 / a new file")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    lang: Lang = None,
) -> None:
    """在线备份保管库(密钥仍由主密钥加密) / a consistent copy, keys still wrapped."""
    with session(ledger, lang) as (relief, speak):
        count = back_up(relief.vault, file)
        speak.say(
            f"[green]✓[/green] 已备份到 {file}:{count} 人的密钥。主密钥不在其中,请分开保管;"
            "删除任何人之后,请重新备份并销毁旧备份。",
            f"[green]✓[/green] backed up to {file}: keys of {count} persons. The master key is "
            "not in it; keep it elsewhere. After an erasure make a new backup, destroy the old.",
        )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="备份文件 / the backup")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    old_key: Annotated[
        Path | None,
        typer.Option("--old-key", help="更换前的主密钥文件 / the master key before a rotation"),
    ] = None,
    accept_missing: Annotated[
        int,
        typer.Option(
            "--accept-missing",
            metavar="N",
            help="确认 N 人的密钥不在备份中 / N persons' keys are not in it, and that is known",
        ),
    ] = 0,
    lang: Lang = None,
) -> None:
    """以备份替换保管库;已删除的人不会复原 / put a backup in place; the erased stay erased."""
    with session(ledger, lang) as (relief, speak):
        settings = relief.settings
        done = put_back(
            file,
            settings.vault,
            settings.master_key,
            relief.recorder,
            old_key_file=old_key,
            accept_missing=accept_missing,
        )
        speak.say(
            f"[green]✓[/green] 保管库已恢复:账本中 {done.persons} 人,其中已删除 {done.erased} 人,"
            f"没有密钥 {done.missing} 人",
            f"[green]✓[/green] the vault is restored: {done.persons} persons in the log, "
            f"{done.erased} of them erased, {done.missing} without a key",
        )


@app.command("rotate-master-key")
def rotate_master_key(ledger: LedgerDir = DEFAULT_LEDGER, lang: Lang = None) -> None:
    """更换主密钥,重新加密全部密钥 / a new master key wraps all keys."""
    with session(ledger, lang) as (relief, speak):
        writer = relief.ledger
        count = rotate(writer.vault, relief.settings.master_key)
        tell(writer, on=relief.today(), actor=OPERATOR, source=BUREAU)
        speak.say(
            f"[green]✓[/green] 主密钥已更换,{count} 人的密钥已重新加密。请把新的 master.key "
            "另存一份,并重新备份保管库;旧备份只能用旧主密钥打开。",
            f"[green]✓[/green] a new master key wraps the keys of {count} persons. Keep a copy of "
            "the new master.key and make a new backup; older ones open with the old key only.",
        )


@app.command("rotate-lookup-key")
def rotate_the_lookup_key(ledger: LedgerDir = DEFAULT_LEDGER, lang: Lang = None) -> None:
    """更换身份证号查找密钥 / a new key for finding persons by identity number."""
    with session(ledger, lang) as (relief, speak):
        count = rotate_lookup_key(relief.vault)
        speak.say(
            f"[green]✓[/green] 查找密钥已更换,{count} 个身份证号的摘要已重算;行键的密钥从不更换。"
            "请重新备份保管库并销毁旧备份:旧备份仍在旧查找密钥之下。",
            f"[green]✓[/green] a new look-up key: {count} numbers are found under it; the key of "
            "row keys never rotates. Make a new backup of the vault and destroy the old ones, "
            "which are under the old look-up key.",
        )
