"""The tree's tiles beside the entries, grown in the transaction that stores them.

The tiles follow from the entries: where they are behind (a ledger from before there was a tree, a
crash while it was made) the next opening or append goes on from where they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Engine, func, select, update

from evidence.tree import HASH_LENGTH, TILE_WIDTH, append, leaf_hash
from ledger.database import insert_rows, reading, writing
from ledger.errors import LogDamaged
from ledger.tables import entries, tiles

BATCH = 20_000
Progress = Callable[[int, int], None]


class TilesOn:
    """The tiles as an open transaction sees them (`evidence.tree.TileReader`)."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def read(self, level: int, index: int, width: int) -> bytes:
        """The tile's hashes; nothing where there is no such tile."""
        at = select(tiles.c.hashes).where(tiles.c.level == level, tiles.c.number == index)
        found = self._conn.execute(at).scalar_one_or_none()
        return b"" if found is None else bytes(found)


class TilesOf:
    """The tiles of a database. A tile only grows, so each read may see another transaction's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, level: int, index: int, width: int) -> bytes:
        """The tile's hashes; nothing where there is no such tile."""
        with reading(self._engine) as conn:
            return TilesOn(conn).read(level, index, width)


def tree_size(conn: Connection) -> int:
    """How many entries the tiles cover."""
    last = (
        select(tiles.c.number, func.length(tiles.c.hashes))
        .where(tiles.c.level == 0)
        .order_by(tiles.c.number.desc())
        .limit(1)
    )
    row = conn.execute(last).first()
    return 0 if row is None else int(row[0]) * TILE_WIDTH + int(row[1]) // HASH_LENGTH


def grow(conn: Connection, size: int, framed: Iterable[bytes]) -> None:
    """Adds entries to a tree of this size. TileDamaged where the tiles do not reach so far."""
    leaves = b"".join([leaf_hash(entry) for entry in framed])
    new = []
    for tile in append(TilesOn(conn), size, leaves):
        if tile.index * TILE_WIDTH < size >> 8 * tile.level:  # some of it stood before
            at = (tiles.c.level == tile.level, tiles.c.number == tile.index)
            conn.execute(update(tiles).where(*at).values(hashes=tile.hashes))
        else:
            new.append((tile.level, tile.index, tile.hashes))
    insert_rows(conn, tiles, new)


def grow_to(conn: Connection, position: int, limit: int | None = None) -> int:
    """Brings the tiles to a position from the entries that are there, or `limit` entries nearer.

    Returns the size reached. LogDamaged where the tiles cover more than the log has.
    """
    size = tree_size(conn)
    if size > position:
        raise LogDamaged(
            f"默克尔树已有 {size} 条,账本只有 {position} 条:账本缺失内容,请停止写入并核查备份",
            f"the tree covers {size} entries, the log has {position}: it lost some. "
            "Stop writing and look at the backups",
        )
    upto = position if limit is None else min(position, size + limit)
    while size < upto:
        end = min(upto, size + BATCH)
        between = entries.c.position.between(size + 1, end)
        found = select(entries.c.entry).where(between).order_by(entries.c.position)
        framed = [bytes(entry) for (entry,) in conn.execute(found)]
        if len(framed) != end - size:
            raise LogDamaged(
                f"账本第 {size + 1}–{end} 条之间缺失内容,请停止写入并核查备份",
                f"entries between {size + 1} and {end} are missing. "
                "Stop writing and look at the backups",
            )
        grow(conn, size, framed)
        size = end
    return size


def grow_whole(engine: Engine, position: int, progress: Progress | None = None) -> None:
    """Brings the tiles to a position, a transaction a batch: an interruption loses one of them."""
    with reading(engine) as conn:
        size = tree_size(conn)
    while size < position:
        with writing(engine) as conn:
            size = grow_to(conn, position, BATCH)
        if progress:
            progress(size, position)
