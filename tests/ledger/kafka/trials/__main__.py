"""The trials, long: `python -m tests.ledger.kafka.trials [NAME…] [--times N]`."""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from deploy.local_kafka import Broker
from tests.ledger.kafka.trials import course

TIMES = {"writer": 200, "broker": 50, "takeover": 20, "connection": 50}


def main(args: list[str]) -> int:
    """Runs those that are named, or all; says a line each."""
    times = int(args[args.index("--times") + 1]) if "--times" in args else None
    names = [a for a in args if a in TIMES] or list(TIMES)
    with tempfile.TemporaryDirectory(prefix="relief-trials-") as room:
        folder = Path(room)
        broker = Broker(folder / "broker")
        broker.start()
        try:
            for name in names:
                begun = time.monotonic()
                told = _trial(name, folder, broker)(times or TIMES[name])
                print(f"{name}: {told} ({time.monotonic() - begun:.0f} s)", flush=True)
        finally:
            broker.stop()
    return 0


def _trial(name: str, folder: Path, broker: Broker) -> Callable[[int], str]:
    place = folder / name
    return {
        "writer": lambda n: course.writer_is_killed(place, broker.bootstrap, n),
        "broker": lambda n: course.broker_is_killed(place, broker, n),
        "takeover": lambda n: course.older_writer_wakes_up(place, broker.bootstrap, n),
        "connection": lambda n: course.connection_is_hurt(place, folder / "proxied", n),
    }[name]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(main(sys.argv[1:]))
