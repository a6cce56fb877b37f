"""Opens a schema of its own in a PostgreSQL database: settings, snapshot and write transactions.

Connect directly or through a pooler in session mode: settings belong to the session.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from storage.address import PostgresAddress
from storage.faults import Unfit
from storage.sqlite import BUSY_SECONDS

if TYPE_CHECKING:
    import psycopg

OLDEST_VERSION = 13
IDLE_SECONDS = 120
"""A writer who sleeps longer inside his transaction is ended by the server: others wait."""
DURABLE = ("on", "remote_apply")
"""What `synchronous_commit` may be: the commit returns when it is on the disk."""


def postgres_engine(place: PostgresAddress, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine on the schema, which need not exist yet; connects at its first use.

    Reading is one snapshot and cannot write (REPEATABLE READ, READ ONLY). Raises Unfit where
    the driver is not installed, and on connecting to a server that cannot keep a ledger.
    """
    driver = _driver()
    settings = _settings(place, busy_seconds)

    def connect() -> psycopg.Connection[Any]:
        made: psycopg.Connection[Any] = driver.connect(**_credentials(place), **settings)
        return made

    engine = create_engine(
        place.url.set(password=None, query={}),
        creator=connect,
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,
        use_native_hstore=False,
    )
    event.listen(engine, "connect", _check)
    event.listen(engine, "begin", _begin)
    return engine


def _driver() -> Any:
    try:
        import psycopg
    except ImportError:
        raise Unfit(
            "使用 PostgreSQL 需要安装驱动:pip install 'relief-ledger[postgresql]'"
            "(源码目录中:uv sync --extra postgresql)",
            "PostgreSQL needs its driver: pip install 'relief-ledger[postgresql]' "
            "(in a checkout: uv sync --extra postgresql)",
        ) from None
    return psycopg


def _settings(place: PostgresAddress, busy_seconds: float) -> dict[str, Any]:
    """How every connection is made. A peer that died is noticed within a minute, on both sides."""
    url, query = place.url, dict(place.url.query)
    session = {
        "search_path": place.schema,
        "lock_timeout": max(1, int(busy_seconds * 1000)),
        "jit": "off",  # compiling takes longer than our questions
        "tcp_keepalives_idle": 30,
        "tcp_keepalives_interval": 10,
        "tcp_keepalives_count": 3,
    }
    options = [str(query.pop("options", "")), *(f"-c {k}={v}" for k, v in session.items())]
    found = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "dbname": url.database,
        "application_name": "relief-ledger",
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "tcp_user_timeout": 60_000,
        "client_encoding": "UTF8",
        **query,
        "options": " ".join(options).strip(),
    }
    return {k: v for k, v in found.items() if v is not None} | {"autocommit": True}


def _credentials(place: PostgresAddress) -> dict[str, str]:
    """Read anew for each connection, so that a changed password needs no restart.

    Without a file, libpq looks into PGPASSWORD, PGPASSFILE and ~/.pgpass.
    """
    if place.password_file is not None:
        return {"password": _password(place.password_file)}
    return {} if place.url.password is None else {"password": str(place.url.password)}


def _password(file: Path) -> str:
    try:
        return file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise Unfit(
            f"无法读取密码文件 {file}", f"the password file {file} cannot be read"
        ) from None


def _check(connection: Any, _: Any) -> None:
    """Refuses a server that cannot keep a ledger; sees to it that a commit waits for the disk."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT current_setting('server_version_num')::int / 10000,"
        " current_setting('server_encoding'), current_setting('synchronous_commit')"
    )
    version, encoding, commits = cursor.fetchone()
    if version < OLDEST_VERSION:
        raise Unfit(
            f"PostgreSQL {version} 过旧;请使用 {OLDEST_VERSION} 或更新的版本",
            f"PostgreSQL {version} is too old: {OLDEST_VERSION} or newer",
        )
    if encoding != "UTF8":
        raise Unfit(
            f"数据库编码是 {encoding};请用 ENCODING 'UTF8' 建库",
            f"the database's encoding is {encoding}; create it with ENCODING 'UTF8'",
        )
    if commits not in DURABLE:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] not in DURABLE:
            raise Unfit(
                "无法设置 synchronous_commit=on:提交不会等到写盘",
                "synchronous_commit cannot be set to on: a commit would not wait for the disk",
            )
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
            f" SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
        )
    else:
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
