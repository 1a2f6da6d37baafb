"""A table as a workbook that spreadsheets open, from right to left in Arabic; every cell is text, and none is run.

https://www.iso.org/standard/71691.html (ISO/IEC 29500-1, 18)
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of a workbook."""

_WIDEST = 60


def write(headings: Sequence[str], rows: Iterable[Sequence[str]], title: str, lang: str) -> bytes:
    """Return a workbook of one sheet: headings that stay in sight, then the rows; `title` names the sheet.

    >>> write(["Country"], [["Maroc"]], "country-profile", "fr")[:2]
    b'PK'
    """
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active if book.active is not None else book.create_sheet()
    sheet.title = title[:31]
    sheet.sheet_view.rightToLeft = lang == "ar"
    sheet.freeze_panes = "A2"
    widths = [len(heading) for heading in headings]
    for number, row in enumerate([headings, *rows], 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(number, column)
            assert isinstance(cell, Cell)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text) or None
            if text:
                cell.data_type = "s"  # what begins with “=” is a text too
            widths[column - 1] = max(widths[column - 1], len(text))
            if number == 1:
                cell.font = Font(bold=True)
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width, _WIDEST) + 2
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
