"""The narrow port to Kafka, and kafka-python behind it. Nothing else of the ledger talks to it.

Seen in kafka-python 3.0.12, and why the code below is as it is:

- A batch that expires leaves the transaction open, and `commit_transaction()` then commits what
  did arrive: torn. So every record's future is awaited and checked before the commit.
- `commit_transaction()` waits without a limit for a coordinator that is gone. So it runs in a
  thread of its own, which is given up after a while; its outcome is unknown then.
- A producer that was fenced may ask for a new epoch by itself (KIP-360). It cannot commit what
  it had sent, and is never used again after an error.
- Without a linger the sender's thread takes the first record alone and then fights the one that
  hands over the rest for the interpreter. So it lingers, and `flush` says when all is handed over.
- `retry_backoff_ms` is waited in full when a transaction begins before the markers of the last
  one are written: 100 ms an append by default.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple, Protocol, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from ledger.bulk import bulk
from ledger.kafka.errors import KafkaUnavailable, OutcomeUnknown
from ledger.kafka.records import Incoming, Outgoing
from ledger.kafka.settings import KafkaSettings

_T = TypeVar("_T")
READ_RECORDS = 4000
FETCH_BYTES = 16 * 1024 * 1024


class Ends(NamedTuple):
    """Where a partition begins and ends."""

    first: int
    stable: int
    """What a read_committed reader reaches: the last stable offset."""
    high: int
    """What a read_uncommitted reader reaches."""


class OpenTransaction(NamedTuple):
    """A transaction that is not ended."""

    topic: str
    first_offset: int
    producer_id: int
    transactional_id: str | None
    """None: the coordinator knows nothing of it (it hangs)."""


class TransactionalProducer(Protocol):
    """Writes whole transactions under the ledger's transactional id. Used once: after any error
    it is ended and another one made."""

    def start(self) -> None:
        """Fences every older producer of the id and ends what they left open.

        Raises KafkaUnavailable.
        """
        ...

    def commit(self, records: Sequence[Outgoing]) -> list[int]:
        """One transaction; when it returns, all records are durable, at these offsets.

        Raises OutcomeUnknown on any error: all of the records are there or none.
        """
        ...

    def end(self) -> None:
        """Lets go of it, at once, whatever it does. Never raises."""
        ...


class LogReader(Protocol):
    """Reads partitions of this ledger."""

    def ends(self, topics: Sequence[str]) -> dict[str, Ends]:
        """Where they begin and end. Raises KafkaUnavailable."""
        ...

    def read(self, topic: str, start: int, stop: int) -> Iterator[list[Incoming]]:
        """Committed records of [start, stop) in order, in batches. Raises KafkaUnavailable."""
        ...

    def open_transactions(self, topics: Sequence[str]) -> list[OpenTransaction]:
        """Transactions that are open on these topics. Raises KafkaUnavailable."""
        ...

    def close(self) -> None:
        """Closes its connections."""
        ...


class KafkaPythonProducer:
    """`TransactionalProducer` on kafka-python."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: KafkaProducer | None = None

    def start(self) -> None:
        """See the port."""
        seconds = self._settings.commit_seconds
        try:
            within(seconds, self._start)
        except (KafkaError, OSError, TimeoutError, ValueError) as e:
            self.end()
            raise unavailable(self._settings, e) from e

    def _start(self) -> None:
        self._producer = transactional_producer(self._settings)
        self._producer.init_transactions()

    def commit(self, records: Sequence[Outgoing]) -> list[int]:
        """See the port."""
        try:
            return within(self._settings.commit_seconds, lambda: self._commit(records))
        except Exception as e:
            # Whatever it was: the client's state is not to be trusted any more.
            raise OutcomeUnknown(
                f"提交到 Kafka 时出错,结果未知:{e}", f"the commit to Kafka failed midway: {e}"
            ) from e

    def _commit(self, records: Sequence[Outgoing]) -> list[int]:
        producer, partition = self._producer, self._settings.partition
        if producer is None:
            raise ValueError("the producer is ended")
        producer.begin_transaction()
        futures = [
            producer.send(r.topic, r.value, r.key, r.headers, partition=partition) for r in records
        ]
        producer.flush(self._settings.commit_seconds)
        # Before the commit, every one: see the module's docstring.
        offsets = [int(f.get(self._settings.commit_seconds).offset) for f in futures]
        producer.commit_transaction()
        return offsets

    def end(self) -> None:
        """See the port."""
        producer, self._producer = self._producer, None
        if producer is not None:
            threading.Thread(target=_let_go, args=(producer,), daemon=True).start()


def _let_go(producer: KafkaProducer) -> None:
    with suppress(Exception):  # it is given up; there is nobody to tell
        producer.close(timeout=0)


class KafkaPythonReader:
    """`LogReader` on kafka-python."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._admin: KafkaAdminClient | None = None

    def ends(self, topics: Sequence[str]) -> dict[str, Ends]:
        """See the port."""
        places = {TopicPartition(t, self._settings.partition): t for t in topics}

        def ask(spec: OffsetSpec, isolation: str) -> Mapping[str, int]:
            asked = dict.fromkeys(places, spec)
            found = self._asked().list_partition_offsets(asked, isolation_level=isolation)
            return {places[tp]: at.offset for tp, at in found.items()}

        with self._translated():
            first = ask(OffsetSpec.EARLIEST, "read_uncommitted")
            # The higher one first: what is committed in between must not look like a hang.
            high = ask(OffsetSpec.LATEST, "read_uncommitted")
            stable = ask(OffsetSpec.LATEST, "read_committed")
        return {t: Ends(first[t], stable[t], high[t]) for t in topics}

    def read(self, topic: str, start: int, stop: int) -> Iterator[list[Incoming]]:
        """See the port."""
        if start >= stop:
            return
        place = TopicPartition(topic, self._settings.partition)
        with self._translated(), closing_consumer(self._settings) as consumer:
            consumer.assign([place])
            consumer.seek(place, start)
            silent = 0.0
            while consumer.position(place) < stop:
                with bulk():
                    found = consumer.poll(500, max_records=READ_RECORDS).get(place, [])
                    batch = [
                        Incoming(r.offset, r.key, r.value, r.headers)
                        for r in found
                        if r.offset < stop
                    ]
                if batch:
                    yield batch
                silent = 0.0 if found else silent + 0.5
                if silent > self._settings.commit_seconds:
                    raise unavailable(self._settings, TimeoutError(f"{topic} gives no records"))

    def open_transactions(self, topics: Sequence[str]) -> list[OpenTransaction]:
        """See the port."""
        places = [TopicPartition(t, self._settings.partition) for t in topics]
        with self._translated():
            admin = self._asked()
            known = {
                t.producer_id: t.transactional_id
                for listed in admin.list_transactions().values()
                for t in listed
            }
            states = admin.describe_producers(places)
        return [
            OpenTransaction(
                place.topic,
                p.current_transaction_start_offset,
                p.producer_id,
                known.get(p.producer_id),
            )
            for place, state in states.items()
            for p in state.active_producers
            if p.current_transaction_start_offset >= 0
        ]

    def close(self) -> None:
        """See the port."""
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()

    def _asked(self) -> KafkaAdminClient:
        if self._admin is None:
            self._admin = admin_client(self._settings)
        return self._admin

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Kafka's errors in our words; who met one begins with a new connection."""
        try:
            yield
        except (KafkaError, OSError, TimeoutError) as e:
            self.close()
            raise unavailable(self._settings, e) from e


@contextmanager
def closing_consumer(settings: KafkaSettings) -> Iterator[KafkaConsumer]:
    """A consumer without a group, at read_committed, closed at the end."""
    consumer = KafkaConsumer(
        **settings.client(
            client_id=f"{settings.namespace}.reader",
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=FETCH_BYTES,
            max_poll_records=READ_RECORDS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
    )
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)


def transactional_producer(settings: KafkaSettings) -> KafkaProducer:
    """kafka-python's producer as the ledger sets it up; nobody is fenced yet."""
    millis = int(settings.commit_seconds * 1000)
    return KafkaProducer(
        **settings.client(
            client_id=f"{settings.transactional_id}",
            transactional_id=settings.transactional_id,
            transaction_timeout_ms=millis,
            delivery_timeout_ms=millis * 2 // 3,
            request_timeout_ms=millis // 3,
            max_block_ms=millis // 2,
            bootstrap_timeout_ms=millis // 2,
            reconnect_backoff_max_ms=1000,
            retry_backoff_ms=5,
            linger_ms=millis // 10,
            batch_size=900_000,
            max_request_size=1_000_000,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
    )


def admin_client(settings: KafkaSettings) -> KafkaAdminClient:
    """For topics, offsets and transactions."""
    return KafkaAdminClient(
        **settings.client(client_id=f"{settings.namespace}.admin", request_timeout_ms=15_000)
    )


def unavailable(settings: KafkaSettings, error: BaseException) -> KafkaUnavailable:
    """In our words."""
    where = settings.bootstrap
    return KafkaUnavailable(
        f"Kafka({where})没有应答,没有写入任何内容;请检查服务后重试:{error}",
        f"Kafka at {where} does not answer; nothing was written. Check it, try again: {error}",
    )


def within(seconds: float, call: Callable[[], _T]) -> _T:
    """What the call returns or raises; TimeoutError when it takes longer: it is left behind."""
    outcome: list[_T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as e:
            failure.append(e)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"no answer within {seconds:.0f} s")
    if failure:
        raise failure[0]
    return outcome[0]
