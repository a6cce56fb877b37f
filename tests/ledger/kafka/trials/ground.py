"""What a trial stands on: topics of its own, a folder with a vault, a journal, and writers."""

from __future__ import annotations

import queue
import shutil
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
from tests.ledger.kafka.trials.observer import assert_all_stands
from tests.ledger.kafka.worlds import new_kafka_world

ROOT = Path(__file__).parents[4]
PATIENCE = 120.0


@dataclass
class Child:
    """A process of a trial and what it says."""

    process: subprocess.Popen[str]
    errors: Path
    said: queue.Queue[str] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @classmethod
    def start(cls, module: str, words: list[str], errors: Path) -> Child:
        """Runs a module of the trials; what it writes on its standard error is kept."""
        command = [sys.executable, "-m", f"tests.ledger.kafka.trials.{module}", *words]
        with errors.open("ab") as kept:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=kept, text=True
            )
        return cls(process, errors)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.put(line.strip())
        self.said.put("ended")

    def hear(self, *beginnings: str, seconds: float = PATIENCE) -> str:
        """Waits for a line that begins so; any other one is an error, and so is its end."""
        try:
            line = self.said.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"not a word for {seconds} s, instead of {beginnings}") from None
        assert line.startswith(beginnings), f"{line}\n{self.errors.read_text('utf-8')[-2000:]}"
        return line

    def last_words(self) -> list[str]:
        """All that was said and not heard yet."""
        self._listener.join(5)
        return [self.said.get() for _ in range(self.said.qsize())]

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
    machines: list[Path] = field(default_factory=list)

    @property
    def journal(self) -> Path:
        return self.folder / "journal.txt"

    @property
    def notes(self) -> Path:
        """What the observer saw."""
        return self.folder / "notes.txt"

    @property
    def errors(self) -> Path:
        """What the children wrote on their standard error."""
        return self.folder / "errors.txt"

    def new_machine(self) -> Path:
        """A folder with the same vault and an index of its own."""
        made = self.folder / f"machine-{len(self.machines) + 1}"
        made.mkdir()
        for name in ("vault.sqlite", "master.key"):
            shutil.copy2(self.folder / name, made / name)
        self.machines.append(made)
        return made

    def start(
        self,
        *,
        takeover: bool = False,
        full: bool = False,
        bootstrap: str | None = None,
        machine: Path | None = None,
    ) -> Child:
        """A writer process; `hear("open")` says when it writes. `full`: see `FullDisk`."""
        words = [str(machine or self.folder), str(self.journal), self.settings.namespace]
        words += [bootstrap or self.settings.bootstrap, *(["--takeover"] if takeover else [])]
        words += ["--full"] if full else []
        return self.child("child", words)

    def child(self, module: str, words: list[str]) -> Child:
        """A process that is ended with the trial."""
        child = Child.start(module, words, self.errors)
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

    def assert_nothing_lost(self, *, same_offsets: bool = True) -> tuple[Said, int]:
        """Nothing lost, and nothing read that was taken back; with the number of records of
        aborted transactions, which nobody saw."""
        self.end_children()
        said = assert_nothing_lost(self.settings, self.folder, self.journal, self.machines)
        return said, assert_all_stands(self.settings, self.notes, same_offsets=same_offsets)

    def end_children(self) -> None:
        """Ends every process, a stopped one too."""
        for child in self.children:
            child.resume()
            child.kill()


@contextmanager
def ground(folder: Path, bootstrap: str) -> Iterator[Ground]:
    """Topics, vault and the bureau's source; every child is ended at the end."""
    settings = fresh_settings(bootstrap)
    create(settings)
    folder.mkdir(parents=True, exist_ok=True)
    new_kafka_world(folder, settings).close()
    found = Ground(folder, settings)
    found.journal.touch()
    found.notes.touch()
    found.child("observer", [settings.namespace, settings.bootstrap, str(found.notes)])
    try:
        yield found
    finally:
        found.end_children()


def told(place: Ground, what: str, *, same_offsets: bool = True) -> str:
    """Looks everything over; one line for whoever reads the trial."""
    said, aborted = place.assert_nothing_lost(same_offsets=same_offsets)
    unanswered = len(said.tried) - len(said.acknowledged) - len(said.refused)
    return (
        f"{what}: {len(said.acknowledged)} commands acknowledged, {len(said.refused)} refused, "
        f"{unanswered} unanswered; none lost, none twice, none in part; {aborted} records of "
        "aborted transactions, none of them read"
    )
