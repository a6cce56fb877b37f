"""Samples of payment lines for an audit, drawn so that anyone with the same log draws the same.

No random generator: what a draw depends on is a SHA-256 over the seed, so that a spreadsheet, or
ten lines of any language, can draw it again in ten years. The rule, in full:

    draw(label) = SHA-256("relief-sample/1" ‖ LF ‖ seed ‖ LF ‖ label) as a whole number

    random      the `size` lines with the lowest draw("line/" ‖ position)
    stratified  as random within each stratum. Of the size, each stratum has one line first, those
                with most money before others; each further line goes to the stratum with the
                highest fen / (lines it has so far + 1), by name where they are equal (d'Hondt)
    monetary    unit k = 0 … size − 1 of the population's fen, laid end to end by position, is
                fen number k × interval + start, where interval = total // size and
                start = draw("start") mod interval; a line may be hit more than once

Only lines above 0 fen are in the population; the others are counted beside it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from domain.wording import BadValue
from projections.lines_between import lines_between
from projections.moment import Moment
from projections.tables import each

MONETARY, RANDOM, STRATIFIED = "monetary", "random", "stratified"
METHODS: Final = (MONETARY, RANDOM, STRATIFIED)
STRATA: Final = ("town", "program", "month", "fund")
_RULE: Final = b"relief-sample/1\n"


@dataclass(frozen=True, slots=True)
class SampledLine:
    """A payment line of the population. `hits` is 1 but for monetary samples."""

    position: int
    """Of the authorization; names the line for good."""
    line_id: UUID
    case_id: UUID
    beneficiary_id: UUID
    batch: str
    month: str
    program: str
    town: str
    fund: str
    authorized_on: date
    amount_fen: int
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Stratum:
    """One part of a stratified sample."""

    name: str
    population: int
    population_fen: int
    size: int
    sampled_fen: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample, with all that is needed to draw it again."""

    as_of: date
    as_at: int
    method: str
    seed: str
    size: int
    """Lines asked for; of a monetary sample, hits."""
    first: str
    last: str
    program: str | None
    town: str | None
    by: str | None
    population: int
    population_fen: int
    left_out: int
    """Lines of 0 fen or below."""
    interval_fen: int | None
    start_fen: int | None
    strata: tuple[Stratum, ...]
    lines: tuple[SampledLine, ...]
    sampled_fen: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn. Months are "YYYY-MM", both included; None for all."""

    method: str
    size: int
    seed: str
    first: str
    last: str
    program: str | None = None
    town: str | None = None
    by: str | None = None


def sample(connection: Connection, moment: Moment, wanted: Wanted) -> Sample:
    """Draws. Raises BadValue for an unknown method or stratum, a size below 1 or above the
    population, and an empty seed (a seed is chosen by the auditor, before he looks)."""
    _check(wanted)
    everything = _population(connection, moment, wanted)
    population = [line for line in everything if line.amount_fen > 0]
    total = sum(line.amount_fen for line in population)
    limit = total if wanted.method == MONETARY else len(population)
    if wanted.size > limit:
        raise BadValue(
            f"总体只有 {len(population)} 笔,抽不出 {wanted.size} 笔;请减小 --size 或放宽范围",
            f"the population has {len(population)} lines, fewer than the {wanted.size} asked for;"
            " ask for fewer, or widen the range",
        )
    drawn = Sample(
        as_of=moment.as_of,
        as_at=moment.as_at,
        method=wanted.method,
        seed=wanted.seed,
        size=wanted.size,
        first=wanted.first,
        last=wanted.last,
        program=wanted.program,
        town=wanted.town,
        by=wanted.by,
        population=len(population),
        population_fen=total,
        left_out=len(everything) - len(population),
        interval_fen=None,
        start_fen=None,
        strata=(),
        lines=(),
        sampled_fen=0,
    )
    return _METHODS[wanted.method](drawn, population)


def draw(seed: str, label: str) -> int:
    """The number that the seed gives to a label; see the module."""
    text = _RULE + seed.encode() + b"\n" + label.encode()
    return int.from_bytes(hashlib.sha256(text).digest(), "big")


def _check(wanted: Wanted) -> None:
    if wanted.method not in METHODS:
        words = ", ".join(METHODS)
        raise BadValue(f"--method 应为 {words} 之一", f"--method is one of {words}")
    if (wanted.by in STRATA) is not (wanted.method == STRATIFIED):
        words = ", ".join(STRATA)
        raise BadValue(
            f"分层抽样(stratified)须用 --by 指明分层:{words};其他方法不用 --by",
            f"a stratified sample, and no other, takes --by: {words}",
        )
    if wanted.size < 1:
        raise BadValue("--size 应为 1 或更大", "--size is 1 or more")
    if not wanted.seed.strip():
        raise BadValue(
            "请用 --seed 给出种子(任意文字,由审计人员在看数据之前选定)",
            "give a --seed: any words, chosen by the auditor before looking at the data",
        )


def _population(connection: Connection, moment: Moment, wanted: Wanted) -> list[SampledLine]:
    """Every line that stands in the range, by position."""
    query = lines_between(moment, wanted.first, wanted.last, wanted.program, wanted.town)
    return [
        SampledLine(
            position=r.position,
            line_id=UUID(bytes=r.line_id),
            case_id=UUID(bytes=r.case_id),
            beneficiary_id=UUID(bytes=r.beneficiary_id),
            batch=r.number,
            month=r.month,
            program=r.program,
            town=r.town,
            fund=r.fund,
            authorized_on=date.fromordinal(r.occurred_on),
            amount_fen=r.amount_fen,
        )
        for r in each(connection, query)
    ]


def _random(drawn: Sample, population: Sequence[SampledLine]) -> Sample:
    return _with(drawn, _lowest(drawn.seed, population, drawn.size))


def _lowest(seed: str, population: Sequence[SampledLine], size: int) -> list[SampledLine]:
    ranked = sorted(population, key=lambda line: draw(seed, f"line/{line.position}"))
    return [replace(line, hits=1) for line in ranked[:size]]


def _stratified(drawn: Sample, population: Sequence[SampledLine]) -> Sample:
    by = drawn.by or ""
    strata: dict[str, list[SampledLine]] = defaultdict(list)
    for line in population:
        strata[getattr(line, by)].append(line)
    sizes = share_out(drawn.size, {name: (_fen(own), len(own)) for name, own in strata.items()})
    found: list[SampledLine] = []
    told = []
    for name, own in sorted(strata.items()):
        picked = _lowest(drawn.seed, own, sizes[name])
        told.append(Stratum(name, len(own), _fen(own), len(picked), _fen(picked)))
        found += picked
    return replace(_with(drawn, found), strata=tuple(told))


def share_out(size: int, strata: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Shares a size out over strata of (fen, lines): one each first, then each further line to
    where a line stands for most money. No stratum is given more than it has lines."""
    shares = dict.fromkeys(strata, 0)
    waiting = [(0, Fraction(-fen), name) for name, (fen, _) in strata.items()]
    heapify(waiting)
    for _ in range(min(size, sum(number for _, number in strata.values()))):
        _, _, name = heappop(waiting)
        shares[name] += 1
        fen, number = strata[name]
        if shares[name] < number:
            heappush(waiting, (1, Fraction(-fen, shares[name] + 1), name))
    return shares


def _monetary(drawn: Sample, population: Sequence[SampledLine]) -> Sample:
    interval = drawn.population_fen // drawn.size
    start = draw(drawn.seed, "start") % interval
    found, passed, unit = [], 0, 0
    for line in population:
        passed += line.amount_fen
        hits = 0
        while unit < drawn.size and unit * interval + start < passed:
            hits, unit = hits + 1, unit + 1
        if hits:
            found.append(replace(line, hits=hits))
    assert unit == drawn.size
    return replace(_with(drawn, found), interval_fen=interval, start_fen=start)


def _with(drawn: Sample, found: Sequence[SampledLine]) -> Sample:
    ordered = tuple(sorted(found, key=lambda line: line.position))
    return replace(drawn, lines=ordered, sampled_fen=_fen(ordered))


def _fen(own: Sequence[SampledLine]) -> int:
    return sum(line.amount_fen for line in own)


_METHODS: Final[dict[str, Callable[[Sample, Sequence[SampledLine]], Sample]]] = {
    MONETARY: _monetary,
    RANDOM: _random,
    STRATIFIED: _stratified,
}
