"""`make release`: freezes the drafts as the next release of the contract, and keeps its ledger.

    1  the tree is clean and the contract stands          else refused, nothing written
    2  tests/releases/N.part: the ledger, replayed once,
       and a small one's whole folder                   crash: removed by the next run
    3  it becomes tests/releases/N                        crash: the next run refuses; git clean
    4  schemas/releases.toml names the files              crash: as above
    5  docs/events.md says since when                     crash: `make events`

All of it is then committed by whoever released.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path

import schemas
from domain.calendar import CHINA
from ledger import event_catalog
from ledger.upcasts import missing_steps
from schemas.catalog import SchemaError, catalog
from schemas.releases import frozen, write_releases
from tests.releases.making import make
from tests.releases.old_folder import keep
from tests.releases.replaying import differences

HERE = Path(__file__).parent
FOLDER = Path(schemas.__file__).parent


def release(today: date) -> int:
    """Freezes; returns the release's number. Raises SchemaError with the reason to refuse."""
    if _dirty():
        raise SchemaError("the tree has changes that are not committed; commit them, then release")
    if steps := missing_steps(catalog()):
        raise SchemaError("\n".join(steps))
    known = frozen(FOLDER, today.isoformat())
    number = known.releases[-1].number
    kept, made = HERE / str(number), HERE / f"{number}.part"
    if kept.exists():
        raise SchemaError(f"{kept} is there already, and no release names it; remove it")
    shutil.rmtree(made, ignore_errors=True)
    with tempfile.TemporaryDirectory() as workshop:
        make(made, Path(workshop) / "making")
        keep(made / "ledger.tar.gz", Path(workshop) / "folder")
        if found := differences(made, Path(workshop) / "replaying"):
            raise SchemaError(
                "the ledger made now is answered otherwise at once:\n" + "\n".join(found)
            )
    made.rename(kept)
    write_releases(FOLDER, known)
    event_catalog.PATH.write_text(event_catalog.text(since=known), "utf-8")
    # The AsyncAPI document says nothing of releases: it stays as it is.
    return number


def _dirty() -> bool:
    said = subprocess.run(
        ["git", "status", "--porcelain"], cwd=HERE, capture_output=True, text=True, check=True
    )
    return bool(said.stdout.strip())


if __name__ == "__main__":
    try:
        done = release(datetime.now(CHINA).date())
    except SchemaError as e:
        sys.exit(f"not released: {e}")
    print(
        f"release {done}: schemas/releases.toml, tests/releases/{done}, docs/events.md; commit them"
    )
