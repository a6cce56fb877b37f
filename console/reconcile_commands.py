"""`reconcile`: payment orders beside the bank's answers, from the topic alone."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import create_engine

from console.language import Voice
from console.session import DEFAULT_LEDGER, AsJson, Lang, LedgerDir, optional_date
from console.subscriber_settings import Kafka, Namespace, followed
from domain.calendar import CHINA
from domain.money import format_yuan
from projections.canonical import canonical

if TYPE_CHECKING:
    from consumers.reconciling import Order

WORDS = {
    "matched": "相符",
    "pending": "待回盘",
    "overdue": "逾期未回盘",
    "short": "少付",
    "over": "多付",
    "returned": "退回",
    "duplicate": "重复",
    "unknown": "无对应支付指令",
}


def reconcile(
    database: Annotated[Path, typer.Argument(help="对账库文件(SQLite) / its own database file")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="日期 / day")] = None,
    days: Annotated[int, typer.Option(min=0, help="几日未回盘为逾期 / overdue after")] = 5,
    kafka: Kafka = None,
    namespace: Namespace = "relief",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """支付指令与银行回盘逐笔对账 / payment orders beside the bank's answers, one by one."""
    from consumers.reconciling import Reconciliation  # its client is slow to load
    from consumers.subscribing import subscribe

    with followed(ledger, kafka, namespace, lang) as (settings, speak):
        day = optional_date(as_of) or datetime.now(CHINA).date()
        engine = create_engine(f"sqlite:///{database}")
        try:
            books = Reconciliation(engine)
            topic = settings.family_topic("disbursement")
            with subscribe(
                topic, settings, group="finance", places=books.sink, until_end=True
            ) as messages:
                messages.stop_on_signals()
                books.follow(messages)
            orders = books.orders(day, days)
        finally:
            engine.dispose()
        if as_json:
            said = {"as_of": day, "days": days, "states": _sums(orders), "orders": orders}
            speak.raw(canonical(said).decode())
        else:
            _say(_sums(orders), speak)


def _sums(orders: list[Order]) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for order in orders:
        of_state = sums[order.state]
        of_state["count"] += 1
        of_state["ordered_fen"] += order.ordered_fen
        of_state["paid_fen"] += order.paid_fen
        of_state["returned_fen"] += order.returned_fen
    return {state: dict(found) for state, found in sums.items()}


def _say(sums: dict[str, Any], speak: Voice) -> None:
    for state, zh in WORDS.items():
        if state not in sums:
            continue
        found = sums[state]
        ordered, paid, returned = (
            format_yuan(found[f"{name}_fen"]) for name in ("ordered", "paid", "returned")
        )
        speak.say(
            f"{zh}:{found['count']} 笔,应付 {ordered} 元,已付 {paid} 元,退回 {returned} 元",
            f"{state}: {found['count']} orders, ordered {ordered}, paid {paid}, "
            f"returned {returned} CNY",
        )
