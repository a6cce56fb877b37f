"""The same payment list into a ledger in SQLite and into one in PostgreSQL, in one run, both durable."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.payments import timed, write_csv, write_decisions
from console.wiring import create, opened
from tests.postgresql_server import server


def run(count: int = 30_000) -> None:
    """Prints seconds for each database, and the ratio."""
    with TemporaryDirectory() as name, server("fsync=on") as postgres:
        folder = Path(name)
        write_decisions(folder / "decisions.csv", count)
        write_csv(folder / "payments.csv", "2023-01", count)
        took: dict[str, tuple[float, float]] = {}
        for title, url in (("SQLite", None), ("PostgreSQL", postgres.url)):
            ledger = folder / title
            create(ledger, "benchmark", synthetic=True, log_url=url, views_url=url)
            with opened(ledger) as relief:
                timed(relief, folder / "decisions.csv")
                took[title] = timed(relief, folder / "payments.csv")
            imported, viewed = took[title]
            print(f"{title}: {imported:.1f} s import, {viewed:.1f} s views and breach list")
        ratios = [b / a for a, b in zip(took["SQLite"], took["PostgreSQL"], strict=True)]
        print(f"PostgreSQL / SQLite: {ratios[0]:.2f} import, {ratios[1]:.2f} views")


if __name__ == "__main__":
    run()
