"""The read models that a catch-up keeps, in the order in which their rows are written."""

from __future__ import annotations

from projections import (
    annulments,
    checks,
    decisions,
    needs,
    partners,
    payments,
    registry_rows,
    same_person,
    services,
    source_files,
    standards,
    wishes,
)
from projections.model import ReadModel

MODELS: tuple[ReadModel, ...] = (
    annulments.MODEL,
    registry_rows.MODEL,
    same_person.MODEL,
    partners.MODEL,
    standards.MODEL,
    decisions.MODEL,
    checks.MODEL,
    payments.MODEL,
    services.MODEL,
    wishes.MODEL,
    needs.MODEL,
    source_files.MODEL,
)
