"""What a trial stands on: topics of its own, a folder with a vault, a journal, and writers."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import create
from tests.kafka_broker import fresh_settings
from tests.ledger.kafka.trials.journal import Said, assert_nothing_lost, read
from tests.ledger.kafka.worlds import new_kafka_world

ROOT = Path(__file__).parents[4]
PATIENCE = 120.0


@dataclass
class Child:
    """A writer process and what it says."""

    process: subprocess.Popen[str]
    said: queue.Queue[str] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.put(line.strip())

    def hear(self, beginning: str, seconds: float = PATIENCE) -> str:
        """Waits for a line that begins so; any other one is an error."""
        line = self.said.get(timeout=seconds)
        assert line.startswith(beginning), line
        return line

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join(5)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@dataclass
class Ground:
    """One trial's place."""

    folder: Path
    settings: KafkaSettings
    children: list[Child] = field(default_factory=list)

    @property
    def journal(self) -> Path:
        return self.folder / "journal.txt"

    def start(self, *, takeover: bool = False, bootstrap: str | None = None) -> Child:
        """A writer process; `hear("open")` says when it writes."""
        command = [sys.executable, "-m", "tests.ledger.kafka.trials.child"]
        command += [str(self.folder), str(self.journal), self.settings.namespace]
        command += [bootstrap or self.settings.bootstrap, *(["--takeover"] if takeover else [])]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        child = Child(process)
        self.children.append(child)
        return child

    def acknowledged(self) -> int:
        return len(read(self.journal).acknowledged)

    def await_more(self, count: int, seconds: float = PATIENCE) -> None:
        """Waits until so many more commands are acknowledged."""
        wanted, until = self.acknowledged() + count, time.monotonic() + seconds
        while self.acknowledged() < wanted:
            assert time.monotonic() < until, f"no {count} commands within {seconds} s"
            time.sleep(0.05)

    def assert_nothing_lost(self) -> Said:
        return assert_nothing_lost(self.settings, self.folder, self.journal)


@contextmanager
def ground(folder: Path, bootstrap: str) -> Iterator[Ground]:
    """Topics, vault and the bureau's source; every child is ended at the end."""
    settings = fresh_settings(bootstrap)
    create(settings)
    folder.mkdir(parents=True, exist_ok=True)
    new_kafka_world(folder, settings).close()
    found = Ground(folder, settings)
    found.journal.touch()
    try:
        yield found
    finally:
        for child in found.children:
            child.resume()
            child.kill()
