"""A member of a group, in a process of its own: one line for each message, done once it is out.

    python -m tests.consumers.member BOOTSTRAP NAMESPACE TOPIC GROUP SECONDS

It works SECONDS on each message, and ends in good order at SIGTERM.
"""

from __future__ import annotations

import sys
import time

from consumers.subscribing import subscribe
from ledger.kafka.settings import KafkaSettings


def main(bootstrap: str, namespace: str, topic: str, group: str, seconds: str) -> None:
    settings = KafkaSettings(bootstrap, namespace)
    with subscribe(topic, settings, group=group) as messages:
        messages.stop_on_signals()
        for message in messages:
            time.sleep(float(seconds))
            sys.stdout.write(f"{message.family_position}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
