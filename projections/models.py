"""The read models that a catch-up keeps, in the order in which their rows are written."""

from __future__ import annotations

from projections import (
    annulments,
    checks,
    decisions,
    findings,
    household_rows,
    needs,
    partners,
    payments,
    procedure_rows,
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
    household_rows.MODEL,
    checks.MODEL,
    payments.MODEL,
    procedure_rows.MODEL,
    services.MODEL,
    wishes.MODEL,
    needs.MODEL,
    source_files.MODEL,
    findings.MODEL,
)
