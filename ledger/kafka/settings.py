"""Where Kafka is, which topics are this ledger's, and how to be let in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.events import FAMILY_IDS


@dataclass(frozen=True)
class RegistrySettings:
    """Where the schema registry is, and how to be let in."""

    url: str
    """Of the Confluent API, such as https://registry.example.org/apis/ccompat/v7."""
    username: str = ""
    password: Callable[[], str] | None = field(default=None, repr=False)
    """Asked anew for each question, as is the token."""
    token: Callable[[], str] | None = field(default=None, repr=False)
    ssl_cafile: str = ""
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    seconds: float = 10.0
    """How long an answer may take."""
    ids_file: Path | None = None
    """Where the numbers of schemas are kept between runs."""


@dataclass(frozen=True)
class KafkaSettings:
    """What every client of this ledger's topics needs to know."""

    bootstrap: str
    namespace: str = "relief"
    """First part of the topics' names; a second county on the same cluster takes its own."""
    partition: int = 0
    """This ledger's partition in each topic."""
    security: Mapping[str, Any] = field(default_factory=dict)
    """Passed to the client as it is: security_protocol, ssl_*, sasl_*."""
    commit_seconds: float = 30.0
    """A commit that takes longer is given up as of unknown outcome."""
    retry_seconds: float = 60.0
    """How long the writer tries to come back before it tells its callers."""
    lease_seconds: float = 15.0
    """A lease whose holder was not heard of for so long is free."""
    hanging_seconds: float = 5.0
    """How long an open transaction of others may hold readers back before the writer refuses."""
    registry: RegistrySettings | None = None
    """None: values are Avro single-object encoded."""

    @property
    def ledger_topic(self) -> str:
        """The log itself: its order is the order."""
        return f"{self.namespace}.ledger"

    @property
    def lease_topic(self) -> str:
        """Who writes."""
        return f"{self.namespace}.lease"

    @property
    def transactional_id(self) -> str:
        """Fixed for ever: whoever initializes it last fences all before."""
        return f"{self.namespace}.writer.{self.partition}"

    def family_topic(self, family: str) -> str:
        """Where others subscribe to one family."""
        return f"{self.namespace}.{family}"

    @property
    def family_topics(self) -> dict[int, str]:
        """Family number → topic."""
        return {number: self.family_topic(name) for name, number in FAMILY_IDS.items()}

    @property
    def source(self) -> str:
        """`ce_source`: which ledger an event comes from."""
        return f"urn:relief:{self.namespace}:{self.partition}"

    def client(self, **more: Any) -> dict[str, Any]:
        """The settings of a kafka-python client."""
        return {"bootstrap_servers": self.bootstrap.split(","), **self.security, **more}
