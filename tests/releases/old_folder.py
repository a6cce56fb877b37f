"""A small ledger's whole folder as a release made it: database, vault, views, checkpoints, settings.

    python -m tests.releases.old_folder FILE.tar.gz     with the program of that release

The persons in it are made up, so its keys protect nobody.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from console.cli import app

SCALE, FILES = "0.005", 34
"""The smallest county, and the files of its first three months."""
AS_OF = ("--as-of", "2024-06-27")
QUESTIONS = {
    "roster": ("roster", *AS_OF),
    "movements": ("movements", "--from", "2023-01-01", "--to", "2023-12-31", *AS_OF),
    "spending": ("spending", *AS_OF),
    "figures": ("figures", "--year", "2023", *AS_OF),
}
ANSWERS = "answers.json"


def said(*words: str) -> str:
    """What the program prints."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def answers(ledger: Path) -> dict[str, str]:
    """The canonical JSON of every question."""
    return {n: said(*q, "--ledger", str(ledger), "--json") for n, q in QUESTIONS.items()}


def keep(file: Path, workshop: Path) -> None:
    """Makes a ledger, erases somebody, signs, and packs the folder with its answers."""
    ledger, files = workshop / "ledger", workshop / "files"
    said("simulate", str(files), "--scale", SCALE)
    said("init", str(ledger), "--origin", "release.example/relief")
    first = sorted(p for p in files.iterdir() if p.name[:3].isdigit())[:FILES]
    said("import", *map(str, first), "--ledger", str(ledger))
    rows = json.loads(said("roster", *AS_OF, "--ledger", str(ledger), "--json", "--rows"))
    person = rows["roster"]["rows"][0]["person_ids"][0]
    said("erase", person, "--reason", "retention_expired", "--yes", "--ledger", str(ledger))
    said("checkpoint", "--ledger", str(ledger))
    (ledger / ANSWERS).write_text(json.dumps({"erased": person, **answers(ledger)}), "utf-8")
    with tarfile.open(file, "w:gz") as tar:
        tar.add(ledger, "ledger", filter=_packed)


def _packed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without the views, which are made again, and without whoever packed it."""
    if Path(member.name).name.startswith("views.sqlite"):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        keep(Path(sys.argv[1]), Path(room) / "demo")
