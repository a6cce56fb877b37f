"""Says who has the index locked and what to do, instead of waiting for ever or saying `locked`.

A process that was stopped (SIGSTOP, a frozen virtual machine) in a transaction keeps its lock for
as long as it sleeps. Fencing on Kafka does not help there: whoever shares its index refuses after
the database's bounded wait; whoever has an index of his own is not held up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import LedgerLocked
from ledger.kafka import lease
from ledger.kafka.client import LogReader
from ledger.kafka.errors import IndexLocked, KafkaUnavailable
from ledger.kafka.settings import KafkaSettings


@contextmanager
def naming_who_locks(settings: KafkaSettings, reader: LogReader) -> Iterator[None]:
    """LedgerLocked from within becomes IndexLocked, which names the likely holder."""
    try:
        yield
    except IndexLocked:
        raise
    except LedgerLocked as e:
        raise _locked(_holder(settings, reader)) from e


def _holder(settings: KafkaSettings, reader: LogReader) -> lease.Holder | None:
    """Who wrote last, as far as Kafka says."""
    try:
        found = lease.read(settings, reader)
    except (KafkaUnavailable, ValueError, KeyError, TypeError):
        return None  # the refusal must not fail for want of a name
    return found.holder if found is not None and found.held else None


def _locked(holder: lease.Holder | None) -> IndexLocked:
    zh, en, pid = "另一进程", "another process", "PID"
    if holder is not None:
        stopped = holder.is_stopped()
        zh = f"写入进程({holder.host},pid {holder.pid}{',已被暂停' if stopped else ''})"
        state = ", stopped" if stopped else ""
        en = f"most likely the writer ({holder.host}, pid {holder.pid}{state})"
        pid = str(holder.pid)
    return IndexLocked(
        f"索引(账本数据库)被锁住,等待后仍未放开:{zh}停在事务当中。本次没有写入。"
        f"请让它继续(kill -CONT {pid})或结束它(kill -9 {pid}),然后重试;"
        "也可在另一台机器上用自己的索引以 --takeover 接管",
        f"the index (the ledger's database) stays locked by {en}, in the middle of a transaction. "
        f"Nothing was recorded. Let it go on (kill -CONT {pid}) or end it (kill -9 {pid}), then "
        "try again; or take over with --takeover on a machine with an index of its own",
    )
