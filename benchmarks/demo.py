"""Times the demo as a whole process, and its peak memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory


def run() -> None:
    """Prints seconds and megabytes."""
    program = Path(sys.executable).parent / "relief-ledger"
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run([str(program), "demo", f"{folder}/demo"], check=True, capture_output=True)
        took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"make demo, after installing: {took:.0f} s, peak memory {peak} MB")


if __name__ == "__main__":
    run()
