"""The trial of the projector: killed during a batch, again and again, while a writer goes on.

    python -m tests.ledger.kafka.trials.projecting VIEWS NAMESPACE BOOTSTRAP

is a projector in a process of its own. It says `in` when it begins a batch and `out` when the
batch is committed.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from consumers.kafka_entries import KafkaEntries
from consumers.projector import Projector
from ledger.kafka.settings import KafkaSettings
from projections import store
from projections.database import open_database
from projections.entries import Recorded
from projections.replay import replay
from projections.store import Views
from tests.ledger.kafka.trials.chance import CHANCE
from tests.ledger.kafka.trials.ground import Child, Ground, ground, told

BATCH = 40
"""Entries of a batch here: small ones, so that there are many to be killed in."""


class Telling(KafkaEntries):
    """Says when a batch begins."""

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        if limit > 1:
            say("in")
        return super().read(after, limit)


def projector_is_killed(folder: Path, bootstrap: str, times: int) -> str:
    """kill -9 of the projector; the views must be what a replay makes of the log."""
    with ground(folder, bootstrap) as place:
        place.start().hear("open")
        place.await_more(BATCH)
        inside = 0
        for _ in range(times):
            child = _projector(place)
            child.hear("in")
            time.sleep(CHANCE.random() * 0.25)
            child.kill()
            words = [w for w in child.last_words() if w in ("in", "out")]
            inside += not words or words[-1] == "in"
        place.end_children()
        position, rows = _assert_views_are_a_replay(place)
        what = f"{times} kills of the projector, {inside} of them in a batch; {rows} rows of views"
        return told(place, f"{what} at {position} are those of a replay")


def _projector(place: Ground) -> Child:
    settings = place.settings
    words = [str(place.folder / "views.sqlite"), settings.namespace, settings.bootstrap]
    return place.child("projecting", words)


def _assert_views_are_a_replay(place: Ground) -> tuple[int, int]:
    """Brings the views up to the end first. Returns position and rows."""
    engines = [open_database(place.folder / name) for name in ("views.sqlite", "fresh.sqlite")]
    projector = Projector(place.settings, engines[0])
    try:
        done = replay(projector.views, Views(engines[1]), projector.entries)
        assert not done.differences, done.differences[:3]
        assert done.rows > 0
        assert projector.entries.lag() == 0
        return done.position, done.rows
    finally:
        projector.close()
        for engine in engines:
            engine.dispose()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(views: Path, settings: KafkaSettings) -> None:
    """Projects until it is killed."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    vars(store)["BATCH"] = BATCH
    engine = open_database(views)
    projector = Projector(settings, engine)
    projector.entries.close()
    projector.entries = Telling(settings, engine)
    while True:
        projector.views.catch_up(projector.entries, progress=lambda *_: say("out"))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]), KafkaSettings(sys.argv[3], sys.argv[2]))
