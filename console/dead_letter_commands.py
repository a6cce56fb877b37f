"""`dlq`: the messages that a group could not read or use, and delivering them again."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from console.language import Voice
from console.session import DEFAULT_LEDGER, AsJson, Failed, Lang, LedgerDir
from console.subscriber_settings import Kafka, Namespace, followed
from domain.calendar import CHINA
from domain.wording import BadValue

if TYPE_CHECKING:
    from consumers.dead_letters import DeadLetter
    from consumers.retrying import Attempt

dlq = typer.Typer(
    no_args_is_help=True,
    help="死信:读不出或用不上的消息 / dead letters: messages that could not be read or used",
)
Topic = Annotated[str, typer.Argument(help="主题,如 relief.disbursement / the topic")]
Group = Annotated[str, typer.Argument(help="消费组 / the group")]

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_OURS = {
    "ce_specversion": r"1\.0",
    "content-type": r"application/avro",
    "ce_source": r"urn:relief:[A-Za-z0-9._-]{1,60}:\d{1,9}",
    "ce_id": _UUID,
    "ce_type": r"relief\.[a-z]+\.[A-Za-z]{1,60}",
    "ce_time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "ce_subject": _UUID,
    "ce_position": r"\d{1,12}",
    "ce_familyposition": r"\d{1,12}",
    "traceparent": r"00-[0-9a-f]{32}-[0-9a-f]{16}-01",
}
"""Headers that are shown as text where they look as our writer makes them. A stranger may have put
a name or a number of a person into any other: those are shown in hex."""


@dlq.command("list")
def list_(
    topic: Topic,
    group: Group,
    ledger: LedgerDir = DEFAULT_LEDGER,
    kafka: Kafka = None,
    namespace: Namespace = "relief",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """列出死信:编号、时间、原处、原因 / number, time, where it was read, why it was parked."""
    from consumers.dead_letters import letters  # its client is slow to load

    with followed(ledger, kafka, namespace, lang) as (settings, speak):
        found = letters(settings, topic, group)
        if as_json:
            speak.raw(_json([_told(one) for one in found]))
            return
        for one in found:
            where = f"{one.topic}[{one.partition}] {one.offset}"
            done = speak.pick(",已重新投递", ", delivered again") if one.retried else ""
            speak.raw(f"{one.number}  {_time(one.parked_at)}  {where}  {_why(one, speak)}{done}")
        open_ = sum(not one.retried for one in found)
        speak.say(f"死信 {len(found)} 封,待处理 {open_} 封", f"{len(found)} letters, {open_} open")


@dlq.command()
def show(
    topic: Topic,
    group: Group,
    number: Annotated[int, typer.Argument(help="死信编号 / its number")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    kafka: Kafka = None,
    namespace: Namespace = "relief",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """一封死信:原因、消息头、十六进制内容 / one of them: reason, headers, bytes in hex."""
    from consumers.dead_letters import NoDeadLetters, letters

    with followed(ledger, kafka, namespace, lang) as (settings, speak):
        named = [one for one in letters(settings, topic, group) if one.number == number]
        if not named:
            raise NoDeadLetters(f"没有第 {number} 号死信", f"there is no dead letter {number}")
        said = _told(named[0]) | {
            "headers": [[*_header(name, raw)] for name, raw in named[0].headers],
            "key": None if named[0].key is None else named[0].key.hex(),
            "value": None if named[0].value is None else named[0].value.hex(),
        }
        if as_json:
            speak.raw(_json(said))
            return
        said["reason"] = _why(named[0], speak)
        del said["reason_zh"]
        for name, value in said.items():
            for line in value if isinstance(value, list) else [value]:
                text = ": ".join(line) if isinstance(line, list) else str(line)
                speak.raw(f"{name:<10} {text}")


@dlq.command()
def retry(
    topic: Topic,
    group: Group,
    numbers: Annotated[list[int] | None, typer.Argument(help="编号 / numbers")] = None,
    every: Annotated[bool, typer.Option("--all", help="所有待处理的 / all open ones")] = False,
    ledger: LedgerDir = DEFAULT_LEDGER,
    kafka: Kafka = None,
    namespace: Namespace = "relief",
    lang: Lang = None,
) -> None:
    """再读一次;读得出的交还消费组,只一次 / read again; what can be read goes back, once."""
    with followed(ledger, kafka, namespace, lang) as (settings, speak):
        if bool(numbers) == every:
            raise BadValue("请给出编号,或 --all", "give numbers, or --all")
        from consumers.retrying import retry as try_again

        failed = False
        for attempt in try_again(settings, topic, group, None if every else numbers):
            failed |= attempt.why_not is not None
            _say(attempt, speak)
    if failed:
        raise Failed(1)


def _say(attempt: Attempt, speak: Voice) -> None:
    number = attempt.letter.number
    if attempt.why_not is not None:
        zh, en = escape(attempt.why_not.zh), escape(attempt.why_not.en)
        speak.say(f"[red]✗[/red] {number}:仍读不出:{zh}", f"[red]✗[/red] {number}: still not: {en}")
    elif attempt.delivered:
        speak.say(
            f"[green]✓[/green] {number}:已交还消费组", f"[green]✓[/green] {number}: delivered"
        )
    else:
        speak.say(f"{number}:以前已交还,未重复", f"{number}: delivered before; not once more")


def _told(one: DeadLetter) -> dict[str, Any]:
    return {
        "number": one.number,
        "parked_at": _time(one.parked_at),
        "topic": one.topic,
        "partition": one.partition,
        "offset": one.offset,
        "error": one.error,
        "reason": one.message,
        "reason_zh": one.message_zh,
        "retried": one.retried,
    }


def _why(one: DeadLetter, speak: Voice) -> str:
    return f"{one.error}: {speak.pick(one.message_zh, one.message)}"


def _header(name: str, raw: bytes) -> tuple[str, str]:
    if name in _OURS and re.fullmatch(_OURS[name].encode(), raw):
        return name, raw.decode()
    known = name in _OURS or name in ("relief_frame", "relief_leaf")
    return name if known else f"(hex) {name.encode().hex()}", f"(hex) {raw.hex()}"


def _time(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat(timespec="seconds")


def _json(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True)
