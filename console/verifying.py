"""`verify`: gathers every checkpoint there is, goes over the log, and says what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.markup import escape

from console.language import Voice
from console.session import bar
from console.wiring import Relief
from domain.calendar import CHINA
from domain.wording import BadValue
from evidence.checkpoints import SignedCheckpoint, open_checkpoint
from evidence.errors import EvidenceError
from evidence.notes import VerifierKey, base64
from ledger.signing_key import verifier_key
from ledger.verifying import Verified, verify
from projections.canonical import canonical
from schemas.catalog import catalog

SHOWN = 20


@dataclass
class Gathered:
    """The checkpoints that the log is held against, and which of them somebody outside holds."""

    kept: list[SignedCheckpoint] = field(default_factory=list)
    outside: list[tuple[SignedCheckpoint, str, int | None]] = field(default_factory=list)
    """Checkpoint, who holds it, and when he saw it (seconds since 1970), where that is known."""
    unbelievable: list[str] = field(default_factory=list)


def run(
    relief: Relief,
    speak: Voice,
    against: Sequence[Path],
    key: str | None,
    *,
    bodies: bool,
    as_json: bool,
) -> bool:
    """Verifies and says it; True where all is well. Raises BadValue for a file that is no checkpoint."""
    held_key = verifier_key(key) if key else None
    gathered = _gather(relief, against, held_key)
    everything = gathered.kept + [signed for signed, _, _ in gathered.outside]
    with bar(speak, speak.pick("核验", "verifying")) as progress:
        found = verify(
            relief.log,
            catalog(),
            everything,
            path=None if relief.settings.log_address else relief.settings.log,
            bodies=bodies,
            progress=progress,
        )
    for detail in gathered.unbelievable:
        found.note("checkpoint", None, detail)
    if as_json:
        typer.echo(_as_json(relief, found, gathered))
    else:
        _say(relief, speak, found, gathered)
    return found.well


def _gather(relief: Relief, against: Sequence[Path], key: VerifierKey | None) -> Gathered:
    gathered, own = Gathered(), relief.checkpoints
    believed = key or (own.verifier if own else None)
    if own is not None:
        for size in own.folder.sizes():
            try:
                signed = open_checkpoint(
                    own.folder.read(size), believed or own.verifier, own.witnesses
                )
            except (EvidenceError, OSError) as e:
                gathered.unbelievable.append(f"{size}: {getattr(e, 'en', '') or e}")
                continue
            gathered.kept.append(signed)
            for seen in signed.cosignatures:
                gathered.outside.append((signed, seen.witness.name, seen.seconds))
    for path in against:
        gathered.outside.append((_handed_in(path, believed), path.name, None))
    gathered.outside.sort(key=lambda held: held[0].checkpoint.size)
    return gathered


def _handed_in(path: Path, key: VerifierKey | None) -> SignedCheckpoint:
    if key is None:
        raise BadValue(
            "本账本没有验证密钥;请用 --key 给出",
            "this ledger has no verifier key; give it by --key",
        )
    try:
        with path.open("rb") as file:
            return open_checkpoint(file.read(1_000_001), key)
    except OSError as e:
        raise BadValue(f"读不出 {path.name}", f"{path.name} cannot be read: {e.strerror}") from e
    except EvidenceError as e:
        raise BadValue(f"{path.name}:{e.zh}", f"{path.name}: {e.en}") from e


def _recorded(relief: Relief, position: int) -> str:
    """When an entry was recorded, in China's time; empty where it is not there."""
    rows = relief.log.read_entries(position - 1, 1) if position else []
    if not rows or rows[0].position != position:
        return ""
    return _instant(rows[0].recorded_at // 1_000_000)


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA).isoformat()


def _as_json(relief: Relief, found: Verified, gathered: Gathered) -> str:
    said = {
        "well": found.well,
        "size": found.size,
        "root": base64(found.root) if found.root else "",
        "found": found.found,
        "damaged": found.damaged,
        "findings": [
            {"position": f.position, "kind": f.kind, "zh": f.zh, "en": f.en} for f in found.findings
        ],
        "checkpoints": len(gathered.kept),
        "outside": [
            {
                "size": signed.checkpoint.size,
                "by": by,
                "seen": _instant(seconds) if seconds is not None else None,
                "recorded_at": _recorded(relief, signed.checkpoint.size),
            }
            for signed, by, seconds in gathered.outside
        ],
    }
    return canonical(said).decode()


def _say(relief: Relief, speak: Voice, found: Verified, gathered: Gathered) -> None:
    if found.well:
        speak.say(
            f"[green]✓[/green] {found.size:,} 条全部核验:每条的哈希、编号、时间、模式与默克尔树相符",
            f"[green]✓[/green] all {found.size:,} entries verified: hashes, numbers, times, schemas "
            "and the tree agree",
        )
    else:
        _say_findings(speak, found)
    if found.root:
        speak.out.print(f"  root {base64(found.root)}")
    speak.say(
        f"  本机所存检查点 {len(gathered.kept)} 个,均已比对",
        f"  {len(gathered.kept)} checkpoints kept here, each held against the log",
    )
    _say_outside(relief, speak, gathered)


def _say_findings(speak: Voice, found: Verified) -> None:
    damaged = found.damaged
    if damaged:
        speak.say(
            f"[red]✗[/red] {len(damaged):,} 条受损,首条在第 {damaged[0]:,} 条",
            f"[red]✗[/red] {len(damaged):,} damaged entries, the first at position {damaged[0]:,}",
        )
    else:
        speak.say("[red]✗[/red] 核验未通过", "[red]✗[/red] not verified")
    for f in found.findings[:SHOWN]:
        where = f"{f.position:,}: " if f.position is not None else ""
        speak.say(f"  {where}{escape(f.zh)}", f"  {where}{escape(f.en)}")
    if found.found > SHOWN:
        more = found.found - SHOWN
        speak.say(f"  另有 {more:,} 处(--json 列全)", f"  and {more:,} more (--json lists them)")


def _say_outside(relief: Relief, speak: Voice, gathered: Gathered) -> None:
    """What this proves reaches as far as what somebody outside holds, and no further."""
    if not gathered.outside:
        speak.say(
            "[yellow]![/yellow] 没有外部持有的检查点:以上只证明账本自身一致,"
            "不能证明没有整体改写。请把检查点交给外部保存,再用 verify --against 文件",
            "[yellow]![/yellow] nobody outside holds a checkpoint that was given here: the log is "
            "consistent in itself, which does not show that it was not rewritten as a whole. Hand "
            "checkpoints to others, then verify --against FILE",
        )
        return
    for zh, en, (signed, by, seconds) in (
        ("最早的外部检查点", "the oldest checkpoint held outside", gathered.outside[0]),
        ("最新的外部检查点", "the newest one", gathered.outside[-1]),
    ):
        size = signed.checkpoint.size
        when = _instant(seconds) if seconds is not None else _recorded(relief, size)
        speak.say(
            f"  {zh}:{size:,} 条,{escape(by)} {when}",
            f"  {en}: {size:,} entries, {escape(by)} {when}",
        )
    speak.say(
        "  所证明的是:自外部持有检查点之时起,其所含条目未被改动",
        "  what is proved: since then, the entries under those checkpoints were not altered",
    )
