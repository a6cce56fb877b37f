"""Trials that kill: the writer, the broker, the connection. Each takes how often it is to hurt,
and ends by looking everything over."""

from __future__ import annotations

import time
from pathlib import Path

from deploy.local_kafka import Broker, free_port
from tests.ledger.kafka.trials.chance import CHANCE
from tests.ledger.kafka.trials.ground import ground, told
from tests.ledger.kafka.trials.proxy import FREEZE, PASS, SLOW, SWALLOW, Proxy


def writer_is_killed(folder: Path, bootstrap: str, times: int) -> str:
    """kill -9 at random moments; the next writer starts at once and goes on."""
    with ground(folder, bootstrap) as place:
        for _ in range(times):
            child = place.start()
            child.hear("open")
            place.await_more(1)
            time.sleep(CHANCE.random() * 0.5)
            child.kill()
        return told(place, f"{times} kills")


def broker_is_killed(folder: Path, broker: Broker, times: int) -> str:
    """kill -9 of the broker during appends; the writer waits and goes on by itself."""
    with ground(folder, broker.bootstrap) as place:
        child = place.start()
        child.hear("open")
        for _ in range(times):
            place.await_more(3)
            time.sleep(CHANCE.random() * 0.5)
            broker.kill()
            time.sleep(CHANCE.random() * 2)
            broker.start()
        place.await_more(3)
        child.kill()
        return told(place, f"{times} kills of the broker")


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
                time.sleep(CHANCE.random() * 0.1)
                proxy.mode = (PASS, SLOW, SWALLOW, FREEZE)[turn % 4]
                if proxy.mode != PASS:
                    time.sleep(CHANCE.random() * 2)
                proxy.cut()
                proxy.mode = PASS
            place.await_more(3)
            child.kill()
            return told(place, f"{times} cuts, freezes and swallowed answers")
    finally:
        proxy.close()
        broker.stop()
