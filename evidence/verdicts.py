"""What an examination says: checks with their outcome, in Chinese and English, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evidence.checkpoints import SignedCheckpoint

PASSED, FAILED, OPEN = "passed", "failed", "open"
_TEXTS: Final = {
    "contents": "{} 条,所称范围:{};另有 {} 个 CSV 副本,未核对 | {} entries, said to be: {}; {} CSV copies, not checked here",
    "receipt": "收据,位置 {} | a receipt for position {}",
    "signed": "{} 签署,共 {} 条 | signed by {}, {} entries",
    "witnesses": "您认可的见证方有 {} 个签过名;另有 {} 个签名未核验 | {} witnesses that you know have signed; {} other signatures not checked",
    "future": "{} 的时间在将来;请核对本机时钟 | {} is dated in the future; see whether this computer's clock is right",
    "schemas": "{} 个模式与其编号相符 | {} schemas are those of their names",
    "altered": "{} 个模式被改动 | {} schemas were altered",
    "root": "由 {} 条重算的树根与检查点相符 | the root computed from {} entries is that of the checkpoint",
    "other root": "由 {} 条重算的树根不是检查点的({} 条) | the root computed from {} entries is not that of the checkpoint ({} entries)",
    "proofs": "每一条的证明都成立 | the proof of every entry holds",
    "order": "帧完好,序号与时间次序正确 | frames are whole, numbers and times in order",
    "damaged": "{} 条受损,首条在位置 {}:{} | {} entries damaged, the first at position {}: {}",
    "selection": "是一次查询所得:不证明没有遗漏 | what a question found: it does not show that none is missing",
    "no heads": "中间无缺,但没有末位说明,不知末尾是否齐全 | none is missing in between; without stated heads the tail is not shown",
    "missing": "有缺:{} | entries are missing: {}",
    "one tree": "与您所持检查点({} 条)是同一棵树 | one tree with the checkpoint that you hold ({} entries)",
    "two trees": "与您所持检查点({} 条)不是同一棵树:账本被改写过。请把两份文件都保存好 | NOT one tree with the checkpoint that you hold ({} entries): the ledger was rewritten. Keep both files",
    "beyond": "看不出与您所持检查点({} 条)是否同一棵树:请要一份更晚的、或含一致性证明的 | does not show whether it is one tree with the checkpoint that you hold ({} entries): ask for a later one, or one with its consistency proof",
    "unknown": "因条目受损,无从说起 | not shown, entries being damaged",
    "complete": "{}:一条不缺 | {}: none is missing",
}
_VERDICTS: Final = {
    "proved": "属实:与您所持密钥签署的检查点相符 | PROVED: as the checkpoint says that the key you hold has signed",
    "within": "仅内部一致:用的是包内自带的密钥,不能证明出自该账本。请用您自己持有的密钥(--key)再验 | consistent within itself ONLY: checked by the key in the bundle, which proves nothing of where it comes from; check again with the key that you hold (--key)",
    "failed": "不可信:有核验未通过 | NOT TO BE TRUSTED: a check failed",
    "unreadable": "无法核验:不是可用的证据包 | cannot be checked: no usable bundle",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `passed`, `failed`, or `open` where the bundle does not show it either way."""

    name: str
    outcome: str
    zh: str
    en: str
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks, in order. Exit code 0: all hold; 1: one does not; 2: no bundle that can be checked."""

    checks: tuple[Check, ...]
    held_key: bool
    signed: SignedCheckpoint | None = None

    @property
    def exit_code(self) -> int:
        """For the command line."""
        failed = [c.name for c in self.checks if c.outcome == FAILED]
        return 2 if "readable" in failed else 1 if failed else 0

    def sentence(self) -> tuple[str, str]:
        """What it comes to, in Chinese and English."""
        names = ("proved" if self.held_key else "within", "failed", "unreadable")
        zh, _, en = _VERDICTS[names[self.exit_code]].partition(" | ")
        return zh, en


def check(
    name: str,
    outcome: str,
    text: str,
    *values: int | str | tuple[str, str],
    positions: Sequence[int] = (),
) -> Check:
    """A value that is a pair stands in each language by itself."""
    told = [
        words.format(*[v[n] if isinstance(v, tuple) else v for v in values])
        for n, words in enumerate(_TEXTS[text].split(" | "))
    ]
    return Check(name, outcome, told[0], told[1], tuple(positions))
