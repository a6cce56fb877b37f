"""Checks a bundle or a receipt with nothing but this folder and `cryptography`: `python -m evidence.verify FILE`.

    --key VKEY       the ledger's verifier key that you hold (or a file with it); without it only
                     the bundle's agreement with itself is checked
    --witness VKEY   a witness's key that you hold; may be repeated
    --against FILE   a checkpoint that you hold: is it of the same tree?
    --json           the verdict for programs

Exit code 0: every check holds; 1: one does not; 2: the file is no bundle that can be checked.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evidence.errors import EvidenceError
from evidence.examine import Held, examine
from evidence.notes import VerifierKey, parse_verifier_key
from evidence.verdicts import FAILED, PASSED, Verdict

_MARKS = {PASSED: "✓", FAILED: "✗"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the verdict in Chinese and English, and returns the exit code."""
    asked = _parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # a console of another code page
    held = Held(int(time.time()), asked.key, asked.witness, asked.against)
    verdict = examine(asked.file, held)
    sys.stdout.write(as_json(verdict) if asked.json else as_text(verdict))
    return verdict.exit_code


def as_text(verdict: Verdict) -> str:
    """For people: a line a check and language, then what it comes to."""
    lines = []
    for check in verdict.checks:
        lines += [f"{_MARKS.get(check.outcome, '?')} {check.name}: {check.zh}", f"  {check.en}"]
    return "\n".join([*map(_plain, lines), "", *verdict.sentence(), ""])


def _plain(line: str) -> str:
    """A bundle's own words may neither steer the terminal nor pose as lines of ours."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)[:500]


def as_json(verdict: Verdict) -> str:
    """For programs: keys in order, whole numbers, one line."""
    zh, en = verdict.sentence()
    point = verdict.signed.checkpoint if verdict.signed else None
    told = {
        "exit_code": verdict.exit_code,
        "key_held": verdict.held_key,
        "verdict": {"zh": zh, "en": en},
        "checkpoint": point
        and {"origin": point.origin, "size": point.size, "root": point.root.hex()},
        "checks": [asdict(check) for check in verdict.checks],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="evidence.verify",
        description="核验证据包或收据 / check a bundle of evidence or a receipt",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="证据包或收据 / the bundle or receipt"
    )
    parser.add_argument("--key", type=_key, help="您持有的账本验证密钥 / the ledger's verifier key")
    parser.add_argument(
        "--witness", type=_key, action="append", default=[], help="见证方密钥 / a witness's key"
    )
    parser.add_argument(
        "--against",
        type=_bytes,
        default=b"",
        help="您持有的检查点文件 / a checkpoint that you hold",
    )
    parser.add_argument("--json", action="store_true", help="供程序读取 / for programs")
    return parser


def _bytes(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as e:
        raise argparse.ArgumentTypeError("检查点文件读不出 / the checkpoint cannot be read") from e


def _key(text: str) -> VerifierKey:
    """A verifier key, or the first line of a file that holds one."""
    try:
        if "+" not in text or Path(text).is_file():
            text = Path(text).read_text("utf-8").partition("\n")[0]
        return parse_verifier_key(text)
    except EvidenceError as e:
        raise argparse.ArgumentTypeError(f"密钥不对:{e.zh} / not a key: {e}") from e
    except (OSError, ValueError) as e:
        raise argparse.ArgumentTypeError("密钥文件读不出 / the key's file cannot be read") from e


if __name__ == "__main__":
    sys.exit(main())
