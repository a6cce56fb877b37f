"""A real schema registry on this machine, for where no Docker is: Apicurio Registry from Maven
Central, with the Confluent API. It listens on 127.0.0.1 alone, keeps its data in the folder it is
given, and is ended by its process id. For trying and testing; `deploy.local_kafka run` starts it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local_kafka import CACHE, DEPENDENCY_PLUGIN, HERE, free_port

POM = HERE / "registry.pom.xml"
VERSION = re.findall(r"<version>([0-9]+\.[0-9.]+)</version>", POM.read_text("utf-8"))[0]
JAVA_AT_LEAST = 21
START_SECONDS = 90.0


class RegistryMissing(RuntimeError):
    """No registry can be had here; the message says what is missing."""


def fetch(cache: Path = CACHE) -> Path:
    """The folder of the program, filled on first use. Raises RegistryMissing.

    Two at once: the second waits. A crash half-way leaves a part that is thrown away.
    """
    program = cache / f"registry-{VERSION}"
    if program.is_dir():
        return program
    if shutil.which("mvn") is None:
        raise RegistryMissing("mvn is missing: on Debian, install maven")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if program.is_dir():
            return program
        part = cache / f"registry-{VERSION}.part"
        shutil.rmtree(part, ignore_errors=True)
        command = ["mvn", "-q", "-B", "-f", str(POM), f"{DEPENDENCY_PLUGIN}:unpack-dependencies"]
        # Its marks would say later that it is there, when it was removed: they go with it.
        marks = f"-DmarkersDirectory={part}/marks"
        command += ["-DexcludeTransitive=true", f"-DoutputDirectory={part}", marks]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RegistryMissing(f"mvn could not fetch it ({VERSION}): {done.stdout[-2000:]}")
        part.rename(program)
    return program


def java() -> str:
    """A Java that is new enough. Raises RegistryMissing."""
    for candidate in _javas():
        told = subprocess.run([candidate, "-version"], capture_output=True, text=True).stderr
        found = re.search(r'version "([0-9]+)', told)
        if found and int(found[1]) >= JAVA_AT_LEAST:
            return candidate
    raise RegistryMissing(f"the registry needs Java {JAVA_AT_LEAST} or newer (JAVA_HOME)")


def _javas() -> Iterator[str]:
    homes = [os.environ.get("JAVA_HOME", ""), *map(str, Path("/usr/lib/jvm").glob("*"))]
    for place in (f"{home}/bin/java" for home in homes if home):
        if os.access(place, os.X_OK):
            yield place
    if (plain := shutil.which("java")) is not None:
        yield plain


@dataclass
class Registry:
    """A registry of ours: started, stopped and started again on the same folder and port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the Confluent API is."""
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    def start(self) -> None:
        """Starts it and waits until it answers. Raises RegistryMissing with its last words."""
        program, runtime = fetch(), java()
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "registry.log").open("ab") as log:
            self.process = subprocess.Popen(
                [runtime, *self._options(), "-jar", str(program / "quarkus-run.jar")],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._await_answer()

    def _options(self) -> list[str]:
        settings = {
            "quarkus.http.host": "127.0.0.1",
            "quarkus.http.port": str(self.port),
            "quarkus.management.host": "127.0.0.1",
            "quarkus.management.port": "0",
            "quarkus.log.level": "WARN",
            "quarkus.http.access-log.enabled": "false",
            "apicurio.log.level": "WARN",
            "apicurio.datasource.url": f"jdbc:h2:file:{(self.folder / 'schemas').resolve()}",
        }
        heap = ["-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return [*heap, *(f"-D{key}={value}" for key, value in settings.items())]

    def stop(self, seconds: float = 20.0) -> None:
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

    def _await_answer(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/subjects", timeout=2):
                    return
            except (OSError, urllib.error.URLError):
                time.sleep(0.2)
        words = (self.folder / "registry.log").read_text("utf-8", "replace")[-2000:]
        self.stop(0)
        raise RegistryMissing(f"the registry did not answer within {START_SECONDS:.0f} s: {words}")
