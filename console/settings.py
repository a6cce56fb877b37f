"""The ledger's folder and its `relief.toml`: where things are, and what a bureau may set."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from console.database_settings import read_place, sections, with_url
from console.kafka_settings import read_log, section
from evidence.notes import VerifierKey
from ledger.errors import NotOurs
from ledger.files import put_in_place, sync_file, sync_folder
from ledger.kafka.settings import KafkaSettings
from storage.address import PostgresAddress

FILE = "relief.toml"
_SECTION = "[checkpoints]"
TEMPLATE = """\
# 救助账本设置 / settings of this relief ledger
[ledger]
format = 1
name = "{name}"
county = "诸暨市"
synthetic = {synthetic}

[clock]
# 时钟比最后一条记录快这么多天以上时停止写入 / stop where the clock is further ahead than this
ahead_days = 30

[checkpoints]
# 本账本的名称与验证密钥:审计方凭它核验 / name and verifier key: auditors check by them
origin = "{origin}"
key = "{key}"
# 检查点存放目录,宜放在另一块盘上 / where checkpoints are kept, better on another disk
folder = "checkpoints"
every_seconds = 60
every_entries = 50000
# 见证方 / witnesses (c2sp.org/tlog-witness)
# [[witnesses]]
# url = "https://witness.example/"
# key = "witness.example+…"

[figures]
# 统计月的最后一日;31 = 自然月 / last day of the statistical month; 31: the calendar's
month_ends_on = 31
"""


@dataclass(frozen=True)
class Witness:
    """Who cosigns checkpoints, and by which key that is believed."""

    url: str
    key: str


@dataclass(frozen=True)
class Settings:
    """What `relief.toml` says."""

    folder: Path
    name: str = ""
    county: str = "诸暨市"
    synthetic: bool = False
    ahead_days: int = 30
    month_ends_on: int = 31
    kafka: KafkaSettings | None = None
    """None: the log of record is the file itself."""
    origin: str = ""
    """Empty: an older ledger that signs no checkpoints yet (`new-origin`)."""
    verifier_key: str = ""
    checkpoints: str = "checkpoints"
    every_seconds: int = 60
    every_entries: int = 50_000
    witnesses: tuple[Witness, ...] = ()
    log_address: PostgresAddress | None = None
    """None: the log (on Kafka, its index) is the file `ledger.sqlite`."""
    views_address: PostgresAddress | None = None
    continues: str = ""
    """Name of the file with the last checkpoint of the log that this origin goes on from."""

    @property
    def checkpoint_folder(self) -> Path:
        """Where checkpoints are kept, outside the database."""
        return self.folder / self.checkpoints

    @property
    def log(self) -> Path:
        """The log of record; on Kafka, its index."""
        return self.folder / "ledger.sqlite"

    @property
    def log_place(self) -> Path | PostgresAddress:
        """Where the log is: its file, or its schema in PostgreSQL."""
        return self.log_address or self.log

    @property
    def views_place(self) -> Path | PostgresAddress:
        """Where the read models are."""
        return self.views_address or self.views

    @property
    def vault(self) -> Path:
        """The identity vault."""
        return self.folder / "vault.sqlite"

    @property
    def master_key(self) -> Path:
        """The key that opens the vault; keep a copy elsewhere."""
        return self.folder / "master.key"

    @property
    def views(self) -> Path:
        """The read models: disposable."""
        return self.folder / "views.sqlite"


def read_settings(folder: Path) -> Settings:
    """The settings of a ledger's folder. Raises NotOurs where there is no ledger."""
    path = folder / FILE
    if not path.is_file():
        raise NotOurs(
            f"{folder} 里没有账本(缺少 {FILE});请先运行 relief-ledger init {folder}",
            f"{folder} holds no ledger ({FILE} is missing); run: relief-ledger init {folder}",
        )
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise NotOurs(f"{path} 格式有误:{e}", f"{path} cannot be read: {e}") from e
    ledger, clock, figures, signed = (
        raw.get(k, {}) for k in ("ledger", "clock", "figures", "checkpoints")
    )
    if ledger.get("format") != 1:
        raise NotOurs(
            f"{path} 的格式 {ledger.get('format')} 不是本程序的 1",
            f"{path} has format {ledger.get('format')}; this program reads 1",
        )
    return Settings(
        folder,
        str(ledger.get("name", "")),
        str(ledger.get("county", "")),
        bool(ledger.get("synthetic", False)),
        int(clock.get("ahead_days", 30)),
        int(figures.get("month_ends_on", 31)),
        read_log(raw, folder=folder),
        str(signed.get("origin", "")),
        str(signed.get("key", "")),
        str(signed.get("folder", "checkpoints")),
        int(signed.get("every_seconds", 60)),
        int(signed.get("every_entries", 50_000)),
        tuple(Witness(str(w["url"]), str(w["key"])) for w in raw.get("witnesses", [])),
        read_place(raw, "log"),
        read_place(raw, "views"),
        str(signed.get("continues", "")),
    )


def add_kafka(folder: Path, kafka: KafkaSettings) -> None:
    """Says from here on that the log of record is on Kafka. Whole or not at all."""
    path = folder / FILE
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(path.read_text("utf-8") + section(kafka))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def write_settings(
    folder: Path,
    name: str,
    *,
    key: VerifierKey,
    synthetic: bool,
    kafka: KafkaSettings | None = None,
    log_url: str | None = None,
    views_url: str | None = None,
) -> None:
    """Writes the settings of a new ledger. FileExistsError where there is one."""
    quoted = name.replace("\\", "").replace('"', "")
    text = TEMPLATE.format(name=quoted, synthetic=str(synthetic).lower(), origin=key.name, key=key)
    text += with_url(section(kafka), log_url) if kafka else ""
    text += sections(None if kafka else log_url, views_url)
    made = folder / (FILE + ".new")
    made.write_text(text, "utf-8")
    sync_file(made)
    # A link, not a renaming: it fails where somebody was first, and is there whole or not at all.
    os.link(made, folder / FILE)
    made.unlink()
    sync_folder(folder)


def change_origin(folder: Path, key: VerifierKey, continues: str) -> None:
    """Puts another origin and key into the settings, in one step; the rest stays as it is."""
    path = folder / FILE
    text = path.read_text("utf-8")
    lines = [f'origin = "{key.name}"', f'key = "{key}"']
    lines += [f'continues = "{continues}"'] if continues else []
    kept = re.sub(r'(?m)^(origin|key|continues) = ".*"\n', "", text) if _SECTION in text else text
    if _SECTION not in kept:
        kept = f"{kept.rstrip()}\n\n{_SECTION}\n"
    made = path.with_name(FILE + ".new")
    made.write_text(kept.replace(_SECTION, "\n".join([_SECTION, *lines]), 1), "utf-8")
    put_in_place(made, path)
