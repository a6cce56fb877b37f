"""The commands `receipt`, `verify-receipt`, `bundle` and `verify-bundle`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console import proofs
from console.evidence_commands import needs_origin
from console.language import voice
from console.session import DEFAULT_LEDGER, AsAt, AsJson, Failed, Lang, LedgerDir, session, spoken
from console.settings import FILE, read_settings
from domain.calendar import parse_date
from domain.wording import BadValue
from evidence.notes import VerifierKey
from ledger.signing_key import verifier_key

Key = Annotated[
    str | None, typer.Option("--key", help="您持有的账本验证密钥 / the ledger's verifier key")
]
Witnesses = Annotated[
    list[str] | None, typer.Option("--witness", help="见证方密钥 / a witness's key")
]


def receipt(
    what: Annotated[
        str, typer.Argument(metavar="POSITION|EVENT-ID", help="位置或事件编号 / which entry")
    ],
    out: Annotated[Path | None, typer.Option("--out", help="文件 / file")] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    lang: Lang = None,
) -> None:
    """一条记录的收据:凭此文本即可证明其在账本中 / proof that an entry stands, in one text."""
    with session(ledger, lang) as (relief, speak):
        needs_origin(relief)
        text = proofs.make_receipt(relief, what)
        if out is None:
            typer.echo(text.decode(), nl=False)
            return
        with out.open("xb") as file:
            file.write(text)
        speak.say(f"[green]✓[/green] {out}", f"[green]✓[/green] {out}")


def verify_receipt(
    file: Annotated[Path, typer.Argument(help="收据 / the receipt")],
    key: Key = None,
    witness: Witnesses = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """核验收据;不需要账本,只要验证密钥 / check a receipt; no ledger is needed, a key is."""
    speak = voice(lang)
    with spoken(speak):
        held, witnesses = _keys(key, witness, ledger)
        if held is None:
            raise BadValue(
                "请用 --key 给出账本的验证密钥", "give the ledger's verifier key by --key"
            )
        well = proofs.check_receipt(file, held, witnesses, speak, as_json=as_json)
    if not well:
        raise Failed(1)


def _keys(
    key: str | None, witness: list[str] | None, ledger: Path
) -> tuple[VerifierKey | None, list[VerifierKey]]:
    """The keys that are held: those given, else the ledger's own where one is here."""
    witnesses = [verifier_key(w) for w in witness or ()]
    if key is not None:
        return verifier_key(key), witnesses
    if not (ledger / FILE).is_file():
        return None, witnesses
    settings = read_settings(ledger)
    witnesses += [verifier_key(w.key) for w in settings.witnesses]
    return (verifier_key(settings.verifier_key) if settings.origin else None), witnesses


def bundle(
    out: Annotated[Path, typer.Argument(metavar="FILE.zip", help="新文件 / a new file")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    program: Annotated[str | None, typer.Option(help="救助类别代码 / program code")] = None,
    town: Annotated[str | None, typer.Option(help="镇乡(街道) / town")] = None,
    case: Annotated[str | None, typer.Option(help="户编号 / the household's id")] = None,
    family: Annotated[str | None, typer.Option(help="事件族 / family of events")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="记录日期起 / recorded from")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="记录日期止(含) / to, included")
    ] = None,
    as_at: AsAt = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="含姓名与身份证号,先记录 / names, recorded first")
    ] = False,
    role: Annotated[str | None, typer.Option(help="角色 / role")] = None,
    reason: Annotated[str | None, typer.Option(help="原因 / reason")] = None,
    lang: Lang = None,
) -> None:
    """证据包:条目、模式、检查点与证明,离线可核验 / entries and proofs, checked without us."""
    with session(ledger, lang) as (relief, speak):
        needs_origin(relief)
        wanted = proofs.Wanted(
            program,
            town,
            case,
            family,
            parse_date(first) if first else None,
            parse_date(last) if last else None,
            as_at,
        )
        asked = (role, reason) if reveal else None
        scope, count = proofs.make_bundle(relief, speak, out, wanted, asked)
        speak.say(
            f"[green]✓[/green] {out}:{scope.zh},{count:,} 条。核验:",
            f"[green]✓[/green] {out}: {scope.en}, {count:,} entries. To check it:",
        )
        command = f"python -m evidence.verify {out.name} --key '{relief.settings.verifier_key}'"
        speak.out.print(f"  {command}", markup=False, soft_wrap=True)


def verify_bundle(
    file: Annotated[Path, typer.Argument(help="证据包 / the bundle")],
    key: Key = None,
    witness: Witnesses = None,
    bodies: Annotated[
        bool,
        typer.Option("--bodies", help="解码正文并核对副本 / decode bodies, check the copies"),
    ] = False,
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """核验证据包;不需要账本 / check a bundle; no ledger is needed."""
    speak = voice(lang)
    with spoken(speak):
        held, witnesses = _keys(key, witness, ledger)
        code = proofs.check_bundle(file, held, witnesses, bodies=bodies, as_json=as_json)
    if code:
        raise Failed(code)
