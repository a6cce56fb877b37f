"""The real Apache Kafka that tests use: what RELIEF_KAFKA_BOOTSTRAP names, else one of our own.

With CI=true a broker that cannot be had is a failure; elsewhere those tests are skipped, loudly.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local_kafka import Broker, KafkaUnavailable, free_port
from ledger.kafka.settings import KafkaSettings

IMAGE = "apache/kafka:4.3.1"


@lru_cache(maxsize=1)
def shared_bootstrap() -> str:
    """A broker that is there for the whole run. Raises KafkaUnavailable."""
    named = os.environ.get("RELIEF_KAFKA_BOOTSTRAP")
    if named:
        return named
    return _in_docker() or _local()


def _local() -> str:
    folder = Path(tempfile.mkdtemp(prefix="relief-kafka-"))
    broker = Broker(folder)
    try:
        broker.start()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

    def end() -> None:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return broker.bootstrap


def _in_docker() -> str | None:
    if shutil.which("docker") is None:
        return None
    if subprocess.run(["docker", "info"], capture_output=True).returncode != 0:
        return None
    port, name = free_port(), f"relief-kafka-{uuid4().hex[:8]}"
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    command = ["docker", "run", "-d", "--rm", "--name", name, "-p", f"127.0.0.1:{port}:9092"]
    for key, value in settings.items():
        command += ["-e", f"{key}={value}"]
    if subprocess.run([*command, IMAGE], capture_output=True).returncode != 0:
        return None
    atexit.register(lambda: subprocess.run(["docker", "kill", name], capture_output=True))
    _await(f"127.0.0.1:{port}")
    return f"127.0.0.1:{port}"


def _await(bootstrap: str, seconds: float = 60) -> None:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(KafkaError, OSError):
            KafkaAdminClient(bootstrap_servers=bootstrap).close()
            return
        time.sleep(0.5)
    raise KafkaUnavailable(f"{bootstrap} did not answer within {seconds:.0f} s")


def bootstrap_or_skip() -> str:
    """The address; skips where none can be had, unless CI says that there must be one."""
    try:
        return shared_bootstrap()
    except KafkaUnavailable as e:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"no Kafka broker, and CI=true: {e}")
        warnings.warn(f"Kafka tests are skipped: {e}", pytest.PytestWarning, stacklevel=1)
        pytest.skip(f"no Kafka broker: {e}")


def own_broker_or_skip(folder: Path, **settings: str) -> Broker:
    """A broker that a test may kill. As above where none can be had."""
    broker = Broker(folder, {k.replace("_", "."): v for k, v in settings.items()})
    try:
        broker.start()
    except KafkaUnavailable as e:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"no Kafka broker, and CI=true: {e}")
        pytest.skip(f"no Kafka broker: {e}")
    return broker


def fresh_settings(bootstrap: str, **more: object) -> KafkaSettings:
    """Topics of one's own on a shared broker, and short patience."""
    return KafkaSettings(
        bootstrap,
        namespace=f"t{uuid4().hex[:10]}",
        **{"lease_seconds": 3.0, "commit_seconds": 15.0, "hanging_seconds": 2.0, **more},  # type: ignore[arg-type]
    )
