"""`case`: everything that happened to one household, told sentence by sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from console.answers import caught_up, envelope, stamp
from console.language import Voice
from console.names import Names, topic_name
from console.wiring import Relief
from projections import case_story as story_view
from projections.moment import Moment
from projections.story_sentences import story_sentence


def case_story(
    relief: Relief, speak: Voice, moment: Moment, household: UUID, *, as_json: bool
) -> None:
    """Everything that happened to one household, in the order of the log."""
    found = story_view.case_story(relief.entries, household, moment)
    if as_json:
        typer.echo(envelope(moment, case=found))
        return
    if not found.rows:
        speak.say("账本中没有这一户(或该时点尚无记录)", "no such household, or nothing yet then")
    with caught_up(relief, moment, speak) as connection:
        known = dict.fromkeys(i for r in found.rows for i in (*_ids(r.data), r.stream_id))
        people = _People(Names(relief, connection, moment, known), list(known))
    speak.out.print(_told(relief, speak, found, people))
    stamp(relief, moment, speak)


def _told(relief: Relief, speak: Voice, found: story_view.Story, people: _People) -> Table:
    table = Table(box=None)
    for zh, en in (
        ("位置", "position"),
        ("日期", "on"),
        ("事件", "event"),
        ("依据", "basis"),
        ("内容", "content"),
    ):
        table.add_column(speak.pick(zh, en), overflow="fold")
    for r in found.rows:
        gone = speak.pick("(已被第 {} 条撤销)", " (annulled by {})").format(r.annulled_by)
        said = story_sentence(r, speak.lang, people.name, relief.divisions.name_of, found.rows)
        table.add_row(
            str(r.position),
            str(r.occurred_on),
            topic_name(r.topic, speak) + (gone if r.annulled_by else ""),
            speak.pick("决定", "decided")
            if r.basis == "decided"
            else speak.pick("上报", "reported"),
            escape(said),
            style="dim strike" if r.annulled_by else "",
        )
    return table


def _ids(value: Any) -> Iterator[UUID]:
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)


class _People:
    """Masked names; where two persons of the story share one, the end of the id tells them apart."""

    def __init__(self, names: Names, ids: list[UUID]) -> None:
        self._names = names
        self._masked = {i: names.masked(i) for i in ids}
        self._shared = {n for n, times in Counter(self._masked.values()).items() if times > 1}

    def name(self, person: UUID) -> str:
        """The name to be shown for a person."""
        masked = self._masked.get(person) or self._names.masked(person)
        return f"{masked}…{person.hex[-4:]}" if masked in self._shared else masked
