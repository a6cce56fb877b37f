"""The writer as a service: takes imports and commands over a Unix socket in the ledger's folder.

    POST /import   {"files": [[name, base64], …], options…}  → {"exit", "out", "err", "made"}
    POST /record   {"text": "…", options…}                   → {"exit", "out", "err", "made"}
    GET  /health   {"open": true, "position": …, "checkpoint_size": …}; 503 while it may not write
    GET  /metrics  Prometheus text

Who may use it is who may open the socket: its owner (mode 0600), as with the ledger's files.
The answer is what the command would have printed here, in the asker's language. Commands that
come at the same time share Kafka commits; imports go one after the other.
"""

from __future__ import annotations

import base64
import http.client
import json
import logging
import os
import re
import socket
import socketserver
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from io import StringIO
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from console.language import Voice, language
from console.session import spoken
from console.wiring import Relief
from console.write_metrics import health, metrics
from ledger.errors import LedgerError, LedgerLocked

logger = logging.getLogger(__name__)
SOCKET = "writer.sock"
ROOM = "relief-asked-"
_WHERE = re.compile(rf"{re.escape(tempfile.gettempdir())}/{ROOM}[^/]*/[0-9]+/")
"""Where files lie here is nothing to whoever sent them."""
LONGEST = 100
"""Bytes of a socket's path that every system takes."""
LOOK_SECONDS = 5.0
"""Between two looks whether a checkpoint is due."""
MOST_BYTES = 256 * 1024 * 1024

Command = Callable[[Relief, Voice, dict[str, Any]], None]


class WriteService(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves one open ledger until `shutdown`."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, relief: Relief, commands: dict[str, Command]) -> None:
        self.relief = relief
        self.commands = commands
        self._look_at = 0.0
        self.path = socket_of(relief.settings.folder)
        if ask(relief.settings.folder, "GET", "/health") is not None:
            raise LedgerLocked(
                f"写入服务已在运行({self.path})", f"a write service runs already ({self.path})"
            )
        self.path.unlink(missing_ok=True)  # left by one that was killed
        before = os.umask(0o177)
        try:
            super().__init__(str(self.path), _Handler)
        finally:
            os.umask(before)

    def service_actions(self) -> None:
        """Between two looks at the socket: signs a checkpoint where one is due."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        try:
            self.relief.checkpoint(only_if_due=True)
        except LedgerError as e:
            # The entries stand, and are the next checkpoint's; who asks for one hears it, too.
            logger.warning("writer: %s", e.en)

    def server_close(self) -> None:
        """Waits for those that are being answered."""
        super().server_close()
        self.path.unlink(missing_ok=True)


class _Handler(BaseHTTPRequestHandler):
    server: WriteService
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        relief = self.server.relief
        if self.path == "/health":
            state = health(relief)
            self._answer(200 if state["open"] else 503, json.dumps(state), "application/json")
        elif self.path == "/metrics":
            self._answer(200, metrics(relief), "text/plain; version=0.0.4")
        else:
            self._answer(404, "not found", "text/plain")

    def do_POST(self) -> None:
        command = self.server.commands.get(self.path.strip("/"))
        length = int(self.headers.get("Content-Length") or 0)
        if command is None or not 0 < length <= MOST_BYTES:
            self._answer(404, "not found", "text/plain")
            return
        try:
            asked = json.loads(self.rfile.read(length))
            said = self._run(command, asked)
        except (ValueError, KeyError, TypeError) as e:
            self._answer(400, f"bad request: {type(e).__name__}", "text/plain")
            return
        self._answer(200, json.dumps(said, ensure_ascii=False), "application/json")

    def _run(self, command: Command, asked: dict[str, Any]) -> dict[str, Any]:
        out, err = StringIO(), StringIO()
        width = int(asked.get("width") or 120)
        speak = Voice(
            language(str(asked.get("lang"))),
            Console(file=out, width=width, highlight=False),
            Console(file=err, width=width),
        )
        code, asked["made"] = 0, []
        try:
            with spoken(speak):
                command(self.server.relief, speak, asked)
        except typer.Exit as e:
            code = e.exit_code
        return {
            "exit": code,
            "out": _WHERE.sub("", out.getvalue()),
            "err": _WHERE.sub("", err.getvalue()),
            "made": asked["made"],
        }

    def _answer(self, status: int, text: str, kind: str) -> None:
        raw = text.encode()
        with suppress(BrokenPipeError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what is asked may be personal."""

    def address_string(self) -> str:
        """A Unix socket has no address."""
        return "local"


def socket_of(folder: Path) -> Path:
    """Where the service of a ledger listens."""
    path = (folder / SOCKET).resolve()
    if len(os.fsencode(path)) > LONGEST:
        raise LedgerLocked(
            f"账本目录的路径太长,无法建立 {SOCKET};请移到较短的路径",
            f"the ledger's path is too long for {SOCKET}; move it to a shorter one",
        )
    return path


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(self._path))


def ask(
    folder: Path, method: str, where: str, asked: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """The service's answer; None where none runs. A connection that breaks after that is an
    OSError: what was asked may be recorded, and the same again tells."""
    path = folder / SOCKET
    if not path.exists():
        return None
    connection = _Connection(path)
    try:
        connection.connect()
    except (ConnectionRefusedError, FileNotFoundError):
        return None
    try:
        connection.request(method, where, json.dumps(asked).encode() if asked else None)
        answer = connection.getresponse().read()
    finally:
        connection.close()
    found: dict[str, Any] = json.loads(answer)
    return found


def packed(files: list[Path]) -> list[list[str]]:
    """Files as they travel to the service; one that is missing travels as its name, and is
    refused there as it would be here."""
    return [
        [p.name, *([base64.b64encode(p.read_bytes()).decode()] if p.is_file() else [])]
        for p in files
    ]


class Unpacked:
    """Files that came, each in a folder of its own that nobody else can read; gone at the end.

    What the import puts beside one of them goes back: (number of the file, name, base64).
    """

    def __init__(self, files: list[list[str]], made: list[tuple[int, str, str]]) -> None:
        self._files = files
        self._made = made

    def __enter__(self) -> list[Path]:
        self._room = tempfile.TemporaryDirectory(prefix=ROOM)
        self._paths = []
        for number, (name, *content) in enumerate(self._files):
            path = Path(self._room.name) / str(number) / Path(name).name
            path.parent.mkdir()
            for text in content:
                path.write_bytes(base64.b64decode(text))
            self._paths.append(path)
        return self._paths

    def __exit__(self, *_: object) -> None:
        for number, path in enumerate(self._paths):
            for other in sorted(path.parent.iterdir()):
                if other != path:
                    content = base64.b64encode(other.read_bytes()).decode()
                    self._made.append((number, other.name, content))
        self._room.cleanup()
