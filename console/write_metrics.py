"""What a monitor may know of the writer: whether it may write, how far it is, how long commits take."""

from __future__ import annotations

from typing import Any

from console.wiring import Relief


def health(relief: Relief) -> dict[str, Any]:
    """Whether it may write, and the log's end."""
    recorder = relief.on_kafka
    return {
        "open": recorder is not None and recorder.writer.is_open,
        "position": relief.recorder.head().position,
    }


def metrics(relief: Relief) -> str:
    """Prometheus text format 0.0.4."""
    state, recorder = health(relief), relief.on_kafka
    found: list[tuple[str, str, str, float | int]] = [
        ("relief_writer_open", "gauge", "1 while this process may write", int(state["open"])),
        ("relief_log_position", "gauge", "last position of the log", state["position"]),
    ]
    if recorder is not None:
        told = recorder.writer.told
        found += [
            ("relief_commits_total", "counter", "Kafka commits that succeeded", told.commits),
            ("relief_entries_total", "counter", "entries in those commits", told.entries),
            ("relief_commit_errors_total", "counter", "commits of unknown outcome", told.errors),
            (
                "relief_recoveries_total",
                "counter",
                "times the writer started over",
                told.recoveries,
            ),
            ("relief_commit_seconds_sum", "counter", "seconds spent in commits", told.seconds),
            (
                "relief_commit_seconds_last",
                "gauge",
                "seconds of the last commit",
                told.last_seconds,
            ),
        ]
    lines = []
    for name, kind, what, value in found:
        lines += [f"# HELP {name} {what}", f"# TYPE {name} {kind}", f"{name} {value}"]
    return "\n".join(lines) + "\n"
