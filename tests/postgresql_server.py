"""A real PostgreSQL server for the tests: own data folder, unix socket, a user who is not root.

`RELIEF_PG_URL` names an existing one instead. Where neither can be had, tests on PostgreSQL are
skipped and say so; with CI=true they fail.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

OWNER = "relief"
WATCHED = """
"$@" & server=$!
read _
kill -INT $server
wait $server
"""
"""Stops the server when whoever started it closes the pipe, or is gone."""


class NoServer(Exception):
    """No binaries, and no URL either."""


@dataclass
class Server:
    """A running server; `url` leads to its database, without a schema."""

    url: str
    folder: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def execute(self, *statements: str) -> None:
        """As the owner, each in a transaction of its own."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, question: str) -> object:
        """The first value of the answer."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            row = connection.execute(question.encode()).fetchone()
            return row[0] if row else None

    @property
    def conninfo(self) -> str:
        """As libpq takes it."""
        return self.url.replace("postgresql+psycopg://", "postgresql://")

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        assert self.folder is not None
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def binaries() -> Path:
    """The folder of `initdb` and `postgres`, the newest there is. Raises NoServer."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3])
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).resolve().parent
    raise NoServer(
        "未找到 PostgreSQL:请安装(Debian:apt-get install postgresql)或设置 RELIEF_PG_URL / "
        "PostgreSQL is not here: install it (Debian: apt-get install postgresql), or name a "
        "database of yours in RELIEF_PG_URL"
    )


@contextmanager
def server(*settings: str) -> Iterator[Server]:
    """A server of one's own, gone at the end. `settings`: such as "fsync=on"."""
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="relief-pg-"))
    try:
        with _running(programs, folder, settings) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, folder: Path, settings: Sequence[str]) -> Iterator[Server]:
    account = _account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    make = ["-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = subprocess.run(
        [programs / "initdb", "-D", data, *make],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        **_as(account),
    )
    if made.returncode:
        raise NoServer(f"initdb: {made.stderr}")
    chosen = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off"}
    chosen |= {"full_page_writes": "off", "max_connections": "60", "shared_buffers": "256MB"}
    chosen |= dict(setting.split("=", 1) for setting in settings)
    options = [word for k, v in chosen.items() for word in ("-c", f"{k}={v}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", WATCHED, "server", programs / "postgres", "-D", data, *options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            **_as(account),
        )
    running = Server(f"postgresql+psycopg://{OWNER}@/postgres?host={folder}", folder, process)
    try:
        _wait(running, process)
        yield running
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _account() -> pwd.struct_passwd | None:
    """Who runs the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServer("no user to run PostgreSQL as")


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _wait(running: Server, process: subprocess.Popen[bytes], seconds: int = 60) -> None:
    assert running.folder is not None
    for _ in range(seconds * 20):
        try:
            psycopg.connect(running.conninfo).close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise NoServer((running.folder / "log").read_text("utf-8", "replace"))


def with_dictionary_order(running: Server) -> Server:
    """A database whose own order of texts is not by code point: nothing of ours may lean on it."""
    running.execute(
        "CREATE DATABASE relief TEMPLATE template0 ENCODING 'UTF8'"
        " LOCALE_PROVIDER icu ICU_LOCALE 'zh' LOCALE 'C.UTF-8'"
    )
    return Server(running.url.replace("/postgres?", "/relief?"), running.folder)
