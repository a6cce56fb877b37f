"""A TCP proxy that can cut, freeze, slow down, or swallow what comes back."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress

PASS, FREEZE, SLOW, SWALLOW = "pass", "freeze", "slow", "swallow"


class Proxy:
    """Listens on a port of 127.0.0.1 and passes on to another one, as it is told."""

    def __init__(self, port: int, target: int) -> None:
        self.mode = PASS
        self._target = target
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listening = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Closes every connection at once."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for side in pair:
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)
                    side.close()

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                near.close()
                continue
            self._pairs.append((near, far))
            for source, sink, back in ((near, far, False), (far, near, True)):
                threading.Thread(
                    target=self._pass, args=(source, sink), kwargs={"back": back}, daemon=True
                ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, *, back: bool) -> None:
        with suppress(OSError, ValueError):
            while True:
                if self.mode == FREEZE or not select.select([source], [], [], 0.2)[0]:
                    time.sleep(0.01 if self.mode == FREEZE else 0)
                    continue
                data = source.recv(65536)
                if not data:
                    break
                if self.mode == SLOW:
                    time.sleep(0.3)
                if self.mode == SWALLOW and back:
                    continue
                sink.sendall(data)
        for side in (source, sink):
            with suppress(OSError):
                side.close()
