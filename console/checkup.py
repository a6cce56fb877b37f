"""`doctor`: looks the ledger over and says what is well, what is not, and what to do."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass

import typer
from sqlalchemy import Engine

from console.language import Voice
from console.wiring import Relief
from evidence.frame import unpack
from ledger.database import reading
from ledger.errors import LedgerError
from projections.errors import ViewsError
from projections.store import Views
from schemas.catalog import catalog

BATCH = 5000


@dataclass(frozen=True)
class Checkup:
    """One thing that was looked at."""

    name: str
    well: bool
    zh: str
    en: str


def run(relief: Relief, speak: Voice, *, as_json: bool) -> bool:
    """Looks at everything and says it; True where all is well."""
    found = list(_checks(relief))
    if as_json:
        typer.echo(json.dumps([vars(c) for c in found], ensure_ascii=False, sort_keys=True))
    else:
        for c in found:
            mark = "[green]✓[/green]" if c.well else "[red]✗[/red]"
            speak.say(f"{mark} {c.zh}", f"{mark} {c.en}")
    return all(c.well for c in found)


def _checks(relief: Relief) -> Iterator[Checkup]:
    yield _key_file(relief)
    try:
        yield _order(relief)
        yield _clock(relief)
    except LedgerError as e:
        yield Checkup("log", False, e.zh, e.en)
    for engine in _servers(relief):
        yield from postgres_checks(engine)
    if relief.settings.kafka is not None:
        from console.kafka_checkup import kafka_checks  # which imports this module

        yield from kafka_checks(relief, relief.settings.kafka)
    try:
        relief.vault.digest("doctor", "")
        yield Checkup("vault", True, "保管库可用主密钥打开", "the vault opens with the master key")
    except LedgerError as e:
        yield Checkup("vault", False, e.zh, e.en)
    try:
        yield _views(relief)
    except (LedgerError, ViewsError) as e:
        yield Checkup("views", False, e.zh, e.en)


def _servers(relief: Relief) -> Iterator[Engine]:
    """The engines that are PostgreSQL's: of the log, and of the views where they are elsewhere."""
    settings = relief.settings
    if settings.log_address is not None:
        yield relief.log.engine
    elif settings.views_address is not None:
        yield relief.views_engine


def postgres_checks(engine: Engine) -> Iterator[Checkup]:
    """Whether what the server acknowledges survives a power cut."""
    names = ("fsync", "full_page_writes", "synchronous_commit")
    with reading(engine) as conn:
        found = {n: str(conn.exec_driver_sql(f"SHOW {n}").scalar_one()) for n in names}
        version = str(conn.exec_driver_sql("SHOW server_version").scalar_one())
    off = sorted(n for n, value in found.items() if value in ("off", "local"))
    yield Checkup(
        "postgresql",
        not off,
        f"PostgreSQL {version}:提交即写盘"
        if not off
        else f"PostgreSQL {version}:{'、'.join(off)} 未开启,断电可能丢失已确认的内容;请设为 on",
        f"PostgreSQL {version}: what is committed is on the disk"
        if not off
        else f"PostgreSQL {version}: {', '.join(off)} is off: a power cut may lose what was "
        "acknowledged; set it to on",
    )


def _key_file(relief: Relief) -> Checkup:
    path = relief.settings.master_key
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Checkup(
            "master_key",
            False,
            "主密钥可被他人读取;请执行 chmod 600 master.key",
            "others can read the master key; chmod 600 master.key",
        )
    return Checkup(
        "master_key",
        path.exists(),
        "主密钥只有所有者可读" if path.exists() else "缺少 master.key",
        "only its owner can read the master key" if path.exists() else "master.key is missing",
    )


def _order(relief: Relief) -> Checkup:
    """Positions, family positions, stream versions gapless; recorded_at never falls; schemas known."""
    families: dict[int, int] = {}
    streams: dict[bytes, int] = {}
    position = recorded_at = 0
    known = catalog().by_hash
    while rows := relief.recorder.read_entries(position, BATCH):
        for row in rows:
            frame = unpack(row.entry)
            stream = frame.stream_id.bytes
            right = (
                row.position == position + 1
                and frame.family_position == families.get(frame.family_id, 0) + 1
                and frame.stream_version == streams.get(stream, 0) + 1
                and frame.recorded_at == row.recorded_at >= recorded_at
                and frame.schema_hash in known
            )
            if not right:
                return Checkup(
                    "log",
                    False,
                    f"第 {row.position} 条与前文不连续或模式未知;请停止写入并核查备份",
                    f"entry {row.position} does not follow, or its schema is unknown; "
                    "stop writing and look at the backups",
                )
            position, recorded_at = row.position, row.recorded_at
            families[frame.family_id] = frame.family_position
            streams[stream] = frame.stream_version
    return Checkup(
        "log",
        True,
        f"账本 {position} 条,{len(streams)} 个事件流,编号连续、时间不倒退、模式已知",
        f"{position} entries in {len(streams)} streams: numbers gapless, time rising, schemas known",
    )


def _clock(relief: Relief) -> Checkup:
    head, now = relief.recorder.head(), relief.clock.now_micros()
    behind = (head.recorded_at - now) / 60_000_000
    if behind > 5:
        return Checkup(
            "clock",
            False,
            f"本机时钟比账本慢 {behind:.0f} 分钟;请校准",
            f"this clock is {behind:.0f} minutes behind the log; set it",
        )
    return Checkup("clock", True, "时钟与账本相符", "the clock agrees with the log")


def _views(relief: Relief) -> Checkup:
    views, head = Views(relief.views_engine), relief.entries.head()
    at = views.position()
    return Checkup(
        "views",
        at <= head,
        f"视图在第 {at} 条,账本在第 {head} 条(查询时自动追平)",
        f"the views are at {at}, the log at {head} (a query catches up by itself)",
    )
