"""What a monitor may know of the writer: whether it may write, how far it is, how long commits take."""

from __future__ import annotations

from typing import Any

from console.exposition import Metric, text_of
from console.wiring import Relief


def health(relief: Relief) -> dict[str, Any]:
    """Whether it may write, the log's end, and how much of it is signed."""
    recorder = relief.on_kafka
    return {
        "open": recorder is not None and recorder.writer.is_open,
        "position": relief.recorder.head().position,
        "checkpoint_size": (relief.checkpoints.folder.newest() or 0) if relief.checkpoints else 0,
    }


def metrics(relief: Relief) -> str:
    """Prometheus text format 0.0.4."""
    state, recorder = health(relief), relief.on_kafka
    size = state["checkpoint_size"]
    found = [
        Metric("relief_writer_open", "gauge", "1 while this process may write", int(state["open"])),
        Metric("relief_log_position", "gauge", "last position of the log", state["position"]),
        Metric("relief_checkpoint_size", "gauge", "entries under the newest checkpoint", size),
        Metric(
            "relief_entries_uncovered",
            "gauge",
            "entries that no checkpoint covers yet",
            max(0, state["position"] - size),
        ),
    ]
    if recorder is not None:
        told = recorder.writer.told
        found += [
            Metric("relief_commits_total", "counter", "Kafka commits that succeeded", told.commits),
            Metric("relief_entries_total", "counter", "entries in those commits", told.entries),
            Metric("relief_commit_errors_total", "counter", "unknown outcomes", told.errors),
            Metric(
                "relief_recoveries_total",
                "counter",
                "times the writer started over",
                told.recoveries,
            ),
            Metric("relief_commit_seconds_sum", "counter", "seconds in commits", told.seconds),
            Metric(
                "relief_commit_seconds_last",
                "gauge",
                "seconds of the last commit",
                told.last_seconds,
            ),
        ]
    return text_of(found)
