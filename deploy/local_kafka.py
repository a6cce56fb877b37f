"""A real Apache Kafka on this machine, for where no Docker is: fetched from Maven Central, one node.
A schema registry stands beside it where the machine can run one (`deploy/local_registry.py`).

    python -m deploy.local_kafka run [FOLDER]     until Ctrl-C; says the addresses
    python -m deploy.local_kafka fetch            the jars only

It listens on 127.0.0.1 alone, on ports that were free, keeps its data in the folder it is
given, and is ended by its process id. It is for trying and testing, with one copy of everything:
what production needs is in docs/kafka.md.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

if TYPE_CHECKING:
    from deploy.local_registry import Registry

HERE = Path(__file__).parent
CACHE = HERE.parent / ".kafka"
POM = HERE / "kafka.pom.xml"
VERSION = re.findall(r"<version>([0-9.]+\.[0-9.]+)</version>", POM.read_text("utf-8"))[0]
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
START_SECONDS = 90.0
LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


class KafkaUnavailable(RuntimeError):
    """No broker can be had here; the message says what is missing."""


def fetch(cache: Path = CACHE) -> Path:
    """The folder of the jars, filled on first use. Raises KafkaUnavailable.

    Two at once: the second waits. A crash half-way leaves a part that is thrown away.
    """
    jars = cache / f"kafka-{VERSION}"
    if jars.is_dir():
        return jars
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise KafkaUnavailable(
                f"{tool} is missing: on Debian, install default-jre-headless and maven"
            )
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if jars.is_dir():
            return jars
        part = cache / f"kafka-{VERSION}.part"
        shutil.rmtree(part, ignore_errors=True)
        command = ["mvn", "-q", "-B", "-f", str(POM), f"{DEPENDENCY_PLUGIN}:copy-dependencies"]
        command += ["-DincludeScope=runtime", f"-DoutputDirectory={part}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise KafkaUnavailable(f"mvn could not fetch Kafka {VERSION}: {done.stdout[-2000:]}")
        part.rename(jars)
    return jars


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Broker:
    """A broker of ours: started, killed and started again on the same folder and port."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    proxied: tuple[int, int] | None = None
    """A second listener, and the port under which a proxy offers it."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits until it answers. Raises KafkaUnavailable with its last words."""
        jars = fetch()
        self.folder.mkdir(parents=True, exist_ok=True)
        properties = self._write_properties()
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(jars, properties)
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._java(jars, "kafka.Kafka", str(properties)),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._await_answer()

    def stop(self, seconds: float = 30.0) -> None:
        """Ends it gently, then not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """SIGSTOP: connections stay, nothing answers."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGCONT)

    def tool(self, main: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Runs one of Kafka's own tools by its class, such as the console consumer."""
        return subprocess.run(self._java(fetch(), main, *args), capture_output=True, text=True)

    def _java(self, jars: Path, main: str, *args: str) -> Sequence[str]:
        heap = ("-Xms128m", "-Xmx640m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        log = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        return ["java", *heap, log, "-cp", f"{jars}/*", main, *args]

    def _write_properties(self) -> Path:
        (self.folder / "log4j2.properties").write_text(LOGGING, "utf-8")
        lines = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://{self.bootstrap},"
            f"CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",
            **self.settings,
        }
        if self.proxied is not None:
            inner, outer = self.proxied
            lines["listeners"] += f",PROXIED://127.0.0.1:{inner}"
            lines["advertised.listeners"] += f",PROXIED://127.0.0.1:{outer}"
            lines["listener.security.protocol.map"] += ",PROXIED:PLAINTEXT"
            lines["inter.broker.listener.name"] = "PLAINTEXT"
        path = self.folder / "server.properties"
        path.write_text("".join(f"{k}={v}\n" for k, v in lines.items()), "utf-8")
        return path

    def _format(self, jars: Path, properties: Path) -> None:
        tool = "kafka.tools.StorageTool"
        made = subprocess.run(
            self._java(jars, tool, "random-uuid"), capture_output=True, text=True, check=True
        )
        cluster = made.stdout.split()[-1]
        command = self._java(jars, tool, "format", "-t", cluster, "-c", str(properties))
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise KafkaUnavailable(f"the data folder cannot be formatted: {done.stdout[-2000:]}")

    def _await_answer(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), 0.2):
                    pass
                KafkaAdminClient(bootstrap_servers=self.bootstrap).close()
                return
            except (OSError, KafkaError):
                time.sleep(0.1)
        words = (self.folder / "broker.log").read_text("utf-8", "replace")[-2000:]
        self.kill()
        raise KafkaUnavailable(f"the broker did not answer within {START_SECONDS:.0f} s: {words}")


def main(args: Sequence[str]) -> int:
    """The script."""
    action, *rest = args or ["run"]
    if action == "fetch":
        from deploy.local_registry import fetch as fetch_registry

        print(fetch())
        print(fetch_registry())
        return 0
    broker = Broker(Path(rest[0]) if rest else CACHE / "data")
    print(f"fetching and starting Apache Kafka {VERSION} …", file=sys.stderr)
    broker.start()
    assert broker.process is not None
    print(f"RELIEF_KAFKA_BOOTSTRAP={broker.bootstrap}  (pid {broker.process.pid})", flush=True)
    registry = _registry_beside(broker.folder)
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        if registry is not None:
            registry.stop()
        broker.stop()
    return 0


def _registry_beside(folder: Path) -> Registry | None:
    from deploy.local_registry import Registry, RegistryMissing

    registry = Registry(folder / "registry")
    try:
        registry.start()
    except RegistryMissing as e:
        print(f"without a schema registry: {e}", file=sys.stderr)
        return None
    assert registry.process is not None
    print(f"RELIEF_REGISTRY_URL={registry.url}  (pid {registry.process.pid})", flush=True)
    return registry


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
