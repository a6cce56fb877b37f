"""A report as one HTML file: opens anywhere, asks the network for nothing, prints well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from domain.money import format_yuan
from domain.wording import BadValue
from reports.layout import Bars, Cell, Column, Document, Lang, Table, shown
from reports.rendering.carried import Carried
from reports.rendering.charts import svg

FONTS = "'Noto Sans SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
STYLE = f"""
:root{{color-scheme:light}}
body{{font:14px/1.5 {FONTS};color:#1f2328;max-width:1200px;margin:2em auto;padding:0 1em}}
h1{{font-size:1.6em;margin:0}} h2{{font-size:1.15em;margin:2em 0 .3em}}
.sub,.note{{color:#555}} .scroll{{overflow-x:auto}}
table{{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}}
th,td{{border:1px solid #d0d7de;padding:.25em .6em;text-align:left;vertical-align:top}}
th{{background:#ddebf7;position:sticky;top:0}} td.n{{text-align:right;white-space:nowrap}}
tfoot td{{font-weight:600;border-top:2px solid #57606a}}
.about td,.about th{{overflow-wrap:anywhere;white-space:pre-wrap}} .about th{{width:16em}}
svg{{width:100%;height:auto;margin-top:.5em}}
@media print{{body{{margin:0;max-width:none}} th{{position:static}} tr{{break-inside:avoid}}}}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_CARRIED = re.compile(
    rb'<script type="application/json" id="report">(.*?)</script>.*?'
    rb'<pre id="checkpoint" hidden>(.*?)</pre>',
    re.DOTALL,
)


def page(document: Document, carried: Carried, lang: Lang) -> bytes:
    """The bytes of the page."""
    title = escape(document.title.to(lang))
    parts = [
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body>\n"
        f'<h1>{title}</h1><p class="sub">{escape(document.subtitle.to(lang))}</p>\n',
        *(_table(p, lang) if isinstance(p, Table) else _drawing(p, lang) for p in document.parts),
        _about(document, lang),
        # "<" would end the element: in JSON it may as well stand as an escape.
        '<script type="application/json" id="report">',
        carried.canonical.decode().replace("<", "\\u003c"),
        f'</script>\n<pre id="checkpoint" hidden>{_checkpoint(carried)}</pre></body></html>\n',
    ]
    return "".join(parts).encode()


def _checkpoint(carried: Carried) -> str:
    return escape(f"{carried.key}\n{carried.checkpoint}") if carried.checkpoint else ""


def _table(table: Table, lang: Lang) -> str:
    heads = "".join(f"<th>{escape(c.title.to(lang))}</th>" for c in table.columns)
    rows = "".join(f"<tr>{_cells(table.columns, row, lang)}</tr>\n" for row in table.rows)
    foot = ""
    if table.total:
        foot = f"<tfoot><tr>{_cells(table.columns, table.total, lang)}</tr></tfoot>"
    note = f'<p class="note">{escape(table.note.to(lang))}</p>' if table.note else ""
    return (
        f'<h2>{escape(table.title.to(lang))}</h2>{note}<div class="scroll"><table><thead><tr>'
        f"{heads}</tr></thead><tbody>\n{rows}</tbody>{foot}</table></div>\n"
    )


def _cells(columns: Sequence[Column], row: Sequence[Cell], lang: Lang) -> str:
    return "".join(
        f'<td class="n">{text(c, v, lang)}</td>'
        if c.kind in ("int", "fen")
        else f"<td>{escape(text(c, v, lang))}</td>"
        for c, v in zip(columns, row, strict=True)
    )


def text(column: Column, cell: Cell, lang: Lang) -> str:
    """A cell as people read it."""
    value = shown(cell, lang)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return format_yuan(value) if column.kind == "fen" else f"{value:,}"


def _drawing(bars: Bars, lang: Lang) -> str:
    return f"<h2>{escape(bars.title.to(lang))}</h2>{svg(bars, lang, 'inherit')}\n"


def _about(document: Document, lang: Lang) -> str:
    rows = "".join(
        f"<tr><th>{escape(name.to(lang))}</th><td>{escape(value)}</td></tr>"
        for name, value in document.provenance
    )
    title = "说明" if lang == "zh" else "About"
    return f'<h2>{title}</h2><table class="about">{rows}</table>\n'


def carried_by_page(raw: bytes) -> tuple[bytes, str]:
    """The JSON and the checkpoint (with its key) in a page. BadValue where there are none."""
    found = _CARRIED.search(raw)
    if found is None:
        raise BadValue("网页中没有报表数据", "the page holds no report of ours")
    try:
        return found[1], unescape(found[2].decode())
    except UnicodeDecodeError:
        raise BadValue("网页已损坏", "the page is damaged") from None
