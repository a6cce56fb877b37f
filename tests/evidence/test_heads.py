"""Signed heads: how far families and streams reach, and what is none of it."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.checkpoints import Checkpoint
from evidence.errors import EvidenceError, Malformed, NotProved
from evidence.heads import Heads, open_heads, sign_heads
from evidence.notes import Note, SigningKey
from evidence.tree import leaf_hash

KEY = SigningKey.generate("example.org/relief")
POINT = Checkpoint(KEY.name, 600, leaf_hash(b"any"))
STREAM = UUID("0190a000-0000-7000-8000-000000000001")
OPENING = sign_heads(Heads(), POINT, KEY).partition(b"\n\n")[0].decode() + "\n"


def signed(text: str) -> bytes:
    return Note(text.encode(), (KEY.sign(text.encode()),)).data()


@given(
    st.dictionaries(st.integers(0, 2**16 - 1), st.integers(0, 2**63 - 1), max_size=5),
    st.dictionaries(st.binary(min_size=16, max_size=16), st.integers(0, 2**63 - 1), max_size=5),
)
def test_heads_read_back_as_they_were_signed(
    families: dict[int, int], streams: dict[bytes, int]
) -> None:
    heads = Heads(families, streams)
    assert open_heads(sign_heads(heads, POINT, KEY), POINT, KEY.verifier) == heads


@pytest.mark.parametrize(
    "line",
    [
        "family 4",
        "family 4 05",
        "family -4 5",
        "family 4 5 6",
        "family  4 5",
        f"stream {STREAM}",
        f"stream {STREAM} -1",
        f"stream {str(STREAM)[:-1]} 5",
        "planet 4 5",
        "family 4 5\u20286",
        "",
    ],
)
def test_a_line_that_is_no_head_is_malformed(line: str) -> None:
    with pytest.raises(Malformed):
        open_heads(signed(f"{OPENING}{line}\nfamily 9 9\n"), POINT, KEY.verifier)


@pytest.mark.parametrize("line", ["family 4 5\n", f"stream {STREAM} 5\n"])
def test_nothing_is_stated_twice(line: str) -> None:
    assert open_heads(signed(OPENING + line), POINT, KEY.verifier)
    with pytest.raises(Malformed, match="twice"):
        open_heads(signed(OPENING + line * 2), POINT, KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        OPENING.replace("/v1", "/v2"),
        OPENING.replace(KEY.name, "example.org/other"),
        OPENING.replace("600 ", "599 "),
        "relief-heads/v1\n",
    ],
)
def test_heads_of_another_checkpoint_are_not_of_this_one(text: str) -> None:
    with pytest.raises(NotProved, match="another checkpoint"):
        open_heads(signed(text), POINT, KEY.verifier)


def test_heads_that_the_ledger_did_not_sign_are_not_believed() -> None:
    other = SigningKey.generate(KEY.name)
    for data in (sign_heads(Heads({4: 5}), POINT, other), b"no note"):
        with pytest.raises(EvidenceError):
            open_heads(data, POINT, KEY.verifier)
