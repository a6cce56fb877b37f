"""What is released stays: trials on copies of the schemas, each as somebody might really do it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest

import schemas
from domain.events import EVENT_CLASSES, Doc, Event
from ledger.codec import EventCodec, UnreadableEvent
from ledger.schema_drafts import schema_text, write_drafts
from ledger.upcasts import BY_DEFAULTS, missing_steps
from schemas.catalog import SchemaError, load
from schemas.releases import frozen, read_releases, violations, write_releases
from tests.schemas.samples import sample

Json = dict[str, Any]
EXITED = "relief.exit.Exited"
TRIED = "relief.exit.Tried"
"""An event of the tests' own, as `Exited` is in its first version: the real ones go on growing."""
TOPIC = "relief.exit.Left"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of the schemas and one of our own, all of them released."""
    folder = tmp_path / "schemas"
    shutil.copytree(Path(schemas.__file__).parent, folder, ignore=shutil.ignore_patterns("*.py*", "*cache*"))  # fmt: skip
    own = json.loads((folder / f"{EXITED}.v1.avsc").read_text("utf-8"))
    own["name"] = TRIED.rpartition(".")[2]
    (folder / f"{TRIED}.v1.avsc").write_text(json.dumps(own, ensure_ascii=False), "utf-8")
    write_releases(folder, frozen(folder, "2026-11-25"))
    assert violations(folder) == []
    return folder


def edited(folder: Path, change: Callable[[Json], None], *, to: int = 1) -> None:
    schema = json.loads((folder / f"{TRIED}.v1.avsc").read_text("utf-8"))
    change(schema)
    (folder / f"{TRIED}.v{to}.avsc").write_text(json.dumps(schema, ensure_ascii=False), "utf-8")


def field(name: str, **more: Any) -> Callable[[Json], None]:
    added = {"name": name, "doc": "Why / 原因", "type": "string", **more}
    return lambda schema: schema["fields"].append(added)


def test_a_release_lists_every_draft_once_and_a_second_has_nothing_to_list(released: Path) -> None:
    known = read_releases(released)
    assert set(known.since) == {p.name for p in released.glob("*.avsc")}
    with pytest.raises(SchemaError, match="nothing to release"):
        frozen(released, "2027-01-01")


def test_a_changed_doc_of_a_released_file_is_red(released: Path) -> None:
    edited(released, lambda schema: schema.update(doc="better words / 更好的说明"))
    (found,) = violations(released)
    assert TRIED in found
    assert "put it back" in found
    with pytest.raises(SchemaError, match="broken"):
        frozen(released, "2027-01-01")


def test_a_released_file_that_is_gone_is_red(released: Path) -> None:
    (released / f"{TRIED}.v1.avsc").unlink()
    (found,) = violations(released)
    assert "is gone" in found


def test_a_next_version_with_a_default_is_green_and_becomes_the_next_release(
    released: Path,
) -> None:
    edited(released, field("note", default=""), to=2)
    assert violations(released) == []
    first = read_releases(released).next
    write_releases(released, frozen(released, "2027-01-01"))
    known = read_releases(released)
    assert known.releases[-1].files.keys() == {f"{TRIED}.v2.avsc"}
    assert known.since[f"{TRIED}.v2.avsc"] == first
    assert violations(released) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (field("note"), "no default"),
        (lambda schema: schema["fields"].pop(1), "no default"),
        (lambda schema: schema["fields"][1].update(type="long"), "cannot be read"),
        (lambda schema: schema.update(doc="other / 另"), "one Avro fingerprint"),
        (lambda schema: schema["fields"][1].pop("doc"), "no doc"),
        (lambda schema: schema.update(name="Gone"), "holds the schema"),
    ],
)
def test_a_next_version_that_breaks_readers_is_red(
    released: Path, change: Callable[[Json], None], says: str
) -> None:
    edited(released, change, to=2)
    assert any(says in found for found in violations(released))


def test_a_third_version_is_held_against_the_first_too(released: Path) -> None:
    """v2 drops a field that has a default; v3 brings its name back with another type."""
    edited(released, field("note", default=""), to=2)
    write_releases(released, frozen(released, "2027-01-01"))
    edited(released, field("note", type="long", default=0), to=3)
    assert any("v3 reading v2" in found for found in violations(released))


def test_a_version_that_skips_one_is_red(released: Path) -> None:
    edited(released, field("note", default=""), to=3)
    assert any("not 1 to" in found for found in violations(released))


def test_two_drafts_of_one_event_are_red(released: Path) -> None:
    edited(released, field("note", default=""), to=2)
    schema = json.loads((released / f"{TRIED}.v2.avsc").read_text("utf-8"))
    field("more", default="")(schema)
    (released / f"{TRIED}.v3.avsc").write_text(json.dumps(schema, ensure_ascii=False), "utf-8")
    assert any("one draft at a time" in found for found in violations(released))


def test_a_list_of_releases_that_somebody_edited_is_red(released: Path) -> None:
    path = released / "releases.toml"
    for text in ("release = 1", "[release.2]\non = 'x'\nfiles = {}", "not toml"):
        path.write_text(text, "utf-8")
        assert violations(released)


def test_drafts_are_written_anew_and_released_files_are_not(released: Path) -> None:
    assert write_drafts(released) == []
    newest = released / f"{EXITED}.v{EVENT_CLASSES[EXITED].schema_version}.avsc"
    schema = json.loads(newest.read_text("utf-8"))
    newest.write_text(json.dumps({**schema, "doc": "changed / 改"}, ensure_ascii=False), "utf-8")
    assert write_drafts(released) == []
    (released / "releases.toml").unlink()
    assert write_drafts(released) == [newest]


# -- an event that grew: written by its first version, read as its second ---------------------------


@dataclass(frozen=True)
class LeftV1(Event):
    """Somebody left.

    有人离开。
    """

    reason: Annotated[str, Doc("Why", "原因")]
    days: Annotated[int, Doc("Days of notice", "提前天数")] = 0


@dataclass(frozen=True)
class LeftV2(Event):
    """Somebody left.

    有人离开。
    """

    reason: Annotated[str, Doc("Why", "原因")]
    notice_hours: Annotated[int, Doc("Hours of notice", "提前小时数")] = 0
    voluntary: Annotated[bool, Doc("By one's own will", "是否自愿")] = False


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[tuple[Path, bytes]]:
    """Both versions' schemas, and bytes that the first one wrote."""
    try:
        declared(LeftV1, 1)
        (tmp_path / f"{TOPIC}.v1.avsc").write_text(schema_text(LeftV1), "utf-8")
        written = EventCodec(load(tmp_path)).encode(
            LeftV1(meta=sample(LeftV1, complete=True).meta, reason="voluntary", days=3)
        )
        write_releases(tmp_path, frozen(tmp_path, "2026-11-25"))
        declared(LeftV2, 2)
        (tmp_path / f"{TOPIC}.v2.avsc").write_text(schema_text(LeftV2), "utf-8")
        yield tmp_path, written
    finally:
        EVENT_CLASSES.pop(TOPIC, None)


def declared(cls: type[Event], version: int) -> None:
    cls.topic, cls.family, cls.schema_version = TOPIC, "exit", version
    EVENT_CLASSES[TOPIC] = cls


def in_hours(old: Json, new: Json) -> None:
    new["notice_hours"] = old["days"] * 24
    new["voluntary"] = old["reason"] == "voluntary"


def test_a_first_version_is_read_as_the_second_through_its_step(grown: tuple[Path, bytes]) -> None:
    folder, written = grown
    assert violations(folder) == []
    codec = EventCodec(load(folder), {(TOPIC, 1): in_hours})
    event = codec.decode(TOPIC, written)
    assert isinstance(event, LeftV2)
    assert (event.reason, event.notice_hours, event.voluntary) == ("voluntary", 72, True)
    assert event.meta == sample(LeftV1, complete=True).meta
    again = codec.decode(TOPIC, codec.encode(event))
    assert again == event


def test_defaults_do_where_the_step_says_so(grown: tuple[Path, bytes]) -> None:
    folder, written = grown
    event = EventCodec(load(folder), {(TOPIC, 1): BY_DEFAULTS}).decode(TOPIC, written)
    assert isinstance(event, LeftV2)
    assert (event.reason, event.notice_hours, event.voluntary) == ("voluntary", 0, False)


def test_a_version_without_a_step_is_named_by_the_build_and_not_read(
    grown: tuple[Path, bytes],
) -> None:
    folder, written = grown
    assert missing_steps(load(folder), {}) == [f"{TOPIC}: no step from v1 to v2 in UPCASTS"]
    assert missing_steps(load(folder), {(TOPIC, 2): in_hours, (TOPIC, 1): in_hours}) == [
        f"{TOPIC}: a step from v2, and no v3"
    ]
    with pytest.raises(UnreadableEvent, match="no step"):
        EventCodec(load(folder), {}).decode(TOPIC, written)


def test_a_program_of_the_first_version_refuses_what_the_second_wrote(
    grown: tuple[Path, bytes],
) -> None:
    """It does not know the schema; a subscriber who has the file resolves it by Avro's rules."""
    folder, _ = grown
    newer = EventCodec(load(folder), {(TOPIC, 1): in_hours}).encode(sample(LeftV2, complete=True))
    (folder / f"{TOPIC}.v2.avsc").unlink()
    declared(LeftV1, 1)
    with pytest.raises(UnreadableEvent, match="fingerprint"):
        EventCodec(load(folder)).decode(TOPIC, newer)
