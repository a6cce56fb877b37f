"""`backup` and `restore`: a whole ledger copied while it is in use, and put back on another machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from console.database_settings import replaced
from console.language import Voice, voice
from console.session import DEFAULT_LEDGER, Lang, LedgerDir, bar, session, spoken
from console.settings import Settings, read_settings
from console.wiring import DAY_MICROS, Relief, opened
from domain.wording import BadValue
from evidence.notes import base64
from ledger.backing_up import (
    CHECKPOINTS,
    SETTINGS,
    VAULT,
    Backup,
    Sources,
    back_up,
    read_backup,
)
from ledger.codec import EventCodec
from ledger.database import open_database
from ledger.errors import NotABackup, NotExtended
from ledger.files import sync_file, sync_folder
from ledger.framing import SchemaFramer
from ledger.lookups import EventLookUps
from ledger.putting_back import check_log, put_back
from ledger.recorder import ReliefApplicationRecorder
from ledger.vault_copies import Restored
from ledger.vault_copies import restore as put_vault_back
from schemas.catalog import catalog


def backup(
    folder: Annotated[Path, typer.Argument(help="新目录 / a new folder")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    keys: Annotated[
        Path | None,
        typer.Option(help="密钥另存到此目录,宜在别处 / copies of the keys, better elsewhere"),
    ] = None,
    lang: Lang = None,
) -> None:
    """在线备份账本、保管库与检查点 / copy the log, the vault and the checkpoints while in use."""
    with session(ledger, lang) as (relief, speak):
        signed = relief.checkpoint()
        if signed is None:
            raise BadValue(
                "账本尚无签名密钥或为空,不能备份;请先运行 relief-ledger new-origin",
                "the ledger has no signing key, or is empty; run relief-ledger new-origin first",
            )
        settings = relief.settings
        sources = Sources(
            settings.name,
            settings.verifier_key,
            relief.recorder,
            relief.vault,
            settings.folder / SETTINGS,
            settings.checkpoint_folder,
        )
        with bar(speak, speak.pick("备份", "backup")) as progress:
            made = back_up(sources, signed, folder, progress)
        copied = _copy_keys(settings.folder, keys) if keys is not None else 0
        _say_backed_up(speak, made, copied)


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="备份目录 / the backup")],
    folder: Annotated[Path, typer.Argument(help="新账本目录 / folder of the restored ledger")],
    keys: Annotated[
        Path, typer.Option(help="存有 master.key 和签名密钥的目录 / folder with the keys")
    ],
    against: Annotated[
        Path | None,
        typer.Option(help="他处保存的检查点 / a checkpoint that was kept elsewhere"),
    ] = None,
    log_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="改存于 PostgreSQL / put the log into PostgreSQL"),
    ] = None,
    views_url: Annotated[
        str | None, typer.Option(metavar="URL", help="视图改存于 PostgreSQL / and the views")
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
    """由备份重建账本;已删除的人不会复原 / rebuild a ledger from a backup; the erased stay erased."""
    speak = voice(lang)
    with spoken(speak):
        if folder.exists():
            raise FileExistsError(folder)
        found = read_backup(source)
        check_log(found)
        made = folder.with_name(folder.name + ".part")
        _lay_out(found, made, keys, log_url, views_url)
        if read_settings(made).kafka is None:  # else the index is made from Kafka, when opened
            with bar(speak, speak.pick("恢复", "restore")) as progress:
                _put_log_back(found, read_settings(made), progress)
        told = _put_vault_back(found, made, accept_missing, against)
        sync_folder(made)
        made.rename(folder)
        sync_folder(folder.absolute().parent)
    _say_restored(speak, folder, found, told)


def _say_backed_up(speak: Voice, made: Backup, keys: int) -> None:
    speak.say(
        f"[green]✓[/green] 已备份到 {made.folder}:{made.position:,} 条,{made.persons:,} 人的密钥,"
        f"树根 {made.root}",
        f"[green]✓[/green] backed up to {made.folder}: {made.position:,} entries, keys of "
        f"{made.persons:,} persons, root {made.root}",
    )
    if keys:
        speak.say(
            f"{keys} 个密钥文件另存完毕;请与备份分开保管",
            f"{keys} key files are copied; keep them apart from the backup",
        )
    else:
        speak.say(
            "备份不含 master.key 和签名密钥,请另行保管(--keys)",
            "master.key and the signing key are not in it; keep copies elsewhere (--keys)",
        )


def _say_restored(speak: Voice, folder: Path, found: Backup, told: Restored) -> None:
    speak.say(
        f"[green]✓[/green] 已恢复到 {folder}:备份中 {found.position:,} 条全部核验并写入;"
        f"{told.persons:,} 人,其中已删除 {told.erased:,} 人,没有密钥 {told.missing:,} 人",
        f"[green]✓[/green] restored to {folder}: {found.position:,} entries of the backup checked "
        f"and applied; {told.persons:,} persons, {told.erased:,} of them erased, "
        f"{told.missing:,} without a key",
    )


def _copy_keys(folder: Path, target: Path) -> int:
    """Copies of every key, 0600. FileExistsError rather than overwriting one."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = sorted(p.name for p in folder.glob("*.key"))
    for name in names:
        _copy_private(folder / name, target / name)
    sync_folder(target)
    return len(names)


def _copy_private(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())


def _lay_out(
    found: Backup, made: Path, keys: Path, log_url: str | None, views_url: str | None
) -> None:
    """The new folder with settings, checkpoints and keys; what a restore that stopped left is gone.
    A log that was on a database of its own comes into a file, where no URL is given."""
    if not (keys / "master.key").is_file():
        raise NotABackup(f"{keys} 中没有 master.key", f"there is no master.key in {keys}")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(mode=0o700, parents=True)
    text = (found.folder / SETTINGS).read_text("utf-8")
    (made / SETTINGS).write_text(replaced(text, log_url, views_url), "utf-8")
    settings = read_settings(made)
    shutil.copytree(found.folder / CHECKPOINTS, settings.checkpoint_folder)
    for path in sorted(keys.glob("*.key")):
        _copy_private(path, made / path.name)
    sync_file(made / SETTINGS)


def _put_log_back(found: Backup, settings: Settings, progress: object) -> None:
    """The entries of the backup, in the log's own database."""
    recorder = ReliefApplicationRecorder(
        open_database(settings.log_place),
        framer=SchemaFramer(catalog()),
        ahead_micros=settings.ahead_days * DAY_MICROS,
        look_ups=EventLookUps(EventCodec()),
    )
    try:
        recorder.create_tables()
        put_back(found, recorder, progress)  # type: ignore[arg-type]
        if base64(recorder.tree.root(found.position)) != found.root:
            raise NotABackup("写入后的树根与备份不符", "the root is not the backup's")
    finally:
        recorder.engine.dispose()


def _put_vault_back(
    found: Backup, made: Path, accept_missing: int, against: Path | None
) -> Restored:
    """The vault, once the log is as far as it can be had (on Kafka: to its end), so that every
    erasure it tells of is carried out before anybody can read."""
    with opened(made) as relief:
        if against is not None:
            _must_extend(relief, against)
        # Read before anything is put in place: on Kafka this is the log as Kafka has it.
        if base64(relief.recorder.tree.root(found.position)) != found.root:
            raise NotABackup("账本与备份的树根不符", "the log's root is not the backup's")
        settings = relief.settings
        return put_vault_back(
            found.folder / VAULT,
            settings.vault,
            settings.master_key,
            relief.recorder,
            accept_missing=accept_missing,
        )


def _must_extend(relief: Relief, against: Path) -> None:
    from evidence.checkpoints import open_checkpoint
    from evidence.errors import EvidenceError

    assert relief.checkpoints is not None
    try:
        signed = open_checkpoint(against.read_bytes(), relief.checkpoints.verifier)
    except (OSError, EvidenceError) as e:
        raise NotABackup(
            "--against 不是本账本的检查点", "--against is no checkpoint of this ledger"
        ) from e
    try:
        relief.checkpoints.check([signed])
    except NotExtended as e:
        raise NotABackup(
            f"备份早于 --against 的检查点({signed.checkpoint.size} 条):{e.zh}",
            f"the backup is older than the checkpoint of --against "
            f"({signed.checkpoint.size} entries): {e.en}",
        ) from e
