"""A short form of each trial: whatever is killed, nothing acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kafka_broker import own_broker_or_skip
from tests.ledger.kafka.trials import course, projecting, takeovers, unfit


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing(tmp_path: Path, bootstrap: str) -> None:
    course.writer_is_killed(tmp_path / "ledger", bootstrap, times=3)


@pytest.mark.slow
def test_a_broker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    broker = own_broker_or_skip(tmp_path / "broker")
    try:
        course.broker_is_killed(tmp_path / "ledger", broker, times=1)
    finally:
        broker.stop()


@pytest.mark.slow
@pytest.mark.parametrize("own_index", [True, False])
def test_a_writer_that_wakes_up_after_a_takeover_writes_no_more(
    tmp_path: Path, bootstrap: str, *, own_index: bool
) -> None:
    place = tmp_path / "ledger"
    takeovers.older_writer_wakes_up(place, bootstrap, times=1, own_index=own_index)


@pytest.mark.slow
def test_a_connection_that_is_cut_in_the_middle_of_a_commit_loses_nothing(
    tmp_path: Path, bootstrap: str
) -> None:
    course.connection_is_hurt(tmp_path / "ledger", tmp_path / "broker", times=3)


@pytest.mark.slow
def test_a_projector_that_is_killed_in_a_batch_has_every_entry_in_the_views_once(
    tmp_path: Path, bootstrap: str
) -> None:
    projecting.projector_is_killed(tmp_path / "ledger", bootstrap, times=2)


@pytest.mark.slow
def test_what_one_topic_refuses_while_the_other_takes_it_is_on_neither(
    tmp_path: Path, bootstrap: str
) -> None:
    unfit.topic_refuses(tmp_path / "ledger", bootstrap, times=2)


@pytest.mark.slow
def test_a_transaction_that_a_stranger_left_open_is_named(tmp_path: Path, bootstrap: str) -> None:
    unfit.hanging_transaction(tmp_path / "ledger", bootstrap, times=1)


@pytest.mark.slow
def test_no_room_for_the_index_after_kafkas_commit_loses_nothing(
    tmp_path: Path, bootstrap: str
) -> None:
    unfit.disk_is_full(tmp_path / "ledger", bootstrap, times=1)


@pytest.mark.slow
def test_an_index_from_an_older_backup_loses_nothing(tmp_path: Path, bootstrap: str) -> None:
    unfit.index_is_restored(tmp_path / "ledger", bootstrap, times=1)
