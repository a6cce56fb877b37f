"""The scan finds what it looks for, wherever it is planted, and chance does not find it."""

from __future__ import annotations

import base64
import gzip
import json
import random
import sqlite3
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.console.scanning import Scan, spelled

ENCODINGS = ["utf-8", "gb18030", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("before", [b"", b"x", b"\xff\x00\x01"])
def test_a_planted_leak_is_found_in_every_encoding(encoding: str, before: bytes) -> None:
    scan = Scan(["欧阳雪", *spelled("330681195001010006"), "浙江省诸暨市枫桥镇枫源村12号"])
    for leak in (
        "欧阳雪",
        "330681195001010006",
        "1950-01-01",
        "1950/1/1",
        "1950.01.01",
        "19500101",
        "1950年1月1日",
        "浙江省诸暨市枫桥镇枫源村12号",
    ):
        blob = before + f"|{leak}|".encode(encoding) + b"\x00tail"
        assert scan.found(blob), (leak, encoding)
    assert not scan.found(before + "诸葛孔明 330681195001010104".encode(encoding))


def test_eight_digits_within_more_digits_or_a_digest_are_no_birth() -> None:
    scan = Scan(["19500101"])
    assert not scan.found(b"1195001012 a19500101 19500101f 19500101.5")
    assert scan.found(b"on=19500101;")


# -- names of two characters ----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "text",
    ["王芳", "王芳\n", '{"name": "王芳"}', "姓名,王芳,1号", "户主王芳已去世", "(王芳)", "a='王芳'"],
)
def test_a_name_of_two_characters_is_found_amid_text(encoding: str, text: str) -> None:
    assert Scan(["王芳"]).found(text.encode(encoding)) == {"王芳"}


def test_a_name_of_two_characters_is_found_amid_binary_data_in_utf8() -> None:
    """As an Avro string with its length before it, as a cell of SQLite, amid a digest."""
    name = "王芳".encode()
    for blob in (b"\x0c" + name + b"\x02\xe4", b"\xe7\x8e" + name + b"\xe8", b"\x00" + name + b"9"):
        assert Scan(["王芳"]).found(b"\x93" * 50 + blob) == {"王芳"}


def test_a_name_in_the_old_excels_format_is_found() -> None:
    string = b"\x02\x00\x01" + "王芳".encode("utf-16-le")
    assert Scan(["王芳"]).found(b"\xfe\x81" * 9 + string + b"\x93\xd0\x7f") == {"王芳"}


@pytest.mark.parametrize("name", ["王芳", "欧阳雪"])
def test_a_name_that_is_written_out_in_ascii_is_found(name: str) -> None:
    raw = name.encode()
    for text in (
        json.dumps({"name": name}),
        repr(raw),
        quote(name),
        raw.hex(),
        "f" + raw.hex().upper(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(b"xy" + raw).decode(),
        base64.b64encode(b"x" + raw).decode(),
    ):
        assert Scan([name]).found(f"say {text} so".encode()) == {name}, text


def test_a_word_that_is_public_is_no_leak_and_the_name_beside_it_is() -> None:
    scan = Scan(["王爱", "高明"], public=["枫桥镇王爱村", "高明"])
    for said in ("王爱村", "枫桥镇王爱村12号", "高明", "[高明]"):
        assert not scan.found(said.encode()), said
    for said in ("王爱", "户主王爱", "王爱已去世", "高明已去世"):
        assert scan.found(said.encode()), said


def test_chance_finds_no_name_and_no_birth() -> None:
    """Hundreds of names; keys, digests and what is sealed look like this."""
    surnames, given = (
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
        "芳伟敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚",
    )
    names = [s + g for s in surnames for g in given]
    days = [f"19{year}{month:02}15" for year in range(40, 99) for month in range(1, 13)]
    chance = random.Random(20261125)
    scan = Scan([*names, *days])
    assert len(scan) > 1000
    binary = chance.randbytes(4_000_000)
    assert scan.found(binary) == set()
    assert scan.found(chance.randbytes(500_000).hex().encode()) == set()
    assert scan.found(base64.b64encode(chance.randbytes(500_000))) == set()


# -- where it looks -------------------------------------------------------------------------------


def test_a_leak_in_an_archive_a_name_or_a_free_page_is_found(tmp_path: Path) -> None:
    scan = Scan(["欧阳雪"])
    assert scan.leaks(tmp_path) == {}
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", "x" * 5000 + "欧阳雪")
    (tmp_path / "c.gz").write_bytes(gzip.compress("欧阳雪".encode()))
    (tmp_path / "关于欧阳雪.txt").write_bytes(b"")
    with sqlite3.connect(tmp_path / "b.sqlite") as db:
        db.execute("PRAGMA secure_delete=OFF")
        db.execute("CREATE TABLE t (a TEXT)")
        db.executemany("INSERT INTO t VALUES (?)", [("欧阳雪" + "y" * 900,)] * 50)
        db.commit()
        db.execute("DELETE FROM t")
    db.close()
    (tmp_path / "vault.sqlite").write_text("欧阳雪", "utf-8")
    found = set(scan.leaks(tmp_path, ("vault",)))
    assert found == {"a.zip", "c.gz", "关于欧阳雪.txt", "b.sqlite"}


@pytest.mark.parametrize("name", ["王芳", "欧阳雪"])
def test_a_leak_in_the_log_that_sqlite_writes_ahead_is_found(tmp_path: Path, name: str) -> None:
    db = sqlite3.connect(tmp_path / "b.sqlite")
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (a TEXT, b TEXT)")
        db.execute("INSERT INTO t VALUES (?, ?)", ("枫桥镇", name))
        db.commit()
        assert Scan([name]).leaks(tmp_path) == {"b.sqlite-wal": {name}}
    finally:
        db.close()
