"""Signed notes: who signed, who is ignored, and what spoils a note."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import EvidenceError, Malformed, NotProved
from evidence.notes import (
    COSIGNATURE,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    parse_note,
    parse_verifier_key,
    unbase64,
)

LEDGER = SigningKey.generate("example.org/relief")
OTHER = SigningKey.generate("example.org/other")
WITNESS = SigningKey.generate("witness.example", COSIGNATURE)
TEXT = "第一行\n\nsecond\n".encode()

# The example of c2sp.org/signed-note.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONnc"
    "AlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()


def note(*signatures: Signature) -> Note:
    return Note(TEXT, signatures)


def test_the_example_of_the_specification_verifies() -> None:
    key = parse_verifier_key(SPEC_KEY)
    read = parse_note(SPEC_NOTE)
    assert list(read.signers([key])) == [key]
    assert str(key) == SPEC_KEY
    assert read.data() == SPEC_NOTE


def test_a_note_says_who_signed_it_in_its_own_order() -> None:
    signed = note(OTHER.sign(TEXT), WITNESS.sign(TEXT, 1_700_000_000), LEDGER.sign(TEXT))
    read = parse_note(signed.data())
    assert read == signed
    known = [LEDGER.verifier, WITNESS.verifier, OTHER.verifier]
    assert list(read.signers(known)) == [OTHER.verifier, WITNESS.verifier, LEDGER.verifier]


def test_unknown_keys_are_kept_and_count_for_nothing() -> None:
    read = parse_note(note(OTHER.sign(TEXT), LEDGER.sign(TEXT)).data())
    assert list(read.signers([LEDGER.verifier])) == [LEDGER.verifier]
    assert read.signers([]) == {}
    assert len(read.signatures) == 2


def test_a_key_of_the_same_name_or_the_same_id_alone_is_unknown() -> None:
    made = LEDGER.sign(TEXT)
    renamed = Signature("example.org/renamed", made.key_id, made.signature)
    reused = Signature(made.name, b"\x00\x00\x00\x01", made.signature)
    assert parse_note(note(renamed, reused).data()).signers([LEDGER.verifier]) == {}


@pytest.mark.parametrize("wrong", [bytes(64), b"short", bytes(65), bytes(72)])
@pytest.mark.parametrize("key", [LEDGER, WITNESS])
def test_a_wrong_signature_of_a_known_key_spoils_the_note(key: SigningKey, wrong: bytes) -> None:
    bad = Signature(key.name, key.verifier.key_id, wrong)
    for order in ((bad, LEDGER.sign(TEXT)), (LEDGER.sign(TEXT), bad)):
        with pytest.raises(NotProved) as refused:
            parse_note(note(*order).data()).signers([LEDGER.verifier, WITNESS.verifier])
        assert key.name in refused.value.zh


def test_a_witness_signs_its_time_with_the_text() -> None:
    made = WITNESS.sign(TEXT, 1_700_000_000)
    later = Signature(made.name, made.key_id, (1_700_000_001).to_bytes(8) + made.signature[8:])
    beyond = Signature(made.name, made.key_id, (2**63).to_bytes(8) + made.signature[8:])
    assert note(made).signers([WITNESS.verifier])
    for bad in (later, beyond):
        with pytest.raises(NotProved):
            note(bad).signers([WITNESS.verifier])


def test_one_public_key_under_two_types_has_two_ids_and_two_meanings() -> None:
    as_ledger = SigningKey(WITNESS.name, WITNESS._private)
    assert as_ledger.verifier.key_id != WITNESS.verifier.key_id
    assert note(as_ledger.sign(TEXT)).signers([WITNESS.verifier]) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        b"text\n\nno mark\n",
        b"text\n\nname AAAAAAA=\n",
        "text\n\n— name\n".encode(),
        "text\n\n— name AAAA\n".encode(),  # three bytes: no id and signature
        "text\n\n— name AAAAAA==\n".encode(),  # an id and nothing
        "text\n\n— na+me AAAAAAA=\n".encode(),
        "text\n\n— na\u00a0me AAAAAAA=\n".encode(),
        "text\n\n—  AAAAAAA=\n".encode(),
        "text\n\n— name AAAAAAA=".encode(),  # no newline at the end
        "text\n\n— name AAAAAAB=\n".encode(),  # not canonical: stray bits
        "text\n\n— name AAAAAAA= \n".encode(),
        "text\r\n\n— name AAAAAAA=\n".encode(),
        "te\x00xt\n\n— name AAAAAAA=\n".encode(),
        "text\n\n— name AAAAAAA=\n".encode().replace(b"text", b"te\xffxt"),
        b"text\n\n" + "— name AAAAAAA=\n".encode() * 101,
        b"x" * 999_981 + "\n\n— name AAAAAAA=\n".encode(),  # whole, but a million and a byte
    ],
)
def test_what_is_no_note_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse_note(data)
    assert refused.value.zh != str(refused.value)


def test_a_signature_line_of_another_algorithm_may_be_as_short_as_it_likes() -> None:
    read = parse_note("text\n\n— name AAAAAAA=\n".encode())
    assert read.signatures == (Signature("name", bytes(4), b"\x00"),)


def test_a_note_takes_sixteen_signatures_and_more() -> None:
    others = [Signature(f"witness.example/{n}", bytes(4), bytes(64)) for n in range(99)]
    read = parse_note(note(*others, LEDGER.sign(TEXT)).data())
    assert list(read.signers([LEDGER.verifier])) == [LEDGER.verifier]


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("example.com/foo", "example.com/fooo"),
        SPEC_KEY.replace("example.com/foo", "example com"),
        SPEC_KEY[:-4],
        SPEC_KEY.replace("+Aeky", "+Beky"),
        "name+11111111+" + "Ag" + "A" * 42,  # ECDSA
        SPEC_KEY[1:],
    ],
)
def test_a_verifier_key_that_is_not_whole_is_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        parse_verifier_key(vkey)


@pytest.mark.parametrize("key", [LEDGER, WITNESS])
def test_keys_read_back_from_their_texts(key: SigningKey) -> None:
    again = SigningKey.parse(key.secret_text + "\n")
    assert again.verifier == key.verifier == parse_verifier_key(str(key.verifier))
    assert note(again.sign(TEXT, 5)).signers([key.verifier])


def test_a_signing_key_never_shows_itself() -> None:
    seed = LEDGER.secret_text.rpartition("+")[2]
    assert seed not in repr(LEDGER)
    for broken in (LEDGER.secret_text[:-4], LEDGER.secret_text.replace("PRIVATE", "PUBLIC")):
        with pytest.raises(Malformed) as refused:
            SigningKey.parse(broken)
        assert seed[:20] not in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u3000b"])
def test_a_key_is_not_made_under_a_name_that_no_note_can_hold(name: str) -> None:
    with pytest.raises(Malformed):
        SigningKey.generate(name)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_note_or_malformed(data: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        assert parse_note(data).data() == data


@given(st.data())
def test_a_note_with_any_byte_changed_is_not_believed_as_it_was(data: st.DataObject) -> None:
    whole = bytearray(note(LEDGER.sign(TEXT)).data())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(EvidenceError):
        assert LEDGER.verifier not in parse_note(bytes(whole)).signers([LEDGER.verifier])


@given(st.text(max_size=80))
def test_any_text_is_canonical_base64_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert unbase64(text)


@given(st.text(max_size=120))
def test_any_text_is_a_verifier_key_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(parse_verifier_key(text), VerifierKey)
