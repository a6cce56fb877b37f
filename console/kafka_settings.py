"""`[log]` of `relief.toml`: where Kafka is and how to be let in. Passwords never stand there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console import registry_settings
from console.registry_settings import checked_url, read_registry
from console.secret_settings import bad, secret
from ledger.kafka.settings import KafkaSettings, RegistrySettings

SECTION = """
[log]
# 以 Kafka 为准;本目录的 ledger.sqlite 只是可重建的索引
# Kafka is the record; ledger.sqlite in this folder is an index that can be made again
kind = "kafka"
bootstrap = "{bootstrap}"
namespace = "{namespace}"
partition = {partition}

# TLS 与 SASL:见 docs/kafka.md;口令只能来自环境变量(*_env)或文件(*_file)
# TLS and SASL: docs/kafka.md; passwords come from the environment (*_env) or a file (*_file)
# [log.security]
# security_protocol = "SASL_SSL"
# ssl_cafile = "/etc/ssl/certs/ca.pem"
# sasl_mechanism = "SCRAM-SHA-512"
# sasl_plain_username = "relief-writer"
# sasl_plain_password_env = "RELIEF_KAFKA_PASSWORD"
"""
SECRETS = ("sasl_plain_password", "ssl_password", "sasl_oauth_token")
PASSED = (
    "security_protocol",
    "ssl_cafile",
    "ssl_certfile",
    "ssl_keyfile",
    "ssl_crlfile",
    "ssl_ciphers",
    "ssl_check_hostname",
    "sasl_mechanism",
    "sasl_plain_username",
    "sasl_kerberos_name",
    "sasl_kerberos_service_name",
    "sasl_kerberos_domain_name",
)
SECONDS = ("commit_seconds", "retry_seconds", "lease_seconds", "hanging_seconds")


def read_log(
    raw: Mapping[str, Any], env: Mapping[str, str] = os.environ, folder: Path | None = None
) -> KafkaSettings | None:
    """The Kafka settings; None for an embedded ledger. Raises NotOurs for what makes no sense.

    `folder`: the ledger's, where the numbers of schemas are kept.
    """
    log = raw.get("log", {})
    kind = log.get("kind", "embedded")
    if kind == "embedded":
        return None
    if kind != "kafka":
        raise bad(f"[log] kind = {kind!r}", "embedded | kafka")
    bootstrap = str(log.get("bootstrap") or env.get("RELIEF_KAFKA_BOOTSTRAP", ""))
    if not bootstrap:
        raise bad("[log] bootstrap", "host:port,… | RELIEF_KAFKA_BOOTSTRAP")
    known = {
        "kind",
        "url",
        "password_file",
        "bootstrap",
        "namespace",
        "partition",
        "security",
        "registry",
        *SECONDS,
    }
    if strange := sorted(set(log) - known):
        raise bad(f"[log] {', '.join(strange)}", ", ".join(sorted(known)))
    return KafkaSettings(
        bootstrap,
        str(log.get("namespace", "relief")),
        int(log.get("partition", 0)),
        _security(log.get("security", {}), env),
        registry=read_registry(log.get("registry", {}), env, folder),
        **{name: float(log[name]) for name in SECONDS if name in log},
    )


def section(kafka: KafkaSettings) -> str:
    """The lines of `relief.toml` that say it; what lets one in is written by hand."""
    told = SECTION.format(
        bootstrap=kafka.bootstrap, namespace=kafka.namespace, partition=kafka.partition
    )
    return told + registry_settings.section(kafka.registry)


def asked(bootstrap: str, namespace: str, registry: str | None, folder: Path) -> KafkaSettings:
    """The settings of a ledger that is about to go to Kafka. Raises NotOurs."""
    if registry is None:
        return KafkaSettings(bootstrap, namespace)
    file = folder / registry_settings.FILE
    url = checked_url(registry)
    return KafkaSettings(bootstrap, namespace, registry=RegistrySettings(url, ids_file=file))


def _security(raw: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in raw.items():
        base, _, whence = name.rpartition("_")
        if name in SECRETS:
            raise bad(f"[log.security] {name}", f"{name}_env | {name}_file")
        if base in SECRETS and whence in ("env", "file"):
            read = secret(whence, str(value), env)
            if base == "sasl_oauth_token":
                from ledger.kafka.tokens import TokenFrom

                found["sasl_oauth_token_provider"] = TokenFrom(read)
            else:
                found[base] = read()
        elif name in PASSED:
            found[name] = value
        else:
            raise bad(f"[log.security] {name}", ", ".join((*PASSED, *SECRETS)))
    return found
