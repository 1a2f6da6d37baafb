"""The verdict as one page without anything from elsewhere; in Arabic it runs from right to left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cybercoop.documents import html
from cybercoop.documents.blocks import CODE, NAME, Block, Heading, Text
from cybercoop.judge.reports.items import item
from cybercoop.judge.reports.summary import by_record, summary

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h2 { font-size: 1.1rem; border-block-end: 1px solid #767676 }
li { list-style: none; margin-block: 1rem; padding-inline-start: .75rem; border-inline-start: .3rem solid #767676 }
ul { padding: 0 } li.error { border-color: #a4000f } li.warning { border-color: #8a5a00 }
code, pre { font-family: ui-monospace, monospace; unicode-bidi: isolate }
pre { direction: ltr; text-align: left; overflow-x: auto; background: #f4f4f4; padding: .5rem }
mark { background: #ffd54d } p { margin: .25rem 0 }
"""


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as HTML."""
    blocks: list[Block] = [Heading(1, [summary(report, lang, hidden)])]
    for name, where, problems in by_record(report):
        place = [" ", Text(str(where), CODE)] if name != str(where) else []
        blocks += [Heading(2, [Text(name, NAME), *place]), *(item(found, lang) for found in problems)]
    return html.page("cybercoop validate", _STYLE, html.write(blocks), lang)
