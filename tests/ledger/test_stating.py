"""What the ledger states of itself is so, and is stated once."""

from __future__ import annotations

from evidence.notes import SigningKey
from ledger.stating import state_heads, state_origin
from ledger.tables import LOG, heads
from tests.ledger.conftest import CLERK, DAY, World


def test_the_heads_are_those_of_every_family_at_the_position_named(world: World) -> None:
    world.household(world.person())
    before = world.recorder.head().position
    with world.recorder.reading() as conn:
        ends = {row.family_id: row.position for row in conn.execute(heads.select())}
    receipt = state_heads(world.ledger, on=DAY, actor=CLERK, source="bureau")
    assert receipt.recorded == 1
    (row,) = world.recorder.read_entries(before, 1)
    event = world.ledger.codec.decode_entry(row.topic, row.entry)
    assert event.position == before == ends.pop(LOG)  # type: ignore[attr-defined]
    stated = {f.family: f.position for f in event.families}  # type: ignore[attr-defined]
    assert stated == {"registry": ends[1], "verification": ends[3]}
    assert sum(stated.values()) == before


def test_heads_are_not_stated_twice_over_nothing_new(world: World) -> None:
    for _ in range(2):
        receipt = state_heads(world.ledger, on=DAY, actor=CLERK, source="bureau")
    assert (receipt.recorded, receipt.already) == (0, 1)
    world.person()
    assert state_heads(world.ledger, on=DAY, actor=CLERK, source="bureau").recorded == 1


def test_a_new_origin_is_stated_once(world: World) -> None:
    before, after = (SigningKey.generate(n).verifier for n in ("old.example", "new.example"))
    for recorded in (1, 0):
        receipt = state_origin(
            world.ledger, after, before, None, on=DAY, actor=CLERK, source="bureau"
        )
        assert receipt.recorded == recorded
    (row,) = world.recorder.read_entries(world.recorder.head().position - 1, 1)
    event = world.ledger.codec.decode_entry(row.topic, row.entry)
    assert (event.origin, event.previous_key) == ("new.example", str(before))  # type: ignore[attr-defined]
