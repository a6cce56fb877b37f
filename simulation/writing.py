"""Writes the files of a synthetic bureau into a folder, with a manifest and what a ledger must find."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from simulation.bureau_files import tables
from simulation.counting import expected
from simulation.history import tell
from simulation.planting import Planted, plant
from simulation.tables import MARK, write_table

MANIFEST, EXPECTED, README = "manifest.json", "expected.json", "README.txt"
PLANTED: Final = "planted.json"
_README: Final = f"""{MARK}

本文件夹全部内容均为计算机生成的合成数据，不涉及任何真实个人、家庭、银行、机构或项目。
· 身份证号形式有效，但出生顺序码为 000（实际不存在）；因此第 17 位均为偶数，由号码推得的性别
  一律为女。每个出生日期在每个地区只有一个号码，故也使用了绍兴市其他县（市、区）的地区码。
· 银行账号以 620000 开头，实际不存在。银行、服务机构名称均为虚构。
· 每月低保标准 1075 元、特困标准 1397.50 元及照料标准均为合成数值，全程不变。
· 合计数（核查 12400 人次、新增 1525 人、退出 1661 人等）按诸暨市民政局 2024 年公开答复编排；
  答复以外的一切均为合成。scale 小于 1 时合计数按比例缩小。
· 其中有意安排了少量违规情形，见 expected.json 的 deliberate_breaches。
· 期初在册家庭于上一年第四季度集中复核确认，自本年 1 月起享受。
请按 manifest.json 所列顺序导入（即文件名序号）。

Everything in this folder is made up by a program. No person, household, bank, provider or
project in it exists.
- Identity numbers are valid in form, with birth order 000, which is never given. The 17th digit
  is therefore even and the sex read from it is female for everybody. There is one number a birth
  date and division, hence the codes of the neighboring counties of Shaoxing.
- Bank accounts begin with 620000, which no bank has. Banks and providers are invented.
- The standards (1,075 yuan a month, 1,397.50 for tekun, and care) are synthetic and never change.
- The totals follow the reply that Zhuji's civil affairs bureau published in 2024; all else is
  synthetic. With a scale below 1 the totals shrink with it.
- A few breaches are deliberate: see deliberate_breaches in expected.json.
- Everybody on the opening roster was confirmed in the last quarter of the year before, payable
  from January.
Import the files in the order of manifest.json, which is that of their numbers.
"""


@dataclass(frozen=True)
class FileEntry:
    """A file to import."""

    path: Path
    kind: str
    rows: int


@dataclass(frozen=True)
class Manifest:
    """The files in the order in which they must be imported. Iterating gives (path, kind)."""

    directory: Path
    files: tuple[FileEntry, ...]
    expected: dict[str, Any]
    """What a ledger that imported them all must find; also written as expected.json."""
    planted: list[Planted]
    """What its checks must find, and nothing else; also written as planted.json."""

    def __iter__(self) -> Iterator[tuple[Path, str]]:
        return iter((f.path, f.kind) for f in self.files)

    def __len__(self) -> int:
        return len(self.files)


def write_files(
    directory: Path,
    *,
    year: int = 2023,
    seed: int = 1,
    scale: float = 1.0,
    planted: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Manifest:
    """Writes all files into the folder, which is made if need be; files of the same names are
    replaced. Same year, seed and scale: same bytes. `progress` gets files done and in all.

    With `planted`, the year is clean but for so many of each irregularity, and planted.json lists
    which rules have to find them in whose files.

    Raises ValueError for a scale outside 0.005 to 1, and for one too small to plant so much.
    """
    history = tell(year, seed, scale, clean=planted > 0)
    put_in = plant(history, planted) if planted else []
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    found = tables(history)
    width = max(2, len(str(len(found))))
    for at, table in enumerate(found, start=1):
        path = directory / f"{at:0{width}d}-{table.file_name}"
        write_table(table, path)
        files.append(FileEntry(path, table.kind.name, len(table.items)))
        if progress is not None:
            progress(at, len(found))
    manifest = Manifest(directory, tuple(files), {} if planted else expected(history), put_in)
    _write_manifest(manifest, year, seed, scale)
    return manifest


def _write_manifest(manifest: Manifest, year: int, seed: int, scale: float) -> None:
    listed = {
        "synthetic": True,
        "mark": MARK,
        "year": year,
        "seed": seed,
        "scale": scale,
        "files": [{"path": f.path.name, "kind": f.kind, "rows": f.rows} for f in manifest.files],
    }
    planted = [asdict(p) for p in manifest.planted]
    answers: tuple[tuple[str, Any], ...] = ((EXPECTED, manifest.expected),)
    if planted:
        answers = ((PLANTED, planted),)
    for name, content in ((MANIFEST, listed), *answers):
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (manifest.directory / name).write_text(text + "\n", encoding="utf-8")
    (manifest.directory / README).write_text(_README, encoding="utf-8-sig")
