"""The trial of two writers: the older one is stopped, taken over, and wakes up."""

from __future__ import annotations

import time
from pathlib import Path

from tests.ledger.kafka.trials.chance import CHANCE
from tests.ledger.kafka.trials.ground import Child, Ground, ground, told


def older_writer_wakes_up(
    folder: Path, bootstrap: str, times: int, *, own_index: bool = True
) -> str:
    """The older one must not write any more, the newer one must go on.

    `own_index`: the newer one is on another machine, and never held up. Else both share one
    database: where the older one sleeps on its lock, the newer one refuses, by name.
    """
    refusals = 0
    with ground(folder, bootstrap) as place:
        older = place.start()
        older.hear("open")
        for _ in range(times):
            place.await_more(2)
            time.sleep(CHANCE.random() * 0.3)
            older.pause()
            newer, refused = _taking_over(place, older, own_index=own_index)
            refusals += refused
            place.await_more(2)
            older.resume()
            older.hear("stopped")
            older.process.wait(60)
            place.await_more(2)
            older = newer
        where = "an index of its own" if own_index else "the same index"
        return told(place, f"{times} takeovers with {where}, {refusals} refused by a lock at first")


def _taking_over(place: Ground, older: Child, *, own_index: bool) -> tuple[Child, bool]:
    """The newer writer, open; and whether it had to wait until the older one woke up."""
    newer = place.start(takeover=True, machine=place.new_machine() if own_index else None)
    if own_index:
        newer.hear("open")
        return newer, False
    line = newer.hear("open", "refused IndexLocked")
    if line == "open":
        return newer, False
    assert f"pid {older.process.pid}, stopped" in line
    assert "kill -CONT" in line
    # Nobody was fenced: the older one goes on as if nothing had been, and then gives way.
    older.resume()
    place.await_more(2)
    newer = place.start(takeover=True)
    newer.hear("open")
    return newer, True
