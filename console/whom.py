"""Who is meant on the command line: an id, or an identity number that never stands in the command.

What stands in a command is kept in the shell's history and shown by `ps`; so an identity number
is typed at a prompt, piped in, or read from a file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

import typer

from console.language import Voice
from console.wiring import Relief
from domain.identity import parse_identity_number
from domain.wording import BadValue

PROMPT = "-"
"""Stands for "I shall be asked", or for standard input in a pipe."""


def whom(relief: Relief, speak: Voice, given: str | None, number_file: Path | None) -> UUID:
    """The id of the person or household meant. BadValue where it cannot be known; quotes nothing."""
    if number_file is not None:
        if given not in (None, PROMPT):
            raise BadValue(
                "编号与 --number-file 只能给一个", "give an id or --number-file, not both"
            )
        return _person(relief, _read(number_file))
    if given is None or given == PROMPT:
        return _person(relief, _asked(speak))
    try:
        return UUID(given)
    except ValueError:
        raise BadValue(
            "应为人员编号或户编号;身份证号请不要写在命令里(会留在历史记录中),"
            "请写 - 后按提示输入,或用 --number-file 文件",
            "an id of a person or household is needed; keep an identity number out of the command "
            "(the shell's history keeps it): write - and type it when asked, or --number-file FILE",
        ) from None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BadValue("无法读取 --number-file 文件", "the number file cannot be read") from None


def _asked(speak: Voice) -> str:
    if sys.stdin.isatty():
        asked = speak.pick("身份证号(不显示)", "identity number (not shown)")
        return str(typer.prompt(asked, hide_input=True, err=True))
    return sys.stdin.readline()


def _person(relief: Relief, text: str) -> UUID:
    number = parse_identity_number(text.strip(), relief.today()).text
    found = relief.ledger.people_for([number]).get(number)
    if found is None:
        raise BadValue("账本中没有这个人", "the ledger does not know this person")
    return found
