"""What a monitor reads: Prometheus text, and a health page, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

KIND = "text/plain; version=0.0.4"


class Metric(NamedTuple):
    """One number."""

    name: str
    kind: str
    what: str
    value: float | int


def text_of(metrics: list[Metric]) -> str:
    """Prometheus text format 0.0.4."""
    lines = []
    for name, kind, what, value in metrics:
        lines += [f"# HELP {name} {what}", f"# TYPE {name} {kind}", f"{name} {value}"]
    return "\n".join(lines) + "\n"


@contextmanager
def serving(
    port: int, health: Callable[[], tuple[bool, dict[str, Any]]], metrics: Callable[[], str]
) -> Iterator[int]:
    """Answers /health (503 where it is not well) and /metrics on 127.0.0.1; yields the port.

    Port 0: a free one. OSError where the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            if self.path == "/health":
                well, state = health()
                self._answer(200 if well else 503, json.dumps(state), "application/json")
            elif self.path == "/metrics":
                self._answer(200, metrics(), KIND)
            else:
                self._answer(404, "not found", "text/plain")

        def _answer(self, status: int, text: str, kind: str) -> None:
            raw = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a monitor asks every few seconds."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
