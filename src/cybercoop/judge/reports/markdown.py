"""The verdict as Markdown, for a comment on a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cybercoop.documents import markdown
from cybercoop.documents.blocks import CODE, Block, Heading, Paragraph, Text
from cybercoop.judge.reports.items import item
from cybercoop.judge.reports.summary import by_record, summary

if TYPE_CHECKING:
    from cybercoop.judge.validate import Report


def write(report: Report, lang: str, hidden: int) -> str:
    """Return the report as Markdown; Arabic stands in a block that runs from right to left."""
    blocks: list[Block] = [Paragraph([[summary(report, lang, hidden)]])]
    for name, where, problems in by_record(report):
        blocks.append(Heading(3, [f"{name} (", Text(str(where), CODE), ")"]))
        blocks += [item(found, lang) for found in problems]
    return markdown.write(blocks, lang)
