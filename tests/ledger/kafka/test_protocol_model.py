"""The writer's protocol holds in every interleaving, and each of its safeguards is needed."""

from __future__ import annotations

import pytest

from tests.ledger.kafka.protocol_model import SAFEGUARDS, Broken, explore


def test_nothing_answered_is_lost_doubled_reordered_or_torn_whatever_happens() -> None:
    worlds, all_answered = explore()
    assert worlds > 10_000
    assert all_answered


@pytest.mark.parametrize("safeguard", sorted(SAFEGUARDS))
def test_without_a_safeguard_the_model_finds_the_harm(safeguard: str) -> None:
    with pytest.raises(Broken):
        explore(SAFEGUARDS - {safeguard})
