"""A witness outside signs what extends the last tree it saw, and notices everything else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.checkpoints import SignedCheckpoint
from evidence.notes import COSIGNATURE, SigningKey
from ledger.checkpointing import Checkpoints
from ledger.errors import NotExtended, WitnessFailed
from ledger.witnessing import Witness, cosigned
from tests.ledger.test_checkpointing import KEY, Signed
from tests.ledger.witness_process import SEEN_AT, running

WITNESS = SigningKey.generate("witness.example", COSIGNATURE)


@pytest.fixture
def fresh_address() -> Iterator[str]:
    with running(KEY.verifier, WITNESS) as found:
        yield found


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[Signed]:
    found = Signed(tmp_path)
    believe_the_witness(found)
    yield found
    found.close()


def believe_the_witness(signed: Signed) -> None:
    own = signed.checkpoints
    signed.checkpoints = Checkpoints(own.recorder, own.folder, own.verifier, [WITNESS.verifier])


def signed_now(signed: Signed) -> SignedCheckpoint:
    found = signed.checkpoints.sign(KEY)
    assert found is not None
    return found


def test_a_witness_follows_a_log_that_grows_and_its_signatures_are_kept(
    signed: Signed, fresh_address: str
) -> None:
    witness = Witness(fresh_address, WITNESS.verifier)
    for _ in range(3):
        signed.append(200)
        made = cosigned(signed.checkpoints, signed_now(signed), witness)
        assert [(c.witness, c.seconds) for c in made.cosignatures] == [(WITNESS.verifier, SEEN_AT)]
        kept = signed.checkpoints.newest()
        assert kept == made
        assert cosigned(signed.checkpoints, made, witness) == made  # not asked again
    assert signed.checkpoints.folder.cosigned_sizes() == [200, 400, 600]
    assert signed_now(signed).cosignatures  # signing the same size again loses none of them
    signed.assert_one_history()


def test_a_witness_that_knows_better_where_it_was_is_believed(
    signed: Signed, fresh_address: str
) -> None:
    """What we kept of its answers is lost, or another process asked it."""
    witness = Witness(fresh_address, WITNESS.verifier)
    signed.append(200)
    cosigned(signed.checkpoints, signed_now(signed), witness)
    (signed.checkpoints.folder.folder / f"{200:019}.cosigned").unlink()
    signed.append(100)
    made = cosigned(signed.checkpoints, signed_now(signed), witness)
    assert made.cosignatures


def test_an_older_copy_with_all_its_checkpoints_is_noticed_by_the_witness(
    signed: Signed, fresh_address: str
) -> None:
    """Whoever restores the database may restore the checkpoints as well; not the witness."""
    witness = Witness(fresh_address, WITNESS.verifier)
    signed.append(200)
    cosigned(signed.checkpoints, signed_now(signed), witness)
    signed.close()
    shutil.copytree(signed.folder, signed.folder.parent / "yesterday")
    signed.open()
    believe_the_witness(signed)
    signed.append(100)
    cosigned(signed.checkpoints, signed_now(signed), witness)

    restored = Signed(signed.folder.parent / "yesterday")
    believe_the_witness(restored)
    restored.append(50)
    with pytest.raises(NotExtended, match="older copy"):
        cosigned(restored.checkpoints, signed_now(restored), witness)
    restored.append(500)
    with pytest.raises(WitnessFailed, match="not the one it has seen"):
        cosigned(restored.checkpoints, signed_now(restored), witness)
    restored.close()


def test_a_witness_of_another_ledger_does_not_sign(signed: Signed) -> None:
    stranger = SigningKey.generate("other.example/relief")
    with running(stranger.verifier, WITNESS) as address:
        signed.append(3)
        with pytest.raises(WitnessFailed, match="signing key") as refused:
            cosigned(signed.checkpoints, signed_now(signed), Witness(address, WITNESS.verifier))
    assert WITNESS.name in refused.value.zh
    assert signed.checkpoints.folder.cosigned_sizes() == []


def test_an_answer_of_another_key_is_not_kept(signed: Signed, fresh_address: str) -> None:
    impostor = SigningKey.generate(WITNESS.name, COSIGNATURE)
    signed.append(3)
    with pytest.raises(WitnessFailed, match="no valid signature"):
        cosigned(signed.checkpoints, signed_now(signed), Witness(fresh_address, impostor.verifier))
    assert signed.checkpoints.folder.cosigned_sizes() == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "file:///etc/passwd", "no address"])
def test_a_witness_that_cannot_be_reached_leaves_the_checkpoint_as_it_is(
    signed: Signed, url: str
) -> None:
    signed.append(3)
    made = signed_now(signed)
    with pytest.raises(WitnessFailed):
        cosigned(signed.checkpoints, made, Witness(url, WITNESS.verifier), seconds=1)
    assert signed.checkpoints.newest() == made
