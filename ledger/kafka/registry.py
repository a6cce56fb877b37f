"""The port to a schema registry, and the Confluent HTTP API behind it. Nothing else talks to it.

Subject = the record's full name (RecordNameStrategy): one subject an event, whatever the topic
and whichever county. Seen in Apicurio 3.3: a schema is given back without its white space, and
one that differs in a doc alone counts as the same; so schemas are compared by their Avro
fingerprint, never by their text.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

from ledger.kafka.errors import RegistryUnavailable, RegistryUnfit
from ledger.kafka.settings import RegistrySettings
from schemas.catalog import SchemaVersion

FULL_TRANSITIVE: Final = "FULL_TRANSITIVE"
"""Every version can be read with every other, both ways."""
ANSWER_BYTES: Final = 4_000_000
WORDS: Final = 300
"""Characters of a registry's own words that an error repeats."""
_TYPE: Final = "application/vnd.schemaregistry.v1+json"
_BROKEN: Final = (OSError, http.client.HTTPException)


class SchemaRegistry(Protocol):
    """Where others look a schema up by its number. Every method is safe to repeat.

    Raises RegistryUnavailable where it does not answer, lets us not in, or is no registry: nothing
    was written; the caller may ask again.
    """

    def look_up(self, version: SchemaVersion) -> int | None:
        """The id of a schema under its subject; None where it is not registered."""
        ...

    def register(self, version: SchemaVersion) -> int:
        """Its id, registered now or before. Raises RegistryUnfit where the registry refuses it."""
        ...

    def schema(self, id_: int) -> str | None:
        """The schema of an id; None where the registry knows no such id."""
        ...

    def compatibility(self, subject: str) -> str:
        """What a subject's versions are held to, by its own setting or the registry's default."""
        ...

    def set_full_transitive(self, subject: str) -> None:
        """From here on every version of it must be compatible with every other."""
        ...

    def close(self) -> None:
        """Lets go of its connection; the next question opens another."""
        ...


class ConfluentRegistry:
    """`SchemaRegistry` over the Confluent HTTP API. Threads take turns on one connection."""

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings
        self._place = urlsplit(settings.url)
        self._connection: http.client.HTTPConnection | None = None
        self._turn = threading.Lock()

    def look_up(self, version: SchemaVersion) -> int | None:
        """See the port."""
        status, told = self._ask("POST", _subject(version.topic), _schema(version), missing=True)
        return None if status == http.client.NOT_FOUND else self._id(told)

    def register(self, version: SchemaVersion) -> int:
        """See the port."""
        path = f"{_subject(version.topic)}/versions"
        status, told = self._ask("POST", path, _schema(version), refused=True)
        if status != http.client.OK:
            words = str(told.get("message", status))[:WORDS]
            raise RegistryUnfit(
                f"注册中心不接受 {version.topic} 第 {version.version} 版:{words}",
                f"the schema registry refuses {version.topic} version {version.version}: {words}",
            )
        return self._id(told)

    def schema(self, id_: int) -> str | None:
        """See the port."""
        status, told = self._ask("GET", f"/schemas/ids/{id_}", missing=True)
        if status == http.client.NOT_FOUND:
            return None
        return str(told.get("schema", ""))

    def compatibility(self, subject: str) -> str:
        """See the port."""
        path = f"/config/{quote(subject, safe='')}?defaultToGlobal=true"
        status, told = self._ask("GET", path, missing=True)
        if status == http.client.NOT_FOUND:
            _, told = self._ask("GET", "/config")
        return str(told.get("compatibilityLevel", ""))

    def set_full_transitive(self, subject: str) -> None:
        """See the port."""
        path = f"/config/{quote(subject, safe='')}"
        self._ask("PUT", path, {"compatibility": FULL_TRANSITIVE})

    def close(self) -> None:
        """See the port."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, str] | None = None,
        *,
        missing: bool = False,
        refused: bool = False,
    ) -> tuple[int, dict[str, Any]]:
        """Status and answer. `missing`: 404 is an answer; `refused`: so are 409 and 422."""
        with self._turn:
            try:
                status, raw = self._exchange(method, path, body)
            except _BROKEN as e:
                raise self._unavailable(str(e) or type(e).__name__) from e
        expected = {200, *((404,) if missing else ()), *((409, 422) if refused else ())}
        try:
            told = json.loads(raw)
        except ValueError:
            told = None
        if status in expected and isinstance(told, dict):
            return status, told
        words = str(told.get("message", "")) if isinstance(told, dict) else "no JSON"
        raise self._unavailable(f"HTTP {status}, {words[:WORDS]}")

    def _exchange(
        self, method: str, path: str, body: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Accept": _TYPE, "Content-Type": _TYPE, **self._authorization()}
        for kept in (self._connection is not None, False):
            try:
                connection = self._connected()
                connection.request(method, self._place.path.rstrip("/") + path, sent, headers)
                response = connection.getresponse()
                raw = response.read(ANSWER_BYTES)
                if response.read(1):
                    raise http.client.HTTPException("the answer does not end")
                return response.status, raw
            except _BROKEN:
                self.close()
                # A connection that was kept may have been closed meanwhile: once more, anew.
                if not kept:
                    raise
        raise AssertionError("unreachable")

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            place, seconds = self._place, self._settings.seconds
            host = place.hostname or ""
            if place.scheme == "https":
                self._connection = http.client.HTTPSConnection(
                    host, place.port, timeout=seconds, context=self._tls()
                )
            else:
                self._connection = http.client.HTTPConnection(host, place.port, timeout=seconds)
        return self._connection

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._settings.ssl_cafile or None)
        if self._settings.ssl_certfile:
            context.load_cert_chain(self._settings.ssl_certfile, self._settings.ssl_keyfile or None)
        return context

    def _authorization(self) -> dict[str, str]:
        """Read anew each time, so that a token's file may be renewed."""
        if self._settings.token is not None:
            return {"Authorization": f"Bearer {self._settings.token()}"}
        if self._settings.password is not None:
            pair = f"{self._settings.username}:{self._settings.password()}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}

    def _id(self, told: Mapping[str, Any]) -> int:
        id_ = told.get("id")
        if not isinstance(id_, int) or not 0 <= id_ < 1 << 32:
            raise self._unavailable(f"no schema id: {str(told)[:WORDS]}")
        return id_

    def _unavailable(self, why: str) -> RegistryUnavailable:
        where = self._settings.url
        return RegistryUnavailable(
            f"模式注册中心({where})没有给出可用的应答,没有写入任何内容;请检查服务后重试:{why}",
            f"the schema registry at {where} gives no usable answer; nothing was written. "
            f"Check it, try again: {why}",
        )


def _subject(name: str) -> str:
    return f"/subjects/{quote(name, safe='')}"


def _schema(version: SchemaVersion) -> dict[str, str]:
    return {"schema": version.raw.decode(), "schemaType": "AVRO"}
