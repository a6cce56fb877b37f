"""The outside journal: what was asked for and what was acknowledged, written by whoever asks.

It lives in a file of its own, one line a write, so that a writer that is killed cannot take
back what it had said.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evidence.frame import unpack
from ledger.kafka.settings import KafkaSettings
from ledger.labels import label_of
from ledger.vault import Vault
from tests.ledger.kafka.whole_kafka import assert_whole_on_kafka, entries_on_kafka

EVENTS = 2
"""Events of each command of the trials, so that a half of one would show."""


class Journal:
    """Appends lines; each is one write to a file opened for appending."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tried(self, key: str) -> None:
        os.write(self._file, f"try {key}\n".encode())

    def acknowledged(self, key: str, first: int, last: int) -> None:
        os.write(self._file, f"ack {key} {first} {last}\n".encode())

    def refused(self, key: str) -> None:
        os.write(self._file, f"not {key}\n".encode())


@dataclass
class Said:
    """What a journal holds."""

    tried: set[str] = field(default_factory=set)
    acknowledged: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    """Told that nothing was recorded, and never sent again."""


def read(path: Path) -> Said:
    said = Said()
    for line in path.read_text("utf-8").splitlines():
        what, key, *place = line.split()
        if what == "try":
            said.tried.add(key)
        elif what == "not":
            said.refused.add(key)
        else:
            said.acknowledged[key] = (int(place[0]), int(place[1]))
    return said


def assert_nothing_lost(
    settings: KafkaSettings, folder: Path, journal: Path, machines: Sequence[Path] = ()
) -> Said:
    """Every acknowledged command is in the log once, whole, where it was said to be; no other one
    is there in part or twice; what was told not to be recorded is not; no position has two
    values; every machine's index, the topics and the journal agree."""
    said = read(journal)
    for machine in (folder, *machines):
        assert_whole_on_kafka(settings, machine)
    log = entries_on_kafka(settings)[settings.ledger_topic]
    places: dict[bytes, list[int]] = {}
    for position, entry in enumerate(log, 1):
        command = label_of(entry).command_id
        assert command is not None
        places.setdefault(command, []).append(position)
        assert unpack(entry).recorded_at
    vault = Vault.open(folder / "vault.sqlite", folder / "master.key")
    try:
        ids = {key: vault.digest("command", key, "0") for key in said.tried}
    finally:
        vault.close()
    for key, (first, last) in said.acknowledged.items():
        assert places.get(ids[key]) == list(range(first, last + 1)), f"{key} was acknowledged"
    for key in said.refused:
        assert ids[key] not in places, f"{key} was told not to be recorded"
    for key in said.tried - set(said.acknowledged):
        assert len(places.get(ids[key], [])) in (0, EVENTS), f"{key} is there in part"
    return said
