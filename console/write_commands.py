"""`write`: the writer as a service; and the way to it for `import` and `record` while it runs."""

from __future__ import annotations

import base64
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from console.kafka_commands import kafka_of
from console.language import Voice, language, voice
from console.session import DEFAULT_LEDGER, Failed, Lang, LedgerDir, session
from console.wiring import Relief
from console.write_service import Unpacked, WriteService, ask, packed


def write(
    ledger: LedgerDir = DEFAULT_LEDGER,
    takeover: Annotated[
        bool, typer.Option("--takeover", help="接管写入权 / take the lease over")
    ] = False,
    lang: Lang = None,
) -> None:
    """写入服务:运行时 import 和 record 交给它 / the writer; import and record go to it."""
    with session(ledger, lang) as (relief, speak):
        kafka_of(relief)
        relief.takeover = takeover
        service = WriteService(relief, {"import": _import, "record": _record})
        try:
            head = relief.ledger.recorder.head().position
            speak.say(
                f"[green]✓[/green] 写入服务已就绪:账本 {head} 条,{service.path}",
                f"[green]✓[/green] the writer is ready: {head} entries, {service.path}",
            )
            _serve(service)
        finally:
            service.server_close()
        speak.say("已停止,写入权已交还", "stopped; the lease is given back")


def _serve(service: WriteService) -> None:
    def stop(*_: object) -> None:
        # shutdown() waits for the loop below, which this handler interrupts.
        threading.Thread(target=service.shutdown).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    service.serve_forever(poll_interval=0.2)


def delegated(
    folder: Path,
    lang: str | None,
    command: str,
    asked: dict[str, Any],
    files: list[Path] | None = None,
    answer: Path | None = None,
) -> bool:
    """True where a write service took the command; what it said is printed, its code is ours."""
    speak = voice(lang)
    if ask(folder, "GET", "/health") is None:
        return False
    asked = {**asked, "lang": language(lang), "width": speak.out.width}
    if files is not None:
        asked["files"] = packed(files)
    said = ask(folder, "POST", f"/{command}", asked)
    if said is None:
        return False
    for number, name, content in said["made"]:
        path = answer or (files or [Path()])[number].with_name(name)
        # Personal data: only who asked may read it.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64decode(content))
    sys.stdout.write(said["out"])
    sys.stderr.write(said["err"])
    if said["exit"]:
        raise Failed(said["exit"])
    return True


def _import(relief: Relief, speak: Voice, asked: dict[str, Any]) -> None:
    from console.import_commands import import_files  # which imports this module

    with Unpacked(asked["files"], asked["made"]) as paths, relief.one_import:
        import_files(relief, speak, paths, asked)


def _record(relief: Relief, speak: Voice, asked: dict[str, Any]) -> None:
    from console.cli import record_text

    record_text(relief, speak, asked["text"], as_json=asked["json"])
