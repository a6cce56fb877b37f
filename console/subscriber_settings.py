"""Which Kafka a subscriber follows: a ledger's, or, for a department that has none, an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from console.language import Voice, voice
from console.session import spoken
from console.settings import read_settings
from ledger.errors import NotOurs
from ledger.kafka.settings import KafkaSettings

Kafka = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT", help="不经账本目录,直接连接 / follow it without a ledger's folder"
    ),
]
Namespace = Annotated[str, typer.Option(help="主题前缀 / first part of topics' names")]


@contextmanager
def followed(
    ledger: Path, kafka: str | None, namespace: str, lang: str | None
) -> Iterator[tuple[KafkaSettings, Voice]]:
    """The settings and a voice; nothing of the ledger but `relief.toml` is read.

    Errors that are ours become a sentence and exit code 1.
    """
    speak = voice(lang)
    with spoken(speak):
        yield _settings(ledger, kafka, namespace), speak


def _settings(ledger: Path, kafka: str | None, namespace: str) -> KafkaSettings:
    if kafka is not None:
        return KafkaSettings(kafka, namespace)
    settings = read_settings(ledger).kafka
    if settings is None:
        raise NotOurs(
            "该账本是内嵌的,没有可订阅的主题;可用 --kafka HOST:PORT 指定",
            "this ledger is embedded and has no topics to follow; name one: --kafka HOST:PORT",
        )
    return settings
