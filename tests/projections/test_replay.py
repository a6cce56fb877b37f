"""A replay from the log alone tells whether the live views are the log's, and can take their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from projections import replay as replaying
from projections import store
from projections.database import reading, writing
from projections.errors import NotCaughtUp
from projections.registry_rows import persons
from projections.replay import EXTRA, MISSING, OTHER, Difference, replay, swap
from projections.store import Views
from tests.projections.builders import WrittenLog
from tests.projections.test_store import another, rows_of, small_log


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BATCH", 7)


def test_live_views_that_are_the_logs_are_identical_at_every_position(
    log: WrittenLog, views: Views, tmp_path: Path
) -> None:
    small_log(log)
    with another(tmp_path / "fresh.db") as fresh:
        for upto in (5, 20, None):
            found = replay(views, fresh, log, upto)
            assert found.differences == ()
            assert found.position == (upto or log.head())
        assert found.rows == sum(map(len, rows_of(views).values()))


def test_every_row_that_is_missing_extra_or_other_is_named(
    log: WrittenLog, views: Views, tmp_path: Path
) -> None:
    small_log(log)
    views.catch_up(log)
    with writing(views.engine) as connection:
        row = connection.execute(persons.select().where(persons.c.position == 2)).one()
        connection.execute(persons.delete().where(persons.c.position == 3))
        connection.execute(persons.update().values(town="9").where(persons.c.position == 2))
        beyond = {**row._asdict(), "position": 10_000}
        connection.execute(persons.insert(), [beyond])
    with another(tmp_path / "fresh.db") as fresh:
        found = replay(views, fresh, log).differences
    assert found == (
        Difference(persons.name, 2, OTHER),
        Difference(persons.name, 3, MISSING),
        Difference(persons.name, 10_000, EXTRA),
    )


class Stopped(Exception):
    pass


def test_a_replay_that_was_interrupted_goes_on_where_it_was(
    log: WrittenLog, views: Views, tmp_path: Path
) -> None:
    small_log(log)

    def stop(at: int, of: int) -> None:
        if at >= 14:
            raise Stopped

    with another(tmp_path / "fresh.db") as fresh, pytest.raises(Stopped):
        replay(views, fresh, log, progress=stop)
    seen: list[int] = []
    with another(tmp_path / "fresh.db") as fresh:
        assert fresh.position() == 14
        assert replay(views, fresh, log, progress=lambda at, _: seen.append(at)).differences == ()
    assert seen[0] == 21


def test_a_replay_that_is_past_the_position_already_is_not_compared(
    log: WrittenLog, views: Views, tmp_path: Path
) -> None:
    small_log(log)
    with another(tmp_path / "fresh.db") as fresh:
        fresh.catch_up(log)
        with pytest.raises(NotCaughtUp):
            replay(views, fresh, log, 10)


def test_a_swap_puts_the_logs_rows_in_place_of_damaged_ones(
    log: WrittenLog, views: Views, tmp_path: Path
) -> None:
    small_log(log)
    views.catch_up(log)
    right = rows_of(views)
    with writing(views.engine) as connection:
        connection.execute(persons.delete())
    with another(tmp_path / "fresh.db") as fresh:
        replay(views, fresh, log)
        with reading(views.engine) as reader:  # who reads meanwhile sees one state to the end
            assert reader.execute(persons.select()).first() is None
            swap(views, fresh)
            assert reader.execute(persons.select()).first() is None
    assert rows_of(views) == right
    small_log(log, 1)
    assert views.catch_up(log) == log.head()


@pytest.mark.parametrize("table", [0, 3, 20])
def test_a_swap_that_is_stopped_changes_nothing(
    log: WrittenLog, views: Views, tmp_path: Path, table: int
) -> None:
    small_log(log)
    views.catch_up(log)
    with writing(views.engine) as connection:
        connection.execute(persons.update().values(town="9"))
    before = rows_of(views)

    def stop(done: int, of: int) -> None:
        if done > table:
            raise Stopped

    with another(tmp_path / "fresh.db") as fresh:
        replay(views, fresh, log)
        with pytest.raises(Stopped):
            swap(views, fresh, stop)
    assert rows_of(views) == before
    assert views.position() == log.head()


def test_of_a_great_many_differing_rows_the_first_are_listed(
    log: WrittenLog, views: Views, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_log(log)
    monkeypatch.setattr(replaying, "ROWS_MAX", 3)
    views.catch_up(log)
    with writing(views.engine) as connection:
        connection.execute(persons.update().values(town="9"))
    with another(tmp_path / "fresh.db") as fresh:
        found: Any = replay(views, fresh, log).differences
    assert len(found) == 3
