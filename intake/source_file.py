"""The source file as a fact: what it was, which months and towns it is about, and its control totals.

Recorded once every row of the file stands in the ledger, so that an auditor can tell which lists
came, from whom, and whether one is missing. The bytes and the name appear as keyed digests only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from domain.calendar import month_of
from domain.events import UNBORN, FileImported
from intake.checking import CheckedFile
from intake.planning import Context
from ledger.commands import Command, Draft, Receipt
from ledger.ids import new_id

_MONTH: Final = {
    "households": "registered_on",
    "people": "registered_on",
    "members": "changed_on",
    "deaths": "died_on",
    "checks": "fed_back_on",
    "visits": "visited_on",
    "decisions": "decided_on",
    "changes": "decided_on",
    "standards": "effective_on",
    "batches": "month",
    "payments": "month",
    "returns": "processed_on",
    "providers": "registered_on",
    "projects": "committed_on",
    "deliveries": "delivered_on",
    "wishes": "registered_on",
    "needs": "found_on",
    "sources": "joined_on",
    "organizations": "joined_on",
    "workers": "starts_on",
}
"""Kind → the column whose month a row is about."""
_AMOUNT: Final = {
    "decisions": ("amount", "supplement"),
    "changes": ("amount", "supplement"),
    "batches": ("total",),
    "payments": ("total",),
    "returns": ("amount",),
    "projects": ("committed",),
}
"""Kind → the columns whose sum is the control total."""
_PERSONS: Final = ("id_number", "head_id")


def file_digest(checked: CheckedFile, context: Context) -> bytes:
    """Keyed digest of the file's bytes: what names it in its own event and in those of its rows."""
    return context.ledger.vault.digest("file", checked.sha256)


def file_command(checked: CheckedFile, standing: Receipt, context: Context) -> Command:
    """The command that says the file was imported. Its key is the content: the same file again,
    under whatever name, records nothing."""
    kind = checked.kind.name
    stream_key = f"{context.source}/{kind}"
    stream = context.ledger.find("files", [stream_key]).get(stream_key) or new_id()
    digest = context.ledger.vault.digest
    content = file_digest(checked, context)
    rows = [r.row for r in checked.rows]
    event = FileImported(
        meta=UNBORN,
        kind=kind,
        content_digest=content,
        name_digest=digest("file-name", checked.path.name),
        rows=len(rows),
        months=_months(rows, _MONTH[kind]),
        towns=tuple(sorted(_distinct(rows, "town"))),
        households=len(_households(rows, kind)),
        persons=len(_persons(rows)),
        amount_fen=sum(getattr(r, name) or 0 for name in _AMOUNT.get(kind, ()) for r in rows),
        first_position=standing.first_standing,
        last_position=standing.last_standing,
    )
    key = (context.source, "file", kind, content.hex())
    return Command(key, "", [Draft(event, stream, context.today)], context.actor, context.source)


def _distinct(rows: Iterable[Any], name: str) -> set[Any]:
    return {value for r in rows if (value := getattr(r, name, None)) is not None}


def _months(rows: Iterable[Any], name: str) -> tuple[str, ...]:
    found = _distinct(rows, name)
    return tuple(sorted({v if isinstance(v, str) else month_of(v) for v in found}))


def _households(rows: list[Any], kind: str) -> set[str]:
    heads = _distinct(rows, "head_id")
    if kind == "payments":
        heads |= {r.id_number for r in rows if not r.head_id}
    return heads


def _persons(rows: list[Any]) -> set[str]:
    found = set().union(*(_distinct(rows, name) for name in _PERSONS))
    for r in rows if rows and hasattr(rows[0], "covered_ids") else ():
        found.update(r.covered_ids or ())
    return found
