"""Standards in time: which one holds on a day, and what superseded what."""

from __future__ import annotations

from uuid import UUID

from domain.events import UNBORN, StandardAdopted
from projections.standards import IN_FORCE, SUPERSEDED, TO_COME, Standard, standard_list
from tests.projections.builders import Asking, WrittenLog


def adopt(log: WrittenLog, stream: UUID, version: str, since: str, fen: int, on: str) -> int:
    event = StandardAdopted(UNBORN, "dibao", "base", version, fen)
    return log.add(event, stream, on, since)


def ask(asking: Asking, as_of: str, as_at: int | None = None) -> list[Standard]:
    with asking.caught_up() as connection:
        return standard_list(connection, asking.moment(as_of, as_at))


def test_a_version_holds_until_its_successor_does(log: WrittenLog, asking: Asking) -> None:
    stream = log.new_id()
    adopt(log, stream, "2023", "2023-01-01", 90_000, "2022-12-20")
    adopt(log, stream, "2024", "2024-01-01", 99_000, "2023-12-20")
    old, new = ask(asking, "2023-12-31")
    assert (old.state, old.superseded_by, str(old.until)) == (IN_FORCE, "2024", "2024-01-01")
    assert (new.state, new.supersedes, new.until) == (TO_COME, "2023", None)
    assert [s.state for s in ask(asking, "2024-01-01")] == [SUPERSEDED, IN_FORCE]


def test_what_is_not_adopted_yet_is_not_known(log: WrittenLog, asking: Asking) -> None:
    stream = log.new_id()
    first = adopt(log, stream, "2023", "2023-01-01", 90_000, "2022-12-20")
    adopt(log, stream, "2024", "2024-01-01", 99_000, "2023-12-20")
    assert [s.version for s in ask(asking, "2023-12-19")] == ["2023"]
    assert [s.version for s in ask(asking, "2024-06-01", first)] == ["2023"]


def test_an_annulled_version_supersedes_nothing(log: WrittenLog, asking: Asking) -> None:
    stream = log.new_id()
    adopt(log, stream, "2023", "2023-01-01", 90_000, "2022-12-20")
    log.annul(adopt(log, stream, "2024", "2024-01-01", 9, "2023-12-20"), "2024-02-01")
    (only,) = ask(asking, "2024-06-01")
    assert (only.version, only.until, only.state) == ("2023", None, IN_FORCE)


def test_each_grade_and_area_is_a_standard_of_its_own(log: WrittenLog, asking: Asking) -> None:
    for grade, area in (("A", ""), ("B", ""), ("", "330681001")):
        event = StandardAdopted(UNBORN, "dibao", "base", "2023", 50_000, grade, area)
        log.add(event, log.new_id(), "2023-01-01", "2023-01-01")
    found = ask(asking, "2023-06-01")
    assert [(s.grade, s.area) for s in found] == [("", "330681001"), ("A", ""), ("B", "")]
    assert {s.state for s in found} == {IN_FORCE}
