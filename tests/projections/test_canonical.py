"""Canonical JSON: the same bytes for the same answer, and nothing that could differ or be personal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.canonical import NotCanonical, canonical


@dataclass(frozen=True)
class Answer:
    town: str
    as_of: date
    ids: tuple[UUID, ...]


def test_the_bytes_of_an_answer_are_these() -> None:
    answer = Answer("暨阳街道", date(2023, 1, 5), (UUID(int=1),))
    assert canonical(answer) == (
        '{"as_of":"2023-01-05","ids":["00000000-0000-0000-0000-000000000001"],'
        '"town":"暨阳街道"}'.encode()
    )


def test_keys_come_by_code_point() -> None:
    keys = ["b", "B", "a", "一", "𠮷", "\uffee", "é", "10", "9"]
    text = canonical(dict.fromkeys(keys, 0)).decode()
    assert list(json.loads(text)) == sorted(keys, key=lambda k: [ord(c) for c in k])


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), b"sealed", {1, 2}, datetime(2023, 1, 1), {1: 2}, "\ud800", object()],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_canonical_form_is_refused_without_quoting_it(value: Any) -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical({"rows": [0, value]})
    assert str(refused.value).startswith("answer.rows[1]")
    assert "sealed" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc一𠮷"), inner),
    max_leaves=20,
)


@given(JSON)
def test_reading_the_bytes_and_writing_them_again_gives_the_same_bytes(value: Any) -> None:
    written = canonical(value)
    assert canonical(json.loads(written)) == written
