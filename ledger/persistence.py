"""The persistence module in the library's sense: `PERSISTENCE_MODULE=ledger.persistence`.

`RELIEF_DATABASE` names the SQLite file, or is a `postgresql+psycopg://` URL. With `RELIEF_FRAMER=schemas` only released schemas are
taken; without it any topic and state, as the library's own suites need.
"""

from __future__ import annotations

from functools import cached_property

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import resolve_topic
from sqlalchemy import Engine

from ledger.database import open_database
from ledger.framing import Framer, NeutralFramer, SchemaFramer
from ledger.recorder import ReliefAggregateRecorder, ReliefApplicationRecorder
from ledger.tracking import ReliefProcessRecorder, ReliefTrackingRecorder
from schemas.catalog import catalog


class ReliefFactory(InfrastructureFactory[ReliefTrackingRecorder]):
    """Makes our recorders for the library's applications and projections."""

    DATABASE = "RELIEF_DATABASE"
    FRAMER = "RELIEF_FRAMER"

    @cached_property
    def engine(self) -> Engine:
        """One engine for all recorders of this factory."""
        path = self.env.get(self.DATABASE)
        if not path:
            raise OSError(f"{self.DATABASE} must name the ledger's SQLite file or PostgreSQL URL")
        return open_database(path)

    def _framer(self) -> Framer:
        if self.env.get(self.FRAMER) == "schemas":
            return SchemaFramer(catalog())
        return NeutralFramer()

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Streams only."""
        recorder = ReliefAggregateRecorder(self.engine, framer=self._framer())
        recorder.create_tables()
        return recorder

    def application_recorder(self) -> ApplicationRecorder:
        """Streams and the log."""
        recorder = ReliefApplicationRecorder(self.engine, framer=self._framer())
        recorder.create_tables()
        return recorder

    def tracking_recorder(
        self, tracking_recorder_class: type[ReliefTrackingRecorder] | None = None
    ) -> ReliefTrackingRecorder:
        """Readers' positions."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        cls = tracking_recorder_class or (resolve_topic(topic) if topic else ReliefTrackingRecorder)
        recorder = cls(self.engine)
        assert isinstance(recorder, ReliefTrackingRecorder)
        recorder.create_tables()
        return recorder

    def process_recorder(self) -> ProcessRecorder:
        """The log and readers' positions in one."""
        recorder = ReliefProcessRecorder(self.engine, framer=self._framer())
        recorder.create_tables()
        return recorder

    def close(self) -> None:
        """Closes the database."""
        if "engine" in self.__dict__:
            self.engine.dispose()
