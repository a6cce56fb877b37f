"""Column types of the ledger's databases, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.types import UserDefinedType

Big = BigInteger().with_variant(Integer, "sqlite")
"""64 bits; in SQLite the word INTEGER is needed for a key that is the row's own number."""


class Bytes(UserDefinedType[bytes]):
    """Bytes as the drivers take and give them; LargeBinary wraps each value on its way in."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """BYTEA in PostgreSQL, which SQLite takes for a blob as well (its affinity is by value)."""
        return "BYTEA"
