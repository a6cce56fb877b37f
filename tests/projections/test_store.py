"""Catching up: whole batches or nothing, once each, from wherever it was interrupted."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from domain.events import Annulled
from projections import store
from projections.database import open_database, reading, writing
from projections.entries import Recorded
from projections.errors import LogDiffers, NotCaughtUp, ViewsReplaced
from projections.model import Sink
from projections.models import MODELS
from projections.registry_rows import persons
from projections.replay import MISSING, Difference, differences
from projections.store import Views
from projections.tables import annulments
from tests.places import Place, Places
from tests.projections.builders import WrittenLog, regular

TABLES = [table for model in MODELS for table in model.tables]


def everything(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: [
            tuple(row)
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]
        for table in TABLES
    }


def rows_of(views: Views) -> dict[str, list[tuple[Any, ...]]]:
    with reading(views.engine) as connection:
        return everything(connection)


@contextmanager
def another(place: Place) -> Iterator[Views]:
    views = Views(open_database(place))
    try:
        yield views
    finally:
        views.engine.dispose()


def small_log(log: WrittenLog, households: int = 5) -> WrittenLog:
    batch = log.batch("2023-01")
    for _ in range(households):
        head, child = log.person(), log.person()
        case = log.household(head, child)
        log.check(case, head, "2022-12-01")
        log.visit(case, "2022-12-02", "a", "b")
        log.enroll(case, "2022-12-05", head, child, base=100)
        line = log.line(case, batch, head, "2023-01-05", regular("2023-01", 100))
        log.paid(case, line, "2023-01-06", 100)
        log.annul(log.returned(case, line, "2023-01-07", 100))
        log.die(child, "2023-02-01")
        log.exit(case, "2023-03-01")
    return log


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BATCH", 7)


def test_catching_up_reaches_the_head_and_says_how_far_it_is(log: WrittenLog, views: Views) -> None:
    head = small_log(log).head()
    seen: list[tuple[int, int]] = []
    assert views.catch_up(log, progress=lambda at, of: seen.append((at, of))) == head
    assert views.position() == head
    assert seen[0] == (7, head)
    assert seen[-1] == (head, head)


def test_catching_up_again_writes_nothing(log: WrittenLog, views: Views) -> None:
    small_log(log)
    views.catch_up(log)
    before = rows_of(views)
    assert views.catch_up(log) == log.head()
    assert rows_of(views) == before


def test_catching_up_stops_where_it_is_told_to(log: WrittenLog, views: Views) -> None:
    small_log(log)
    assert views.catch_up(log, upto=10) == 10
    assert views.catch_up(log, upto=10**9) == log.head()


def test_a_rebuild_makes_the_same_rows_as_catching_up_bit_by_bit(
    log: WrittenLog, views: Views
) -> None:
    small_log(log)
    for upto in (1, 2, 12, 30, log.head()):
        views.catch_up(log, upto)
    before = rows_of(views)
    assert views.rebuild(log) == log.head()
    assert rows_of(views) == before


def test_a_fresh_replay_is_compared_row_by_row(
    log: WrittenLog, views: Views, places: Places
) -> None:
    small_log(log)
    views.catch_up(log)
    with another(places("fresh")) as fresh:
        fresh.catch_up(log)
        with reading(views.engine) as one, reading(fresh.engine) as other:
            assert differences(one, other, log.head()) == []
        with writing(views.engine) as connection:
            connection.execute(persons.update().values(town="999").where(persons.c.position == 2))
            connection.execute(annulments.delete())
        with reading(views.engine) as one, reading(fresh.engine) as other:
            found = differences(one, other, log.head())
            taken = [n for n, r in enumerate(log.rows, 1) if "Annulled" in r.event.topic]
            assert found == [
                *(Difference("view_annulments", n, MISSING) for n in taken),
                Difference("view_persons", 2),
            ]
            assert differences(one, other, 1) == []


class Crash(Exception):
    pass


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_crash_before_the_commit_loses_nothing_and_doubles_nothing(
    log: WrittenLog, views: Views, places: Places, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    small_log(log)
    write, calls = Sink.write, iter(range(1, 1000))

    def failing(sink: Sink, connection: Connection) -> None:
        write(sink, connection)
        if next(calls) == at:
            raise Crash

    monkeypatch.setattr(Sink, "write", failing)
    with pytest.raises(Crash):
        views.catch_up(log)
    assert views.position() == 7 * (at - 1)
    assert max([0, *(row[0] for rows in rows_of(views).values() for row in rows)]) <= 7 * (at - 1)
    monkeypatch.setattr(Sink, "write", write)
    views.catch_up(log)
    with another(places("fresh")) as fresh:
        fresh.catch_up(log)
        assert rows_of(views) == rows_of(fresh)


class LateLog(WrittenLog):
    """A log that lets another process catch up while this one is reading its batch."""

    def __init__(self, log: WrittenLog, other: Views) -> None:
        super().__init__()
        self.rows = log.rows
        self._log, self._other, self._at = log, other, iter((7, 14))

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        batch = super().read(after, limit)
        if limit > 1:
            self._other.catch_up(self._log, upto=next(self._at, 0))
        return batch


def test_who_comes_second_writes_nothing_and_goes_on_from_there(
    log: WrittenLog, views: Views, places: Places
) -> None:
    small_log(log)
    with another(places("views")) as other, another(places("fresh")) as fresh:
        assert views.catch_up(LateLog(log, other)) == log.head()
        fresh.catch_up(log)
        assert rows_of(views) == rows_of(fresh)


def test_two_catch_ups_at_once_make_each_row_once(
    log: WrittenLog, views: Views, places: Places
) -> None:
    small_log(log, households=20)
    reached: list[int] = []

    def run() -> None:
        with another(places("views")) as own:
            reached.append(own.catch_up(log))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reached == [log.head(), log.head()]
    with another(places("fresh")) as fresh:
        fresh.catch_up(log)
        assert rows_of(views) == rows_of(fresh)


def test_views_of_another_format_are_made_anew(
    log: WrittenLog, views: Views, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_log(log)
    views.catch_up(log)
    monkeypatch.setattr(store, "FORMAT", 99)
    with another(places("views")) as newer:
        assert newer.position() == 0
        with pytest.raises(ViewsReplaced):
            views.catch_up(log)
        assert newer.catch_up(log) == log.head()


def test_opening_again_keeps_what_was_read(log: WrittenLog, views: Views, places: Places) -> None:
    small_log(log)
    views.catch_up(log)
    with another(places("views")) as again:
        assert again.position() == log.head()


def test_a_question_beyond_what_was_read_is_refused(log: WrittenLog, views: Views) -> None:
    small_log(log)
    views.catch_up(log, upto=10)
    with pytest.raises(NotCaughtUp), views.reading(11):
        pass
    with views.reading(10):
        pass


def test_a_log_that_lost_entries_stops_the_views(log: WrittenLog, views: Views) -> None:
    small_log(log)
    views.catch_up(log)
    del log.rows[-3:]
    with pytest.raises(LogDiffers):
        views.catch_up(log)


def test_another_ledgers_log_stops_the_views(log: WrittenLog, views: Views) -> None:
    small_log(log)
    views.catch_up(log, upto=10)
    other = WrittenLog()
    other.new_id()
    with pytest.raises(LogDiffers):
        views.catch_up(small_log(other))


def test_a_gap_in_the_log_stops_the_views(log: WrittenLog, views: Views) -> None:
    small_log(log)
    del log.rows[3]
    with pytest.raises(LogDiffers):
        views.catch_up(log)
    assert views.position() == 0


def test_an_annulment_knows_the_place_of_what_it_annuls(log: WrittenLog, views: Views) -> None:
    person = log.person()
    died = log.die(person, "2023-01-01")
    log.annul(died)
    views.catch_up(log)
    with reading(views.engine) as connection:
        assert connection.execute(select(annulments.c.annulled_position)).scalar_one() == died


def test_an_annulment_of_what_is_not_there_takes_nothing_back(
    log: WrittenLog, views: Views
) -> None:
    person = log.person()
    log.annul(log.die(person, "2023-01-01"))
    stray = log.rows[-1].event
    assert isinstance(stray, Annulled)
    log.rows[-1] = Recorded(3, 3, replace(stray, annulled_event_id=UUID(int=1)))
    views.catch_up(log)
    with reading(views.engine) as connection:
        assert connection.execute(select(annulments.c.annulled_position)).scalar_one() == 0
