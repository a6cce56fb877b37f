"""`tail` and `project`: what follows the topics of a ledger on Kafka from the command line."""

from __future__ import annotations

import dataclasses
import json
import signal
from contextlib import ExitStack
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from console.exposition import serving
from console.kafka_commands import kafka_of
from console.project_metrics import Standing
from console.session import DEFAULT_LEDGER, Lang, LedgerDir, bar, session

if TYPE_CHECKING:
    from consumers.messages import Message


def tail(
    topic: Annotated[str, typer.Argument(help="主题,如 relief.disbursement / the topic")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    from_position: Annotated[
        int, typer.Option("--from-position", help="从账本的这个位置起 / first position of the log")
    ] = 1,
    follow: Annotated[bool, typer.Option("--follow", help="继续等待 / go on waiting")] = False,
    lang: Lang = None,
) -> None:
    """逐行输出一个主题的事件(JSON),不占用消费组 / a topic's events as JSON lines, no group."""
    from consumers.tailing import tail_of  # its client is slow to load

    with session(ledger, lang) as (relief, speak):
        for message in tail_of(topic, kafka_of(relief), follow=follow):
            if message.position >= from_position:
                speak.raw(line_of(message))


def project(
    ledger: LedgerDir = DEFAULT_LEDGER,
    follow: Annotated[bool, typer.Option("--follow", help="继续跟随 / go on following")] = False,
    metrics: Annotated[
        int | None,
        typer.Option(
            "--metrics", metavar="PORT", help="在本机端口提供 /health 与 /metrics / on 127.0.0.1"
        ),
    ] = None,
    lang: Lang = None,
) -> None:
    """由 Kafka 直接追平视图 / bring the views up to Kafka, without an index."""
    from consumers.projector import Projector

    with session(ledger, lang) as (relief, speak), ExitStack() as held:
        standing = Standing(relief.newest_checkpoint_size)
        if metrics is not None:
            port = held.enter_context(serving(metrics, standing.health, standing.metrics))
            speak.say(f"监控:http://127.0.0.1:{port}", f"monitors: http://127.0.0.1:{port}")
        projector = Projector(kafka_of(relief), relief.views_engine)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: projector.stop())
        try:
            with bar(speak, "project") as shown:

                def batch(done: int, total: int) -> None:
                    standing.batch(done, total)
                    if shown is not None:
                        shown(done, total)

                position = projector.catch_up(batch)
            lag = projector.entries.lag()
            standing.round(position, lag)
            speak.say(
                f"[green]✓[/green] 视图在第 {position} 条,尚差 {lag}",
                f"[green]✓[/green] the views are at {position}, lag {lag}",
            )
            if follow:
                projector.run(standing.round, standing.batch)
        finally:
            projector.close()


def line_of(message: Message) -> str:
    """One event as a line of JSON; sealed fields stay sealed, in hex."""
    said = {
        "position": message.position,
        "family_position": message.family_position,
        "recorded_at": message.recorded_at.isoformat(),
        "type": message.event.topic,
        "event": dataclasses.asdict(message.event),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)
