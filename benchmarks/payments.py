"""Imports a list of 100,000 payments: reading, all checks, recording, views, and the breach list."""

from __future__ import annotations

import csv
import resource
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter

from console import answers
from console.wiring import Relief, create, opened
from domain.identity import check_digit
from intake.importing import import_file

HEADER = [
    "发放月份",
    "发放批次",
    "地区",
    "救助类别",
    "姓名",
    "身份证号码",
    "保障金(元)",
    "发放合计(元)",
    "账号",
    "资金来源",
]
PREFIXES = ("330681", "330602", "330603", "330604", "330624", "330683")


def numbers(count: int) -> Iterator[str]:
    """Identity numbers that nobody has (birth order 000)."""
    made = 0
    for year in range(1930, 2010):
        for month in range(1, 13):
            for day in range(1, 29):
                for prefix in PREFIXES:
                    if made == count:
                        return
                    first = f"{prefix}{year}{month:02d}{day:02d}000"
                    yield first + check_digit(first)
                    made += 1


def rows(month: str, count: int) -> Iterator[list[str]]:
    """A payment list."""
    for n, number in enumerate(numbers(count)):
        amount = f"{500 + n % 400}.50"
        account = f"62000000{n:011d}"
        yield [
            month,
            f"B-{month}",
            "暨阳街道",
            "低保",
            "测试",
            number,
            amount,
            amount,
            account,
            "县级",
        ]


def write_csv(path: Path, month: str, count: int) -> None:
    """As CSV in GB18030, as payment systems write it."""
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows(month, count))


def write_xlsx(path: Path, month: str, count: int) -> None:
    """As a workbook."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for n, row in enumerate(rows(month, count), 1):
            sheet.write_row(n, 0, row)


def write_decisions(path: Path, count: int) -> None:
    """Everybody is in 低保 from 2023-01 on, so that the checks have something to check against."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "户主身份证号",
                "事项",
                "救助类别",
                "决定日期",
                "享受时间",
                "现金额",
                "保障对象身份证号",
            ]
        )
        for n, number in enumerate(numbers(count)):
            amount = f"{500 + n % 400}.50"
            writer.writerow([number, "新增", "低保", "2022-12-10", "2023-01", amount, number])


def plain_inserts(folder: Path, count: int) -> float:
    """For the ratio: as many rows of the same size into a bare SQLite table, in one transaction."""
    db = sqlite3.connect(folder / "plain.sqlite")
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)")
    body = bytes(330)
    began = time.perf_counter()
    with db:
        db.executemany("INSERT INTO t VALUES (?,?)", ((n, body) for n in range(count)))
    took = time.perf_counter() - began
    db.close()
    return took


def timed(relief: Relief, path: Path) -> tuple[float, float]:
    """Seconds for the import, and for the breach list after it."""
    began = time.perf_counter()
    result = import_file(path, relief.context())
    assert not result.problems, result.problems[:3]
    middle = time.perf_counter()
    receipt = result.receipt
    answers.breaches_between(relief, receipt.first_position - 1, receipt.last_position)
    return middle - began, time.perf_counter() - middle


def peak() -> int:
    """Megabytes that this process had at its largest."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run(count: int = 100_000) -> None:
    """Prints the figures."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        plain = plain_inserts(folder, count)
        print(f"bare SQLite inserts, {count:,} rows: {plain:.2f} s")
        create(folder / "ledger", "benchmark", synthetic=True)
        with opened(folder / "ledger") as relief:
            write_decisions(folder / "decisions.csv", count)
            took, _ = timed(relief, folder / "decisions.csv")
            print(f"set-up, {count:,} enrollments: {took:.1f} s; peak memory {peak()} MB")
            for title, month, write, ending in (
                ("payment list, CSV", "2023-01", write_csv, "csv"),
                ("next month's list, CSV", "2023-02", write_csv, "csv"),
                ("next month's list, XLSX", "2023-03", write_xlsx, "xlsx"),
            ):
                path = folder / f"{month}.{ending}"
                write(path, month, count)
                took, breaches = timed(relief, path)
                print(
                    f"{title}: {took:.1f} s import + {breaches:.1f} s views and breach list;"
                    f" {count / took:,.0f} rows/s; {took / plain:.0f} x bare inserts;"
                    f" peak memory so far {peak()} MB"
                )


if __name__ == "__main__":
    run()
