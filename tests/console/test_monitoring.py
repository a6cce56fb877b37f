"""What a monitor reads of writer and projector while they run, on a real broker."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from console.exposition import Metric, serving, text_of
from console.project_metrics import SILENT_SECONDS, Standing
from console.write_service import SOCKET, _Connection
from deploy.local_kafka import free_port
from tests.console.conftest import run
from tests.console.test_kafka import writing
from tests.console.test_rebuilding import SOURCES, ledger, register

__all__ = ["ledger"]
PATIENCE_SECONDS = 60


def numbers(text: str) -> dict[str, float]:
    """Name → value; every metric says what it is and of which kind."""
    lines = text.splitlines()
    for what, kind, value in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        name = value.split(" ")[0]
        assert what.startswith(f"# HELP {name} ")
        assert kind in (f"# TYPE {name} counter", f"# TYPE {name} gauge")
    return {name: float(value) for name, value in (line.split(" ") for line in lines[2::3])}


def asked(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def of_port(port: int, path: str) -> tuple[int, str]:
    return asked(http.client.HTTPConnection("127.0.0.1", port, timeout=10), path)


def of_writer(ledger: Path, path: str) -> tuple[int, str]:
    return asked(_Connection(ledger / SOCKET), path)


def awaited(look: Callable[[], bool]) -> bool:
    """Whether it comes true in good time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(OSError):
            if look():
                return True
        time.sleep(0.1)
    return False


@contextmanager
def projecting(ledger: Path) -> Iterator[int]:
    """The projector in a process of its own; its port."""
    port = free_port()
    program = Path(sys.executable).parent / "relief-ledger"
    command = [str(program), "project", "--follow", "--metrics", str(port), "--ledger", str(ledger)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_the_projector_says_where_it_is_and_follows_what_the_writer_adds(ledger: Path) -> None:
    head = len(SOURCES) + 1
    with projecting(ledger) as port:
        assert awaited(lambda: numbers(of_port(port, "/metrics")[1])["relief_projector_lag"] == 0)
        before = numbers(of_port(port, "/metrics")[1])
        assert before["relief_projector_position"] == before["relief_checkpoint_size"] == head
        assert before["relief_projector_commits_total"] >= 1
        assert before["relief_projector_commit_seconds_sum"] > 0
        register(ledger, "bank-z")
        assert awaited(lambda: json.loads(of_port(port, "/health")[1])["position"] == head + 1)
        status, health = of_port(port, "/health")
        assert status == 200
        assert json.loads(health)["following"] is True
        after = numbers(of_port(port, "/metrics")[1])
        assert after["relief_projector_commits_total"] > before["relief_projector_commits_total"]
        assert of_port(port, "/other")[0] == 404


def test_the_writer_says_how_far_it_is_and_what_is_signed(ledger: Path) -> None:
    head = len(SOURCES) + 1
    with writing(ledger):
        status, health = of_writer(ledger, "/health")
        assert (status, json.loads(health)) == (
            200,
            {"open": True, "position": head, "checkpoint_size": head},
        )
        register(ledger, "bank-z")
        found = numbers(of_writer(ledger, "/metrics")[1])
        assert found["relief_writer_open"] == 1
        assert found["relief_log_position"] == head + 1
        assert found["relief_checkpoint_size"] + found["relief_entries_uncovered"] == head + 1
        assert found["relief_commits_total"] == found["relief_entries_total"] == 1
        assert found["relief_commit_seconds_last"] > 0


def test_the_writer_signs_while_it_serves_once_a_checkpoint_is_due(ledger: Path) -> None:
    path = ledger / "relief.toml"
    path.write_text(path.read_text("utf-8").replace("every_entries = 50000", "every_entries = 1"))
    with writing(ledger):
        register(ledger, "bank-z")
        assert awaited(
            lambda: numbers(of_writer(ledger, "/metrics")[1])["relief_entries_uncovered"] == 0
        )
    assert run("verify", "--ledger", str(ledger)).code == 0


def test_a_projector_that_stands_still_is_not_well() -> None:
    now = [0.0]
    standing = Standing(lambda: 7, lambda: now[0])
    standing.round(12, 3)
    with serving(0, standing.health, standing.metrics) as port:
        assert of_port(port, "/health")[0] == 200
        now[0] = SILENT_SECONDS
        status, health = of_port(port, "/health")
        found = numbers(of_port(port, "/metrics")[1])
    assert status == 503
    assert json.loads(health) == {
        "following": False, "position": 12, "lag": 3, "silent_seconds": int(SILENT_SECONDS),
    }  # fmt: skip
    assert found["relief_projector_silent_seconds"] == SILENT_SECONDS
    assert found["relief_checkpoint_size"] == 7


def test_a_port_that_is_taken_is_an_error_and_not_a_silent_monitor() -> None:
    with (
        serving(0, lambda: (True, {}), lambda: text_of([Metric("a", "gauge", "b", 1)])) as port,
        pytest.raises(OSError, match="in use"),
        serving(port, lambda: (True, {}), lambda: ""),
    ):
        pass
