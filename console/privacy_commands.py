"""The commands `reveal` and `erase`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console import erasing, revealing
from console.session import DEFAULT_LEDGER, AsJson, Lang, LedgerDir, session
from console.whom import whom
from domain.oversight import ERASURE_GROUNDS, REVEAL_REASONS, ROLES
from ledger.revealing import known_fields

NumberFile = Annotated[
    Path | None,
    typer.Option(
        "--number-file", help="内含身份证号的文件 / a file that holds the identity number"
    ),
]


def reveal(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="PERSON|CASE|-",
            help="人员或户编号;- 为按提示输入身份证号 / an id, or - to type an identity number",
        ),
    ] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    role: Annotated[str | None, typer.Option(help="角色 / role: " + ", ".join(ROLES))] = None,
    reason: Annotated[
        str | None,
        typer.Option(
            help="原因,代码或自行说明(加密保存)/ a code, or words of your own (kept sealed): "
            + ", ".join(REVEAL_REASONS)
        ),
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="字段 / fields: " + ", ".join(known_fields()))
    ] = None,
    number_file: NumberFile = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """查看加密的个人信息:先记录谁、为何查看,再显示 / show what is sealed: recorded first."""
    with session(ledger, lang) as (relief, speak):
        found = whom(relief, speak, target, number_file)
        revealing.show(relief, speak, found, role, reason, field or (), as_json=as_json)


def erase(
    person: Annotated[
        str | None,
        typer.Argument(
            metavar="PERSON|-",
            help="人员编号;- 为按提示输入身份证号 / an id, or - to type an identity number",
        ),
    ] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    reason: Annotated[
        str | None, typer.Option(help="法定依据 / legal ground: " + ", ".join(ERASURE_GROUNDS))
    ] = None,
    document: Annotated[str | None, typer.Option(help="文号 / number of the paper")] = None,
    number_file: NumberFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """销毁一个人的密钥,其个人信息永远无法再读 / destroy a person's key, for good."""
    with session(ledger, lang) as (relief, speak):
        found = whom(relief, speak, person, number_file)
        erasing.run(relief, speak, found, reason, document, yes=yes, as_json=as_json)
