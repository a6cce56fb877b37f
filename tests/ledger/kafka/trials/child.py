"""A writer in a process of its own: records commands until it is ended, and keeps the journal.

    python -m tests.ledger.kafka.trials.child FOLDER JOURNAL NAMESPACE BOOTSTRAP [--takeover] [--full]

Says `open` on its standard output when it is the writer, and why it ends.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from domain.events import UNBORN, CrossCheckCompleted, HouseholdFormed
from ledger.clock import FixedClock
from ledger.commands import Command
from ledger.errors import DiskFull, LedgerError, LedgerLocked
from ledger.ids import new_id
from ledger.kafka.errors import AnotherWriter, KafkaUnavailable, OutcomeUnknown
from ledger.kafka.settings import KafkaSettings
from tests.ledger.kafka.trials.full_disk import FullDisk
from tests.ledger.kafka.trials.journal import Journal
from tests.ledger.kafka.worlds import KafkaWorld, open_kafka_world

THREADS = 3
BUSY_SECONDS = 4.0
SETTINGS = KafkaSettings("", lease_seconds=6.0, commit_seconds=9.0, retry_seconds=90.0)


def main(
    folder: Path, journal: Path, settings: KafkaSettings, *, takeover: bool, full: bool
) -> int:
    """Writes until it is killed, or may write no more."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        disk = FullDisk(settings, said=lambda: say("full")) if full else None
        world = open_kafka_world(
            folder,
            settings,
            FixedClock(),
            disk.producer if disk else None,
            busy_seconds=BUSY_SECONDS,
        )
        if disk:
            disk.under(world.recorder.engine)
        world.kafka_recorder.takeover = takeover
        world.kafka_recorder.open_writer()
    except LedgerError as e:
        say(f"refused {type(e).__name__} {e.en}")
        return 1
    say("open")
    stopped = threading.Event()
    threads = [
        threading.Thread(target=_record, args=(world, Journal(journal), stopped), daemon=True)
        for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    stopped.wait()
    world.close()
    return 1


def _record(world: KafkaWorld, journal: Journal, stopped: threading.Event) -> None:
    while not stopped.is_set():
        key = uuid4().hex
        command = _command(world, key)
        journal.tried(key)
        while not stopped.is_set():
            try:
                receipt = world.ledger.report([command])
            except AnotherWriter as e:
                say(f"stopped {type(e).__name__} {e.en}")
                stopped.set()
            except (LedgerLocked, DiskFull):
                time.sleep(0.2)
            except (OutcomeUnknown, KafkaUnavailable) as e:
                if "another writer" in e.en:
                    say(f"stopped {type(e).__name__} {e.en}")
                    stopped.set()
                elif isinstance(e, KafkaUnavailable):
                    # It was told that nothing is recorded: never sent again, never to be seen.
                    journal.refused(key)
                    break
                time.sleep(0.2)
            else:
                if receipt.recorded:
                    journal.acknowledged(key, receipt.first_position, receipt.last_position)
                break


def _command(world: KafkaWorld, key: str) -> Command:
    head, household = new_id(), new_id()
    formed = HouseholdFormed(meta=UNBORN, head_id=head, town="330681001")
    check = CrossCheckCompleted(meta=UNBORN, person_id=head, request="R", result="meets")
    return world.command(key, formed, check, stream=household)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    place, book, namespace, bootstrap, *flags = sys.argv[1:]
    raise SystemExit(
        main(
            Path(place),
            Path(book),
            replace(SETTINGS, namespace=namespace, bootstrap=bootstrap),
            takeover="--takeover" in flags,
            full="--full" in flags,
        )
    )
