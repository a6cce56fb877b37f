"""Two real processes on one log, at random: none blocks for ever, none loses, nothing is doubled.

The machine sends commands to two writers, to both at once, again to the other one, and kills a
writer in the middle. At the end every command that was acknowledged stands once, what was never
acknowledged stands once or not at all, and the whole log is verified.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.ledger.test_log import open_recorder
from tests.ledger.whole_log import assert_whole
from tests.places import Place, Places

WRITER = """
import sys
from ledger.clock import SystemClock
from ledger.errors import AlreadyRecorded
from ledger.recorder import CommandStamp
from tests.ledger.test_log import open_recorder, some
recorder = open_recorder(sys.argv[1], SystemClock())
for line in sys.stdin:
    name, size = line.split()
    stamp = CommandStamp(bytes.fromhex(name), bytes(16), int(size))
    try:
        recorder.append(some(int(size)), commands=[stamp])
    except AlreadyRecorded:
        pass
    print(name, flush=True)
"""
ROOT = Path(__file__).parents[2]
SIZES = st.integers(1, 6)
WHO = st.integers(0, 1)


class Writer:
    """One process; starts when it is first told something, and again after it was killed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.process: subprocess.Popen[str] | None = None

    def tell(self, name: str, size: int) -> None:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(self.place)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.process.stdin is not None
        self.process.stdin.write(f"{name} {size}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self, *, kill: bool) -> list[str]:
        """Ends it; what it acknowledged before."""
        if self.process is None:
            return []
        process, self.process = self.process, None
        assert process.stdin is not None
        assert process.stdout is not None
        if kill:
            process.send_signal(signal.SIGKILL)
        process.stdin.close()
        said = process.stdout.read().split()
        process.stdout.close()
        process.wait()
        return said


class TwoProcesses(RuleBasedStateMachine):
    """What was told and what was acknowledged; the log is held against it at the end."""

    places: ClassVar[list[Places]]
    """Where to put a log; the one there is, in a list so that it is no method."""

    def __init__(self) -> None:
        super().__init__()
        self.where = self.places[0](f"two{uuid4().hex[:8]}")
        open_recorder(self.where).engine.dispose()
        self.writers = [Writer(self.where), Writer(self.where)]
        self.sizes: dict[str, int] = {}
        self.acknowledged: set[str] = set()

    def _new(self, size: int) -> str:
        name = uuid4().hex
        self.sizes[name] = size
        return name

    @rule(who=WHO, size=SIZES)
    def append(self, who: int, size: int) -> None:
        name = self._new(size)
        self.writers[who].tell(name, size)
        assert self.writers[who].hear() == name
        self.acknowledged.add(name)

    @rule(sizes=st.lists(SIZES, min_size=2, max_size=6))
    def both_at_once(self, sizes: list[int]) -> None:
        told: list[list[str]] = [[], []]
        for n, size in enumerate(sizes):
            name = self._new(size)
            self.writers[n % 2].tell(name, size)
            told[n % 2].append(name)
        for writer, names in zip(self.writers, told, strict=True):
            assert [writer.hear() for _ in names] == names
            self.acknowledged.update(names)

    @precondition(lambda self: self.sizes)
    @rule(who=WHO, data=st.data())
    def the_same_again(self, who: int, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.sizes)))
        self.writers[who].tell(name, self.sizes[name])
        assert self.writers[who].hear() == name
        self.acknowledged.add(name)

    @rule(who=WHO, size=SIZES, more=st.integers(0, 3))
    def killed_in_the_middle(self, who: int, size: int, more: int) -> None:
        for _ in range(more + 1):
            self.writers[who].tell(self._new(size), size)
        self.acknowledged.update(self.writers[who].end(kill=True))

    def teardown(self) -> None:
        for writer in self.writers:
            self.acknowledged.update(writer.end(kill=False))
        recorder = open_recorder(self.where)
        names = [bytes.fromhex(name) for name in self.sizes]
        standing = recorder.known_commands(names)
        assert {bytes.fromhex(n) for n in self.acknowledged} <= set(standing)
        for name, receipt in standing.items():
            size = receipt.last_position - receipt.first_position + 1
            assert size == self.sizes[name.hex()]
        assert assert_whole(recorder) == sum(self.sizes[n.hex()] for n in standing)
        recorder.engine.dispose()


def test_two_processes_at_random_lose_and_double_nothing(places: Places) -> None:
    machine = type("OnThisDatabase", (TwoProcesses,), {"places": [places]})
    few = settings(
        max_examples=4,
        stateful_step_count=10,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=few)
