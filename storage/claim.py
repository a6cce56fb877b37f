"""Whose database it is: marked as ours when it is empty, refused when it is another program's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from storage.address import PostgresAddress
from storage.faults import DRIVER_ERRORS, Fault, Unfit, fault_of
from storage.transactions import reading, writing

MARK = "relief_format"
"""The table of one row that says whose schema this is."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a database of ours holds."""

    application_id: int
    format_version: int
    zh: str
    en: str

    def foreign(self) -> Unfit:
        """The refusal of another program's database."""
        return Unfit(
            f"该文件是其他程序的数据库,不是{self.zh}",
            f"this file is another program's database, not a {self.en}",
        )

    def newer(self, found: int) -> Unfit:
        """The refusal of a newer program's database."""
        return Unfit(
            f"{self.zh}格式 {found} 比本程序新;请使用更新的程序",
            f"the {self.en}'s format {found} is newer than this program; use a newer one",
        )


def claim_sqlite(engine: Engine, kind: Kind, *, read_only: bool) -> None:
    """Marks an empty file as ours (in its header), WAL from then on. Raises Unfit."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        application = cursor.execute("PRAGMA application_id").fetchone()[0]
        version = cursor.execute("PRAGMA user_version").fetchone()[0]
        tables = cursor.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application == 0 and tables == 0 and not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute(f"PRAGMA application_id={kind.application_id}")
            cursor.execute(f"PRAGMA user_version={kind.format_version}")
        elif application != kind.application_id:
            raise kind.foreign()
        elif version > kind.format_version:
            raise kind.newer(version)
    finally:
        raw.close()


def claim_postgres(engine: Engine, place: PostgresAddress, kind: Kind, *, read_only: bool) -> None:
    """Makes the schema where it is missing and marks an empty one as ours. Raises Unfit.

    A schema that is ours already needs no right but to be used.
    """
    with reading(engine) as conn:
        if _is_ours(conn, place.schema, kind):
            return
    if read_only:
        raise _foreign_schema(place.schema, kind)
    with writing(engine) as conn:
        # Two that open the same new schema at once: the second finds it marked.
        conn.execute(text("SELECT pg_advisory_xact_lock(1380730951, hashtext(:s))"), _of(place))
        if _is_ours(conn, place.schema, kind):
            return
        _make_schema(conn, place)
        conn.exec_driver_sql(
            f"CREATE TABLE {MARK} (application_id bigint NOT NULL, format integer NOT NULL)"
        )
        mark = {"a": kind.application_id, "f": kind.format_version}
        conn.execute(text(f"INSERT INTO {MARK} VALUES (:a, :f)"), mark)  # noqa: S608 - a constant


def _of(place: PostgresAddress) -> dict[str, str]:
    return {"s": place.schema}


def _is_ours(conn: Connection, schema: str, kind: Kind) -> bool:
    """True for a marked schema, False for one that is empty or missing. Raises Unfit."""
    found = conn.execute(
        text(
            "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
            " ON n.oid = c.relnamespace WHERE n.nspname = :s"
        ),
        {"s": schema},
    )
    names = {name for (name,) in found}
    if MARK not in names:
        if names:
            raise _foreign_schema(schema, kind)
        return False
    marks = conn.execute(text(f"SELECT application_id, format FROM {MARK}")).all()  # noqa: S608 - a constant
    if len(marks) != 1 or marks[0][0] != kind.application_id:
        raise _foreign_schema(schema, kind)
    if marks[0][1] > kind.format_version:
        raise kind.newer(marks[0][1])
    return True


def _make_schema(conn: Connection, place: PostgresAddress) -> None:
    """Nothing is made, and the right to make schemas is not asked for, where it is there."""
    there = conn.execute(text("SELECT to_regnamespace(:s)"), _of(place)).scalar()
    if there is not None:
        return
    try:
        conn.exec_driver_sql(f'CREATE SCHEMA "{place.schema}"')
    except DRIVER_ERRORS as e:
        if fault_of(e) is not Fault.READ_ONLY:
            raise
        raise Unfit(
            f"数据库角色无权建立 schema {place.schema};请管理员执行:"
            f"CREATE SCHEMA {place.schema} AUTHORIZATION {place.url.username or '角色'}",
            f"the role may not create the schema {place.schema}; have it made: "
            f"CREATE SCHEMA {place.schema} AUTHORIZATION {place.url.username or 'role'}",
        ) from e


def _foreign_schema(schema: str, kind: Kind) -> Unfit:
    return Unfit(
        f"schema {schema} 里是其他程序的表,不是{kind.zh};请另给一个 schema",
        f"the schema {schema} holds another program's tables, not a {kind.en}: name another schema",
    )
