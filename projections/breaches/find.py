"""Asks every rule about a span of the log."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from domain.rulebook import RuleBook, TrunkRules
from projections.breaches.after_death import after_death_breaches
from projections.breaches.bank import bank_breaches
from projections.breaches.breach import Breach, Span
from projections.breaches.enrollment import enrollment_breaches
from projections.breaches.entitlement import entitlement_breaches
from projections.breaches.exclusive import exclusive_breaches
from projections.breaches.hearing import hearing_breaches
from projections.breaches.safeguards import safeguard_breaches
from projections.breaches.sentences import SENTENCES
from projections.canonical import canonical
from projections.moment import Moment

RULES: Final = tuple(SENTENCES)
"""Codes of the rules, as far as they are the same as a refusal's (`domain.refusals`)."""


def find(
    connection: Connection,
    moment: Moment,
    after: int,
    upto: int,
    book: RuleBook | None = None,
) -> list[Breach]:
    """Every breach of the entries after `after`, up to and with `upto`, by position and rule.

    Judged by all that the log knew at `moment.as_at`, also of other entries: an annulment or a
    death that was recorded since counts. Facts dated after `moment.as_of` are left out.
    """
    span, book = Span(after, min(upto, moment.as_at)), book or TrunkRules()
    found = [
        *entitlement_breaches(connection, moment, span),
        *after_death_breaches(connection, moment, span),
        *bank_breaches(connection, moment, span),
        *enrollment_breaches(connection, moment, span),
        *exclusive_breaches(connection, moment, span, book),
        *safeguard_breaches(connection, moment, span, book),
        *hearing_breaches(connection, moment, span, book),
    ]
    found.sort(key=lambda b: (b.position, b.rule, canonical(b)))
    return found
