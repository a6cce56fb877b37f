"""The command line with Kafka and a real schema registry; and what `relief.toml` says of it."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from console.kafka_settings import read_log, section
from console.settings import read_settings
from ledger.errors import NotOurs
from ledger.kafka.settings import KafkaSettings, RegistrySettings
from tests.console.conftest import Demo, run
from tests.schema_registry import registry_or_skip

URL = "https://registry.example.org/apis/ccompat/v7"


def log(**registry: object) -> dict[str, object]:
    return {"log": {"kind": "kafka", "bootstrap": "b:9092", "registry": {"url": URL, **registry}}}


def test_a_ledger_with_a_registry_is_made_filled_looked_over_and_read(
    tmp_path: Path, bootstrap: str, demo: Demo
) -> None:
    ledger, namespace = tmp_path / "k", f"r{uuid4().hex[:8]}"
    url = registry_or_skip().url
    told = run(
        "init", str(ledger), "--kafka", bootstrap, "--namespace", namespace, "--registry", url
    )
    assert told.code == 0, told.err
    where = ("--ledger", str(ledger), "--lang", "en")
    (first, *_) = sorted((demo.folder / "files").glob("0[0-9]*.xlsx"))
    assert run("import", str(first), *where).code in (0, 1)
    made = run("topics", "create", *where)
    assert "all schemas are registered; 0 were set to FULL_TRANSITIVE" in made.out
    assert run("topics", "check", *where).code == 0
    doctor = json.loads(run("doctor", *where, "--json").out)
    (registry,) = [c for c in doctor if c["name"] == "registry"]
    assert registry["well"]
    tailed = run("tail", f"{namespace}.ledger", *where)
    assert len(tailed.out.splitlines()) > 10
    assert run("project", *where).code == 0
    for path in [*ledger.glob("ledger.sqlite*"), *ledger.glob("views.sqlite*")]:
        path.unlink()
    (ledger / "schema-ids.json").unlink()
    assert run("verify", *where).code == 0
    # An address where no registry is: said by `topics check`, and nothing can be recorded.
    toml = (ledger / "relief.toml").read_text("utf-8")
    (ledger / "relief.toml").write_text(toml.replace(url, "http://127.0.0.1:9/none"), "utf-8")
    checked = run("topics", "check", *where)
    assert checked.code == 1
    assert "the schema registry at http://127.0.0.1:9/none gives no usable answer" in checked.out


def test_what_is_written_of_a_registry_is_read_again(tmp_path: Path) -> None:
    import tomllib

    file = tmp_path / "schema-ids.json"
    settings = KafkaSettings("b:9092", registry=RegistrySettings(URL, ids_file=file))
    assert read_log(tomllib.loads(section(settings)), {}, tmp_path) == settings
    assert read_log(tomllib.loads(section(KafkaSettings("b:9092"))), {}) == KafkaSettings("b:9092")


def test_passwords_and_tokens_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n", "utf-8")
    found = read_log(log(username="w", password_env="P", ssl_cafile="ca.pem"), {"P": "geheim"})
    assert found is not None
    assert found.registry is not None
    assert found.registry.password is not None
    assert found.registry.password() == "geheim"
    assert (found.registry.username, found.registry.ssl_cafile) == ("w", "ca.pem")
    assert "geheim" not in repr(found)
    held = read_log(log(token_file=str(tmp_path / "token")), {})
    assert held is not None
    assert held.registry is not None
    assert held.registry.token is not None
    assert held.registry.token() == "abc"


@pytest.mark.parametrize(
    ("registry", "told"),
    [
        ({"password": "x", "username": "w"}, "[log.registry] password"),
        ({"username": "w"}, "username + password_env"),
        ({"password_env": "P"}, "username + password_env"),
        ({"username": "w", "password_env": "P", "token_env": "T"}, "username + password_env"),
        ({"urls": "x"}, "[log.registry] urls"),
        ({"url": ""}, "[log.registry] url"),
        ({"url": "ftp://registry"}, "[log.registry] url"),
        ({"url": "https://[::1"}, "[log.registry] url"),
        ({"url": "https://w:x@registry/"}, "with a password"),
        ({"url": "http://registry:8080/", "token_env": "T"}, "a password goes over TLS"),
    ],
)
def test_settings_that_make_no_sense_or_give_a_password_away_are_refused(
    registry: dict[str, str], told: str
) -> None:
    with pytest.raises(NotOurs) as refused:
        read_log(log(**registry), {"P": "geheim", "T": "geheim"})
    assert told in refused.value.en
    assert "geheim" not in refused.value.en + refused.value.zh


def test_no_registry_means_single_object_encoding(tmp_path: Path) -> None:
    assert run("init", str(tmp_path / "plain")).code == 0
    assert read_settings(tmp_path / "plain").kafka is None
    plain = read_log({"log": {"kind": "kafka", "bootstrap": "b"}}, {})
    assert plain is not None
    assert plain.registry is None
