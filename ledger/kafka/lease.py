"""The lease: who writes this ledger. It stands on Kafka, since the index is disposable.

It is a courtesy with a clear message; what excludes two writers is fencing. It is read before
anything is touched, read again after fencing (whoever wrote it in between keeps it), and written
in the first transaction after that; a fenced writer can no longer write it. Its offset is the
writer's epoch. A holder beats every third of `lease_seconds`; the watcher measures silence by
its own clock, so no two clocks are compared.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import uuid4

from ledger.kafka.client import LogReader
from ledger.kafka.errors import AnotherWriter
from ledger.kafka.records import Outgoing
from ledger.kafka.settings import KafkaSettings

TAIL = 64
"""Offsets before the end that are read first; the last lease is nearly always among them."""
LOOK_SECONDS = 0.5
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Holder:
    """A writer, told apart from every other that ever was."""

    id: str
    host: str
    pid: int
    machine: str
    """Boot and process namespace; empty where the system does not say."""
    started: str
    """When the process began, by the system's own count."""

    @classmethod
    def this(cls) -> Holder:
        """A new writer in this process."""
        return cls(uuid4().hex, socket.gethostname(), os.getpid(), _machine(), _began(os.getpid()))

    def is_gone(self) -> bool:
        """True where it ran on this machine and its process is certainly no more."""
        return (
            bool(self.machine) and self.machine == _machine() and _began(self.pid) != self.started
        )

    def is_stopped(self) -> bool:
        """True where it runs on this machine and was stopped (SIGSTOP) for the time being."""
        mine = bool(self.machine) and self.machine == _machine()
        return mine and _stat(self.pid)[:1] == ["T"] and _began(self.pid) == self.started


@dataclass(frozen=True)
class Lease:
    """The last word on who writes."""

    offset: int
    holder: Holder
    held: bool
    """False: given back in good order."""


def record(settings: KafkaSettings, holder: Holder, *, held: bool) -> Outgoing:
    """The record that says who writes; also each beat of it."""
    text = json.dumps({"holder": asdict(holder), "held": held}, sort_keys=True)
    key = str(settings.partition).encode()
    return Outgoing(settings.lease_topic, key, text.encode(), [("ce_source", _source(settings))])


def read(settings: KafkaSettings, reader: LogReader) -> Lease | None:
    """The lease as it stands; None before the first. Raises KafkaUnavailable."""
    topic = settings.lease_topic
    ends = reader.ends([topic])[topic]
    for start in (max(ends.first, ends.stable - TAIL), ends.first):
        last = None
        for batch in reader.read(topic, start, ends.stable):
            for r in batch:
                last = (r.offset, r.value) if r.value is not None else last
        if last is not None:
            text = json.loads(last[1])
            return Lease(last[0], Holder(**text["holder"]), bool(text["held"]))
    return None


def await_free(
    settings: KafkaSettings,
    reader: LogReader,
    me: Holder,
    *,
    takeover: bool,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Lease | None:
    """Returns when the lease may be taken: free, mine, its holder gone or silent, or `takeover`.

    Raises AnotherWriter as soon as its holder is heard, KafkaUnavailable.
    """
    lease = read(settings, reader)
    if lease is None or not lease.held or lease.holder.id == me.id:
        return lease
    if takeover or lease.holder.is_gone():
        return lease
    until = monotonic() + settings.lease_seconds
    while monotonic() < until:
        sleep(LOOK_SECONDS)
        now = read(settings, reader)
        if now is None or not now.held:
            return now
        if now.offset != lease.offset:
            raise another(now.holder)
    return replace(lease, held=False)


def refuse_overtaken(
    settings: KafkaSettings, reader: LogReader, me: Holder, seen: Lease | None
) -> None:
    """After fencing, when nobody else can write the lease any more: raises AnotherWriter where
    somebody else wrote it since it was seen."""
    now = read(settings, reader)
    unchanged = now is None or (seen is not None and now.offset == seen.offset)
    if now is not None and now.held and now.holder.id != me.id and not unchanged:
        raise another(now.holder)


def another(holder: Holder) -> AnotherWriter:
    """Says who writes and what to do."""
    who = f"{holder.host}, pid {holder.pid}"
    return AnotherWriter(
        f"另一写入进程正在写本账本({who});请先停止它,确需接管时使用 --takeover",
        f"another writer has this ledger ({who}); stop it first, or take over with --takeover",
    )


def _source(settings: KafkaSettings) -> bytes:
    return settings.source.encode()


def _machine() -> str:
    try:
        return BOOT.read_text("ascii").strip() + "/" + os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _began(pid: int) -> str:
    """When the process began; "" where there is none. A pid that is used again has another one."""
    return (_stat(pid)[19:20] or [""])[0]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third one on: state first, the beginning at 19."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
