"""Passwords and tokens of `relief.toml`: named there, read from the environment or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ledger.errors import NotOurs


def secret(whence: str, name: str, env: Mapping[str, str]) -> Callable[[], str]:
    """Reads it anew at each call: `env` a variable, `file` a file. The call raises NotOurs."""
    return _from_env(name, env) if whence == "env" else _from_file(Path(name))


def _from_env(name: str, env: Mapping[str, str]) -> Callable[[], str]:
    def read() -> str:
        if name not in env:
            raise bad(f"环境变量 / environment: {name}", f"{name}=…")
        return env[name]

    return read


def _from_file(path: Path) -> Callable[[], str]:
    def read() -> str:
        try:
            return path.read_text("utf-8").strip()
        except OSError as e:
            raise bad(str(path), e.strerror or "") from e

    return read


def bad(what: str, right: str) -> NotOurs:
    """What of the settings cannot be used, and what would be right."""
    return NotOurs(
        f"relief.toml 中 {what} 不可用;应为:{right}", f"relief.toml: {what}; right is: {right}"
    )
