"""The read models that a catch-up keeps, in the order in which their rows are written."""

from __future__ import annotations

from projections import annulments, checks, decisions, partners, payments, registry, services
from projections.model import ReadModel

MODELS: tuple[ReadModel, ...] = (
    annulments.MODEL,
    registry.MODEL,
    partners.MODEL,
    decisions.MODEL,
    checks.MODEL,
    payments.MODEL,
    services.MODEL,
)
