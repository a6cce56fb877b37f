"""The compose file: every image pinned, nothing open to the network, no password, commands that exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from console.cli import app
from console.registry_settings import checked_url
from deploy.local_registry import VERSION
from ledger.kafka.registry import FULL_TRANSITIVE

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
COMMANDS = set(get_command(app).commands)  # type: ignore[attr-defined]


def test_the_services_are_those_of_the_set_up() -> None:
    assert set(SERVICES) == {"kafka", "postgres", "registry", "prepare", "writer", "projector"}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_to_a_version(name: str) -> None:
    assert re.search(r":\d+(\.\d+)+$", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_open_beyond_this_machine(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_no_password_stands_in_the_file() -> None:
    for line in FILE.read_text("utf-8").splitlines():
        if "PASSWORD" in line and ":" in line and not line.lstrip().startswith("#"):
            assert "${RELIEF_DB_PASSWORD:?" in line


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_it_needs_and_that_says_when_it_is_ready(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        else:
            assert how["condition"] == "service_completed_successfully"


def test_kafka_makes_no_topic_by_itself_and_keeps_its_data() -> None:
    kafka = SERVICES["kafka"]
    assert kafka["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert len(kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")) == 2
    for name in ("kafka", "postgres", "writer"):
        sources = [v.partition(":")[0] for v in SERVICES[name]["volumes"]]
        files = [source for source in sources if source.startswith("./")]
        assert all((ROOT / file).is_file() for file in files)
        volumes = set(sources) - set(files)
        assert volumes <= set(COMPOSE["volumes"])


def test_the_registry_holds_schemas_to_what_the_writer_expects_and_keeps_them() -> None:
    registry = SERVICES["registry"]["environment"]
    assert registry["APICURIO_RULES_GLOBAL_COMPATIBILITY"] == FULL_TRANSITIVE
    assert SERVICES["registry"]["image"].endswith(f":{VERSION}")  # the one that is tested
    told = SERVICES["prepare"]["environment"]["RELIEF_REGISTRY_URL"]
    assert checked_url(told) == "http://registry:8080/apis/ccompat/v7"
    assert SERVICES["registry"]["ports"] == ["127.0.0.1:8081:8080"]
    assert '--registry "$RELIEF_REGISTRY_URL"' in (ROOT / "deploy" / "prepare.sh").read_text(
        "utf-8"
    )
    place, _, database = registry["APICURIO_DATASOURCE_URL"].rpartition("/")
    assert place == "jdbc:postgresql://postgres:5432"
    made = (ROOT / "deploy" / "registry.sql").read_text("utf-8")
    assert f"CREATE DATABASE {database};" in made
    mounts = [m for m in SERVICES["postgres"]["volumes"] if m.startswith("./deploy/registry.sql:")]
    assert len(mounts) == 1


def test_what_is_run_exists() -> None:
    script = (ROOT / "deploy" / "prepare.sh").read_text("utf-8")
    told = [" ".join(s["command"]) for s in SERVICES.values() if "command" in s]
    named = re.findall(r"relief-ledger ([a-z-]+)", "\n".join([*told, script]))
    assert len(named) >= 4
    assert set(named) <= COMMANDS
    for words in told:
        if words.endswith(".sh"):
            assert os.access(ROOT / words, os.X_OK)
    assert (ROOT / SERVICES["writer"]["build"]["dockerfile"]).is_file()


def test_compose_itself_reads_the_file() -> None:
    docker = shutil.which("docker")
    env = {**os.environ, "RELIEF_DB_PASSWORD": "x"}
    command = [docker or "docker", "compose", "-f", str(FILE), "config", "--quiet"]
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("docker compose is not on this machine; the structure is checked above")
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
