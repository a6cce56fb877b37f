"""Which number a registry gave to each schema: registered before it is needed, kept, and checked.

The numbers are kept in memory and in a file beside the ledger, so that a registry that is down
stops neither a writer nor a reader that has seen them. The file may be deleted; but where the
registry gives a schema another number than the one kept, it was made anew, and records that stand
on Kafka would mean other schemas to whoever reads them by number: that stops the writer.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ledger.files import put_in_place
from ledger.kafka.deviation import Deviation
from ledger.kafka.errors import RegistryUnavailable, RegistryUnfit
from ledger.kafka.registry import FULL_TRANSITIVE, SchemaRegistry
from schemas.catalog import Catalog, SchemaVersion, prefix_of

logger = logging.getLogger(__name__)


class SchemaIds:
    """The numbers of the schemas of this program at one registry."""

    def __init__(
        self, registry: SchemaRegistry, schemas: Catalog, url: str, file: Path | None = None
    ) -> None:
        self._registry = registry
        self._schemas = schemas
        self._url = url
        self._file = file
        self._ids = self._kept()
        """File hash → id."""
        self._prepared = False
        self._turn = threading.Lock()

    def id_of(self, file_hash: bytes) -> int:
        """The number of a schema. ValueError where it was not prepared: then nothing is written."""
        id_ = self._ids.get(file_hash)
        if id_ is None:
            raise ValueError(f"the schema {file_hash.hex()} is not registered yet")
        return id_

    def is_of(self, id_: int, file_hash: bytes) -> bool:
        """True where the number is that schema's. One that is not known yet is asked for.

        ValueError where the registry knows no such id. Raises RegistryUnavailable.
        """
        if self._ids.get(file_hash) == id_:
            return True
        version = self._schemas.by_hash.get(file_hash)
        with closing(self._registry):
            raw = self._registry.schema(id_)
        if raw is None:
            raise ValueError(f"the schema id {id_} is unknown to the registry at {self._url}")
        return version is not None and prefix_of(raw) == version.prefix

    def prepare(self) -> None:
        """Every schema has its number on return, registered where it was not.

        Once is enough: the next call returns at once. Raises RegistryUnavailable where the
        registry does not answer and a number is missing; RegistryUnfit.
        """
        with self._turn:
            if self._prepared:
                return
            try:
                with closing(self._registry):
                    self._register()
            except RegistryUnavailable as e:
                if not all(v.file_hash in self._ids for v in self._schemas.versions):
                    raise
                logger.warning("the numbers kept of schemas are used: %s", e.en)
            self._prepared = True

    def check(self) -> list[Deviation]:
        """What is not right at the registry, or that it does not answer."""
        found: list[Deviation] = []
        try:
            with closing(self._registry):
                found.extend(self._deviations())
        except RegistryUnavailable as e:
            found.append(Deviation(self._url, e.zh, e.en))
        return found

    def _register(self) -> None:
        found: dict[bytes, int] = {}
        fresh: set[str] = set()
        for version in self._schemas.versions:
            id_ = self._registry.look_up(version)
            if id_ is None:
                id_ = self._registry.register(version)
                if version.topic not in fresh:
                    # After its first version: not every registry keeps a setting of a subject
                    # that has none. Crash here: `check` names it, and `topics create` sets it.
                    self._registry.set_full_transitive(version.topic)
                    fresh.add(version.topic)
            self._must_be_as_kept(version, id_)
            found[version.file_hash] = id_
        if found != self._ids:
            self._ids = found
            self._keep()

    def set_compatibility(self) -> list[str]:
        """Sets FULL_TRANSITIVE where it is not, and returns where. Raises RegistryUnavailable."""
        registry = self._registry
        with closing(registry):
            wrong = [
                subject
                for subject in self._schemas.latest
                if registry.compatibility(subject) != FULL_TRANSITIVE
            ]
            for subject in wrong:
                registry.set_full_transitive(subject)
        return wrong

    def _must_be_as_kept(self, version: SchemaVersion, id_: int) -> None:
        kept = self._ids.get(version.file_hash, id_)
        if kept != id_:
            name = f"{version.topic}.v{version.version}"
            raise RegistryUnfit(
                f"注册中心({self._url})中 {name} 的编号是 {id_},已写入的记录用的是 {kept}:"
                f"注册中心被重建过。请从备份恢复它;确认无人按编号读取后,可删除 {self._file}",
                f"the registry at {self._url} has {name} as {id_}, records were written with "
                f"{kept}: it was made anew. Put it back from its backup; or, if nobody reads "
                f"by number, delete {self._file}",
            )

    def _deviations(self) -> Iterator[Deviation]:
        for version in self._schemas.versions:
            name = f"{version.topic}.v{version.version}"
            id_ = self._registry.look_up(version)
            if id_ is None:
                yield Deviation(
                    name,
                    "未在注册中心登记;运行 topics create",
                    "is not in the schema registry; run: topics create",
                )
                continue
            try:
                self._must_be_as_kept(version, id_)
            except RegistryUnfit as e:
                yield Deviation(name, e.zh, e.en)
        for subject in self._schemas.latest:
            level = self._registry.compatibility(subject)
            if level != FULL_TRANSITIVE:
                yield Deviation(
                    subject,
                    f"兼容性为 {level or '未设'},应为 {FULL_TRANSITIVE};运行 topics create",
                    f"its compatibility is {level or 'not set'}, should be {FULL_TRANSITIVE}; "
                    "run: topics create",
                    loses=False,
                )

    def _kept(self) -> dict[bytes, int]:
        """What the file says of this registry; nothing where it is damaged or another's."""
        if self._file is None or not self._file.is_file():
            return {}
        try:
            told = json.loads(self._file.read_text("utf-8"))
            ids = {bytes.fromhex(name): int(id_) for name, id_ in told["ids"].items()}
        except (ValueError, KeyError, AttributeError, TypeError, OSError):
            logger.warning("%s cannot be read, and is made anew", self._file)
            return {}
        return ids if told["url"] == self._url else {}

    def _keep(self) -> None:
        if self._file is None:
            return
        told = {"url": self._url, "ids": {h.hex(): i for h, i in sorted(self._ids.items())}}
        part = self._file.with_suffix(".part")
        # Crash here: the old file stands, or none; the registry is asked again.
        part.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        put_in_place(part, self._file)
