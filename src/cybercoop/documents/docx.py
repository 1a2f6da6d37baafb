"""Blocks and tables as a document for word processors (Office Open XML), from right to left in Arabic.

https://www.iso.org/standard/71691.html (ISO/IEC 29500-1)
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from cybercoop.documents import Block, Heading, Item, Table


def write(blocks: Iterable[Block | Table], lang: str) -> bytes:
    """Return blocks and tables as a document in a language.

    Needs python-docx (`pip install cybercoop[docx]`); raises `ImportError` without it.
    """
    import docx

    document = docx.Document()
    for block in blocks:
        if isinstance(block, Table):
            _table(document, block, lang)
        elif isinstance(block, Heading):
            _directed(document.add_heading("".join(block.line).strip(), min(block.level, 9)), lang)
        else:
            style = "List Paragraph" if isinstance(block, Item) else None
            for line in block.lines:
                _directed(document.add_paragraph("".join(line).strip(), style), lang)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _table(document: Any, table: Table, lang: str) -> None:
    made = document.add_table(rows=0, cols=len(table.headings), style="Table Grid")
    if lang == "ar":
        _marked(made._tbl.tblPr, "w:bidiVisual")
    for number, row in enumerate((table.headings, *table.rows)):
        _row(made.add_row().cells, row, lang, bold=number == 0)


def _row(cells: Sequence[Any], texts: Sequence[str], lang: str, *, bold: bool) -> None:
    for cell, text in zip(cells, texts, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.add_run(text).bold = bold
        _directed(paragraph, lang)


def _directed(paragraph: Any, lang: str) -> None:
    """Let a paragraph and its texts run from right to left, where the language does."""
    if lang == "ar":
        _marked(paragraph._p.get_or_add_pPr(), "w:bidi")
        for run in paragraph.runs:
            run.font.rtl = True


def _marked(properties: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    properties.append(OxmlElement(name))
