"""All checks of both packs over the demo's year and a half, and their peak memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from console.answers import caught_up
from console.wiring import create, opened
from intake.importing import import_file
from projections.breaches import find
from reports.checks.run import check
from reports.rules.loading import BUILT_IN, load_pack
from simulation import write_files

AS_OF = date(2024, 6, 27)


def run(scale: float = 1.0) -> None:
    """Makes the ledger in a process of its own, so that the memory told is that of the checks."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        made = [sys.executable, "-m", "benchmarks.checks", "make", str(home), str(scale)]
        subprocess.run(made, check=True)
        subprocess.run([sys.executable, "-m", "benchmarks.checks", "check", str(home)], check=True)


def make(home: Path, scale: float) -> None:
    """The files, the ledger and the views."""
    manifest = write_files(home / "files", scale=scale)
    create(home / "ledger", "benchmark", synthetic=True)
    with opened(home / "ledger") as relief:
        for file in manifest.files:
            import_file(file.path, relief.context(), kind=file.kind)
        with caught_up(relief, relief.moment(AS_OF, None)):
            pass


def over(home: Path) -> None:
    """Prints seconds, the ratio to the breach list after an import, and megabytes."""
    packs = [load_pack(path) for path in BUILT_IN.values()]
    with opened(home / "ledger") as relief:
        moment = relief.moment(AS_OF, None)
        with caught_up(relief, moment) as connection:
            began = time.perf_counter()
            found = check(connection, moment, packs)
            took = time.perf_counter() - began
            began = time.perf_counter()
            breaches = find(connection, moment, 0, moment.as_at)
            listed = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    per = took * 120_000 / moment.as_at
    print(
        f"{len(found.applied)} rules over {moment.as_at:,} entries: {took:.1f} s"
        f" ({per:.1f} s for 120,000), {len(found.findings):,} findings, peak {peak} MB;"
        f" the breach list of the whole log: {listed:.1f} s, {len(breaches)} breaches"
        f" ({took / listed:.1f} times)"
    )


if __name__ == "__main__":
    what, *rest = sys.argv[1:] or ["run"]
    if what == "make":
        make(Path(rest[0]), float(rest[1]))
    elif what == "check":
        over(Path(rest[0]))
    else:
        run(*map(float, rest))
