"""`tail` and `project`: what follows the topics of a ledger on Kafka from the command line."""

from __future__ import annotations

import dataclasses
import json
import signal
import threading
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from console.exposition import serving
from console.kafka_commands import kafka_of
from console.project_metrics import Standing
from console.session import DEFAULT_LEDGER, Failed, Lang, LedgerDir, bar, session
from console.subscriber_settings import Kafka, Namespace, followed
from domain.calendar import CHINA
from domain.wording import BadValue

if TYPE_CHECKING:
    from consumers.errors import Unreadable
    from consumers.messages import Message


def tail(
    topic: Annotated[str, typer.Argument(help="主题,如 relief.disbursement / the topic")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="从头(默认) / from its beginning (default)")
    ] = False,
    from_position: Annotated[
        int | None,
        typer.Option("--from-position", min=1, help="从账本的这个位置起 / position of the log"),
    ] = None,
    from_time: Annotated[
        str | None,
        typer.Option("--from-time", metavar="INSTANT", help="从此刻起记录的 / recorded since"),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="继续等待 / go on waiting")] = False,
    kafka: Kafka = None,
    namespace: Namespace = "relief",
    lang: Lang = None,
) -> None:
    """逐行输出一个主题的事件(JSON),不占用消费组 / a topic's events as JSON lines, no group."""
    from consumers.tailing import tail_of  # its client is slow to load

    with followed(ledger, kafka, namespace, lang) as (settings, speak):
        if from_beginning + (from_position is not None) + (from_time is not None) > 1:
            raise BadValue("起点只能给一个", "give one place to start from")
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        over: list[Unreadable] = []

        def passed_over(why: Unreadable) -> None:
            over.append(why)
            speak.warn(f"跳过:{why.zh}", f"passed over: {why.en}")

        for message in tail_of(
            topic,
            settings,
            follow=follow,
            from_position=from_position,
            from_micros=None if from_time is None else _micros(from_time),
            passed_over=passed_over,
            stopped=stopped.is_set,
        ):
            speak.raw(line_of(message))
            if stopped.is_set():
                break
    if over:
        raise Failed(1)


def _micros(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadValue(
            "--from-time 应为时刻,如 2024-06-27T12:00:00+08:00",
            "--from-time takes an instant: 2024-06-27T12:00:00+08:00",
        ) from None
    whole = at if at.tzinfo else at.replace(tzinfo=CHINA)
    return (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


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
