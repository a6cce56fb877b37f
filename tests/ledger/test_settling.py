"""A commit whose answer never came is looked up before anything is said of it."""

from __future__ import annotations

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, RootTransaction

from ledger.clock import FixedClock
from ledger.database import open_database
from ledger.errors import LedgerUnreachable
from ledger.ids import new_id
from ledger.recorder import ReliefApplicationRecorder
from storage import transactions
from storage.faults import CommitUnknown
from tests.ledger.whole_log import assert_whole
from tests.places import Places


@pytest.mark.parametrize("persisted", [True, False])
def test_what_a_broken_connection_hid_is_found_out(
    postgresql_places: Places, monkeypatch: pytest.MonkeyPatch, persisted: bool
) -> None:
    engine = open_database(postgresql_places("log"))
    recorder = ReliefApplicationRecorder(engine, clock=FixedClock())
    recorder.create_tables()
    events, calls = [StoredEvent(new_id(), 1, "topic", b"state")], iter(range(100))
    real = transactions._commit

    def breaking(connection: Connection, transaction: RootTransaction) -> None:
        if next(calls) > 0:
            real(connection, transaction)  # the look-up on a new connection
            return
        if persisted:
            transaction.commit()
        connection.invalidate()
        raise CommitUnknown from psycopg.OperationalError("server closed")

    monkeypatch.setattr(transactions, "_commit", breaking)
    if persisted:
        assert list(recorder.append(events)) == [1]
    else:
        with pytest.raises(LedgerUnreachable):
            recorder.append(events)
        assert list(recorder.append(events)) == [1]
    assert assert_whole(recorder) == 1
    engine.dispose()
