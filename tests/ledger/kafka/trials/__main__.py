"""The trials, long: `python -m tests.ledger.kafka.trials [NAME…] [--times N]`."""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from deploy.local_kafka import Broker
from tests.ledger.kafka.trials import course, projecting, takeovers, unfit
from tests.ledger.kafka.trials.chance import SEED

Trial = Callable[[Path, Broker, int], str]


def _waking(folder: Path, broker: Broker, times: int) -> str:
    told = [
        takeovers.older_writer_wakes_up(
            folder / str(own), broker.bootstrap, max(1, times // 2), own_index=own
        )
        for own in (True, False)
    ]
    return "\n  ".join(told)


TRIALS: dict[str, tuple[int, Trial]] = {
    "writer_killed": (200, lambda f, b, n: course.writer_is_killed(f, b.bootstrap, n)),
    "broker_killed": (50, course.broker_is_killed),
    "older_writer_wakes": (20, _waking),
    "projector_killed": (100, lambda f, b, n: projecting.projector_is_killed(f, b.bootstrap, n)),
    "connection_hurt": (50, lambda f, _, n: course.connection_is_hurt(f, f / "proxied", n)),
    "topic_refuses": (10, lambda f, b, n: unfit.topic_refuses(f, b.bootstrap, n)),
    "hanging_transaction": (5, lambda f, b, n: unfit.hanging_transaction(f, b.bootstrap, n)),
    "disk_full": (10, lambda f, b, n: unfit.disk_is_full(f, b.bootstrap, n)),
    "index_restored": (10, lambda f, b, n: unfit.index_is_restored(f, b.bootstrap, n)),
}
"""Name → how often it hurts, and the trial."""


def main(args: list[str]) -> int:
    """Runs those that are named, or all; says a line each."""
    times = int(args[args.index("--times") + 1]) if "--times" in args else None
    names = [a for i, a in enumerate(args) if a != "--times" and args[i - 1 : i] != ["--times"]]
    unknown = [name for name in names if name not in TRIALS]
    if unknown:
        print(f"no such trial: {', '.join(unknown)}; there are {', '.join(TRIALS)}")
        return 2
    print(f"RELIEF_TRIALS_SEED={SEED}", flush=True)
    with tempfile.TemporaryDirectory(prefix="relief-trials-") as room:
        folder = Path(room)
        broker = Broker(folder / "broker")
        broker.start()
        try:
            for name in names or TRIALS:
                asked, trial = TRIALS[name]
                begun = time.monotonic()
                told = trial(folder / name, broker, times or asked)
                print(f"{name}: {told} ({time.monotonic() - begun:.0f} s)", flush=True)
        finally:
            broker.stop()
    return 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    raise SystemExit(main(sys.argv[1:]))
