"""The commands `diff` and `replay`."""

from __future__ import annotations

from typing import Annotated

import typer

from console import time_travel
from console.session import (
    DEFAULT_LEDGER,
    AsJson,
    AsOf,
    Failed,
    Lang,
    LedgerDir,
    optional_date,
    session,
)
from domain.wording import BadValue


def diff(
    as_at: Annotated[
        list[str] | None,
        typer.Option(
            "--as-at", metavar="POSITION|INSTANT", help="两次:先早后晚 / twice: A, then B"
        ),
    ] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    program: Annotated[str | None, typer.Option(help="救助类别代码 / program code")] = None,
    town: Annotated[str | None, typer.Option(help="镇乡(街道) / town")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """同一日期的名单,在账本两个位置所知之差,及由何事件引起 / what was learned in between."""
    with session(ledger, lang) as (relief, speak):
        if as_at is None or len(as_at) != 2:
            raise BadValue("请给出两个 --as-at", "give --as-at twice")
        code = relief.divisions.code_of(town) if town else None
        if town and code is None:
            raise BadValue(f"没有镇乡(街道) {town}", f"no town {town} in the division table")
        day = optional_date(as_of)
        time_travel.difference(
            relief, speak, (as_at[0], as_at[1]), day, program, code, as_json=as_json
        )


def replay(
    to: Annotated[
        str | None, typer.Option("--to", metavar="POSITION", help="重放到此位置 / as far as this")
    ] = None,
    swap: Annotated[
        bool, typer.Option("--swap", help="换上重建的视图 / put the rebuilt views in place")
    ] = False,
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """只凭账本重建全部视图,与现有视图逐行比较 / rebuild all views from the log, compare."""
    with session(ledger, lang) as (relief, speak):
        same = time_travel.replayed(relief, speak, to, put_in_place=swap, as_json=as_json)
    if not same:
        raise Failed(1)
