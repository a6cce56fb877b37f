"""A model of the writer's protocol, small enough to walk through whole.

Two writers, two commands that a client sends again to anyone until it is answered, a Kafka with
one transaction coordinator. Every step may be followed by any other step of anybody: a crash, a
commit whose answer is lost, a writer that sleeps through a takeover and goes on where it was,
two starts at once. Each safeguard of the protocol can be taken out by name; the invariants then
have to fail, or the model would prove nothing.

What is left out: time, leaders and replicas (Kafka's own affair), and the lease, which is a
courtesy: both writers always take over here, which is worse than any lease allows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

Entry = tuple[str, int]
"""A command and the position that it was given."""
Entries = tuple[Entry, ...]

COMMANDS = ("a", "b")
SAFEGUARDS = frozenset(
    {
        "fencing",  # init_transactions: a new epoch, what older ones left open is aborted
        "futures",  # every record acknowledged before the commit
        "settled end",  # no catching up behind a transaction that somebody left open
        "catching up",  # the index is brought to the log's end before commands are taken
        "looking up",  # after a lost answer: start over and look, never guess
        "compare and set",  # the index moves only from where its writer believes it to be
    }
)


class Transaction(NamedTuple):
    """What a producer has sent and not ended."""

    ledger: Entries = ()
    family: Entries = ()


class Writer(NamedTuple):
    """Where a writer is in its protocol, and what it holds in memory."""

    at: str = "down"
    current: bool = False
    """Its producer's epoch is the coordinator's; False: somebody initialized after it."""
    pending: Entry | None = None


class World(NamedTuple):
    """Everything there is."""

    ledger: Entries = ()
    """What a read_committed reader of the ledger's topic sees."""
    family: Entries = ()
    open: tuple[Transaction | None, ...] = (None, None)
    decided: Transaction | None = None
    """The coordinator has committed it; its markers are not written yet."""
    hanging: int | None = None
    """A foreign transaction, left open behind so many entries: readers see nothing after it."""
    indexed: Entries = ()
    """One index, as on a machine where both writers are started by mistake."""
    writers: tuple[Writer, ...] = (Writer(), Writer())
    answered: frozenset[Entry] = frozenset()
    crashes: int = 2
    lost: int = 2
    partial: int = 1
    foreign: int = 1


class Broken(AssertionError):
    """An invariant does not hold; the message tells the way there."""


def explore(safeguards: frozenset[str] = SAFEGUARDS, limit: int = 3_000_000) -> tuple[int, bool]:
    """Walks through every reachable world. Returns how many there are, and whether one of them
    has every command answered. Raises Broken with the shortest way to a world that must not be."""
    start = World()
    came_from: dict[World, tuple[World, str] | None] = {start: None}
    todo = deque([start])
    all_answered = False
    while todo:
        world = todo.popleft()
        wrong = what_is_wrong(world)
        if wrong:
            raise Broken(f"{wrong}: {' → '.join(way_to(world, came_from))}")
        all_answered = all_answered or len(world.answered) == len(COMMANDS)
        for step, after in steps(world, safeguards):
            if after not in came_from:
                came_from[after] = (world, step)
                todo.append(after)
        assert len(came_from) < limit
    return len(came_from), all_answered


def way_to(world: World, came_from: dict[World, tuple[World, str] | None]) -> list[str]:
    """The steps from the beginning."""
    way: list[str] = []
    while (before := came_from[world]) is not None:
        world, step = before
        way.append(step)
    return way[::-1]


def what_is_wrong(world: World) -> str | None:
    """The invariants; None where all hold."""
    coming = world.decided or Transaction()
    ledger, family = world.ledger + coming.ledger, world.family + coming.family
    if [p for _, p in ledger] != list(range(1, len(ledger) + 1)):
        return f"positions are not gapless: {ledger}"
    if len({c for c, _ in ledger}) != len(ledger):
        return f"a command is recorded twice: {ledger}"
    if ledger != family:
        return f"torn: {ledger} on one topic, {family} on the other"
    if not world.answered <= set(ledger):
        return f"answered and not recorded: {world.answered - set(ledger)}"
    if ledger[: len(world.indexed)] != world.indexed:
        return f"the index is not the log's beginning: {world.indexed}, {ledger}"
    return None


def steps(world: World, safeguards: frozenset[str]) -> Iterator[tuple[str, World]]:
    """Every step that can be the next one."""
    if world.decided is not None:
        yield (
            "markers",
            world._replace(
                ledger=world.ledger + world.decided.ledger,
                family=world.family + world.decided.family,
                decided=None,
            ),
        )
    if world.foreign:
        yield "hang", world._replace(hanging=len(world.ledger), foreign=world.foreign - 1)
    if world.hanging is not None:
        yield "unhang", world._replace(hanging=None)
    for w, writer in enumerate(world.writers):
        for step, after in of_writer(world, w, writer, safeguards):
            yield f"{step} {w + 1}", after
        if writer.at != "down" and world.crashes:
            yield f"crash {w + 1}", put(world, w, Writer())._replace(crashes=world.crashes - 1)


def of_writer(
    world: World, w: int, writer: Writer, safeguards: frozenset[str]
) -> Iterator[tuple[str, World]]:
    """The next steps of one writer."""
    fenced = "fencing" in safeguards and not writer.current
    if writer.at == "down":
        yield "start", put(world, w, Writer("fence"))
    elif writer.at == "fence":
        yield from fence(world, w, safeguards)
    elif writer.at == "end":
        yield from catch_up(world, w, writer, safeguards)
    elif writer.at == "ready":
        yield from decide(world, w, writer)
    elif fenced and writer.at in ("send", "commit"):
        yield "is fenced", put(world, w, Writer("fence"))
    elif writer.at == "send":
        yield from send(world, w, writer, safeguards)
    elif writer.at == "commit":
        yield from commit(world, w, writer)
    elif writer.at == "answer":
        yield from hear(world, w, writer, safeguards)
    elif writer.at == "apply":
        yield from apply(world, w, writer, safeguards)


def fence(world: World, w: int, safeguards: frozenset[str]) -> Iterator[tuple[str, World]]:
    if "fencing" not in safeguards:
        yield "init", put(world, w, Writer("end"))
    elif world.decided is None:  # init_transactions waits for what is being committed
        older = tuple(old._replace(current=False) for old in world.writers)
        fenced = world._replace(writers=older, open=(None,) * len(world.open))
        yield "init", put(fenced, w, Writer("end", current=True))


def catch_up(
    world: World, w: int, writer: Writer, safeguards: frozenset[str]
) -> Iterator[tuple[str, World]]:
    settled = world.decided is None and not any(world.open) and world.hanging is None
    if "settled end" in safeguards and not settled:
        return
    ready = put(world, w, writer._replace(at="ready"))
    seen = world.ledger[: world.hanging]
    if "catching up" in safeguards and len(world.indexed) < len(seen):
        ready = ready._replace(indexed=seen)
    yield "catch up", ready


def decide(world: World, w: int, writer: Writer) -> Iterator[tuple[str, World]]:
    known = dict(world.indexed)
    for command in COMMANDS:
        if command in dict(world.answered):
            continue
        if command in known:
            answer = world.answered | {(command, known[command])}
            yield f"answer {command} from the index to", world._replace(answered=answer)
        else:
            pending = (command, len(world.indexed) + 1)
            yield f"decide {command}", put(world, w, writer._replace(at="send", pending=pending))


def send(
    world: World, w: int, writer: Writer, safeguards: frozenset[str]
) -> Iterator[tuple[str, World]]:
    assert writer.pending is not None
    one = (writer.pending,)
    onward = writer._replace(at="commit")
    yield "send", put(opened(world, w, Transaction(one, one)), w, onward)
    if not world.partial:
        return
    poorer = world._replace(partial=world.partial - 1)
    torn = opened(poorer, w, Transaction(one, ()))
    # The other record expired. Whoever looks at the futures starts over; the transaction stays.
    after = Writer("fence") if "futures" in safeguards else onward
    yield "send half", put(torn, w, after)


def commit(world: World, w: int, writer: Writer) -> Iterator[tuple[str, World]]:
    transaction = world.open[w]
    if world.decided is None and transaction is not None:
        done = opened(world, w, None)._replace(decided=transaction)
        yield "commit", put(done, w, writer._replace(at="answer"))


def hear(
    world: World, w: int, writer: Writer, safeguards: frozenset[str]
) -> Iterator[tuple[str, World]]:
    yield "hear", put(world, w, writer._replace(at="apply"))
    if world.lost:
        poorer = world._replace(lost=world.lost - 1)
        guess = writer._replace(at="ready", pending=None)  # "it failed": take the next command
        after = Writer("fence") if "looking up" in safeguards else guess
        yield "lose the answer to", put(poorer, w, after)


def apply(
    world: World, w: int, writer: Writer, safeguards: frozenset[str]
) -> Iterator[tuple[str, World]]:
    assert writer.pending is not None
    ready = writer._replace(at="ready", pending=None)
    if "compare and set" in safeguards and len(world.indexed) != writer.pending[1] - 1:
        yield "find the index moved", put(world, w, Writer("fence"))
        return
    answered = world.answered | {writer.pending}
    moved = world._replace(indexed=(*world.indexed, writer.pending), answered=answered)
    yield "apply and answer", put(moved, w, ready)


def put(world: World, w: int, writer: Writer) -> World:
    writers = tuple(writer if i == w else old for i, old in enumerate(world.writers))
    return world._replace(writers=writers)


def opened(world: World, w: int, transaction: Transaction | None) -> World:
    open_ = tuple(transaction if i == w else old for i, old in enumerate(world.open))
    return world._replace(open=open_)
