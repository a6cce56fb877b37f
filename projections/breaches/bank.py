"""What a bank reports that does not fit its line: paid twice, paid too much, or no such line."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, exists, select

from projections.breaches.breach import Breach, Span
from projections.line_states import PAID, reports
from projections.moment import Moment
from projections.payments import RECOVERED, lines, paid, setbacks
from projections.registry_rows import households
from projections.tables import counts, stands


def bank_breaches(connection: Connection, moment: Moment, span: Span) -> Iterator[Breach]:
    """Reports of the span that do not fit."""
    yield from _unknown_lines(connection, moment, span)
    yield from _paid_too_much(connection, moment, span)
    yield from _paid_twice(connection, moment, span)


def _unknown_lines(connection: Connection, moment: Moment, span: Span) -> Iterator[Breach]:
    """Payments, returns, re-issues and recoveries of lines that do not stand."""
    for table in (paid, setbacks):
        t = table.c
        line = exists().where(lines.c.line_id == t.line_id, counts(lines, moment))
        case = exists().where(
            households.c.case_id == t.case_id, stands(households.c.position, moment.as_at)
        )
        kind = t.kind if table is setbacks else None
        columns = [t.position, t.event_id, t.case_id, t.amount_fen, case.label("is_case")]
        rows = (
            select(*columns, *([kind] if kind is not None else []))
            .where(counts(table, moment), t.position > span.after, t.position <= span.upto, ~line)
            .order_by(t.position)
        )
        for position, event, stream, fen, is_case, *kinds in connection.execute(rows):
            yield Breach(
                "unknown_line",
                position,
                UUID(bytes=event),
                UUID(bytes=stream) if is_case else None,
                (),
                {"report": kinds[0] if kinds else PAID, "amount_fen": fen},
            )


def _paid_too_much(connection: Connection, moment: Moment, span: Span) -> Iterator[Breach]:
    p, line = paid.c, lines.c
    rows = (
        select(
            p.position,
            p.event_id,
            p.case_id,
            p.amount_fen,
            line.position,
            line.amount_fen,
            line.beneficiary_id,
            line.program,
        )
        .join_from(paid, lines, line.line_id == p.line_id)
        .where(
            counts(paid, moment),
            counts(lines, moment),
            p.position > span.after,
            p.position <= span.upto,
            p.amount_fen > line.amount_fen,
        )
        .order_by(p.position)
    )
    for position, event, case, fen, at, authorized, person, program in connection.execute(rows):
        yield Breach(
            "paid_more_than_authorized",
            position,
            UUID(bytes=event),
            UUID(bytes=case),
            (UUID(bytes=person),),
            {"program": program, "authorized_fen": authorized, "paid_fen": fen},
            (at,),
        )


def _paid_twice(connection: Connection, moment: Moment, span: Span) -> Iterator[Breach]:
    """Paid while it stood as paid: neither returned nor sent again in between."""
    earlier = paid.alias("earlier")
    again = exists().where(
        earlier.c.line_id == paid.c.line_id, earlier.c.position < paid.c.position
    )
    candidates = select(paid.c.line_id).where(
        paid.c.position > span.after, paid.c.position <= span.upto, again
    )
    status: dict[bytes, tuple[str, int]] = {}
    twice: dict[int, int] = {}
    for position, line, kind, _, _ in connection.execute(reports(moment, candidates)):
        if kind == RECOVERED:
            continue
        before, at = status.get(line, ("", 0))
        if kind == PAID == before and span.holds(position):
            twice[position] = at
        status[line] = (kind, position)
    for position in sorted(twice):
        yield from _second_payment(connection, moment, position, twice[position])


def _second_payment(
    connection: Connection, moment: Moment, position: int, before: int
) -> Iterator[Breach]:
    p, line = paid.c, lines.c
    row = connection.execute(
        select(p.event_id, p.case_id, p.amount_fen, line.beneficiary_id, line.program)
        .join_from(paid, lines, line.line_id == p.line_id)
        .where(p.position == position, counts(lines, moment))
        .order_by(line.position)
    ).first()
    if row is not None:
        event, case, fen, person, program = row
        yield Breach(
            "paid_twice",
            position,
            UUID(bytes=event),
            UUID(bytes=case),
            (UUID(bytes=person),),
            {"program": program, "paid_fen": fen},
            (before,),
        )
