"""A range of rows is joined to the next in every number that its entries carry."""

from __future__ import annotations

import pytest

from ledger import verify_rows
from ledger.database import writing
from ledger.verifying import verify
from schemas.catalog import catalog
from tests.ledger.conftest import World


def test_streams_whose_ends_went_into_files_are_joined(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        world.household(world.person())
    monkeypatch.setattr(verify_rows, "STREAMS_HELD", 1)
    monkeypatch.setattr(verify_rows, "FETCH", 2)
    file = world.folder / "ledger.sqlite"
    path = file if file.exists() else None  # any other database is read by this process
    assert verify(world.recorder, catalog(), path=path, processes=0).well
    with writing(world.recorder.engine) as conn:
        conn.exec_driver_sql("DELETE FROM entries WHERE position = 9")
    found = verify(world.recorder, catalog(), path=path, processes=0)
    assert {"missing", "stream"} <= {f.kind for f in found.findings}
    assert found.damaged == [9]
    with writing(world.recorder.engine) as conn:  # for the fixture, which ends with the whole log
        conn.exec_driver_sql("DELETE FROM entries")
        conn.exec_driver_sql("DELETE FROM commands")
        conn.exec_driver_sql("DELETE FROM tiles")
        conn.exec_driver_sql("UPDATE heads SET position = 0")
        conn.exec_driver_sql("DELETE FROM heads WHERE family_id >= 0")
