"""`[log.registry]` of `relief.toml`: where the schema registry is and how to be let in.

Passwords and tokens never stand there, nor do they go over a line that others can read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from console.secret_settings import bad, secret
from ledger.kafka.settings import RegistrySettings

SECTION = """
# 模式注册中心(Confluent API):记录值以 0x00 加编号开头 / values begin with 0x00 and the schema's id
[log.registry]
url = "{url}"
# username = "relief-writer"
# password_env = "RELIEF_REGISTRY_PASSWORD"
# ssl_cafile = "/etc/ssl/certs/ca.pem"
"""
FILE = "schema-ids.json"
SECRETS = ("password", "token")
PASSED = ("username", "ssl_cafile", "ssl_certfile", "ssl_keyfile")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def read_registry(
    raw: Mapping[str, Any], env: Mapping[str, str], folder: Path | None
) -> RegistrySettings | None:
    """The registry's settings; None where there is none. Raises NotOurs for what makes no sense."""
    if not raw:
        return None
    secrets: dict[str, Callable[[], str]] = {}
    for name, value in raw.items():
        base, _, whence = name.rpartition("_")
        if base in SECRETS and whence in ("env", "file"):
            secrets[base] = secret(whence, str(value), env)
        elif name not in ("url", "seconds", *PASSED):
            right = ", ".join(
                ["url", "seconds", *PASSED, *(f"{s}_env | {s}_file" for s in SECRETS)]
            )
            raise bad(f"[log.registry] {name}", right)
    if len(secrets) == 2 or ("password" in secrets) != bool(raw.get("username")):
        raise bad("[log.registry]", "username + password_env | password_file | token_*")
    url = checked_url(str(raw.get("url", "")), guarded=bool(secrets))
    username, cafile, certfile, keyfile = (str(raw.get(name, "")) for name in PASSED)
    return RegistrySettings(
        url,
        username,
        secrets.get("password"),
        secrets.get("token"),
        cafile,
        certfile,
        keyfile,
        float(raw.get("seconds", 10.0)),
        ids_file=None if folder is None else folder / FILE,
    )


def checked_url(url: str, *, guarded: bool = False) -> str:
    """The address, if it is one. `guarded`: a password or token goes there. Raises NotOurs."""
    right = "https://registry.example.org/apis/ccompat/v7"
    try:
        place = urlsplit(url)
        sound = place.scheme in ("http", "https") and place.hostname and place.port != 0
    except ValueError:
        sound = None
    if not sound or place.query or place.fragment:
        raise bad("[log.registry] url", right)
    if place.username is not None or place.password is not None:
        raise bad("[log.registry] url(含口令 / with a password)", right)
    if guarded and place.scheme != "https" and place.hostname not in LOOPBACK:
        raise bad("[log.registry] url(口令须经 TLS / a password goes over TLS)", right)
    return url.rstrip("/")


def section(registry: RegistrySettings | None) -> str:
    """The lines of `relief.toml` that say it; what lets one in is written by hand."""
    return "" if registry is None else SECTION.format(url=registry.url)
