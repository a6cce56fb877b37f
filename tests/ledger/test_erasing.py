"""Erasing: the event first, then the key; whatever stops in between is finished at the next opening."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from domain.events import UNBORN, PaymentReturned, PersonRegistered, SubjectErased
from domain.refusals import CannotAnnul
from domain.wording import BadValue
from ledger import vault_erasing
from ledger.clock import FixedClock
from ledger.commands import Command, Draft
from ledger.erasing import carry_out, erase, is_erased
from ledger.ids import new_id
from ledger.service import Ledger
from ledger.vault import NewPerson, Vault
from ledger.vault_errors import Erased, VaultBusy
from tests.ledger.conftest import CLERK, DAY, World, open_world

NUMBER = "330681195001010006"
NAME = "欧阳雪"


def registered(world: World, number: str | None = NUMBER, name: str = NAME) -> UUID:
    person = new_id()
    world.ledger.vault.register([NewPerson(person, number)])
    event = PersonRegistered(meta=UNBORN, resolved=True)
    draft = Draft(event, person, DAY, personal={"name": name})
    world.ledger.report([Command(("person", str(number)), "", [draft], CLERK, "bureau")])
    return person


def erased(world: World, person: UUID, ground: str = "retention_expired") -> int:
    receipt = erase(world.ledger, person, ground, on=DAY, actor=CLERK, source="bureau")
    return receipt.recorded


def sealed_name(world: World, person: UUID) -> tuple[UUID, bytes]:
    event = world.ledger.load(person).last(PersonRegistered)
    assert event is not None
    assert event.name is not None
    return event.meta.event_id, event.name


def wrapped_key(folder: Path, person: UUID) -> bytes | None:
    import sqlite3

    with sqlite3.connect(folder / "vault.sqlite") as db:
        found = db.execute("SELECT wrapped_key FROM persons WHERE person_id = ?", [person.bytes])
        (wrapped,) = found.fetchone() or (None,)
    db.close()
    return wrapped


def test_the_erased_is_read_by_nobody_and_found_under_no_number(world: World) -> None:
    person, other = registered(world), registered(world, None, "诸葛明")
    event_id, sealed = sealed_name(world, person)
    before = wrapped_key(world.folder, person)
    assert before is not None
    assert erased(world, person) == 1
    with pytest.raises(Erased):
        world.ledger.vault.unseal(person, event_id, "name", sealed)
    assert world.ledger.vault.people_for([NUMBER]) == {}
    assert world.ledger.vault.unseal(other, *with_field(world, other)) == "诸葛明"
    for file in world.folder.glob("vault.sqlite*"):
        assert before not in file.read_bytes()
        assert before[12:] not in file.read_bytes()
        assert person.bytes in file.read_bytes() or file.name != "vault.sqlite"


def with_field(world: World, person: UUID) -> tuple[UUID, str, bytes]:
    event_id, sealed = sealed_name(world, person)
    return event_id, "name", sealed


def test_no_old_page_of_the_vault_keeps_a_key(world: World) -> None:
    """Thousands of persons, registered in batches so that pages split; then some are erased."""
    people = [new_id() for _ in range(6000)]
    for start in range(0, len(people), 37):
        batch = people[start : start + 37]
        world.ledger.vault.register([NewPerson(p, str(p.int)) for p in batch])
    victims = people[5::11]
    keys = [wrapped_key(world.folder, p) for p in victims]
    vault_erasing.destroy(world.ledger.vault, victims)
    vault_erasing.scrub(world.ledger.vault)
    blob = b"".join(f.read_bytes() for f in world.folder.glob("vault.sqlite*"))
    assert all(k is not None and k[:16] not in blob and k[-16:] not in blob for k in keys)
    lookups = [world.ledger.vault.lookup_digest(str(p.int)) for p in victims]
    assert not any(digest in blob for digest in lookups)


def test_erasing_again_writes_nothing(world: World) -> None:
    person = registered(world)
    assert erased(world, person) == 1
    head = world.recorder.head()
    assert erased(world, person) == 0
    assert erased(world, person, "purpose_achieved") == 0
    assert world.recorder.head() == head


def test_an_erasure_takes_a_ground_of_the_list_and_a_person(world: World) -> None:
    person, head = registered(world), world.recorder.head()
    for ground in ("", "欧阳雪本人要求"):
        with pytest.raises(BadValue) as refused:
            erased(world, person, ground)
        assert NAME not in refused.value.zh + refused.value.en
    with pytest.raises(BadValue):
        erased(world, new_id())
    assert erased(world, person, "保存期限已届满") == 1
    assert world.recorder.head().position == head.position + 1


def test_an_erasure_is_not_annulled(world: World) -> None:
    person = registered(world)
    erased(world, person)
    event = world.ledger.load(person).last(SubjectErased)
    assert event is not None
    with pytest.raises(CannotAnnul):
        world.ledger.annul(event.meta.event_id, "mistake", on=DAY, actor=CLERK, source="bureau")


def test_a_number_that_was_erased_means_a_new_person(world: World) -> None:
    person = registered(world)
    erased(world, person)
    again = new_id()
    assert world.ledger.vault.register([NewPerson(again, NUMBER)]) == {NUMBER: again}
    sealed = world.ledger.vault.seal(again, new_id(), "name", NAME)
    assert sealed
    assert is_erased(world.recorder, person)
    assert not is_erased(world.recorder, again)


def test_a_late_report_about_the_erased_is_recorded_without_what_was_to_be_sealed(
    world: World,
) -> None:
    person = registered(world)
    erased(world, person)
    event = PaymentReturned(
        meta=UNBORN, line_id=new_id(), amount_fen=100, reason="other", remark_person_id=person
    )
    draft = Draft(event, new_id(), DAY, personal={"remark": f"{NAME}已迁走"})
    receipt = world.ledger.report([Command(("r",), "r", [draft], CLERK, "bureau")])
    assert receipt.recorded == 1
    (found,) = world.ledger.load(draft.stream_id).standing(PaymentReturned)
    assert found.remark is None


def test_another_process_forgets_the_key_before_it_reads_again(world: World) -> None:
    person = registered(world)
    event_id, sealed = sealed_name(world, person)
    other = open_world(world.folder, world.log, world.clock)
    assert other.ledger.vault.unseal(person, event_id, "name", sealed) == NAME
    erased(world, person)
    other.ledger.vault.warm([])
    with pytest.raises(Erased):
        other.ledger.vault.unseal(person, event_id, "name", sealed)
    close(other)


def close(world: World) -> None:
    world.recorder.engine.dispose()
    world.ledger.vault.close()


# -- stopped at every step ------------------------------------------------------------------------

STEPS: dict[str, tuple[object, str]] = {
    "the event": (Ledger, "decide"),
    "the key": (vault_erasing, "destroy"),
    "the old pages": (vault_erasing, "scrub"),
    "the note": (vault_erasing, "mark"),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_stop_at_any_step_is_finished_at_the_next_opening(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    person = registered(world)
    event_id, sealed = sealed_name(world, person)
    key = wrapped_key(world.folder, person)
    assert key is not None
    holder, name = STEPS[step]
    real: Callable[..., object] = getattr(holder, name)

    def stopped(*args: object, **kwargs: object) -> None:
        if when == "after":
            real(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(holder, name, stopped)
        with pytest.raises(KeyboardInterrupt):
            erased(world, person)
    again = open_world(world.folder, world.log, world.clock)
    carry_out(again.recorder, again.ledger.vault)
    if (step, when) == ("the event", "before"):
        assert again.ledger.vault.unseal(person, event_id, "name", sealed) == NAME
        assert not is_erased(again.recorder, person)
    assert erased(again, person) == int((step, when) == ("the event", "before"))
    assert carry_out(again.recorder, again.ledger.vault) == 0
    with pytest.raises(Erased):
        again.ledger.vault.unseal(person, event_id, "name", sealed)
    assert again.ledger.vault.people_for([NUMBER]) == {}
    assert len(list(again.ledger.load(person).standing(SubjectErased))) == 1
    assert not any(key[12:] in f.read_bytes() for f in world.folder.glob("vault.sqlite*"))
    close(again)


KILLED = """
import os, sys
from pathlib import Path
from uuid import UUID
from ledger import erasing, vault_erasing
from ledger.clock import FixedClock
from tests.ledger.conftest import CLERK, DAY, open_world

folder, log, step, when = Path(sys.argv[1]), sys.argv[2], sys.argv[4], sys.argv[5]
person = UUID(sys.argv[3])
holder = erasing.Ledger if step == "decide" else vault_erasing
real = getattr(holder, step)

def killed(*args, **kwargs):
    if when == "after":
        real(*args, **kwargs)
    os._exit(9)

setattr(holder, step, killed)
world = open_world(folder, log, FixedClock())
erasing.erase(world.ledger, person, "retention_expired", on=DAY, actor=CLERK, source="bureau")
"""


@pytest.mark.parametrize(
    ("step", "when"), [("decide", "after"), ("destroy", "after"), ("scrub", "after")]
)
def test_a_killed_process_leaves_nothing_that_the_next_opening_does_not_finish(
    world: World, step: str, when: str
) -> None:
    person = registered(world)
    key = wrapped_key(world.folder, person)
    assert key is not None
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(world.folder), str(world.log), str(person), step, when],
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
    )
    assert done.returncode == 9, done.stderr.decode()
    again = open_world(world.folder, world.log, FixedClock())
    assert carry_out(again.recorder, again.ledger.vault) == 1
    assert not again.ledger.vault.has_key(person)
    assert is_erased(again.recorder, person)
    assert not any(key[12:] in f.read_bytes() for f in world.folder.glob("vault.sqlite*"))
    close(again)


def test_a_reader_of_the_vault_holds_up_the_cleaning_and_it_is_said(world: World) -> None:
    import sqlite3

    person = registered(world)
    reader = sqlite3.connect(world.folder / "vault.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM persons").fetchone()
    vault_erasing.destroy(world.ledger.vault, [person])
    with pytest.raises(VaultBusy) as busy:
        vault_erasing.scrub(world.ledger.vault, seconds=0)
    assert "关闭" in busy.value.zh
    reader.execute("COMMIT")
    reader.close()
    vault_erasing.scrub(world.ledger.vault, seconds=0)


def test_a_vault_copied_back_by_hand_loses_the_erased_at_the_next_opening(world: World) -> None:
    person = registered(world)
    vault_erasing.scrub(world.ledger.vault)
    old = (world.folder / "vault.sqlite").read_bytes()
    erased(world, person)
    world.ledger.vault.close()
    (world.folder / "vault.sqlite").write_bytes(old)
    again = Vault.open(world.folder / "vault.sqlite", world.folder / "master.key")
    assert again.has_key(person)
    assert carry_out(world.recorder, again) == 1
    assert not again.has_key(person)
    assert again.people_for([NUMBER]) == {}
    again.close()


def test_a_vault_that_followed_another_log_starts_over(world: World) -> None:
    """The log was restored from a backup: what the vault noted is not in it any more."""
    person, other = registered(world), registered(world, None)
    vault_erasing.mark(world.ledger.vault, 10_000, new_id())
    assert erased(world, person) == 1
    assert not world.ledger.vault.has_key(person)
    assert world.ledger.vault.has_key(other)
