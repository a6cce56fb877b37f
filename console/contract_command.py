"""`asyncapi`: the contract for subscribers as one document that can be handed on alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.language import voice
from console.session import Lang, spoken
from ledger.async_api import text
from ledger.kafka.settings import KafkaSettings


def asyncapi(
    out: Annotated[Path | None, typer.Option("--out", help="新文件 / a new file")] = None,
    namespace: Annotated[
        str, typer.Option(help="主题名的第一段 / first part of the topics' names")
    ] = "relief",
    lang: Lang = None,
) -> None:
    """订阅者的契约(AsyncAPI 3):主题、消息头、Avro 模式、示例 / the contract for subscribers."""
    speak = voice(lang)
    document = text(KafkaSettings("kafka.example.org:9093", namespace), inline=True)
    if out is None:
        typer.echo(document, nl=False)
        return
    # "x": what somebody else wrote is not replaced.
    with spoken(speak), out.open("x", encoding="utf-8") as file:
        file.write(document)
    speak.say(f"已生成 {out}", f"written: {out}")
