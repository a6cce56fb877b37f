"""Trials in which nothing is killed, and something is not as it should be: a topic that refuses,
a stranger's transaction, a full disk, an index that was put back from an older copy."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from tests.ledger.kafka.altering import altered, stranger
from tests.ledger.kafka.trials.chance import CHANCE
from tests.ledger.kafka.trials.ground import Ground, ground, told
from tests.ledger.kafka.trials.journal import read


def topic_refuses(folder: Path, bootstrap: str, times: int) -> str:
    """One of the topics refuses records by size while the others take them: by turns the log
    itself, and a family's. The whole append is on none of them."""
    with ground(folder, bootstrap) as place:
        place.start().hear("open")
        for turn in range(times):
            place.await_more(2)
            settings = place.settings
            topic = (settings.family_topic("verification"), settings.ledger_topic)[turn % 2]
            with altered(settings, topic, max_message_bytes="120"):
                _await_refused(place, 1)
        place.await_more(2)
        return told(place, f"{times} times one topic refused what the other took")


def hanging_transaction(folder: Path, bootstrap: str, times: int) -> str:
    """A stranger leaves a transaction open on the log: the next writer refuses, and names it."""
    with ground(folder, bootstrap) as place:
        for turn in range(times):
            writer = place.start()
            writer.hear("open")
            place.await_more(2)
            writer.kill()
            name = f"stranger-{turn}-{place.settings.namespace}"
            producer = stranger(place.settings, name)
            producer.begin_transaction()
            producer.send(place.settings.ledger_topic, b"not ours", b"key", partition=0).get(10)
            line = place.start().hear("refused HangingTransaction")
            assert re.search(rf"producer \d+ \({name}\)", line), line
            producer.abort_transaction()
            producer.close()
        place.start().hear("open")
        place.await_more(2)
        return told(place, f"{times} transactions left open by strangers, each named")


def disk_is_full(folder: Path, bootstrap: str, times: int) -> str:
    """The index's disk is full from the moment after Kafka's commit on, until the next start."""
    with ground(folder, bootstrap) as place:
        for _ in range(times):
            writer = place.start(full=True)
            writer.hear("open")
            writer.hear("full")
            time.sleep(CHANCE.random())
            writer.kill()
            writer = place.start()
            writer.hear("open")
            place.await_more(2)
            writer.kill()
        return told(place, f"{times} times no room for the index after Kafka's commit")


def index_is_restored(folder: Path, bootstrap: str, times: int) -> str:
    """The index comes back from an older backup: it catches up, and the writer goes on."""
    with ground(folder, bootstrap) as place:
        for turn in range(times):
            backup = folder / f"backup-{turn}"
            _written(place)
            _copy_index(folder, backup)
            _written(place)
            for file in folder.glob("ledger.sqlite*"):
                file.unlink()
            _copy_index(backup, folder)
            _written(place)
        return told(place, f"{times} times an index from an older backup")


def _await_refused(place: Ground, count: int, seconds: float = 120.0) -> None:
    """Waits until so many more commands were told that nothing was recorded."""
    wanted, until = len(read(place.journal).refused) + count, time.monotonic() + seconds
    while len(read(place.journal).refused) < wanted:
        assert time.monotonic() < until, "nothing was refused"
        time.sleep(0.05)


def _written(place: Ground) -> None:
    """A writer that records a few commands and is killed."""
    writer = place.start()
    writer.hear("open")
    place.await_more(3)
    writer.kill()


def _copy_index(source: Path, target: Path) -> None:
    """With its write-ahead log, as a backup of the folder takes it while nobody writes."""
    target.mkdir(exist_ok=True)
    for file in source.glob("ledger.sqlite*"):
        shutil.copy2(file, target / file.name)
