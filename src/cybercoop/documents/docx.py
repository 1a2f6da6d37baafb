"""Blocks and tables as a document for word processors (Office Open XML), from right to left in Arabic.

https://www.iso.org/standard/71691.html (ISO/IEC 29500-1)
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cybercoop.documents import FOREIGN, Block, Heading, Item, Table, Text

_SPOKEN = {"en": "en-GB", "fr": "fr-FR", "ar": "ar-SA"}
"""Language → what word processors check the spelling by."""

_LONGEST = 255
"""Characters that a title in the description of a document may have."""


def write(blocks: Iterable[Block | Table], lang: str) -> bytes:
    """Return blocks and tables as a document in a language.

    Needs python-docx (`pip install cybercoop[docx]`); raises `ImportError` without it.
    """
    import docx

    document = docx.Document()
    _described(document, lang)
    for block in blocks:
        if isinstance(block, Table):
            _table(document, block, lang)
        elif isinstance(block, Heading):
            text = "".join(block.line).strip()
            document.core_properties.title = document.core_properties.title or text[:_LONGEST]
            _directed(document.add_heading(text, min(block.level, 9)), lang)
        else:
            style = "List Paragraph" if isinstance(block, Item) else None
            for line in block.lines:
                _directed(document.add_paragraph("".join(line).strip(), style), lang)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _described(document: Any, lang: str) -> None:
    """Say of a document what it is (ISO/IEC 29500-2, 8): whose, in which language; its pages are A4, upright."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    about, now = document.core_properties, datetime.now(UTC)
    about.author, about.comments, about.language, about.created, about.modified = "cybercoop", "", lang, now, now
    for spoken in document.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:bidi" if lang == "ar" else "w:val"), _SPOKEN[lang])
    for section in document.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(20)


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
        foreign = text if isinstance(text, Text) and text.kind == FOREIGN else None
        if foreign:
            paragraph.add_run(f" ({foreign.hint})")
        _directed(paragraph, lang)
        if foreign:
            _spoken(paragraph.runs[0], foreign.lang)


def _directed(paragraph: Any, lang: str) -> None:
    """Let a paragraph and its texts run from right to left, where the language does."""
    if lang == "ar":
        _marked(paragraph._p.get_or_add_pPr(), "w:bidi")
        for run in paragraph.runs:
            run.font.rtl = True


def _spoken(run: Any, lang: str) -> None:
    """Say which language a text is in (ISO/IEC 29500-1, 17.3.2.20), and let it run as that does."""
    run.font.rtl = lang == "ar" or None
    _marked(run._r.get_or_add_rPr(), "w:lang", {"w:bidi" if lang == "ar" else "w:val": _SPOKEN.get(lang, lang)})


def _marked(properties: Any, name: str, values: Mapping[str, str] | None = None) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(name)
    for key, value in (values or {}).items():
        made.set(qn(key), value)
    properties.append(made)
