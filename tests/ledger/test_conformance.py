"""The conformance suites that the library ships, run on our recorders with a neutral framer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    InfrastructureFactoryTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)
from eventsourcing.utils import Environment
from sqlalchemy import Engine

from ledger.database import open_sqlite
from ledger.persistence import ReliefFactory
from ledger.recorder import ReliefAggregateRecorder, ReliefApplicationRecorder
from ledger.tracking import ReliefProcessRecorder, ReliefTrackingRecorder


class _OnAFile:
    """A fresh SQLite file for each test."""

    engine: Engine
    folder: tempfile.TemporaryDirectory[str]

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_sqlite(Path(self.folder.name) / "ledger.sqlite")

    def tearDown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    def new_originator_id(self) -> UUID | str:
        return uuid4()


class TestAggregateRecorder(_OnAFile, AggregateRecorderTestCase):
    def create_recorder(self) -> ReliefAggregateRecorder:
        recorder = ReliefAggregateRecorder(self.engine)
        recorder.create_tables()
        return recorder


class TestApplicationRecorder(_OnAFile, ApplicationRecorderTestCase[ReliefApplicationRecorder]):
    def create_recorder(self) -> ReliefApplicationRecorder:
        recorder = ReliefApplicationRecorder(self.engine)
        recorder.create_tables()
        return recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(_OnAFile, TrackingRecorderTestCase):
    def create_recorder(self) -> ReliefTrackingRecorder:
        recorder = ReliefTrackingRecorder(self.engine)
        recorder.create_tables()
        return recorder


class TestProcessRecorder(_OnAFile, ProcessRecorderTestCase):
    def create_recorder(self) -> ReliefProcessRecorder:
        recorder = ReliefProcessRecorder(self.engine)
        recorder.create_tables()
        return recorder


class TestNonInterleaving(_OnAFile, NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000

    def create_recorder(self) -> ReliefApplicationRecorder:
        recorder = ReliefApplicationRecorder(self.engine)
        recorder.create_tables()
        return recorder

    def create_stack(self, originator_id: UUID | str) -> list[StoredEvent]:
        return list(super().create_stack(originator_id))


class _OtherTracking(ReliefTrackingRecorder):
    pass


class TestInfrastructureFactory(InfrastructureFactoryTestCase[ReliefFactory]):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.env = Environment("TestCase")
        self.env[ReliefFactory.PERSISTENCE_MODULE] = "ledger.persistence"
        self.env[ReliefFactory.DATABASE] = str(Path(self.folder.name) / "ledger.sqlite")
        super().setUp()

    def tearDown(self) -> None:
        super().tearDown()
        self.folder.cleanup()

    def expected_factory_class(self) -> type[ReliefFactory]:
        return ReliefFactory

    def expected_aggregate_recorder_class(self) -> type[ReliefAggregateRecorder]:
        return ReliefAggregateRecorder

    def expected_application_recorder_class(self) -> type[ReliefApplicationRecorder]:
        return ReliefApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[ReliefTrackingRecorder]:
        return ReliefTrackingRecorder

    def tracking_recorder_subclass(self) -> type[ReliefTrackingRecorder]:
        return _OtherTracking

    def expected_process_recorder_class(self) -> type[ReliefProcessRecorder]:
        return ReliefProcessRecorder


del AggregateRecorderTestCase, ApplicationRecorderTestCase, TrackingRecorderTestCase
del ProcessRecorderTestCase, NonInterleavingNotificationIDsBaseCase
del InfrastructureFactoryTestCase
