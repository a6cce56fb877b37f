"""The conformance suites that the library ships, run on our recorders with a neutral framer.

Each suite on each database: a class of the library's, a way to make our recorder, a place.
"""

from __future__ import annotations

import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest
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

from ledger.database import open_database
from ledger.persistence import ReliefFactory
from ledger.recorder import ReliefAggregateRecorder, ReliefApplicationRecorder
from ledger.tracking import ReliefProcessRecorder, ReliefTrackingRecorder
from tests.places import Place, Places


class _OnSQLite:
    place: Place

    @pytest.fixture(autouse=True)
    def _a_place(self, tmp_path: Path) -> None:
        self.place = tmp_path / "ledger.sqlite"


class _OnPostgreSQL:
    place: Place

    @pytest.fixture(autouse=True)
    def _a_place(self, postgresql_places: Places) -> None:
        self.place = postgresql_places("ledger")


class _Fresh:
    """A fresh database for each test."""

    engine: Engine
    place: Place

    def setUp(self) -> None:
        self.engine = open_database(self.place)

    def tearDown(self) -> None:
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(5)  # the library's suite leaves readers behind that hold connections
        self.engine.dispose()

    def new_originator_id(self) -> UUID | str:
        return uuid4()


class _Streams(_Fresh):
    def create_recorder(self) -> ReliefAggregateRecorder:
        recorder = ReliefAggregateRecorder(self.engine)
        recorder.create_tables()
        return recorder


class _Log(_Fresh):
    def create_recorder(self) -> ReliefApplicationRecorder:
        recorder = ReliefApplicationRecorder(self.engine)
        recorder.create_tables()
        return recorder


class _Tracking(_Fresh):
    def create_recorder(self) -> ReliefTrackingRecorder:
        recorder = ReliefTrackingRecorder(self.engine)
        recorder.create_tables()
        return recorder


class _Process(_Fresh):
    def create_recorder(self) -> ReliefProcessRecorder:
        recorder = ReliefProcessRecorder(self.engine)
        recorder.create_tables()
        return recorder


class TestAggregateRecorderOnSQLite(_OnSQLite, _Streams, AggregateRecorderTestCase):
    pass


class TestAggregateRecorderOnPostgreSQL(_OnPostgreSQL, _Streams, AggregateRecorderTestCase):
    pass


class TestApplicationRecorderOnSQLite(
    _OnSQLite, _Log, ApplicationRecorderTestCase[ReliefApplicationRecorder]
):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderOnPostgreSQL(
    _OnPostgreSQL, _Log, ApplicationRecorderTestCase[ReliefApplicationRecorder]
):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorderOnSQLite(_OnSQLite, _Tracking, TrackingRecorderTestCase):
    pass


class TestTrackingRecorderOnPostgreSQL(_OnPostgreSQL, _Tracking, TrackingRecorderTestCase):
    pass


class TestProcessRecorderOnSQLite(_OnSQLite, _Process, ProcessRecorderTestCase):
    pass


class TestProcessRecorderOnPostgreSQL(_OnPostgreSQL, _Process, ProcessRecorderTestCase):
    pass


class _NonInterleaving(_Log):
    insert_num = 1000

    def create_stack(self, originator_id: UUID | str) -> list[StoredEvent]:
        stack = NonInterleavingNotificationIDsBaseCase.create_stack
        return list(stack(self, originator_id))  # type: ignore[arg-type]


class TestNonInterleavingOnSQLite(
    _OnSQLite, _NonInterleaving, NonInterleavingNotificationIDsBaseCase
):
    pass


class TestNonInterleavingOnPostgreSQL(
    _OnPostgreSQL, _NonInterleaving, NonInterleavingNotificationIDsBaseCase
):
    pass


class _OtherTracking(ReliefTrackingRecorder):
    pass


class _Factory:
    env: Environment
    place: Place

    def setUp(self) -> None:
        self.env = Environment("TestCase")
        self.env[ReliefFactory.PERSISTENCE_MODULE] = "ledger.persistence"
        self.env[ReliefFactory.DATABASE] = str(self.place)
        super().setUp()  # type: ignore[misc]

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


class TestFactoryOnSQLite(_OnSQLite, _Factory, InfrastructureFactoryTestCase[ReliefFactory]):
    pass


class TestFactoryOnPostgreSQL(
    _OnPostgreSQL, _Factory, InfrastructureFactoryTestCase[ReliefFactory]
):
    pass


del AggregateRecorderTestCase, ApplicationRecorderTestCase, TrackingRecorderTestCase
del ProcessRecorderTestCase, InfrastructureFactoryTestCase
