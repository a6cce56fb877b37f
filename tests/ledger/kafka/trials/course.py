"""The trials themselves; each takes how often it is to hurt, and ends by looking everything over."""

from __future__ import annotations

import random
import time
from pathlib import Path

from deploy.local_kafka import Broker, free_port
from tests.ledger.kafka.trials.ground import Ground, ground
from tests.ledger.kafka.trials.proxy import FREEZE, PASS, SLOW, SWALLOW, Proxy

QUIET = random.Random(5)


def writer_is_killed(folder: Path, bootstrap: str, times: int) -> str:
    """kill -9 at random moments; the next writer starts at once and goes on."""
    with ground(folder, bootstrap) as place:
        for _ in range(times):
            child = place.start()
            child.hear("open")
            place.await_more(1)
            time.sleep(QUIET.random() * 0.5)
            child.kill()
        return _told(place, f"{times} kills")


def broker_is_killed(folder: Path, broker: Broker, times: int) -> str:
    """kill -9 of the broker during appends; the writer waits and goes on by itself."""
    with ground(folder, broker.bootstrap) as place:
        child = place.start()
        child.hear("open")
        for _ in range(times):
            place.await_more(3)
            time.sleep(QUIET.random() * 0.5)
            broker.kill()
            time.sleep(QUIET.random() * 2)
            broker.start()
        place.await_more(3)
        child.kill()
        return _told(place, f"{times} kills of the broker")


def older_writer_wakes_up(folder: Path, bootstrap: str, times: int) -> str:
    """Stopped, taken over, continued: the older one must not write, the newer one must go on."""
    with ground(folder, bootstrap) as place:
        older = place.start()
        older.hear("open")
        for _ in range(times):
            place.await_more(2)
            older.pause()
            newer = place.start(takeover=True)
            newer.hear("open")
            place.await_more(2)
            older.resume()
            older.hear("stopped")
            older.process.wait(60)
            place.await_more(2)
            older = newer
        older.kill()
        return _told(place, f"{times} takeovers")


def connection_is_hurt(folder: Path, broker_folder: Path, times: int) -> str:
    """Cut, frozen, slowed down, answers swallowed: in the middle of commits."""
    port, inner = free_port(), free_port()
    broker = Broker(broker_folder, {}, proxied=(inner, port))
    broker.start()
    proxy = Proxy(port, inner)
    try:
        with ground(folder, broker.bootstrap) as place:
            child = place.start(bootstrap=f"127.0.0.1:{port}")
            child.hear("open")
            for turn in range(times):
                place.await_more(3)
                time.sleep(QUIET.random() * 0.1)
                proxy.mode = (PASS, SLOW, SWALLOW, FREEZE)[turn % 4]
                if proxy.mode != PASS:
                    time.sleep(QUIET.random() * 2)
                proxy.cut()
                proxy.mode = PASS
            place.await_more(3)
            child.kill()
            return _told(place, f"{times} cuts, freezes and swallowed answers")
    finally:
        proxy.close()
        broker.stop()


def _told(place: Ground, what: str) -> str:
    said = place.assert_nothing_lost()
    unanswered = len(said.tried) - len(said.acknowledged)
    return (
        f"{what}: {len(said.acknowledged)} commands acknowledged, {unanswered} not; none lost, "
        "none twice, none in part"
    )
