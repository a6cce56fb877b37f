"""`topics`, `migrate`, `republish`: what brings a ledger to Kafka and keeps it there."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from console.kafka_settings import asked
from console.language import Voice
from console.session import DEFAULT_LEDGER, AsJson, Failed, Lang, LedgerDir, bar, session
from console.settings import add_kafka
from console.wiring import DAY_MICROS, Relief
from ledger.errors import NotOurs
from ledger.kafka.settings import KafkaSettings

topics = typer.Typer(
    no_args_is_help=True, help="Kafka 主题:建立、检查 / the topics on Kafka: made, looked over"
)


def kafka_of(relief: Relief) -> KafkaSettings:
    """The ledger's Kafka. Raises NotOurs for an embedded one."""
    if relief.settings.kafka is None:
        raise NotOurs(
            '该账本是内嵌的(relief.toml 中没有 [log] kind = "kafka")',
            'this ledger is embedded (relief.toml has no [log] kind = "kafka")',
        )
    return relief.settings.kafka


@topics.command()
def create(ledger: LedgerDir = DEFAULT_LEDGER, lang: Lang = None) -> None:
    """建立缺少的主题(永久保留、只追加) / make the topics that are missing."""
    from ledger.kafka.topics import create as make  # its client is slow to load
    from ledger.kafka.values import schema_ids

    with session(ledger, lang) as (relief, speak):
        settings = kafka_of(relief)
        made = make(settings)
        if made:
            speak.say(f"[green]✓[/green] 已建立 {', '.join(made)}", f"made: {', '.join(made)}")
        else:
            speak.say("主题都在,未作改动", "all topics are there; nothing was changed")
        if (ids := schema_ids(settings)) is not None:
            ids.prepare()
            changed = len(ids.set_compatibility())
            speak.say(
                f"[green]✓[/green] 模式都已登记;{changed} 个改为 FULL_TRANSITIVE",
                f"all schemas are registered; {changed} were set to FULL_TRANSITIVE",
            )


@topics.command()
def check(ledger: LedgerDir = DEFAULT_LEDGER, as_json: AsJson = False, lang: Lang = None) -> None:
    """检查主题设置是否会丢失记录 / whether their settings could lose a record."""
    from ledger.kafka.topics import check as look_over
    from ledger.kafka.values import schema_ids

    with session(ledger, lang) as (relief, speak):
        settings = kafka_of(relief)
        found = look_over(settings)
        ids = schema_ids(settings)
        found += [] if ids is None else ids.check()
        if as_json:
            typer.echo(json.dumps([vars(d) for d in found], ensure_ascii=False, sort_keys=True))
        for d in () if as_json else found:
            mark = "[red]✗[/red]" if d.loses else "[yellow]![/yellow]"
            speak.say(f"{mark} {d.topic}:{d.zh}", f"{mark} {d.topic}: {d.en}")
        if not found and not as_json:
            speak.say("[green]✓[/green] 主题设置都符合要求", "[green]✓[/green] all topics are fit")
    if any(d.loses for d in found):
        raise Failed(1)


def migrate(
    kafka: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Kafka")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    namespace: Annotated[
        str, typer.Option(help="主题前缀 / first part of topics' names")
    ] = "relief",
    registry: Annotated[
        str | None,
        typer.Option(metavar="URL", help="模式注册中心 / schema registry (Confluent API)"),
    ] = None,
    lang: Lang = None,
) -> None:
    """把内嵌账本移到空的 Kafka:位置、字节、树根都不变 / move an embedded ledger to an empty Kafka."""
    from ledger.kafka.topics import create as make

    with session(ledger, lang) as (relief, speak):
        if relief.settings.kafka is not None:
            raise NotOurs("该账本已在 Kafka 上", "this ledger is on Kafka already")
        settings = asked(kafka, namespace, registry, ledger)
        make(settings)
        count = _published(relief, settings, speak)
        add_kafka(ledger, settings)
        speak.say(
            f"[green]✓[/green] {count} 条已发布到 {namespace}.ledger 及各类主题;"
            "relief.toml 已改为以 Kafka 为准,ledger.sqlite 从此是索引",
            f"[green]✓[/green] {count} entries are published to {namespace}.ledger and the "
            "families; relief.toml says so, and ledger.sqlite is an index from here on",
        )


def republish(
    ledger: LedgerDir = DEFAULT_LEDGER,
    yes: Annotated[bool, typer.Option("--yes", help="确认 / go on")] = False,
    lang: Lang = None,
) -> None:
    """Kafka 从旧副本恢复后,按原字节补发索引中多出的记录 / publish what Kafka lacks of the index."""
    with session(ledger, lang) as (relief, speak):
        settings = kafka_of(relief)
        if not yes:
            raise NotOurs(
                "只在 Kafka 丢失了已确认的记录时使用;确认后加 --yes",
                "only for a Kafka that lost acknowledged records; if that is so, add --yes",
            )
        count = _published(relief, settings, speak)
        speak.say(
            f"[green]✓[/green] 已补发 {count} 条", f"[green]✓[/green] {count} entries published"
        )


def _published(relief: Relief, settings: KafkaSettings, speak: Voice) -> int:
    from console.kafka_wiring import kafka_recorder
    from ledger.database import open_database

    engine = open_database(relief.settings.log_place)
    ahead = relief.settings.ahead_days * DAY_MICROS
    recorder = kafka_recorder(settings, engine, relief.clock, relief.codec, ahead)
    recorder.create_tables()
    try:
        with bar(speak, settings.ledger_topic) as progress:
            recorder.writer.progress = progress
            return recorder.publish()
    finally:
        engine.dispose()
