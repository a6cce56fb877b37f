"""`topics`: the topics of a ledger on Kafka, made and looked over."""

from __future__ import annotations

import json

import typer

from console.session import DEFAULT_LEDGER, AsJson, Failed, Lang, LedgerDir, session
from console.wiring import Relief
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

    with session(ledger, lang) as (relief, speak):
        made = make(kafka_of(relief))
        if made:
            speak.say(f"[green]✓[/green] 已建立 {', '.join(made)}", f"made: {', '.join(made)}")
        else:
            speak.say("主题都在,未作改动", "all topics are there; nothing was changed")


@topics.command()
def check(ledger: LedgerDir = DEFAULT_LEDGER, as_json: AsJson = False, lang: Lang = None) -> None:
    """检查主题设置是否会丢失记录 / whether their settings could lose a record."""
    from ledger.kafka.topics import check as look_over

    with session(ledger, lang) as (relief, speak):
        found = look_over(kafka_of(relief))
        if as_json:
            typer.echo(json.dumps([vars(d) for d in found], ensure_ascii=False, sort_keys=True))
        for d in () if as_json else found:
            mark = "[red]✗[/red]" if d.loses else "[yellow]![/yellow]"
            speak.say(f"{mark} {d.topic}:{d.zh}", f"{mark} {d.topic}: {d.en}")
        if not found and not as_json:
            speak.say("[green]✓[/green] 主题设置都符合要求", "[green]✓[/green] all topics are fit")
    if any(d.loses for d in found):
        raise Failed(1)
