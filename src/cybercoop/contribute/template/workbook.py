"""A skeleton as a workbook: a column per word with its explanation, and a list of the codes to choose from."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cybercoop.contribute.fields import Field, Fields
from cybercoop.contribute.template import FORM, columns, explained
from cybercoop.problems.problem import in_language, sentence

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_ROWS = 500
_CODES = "codes"
_HELP = "help"
_REQUIRED = PatternFill("solid", fgColor="FFE9A8")


def written(name: str, fields: Fields, lang: str) -> bytes:
    """Return the workbook: a sheet for the records, and hidden ones with all explanations and the codes."""
    book = Workbook()
    sheet = book.active if book.active is not None else book.create_sheet()
    sheet.title = name
    pages = [sheet, book.create_sheet(_HELP), book.create_sheet(_CODES)]
    for page in pages:
        page.sheet_view.rightToLeft = lang == "ar"
    for number, (word, field) in enumerate(columns(name, fields, lang), 1):
        _column(pages, number, word, field, lang)
    for page in pages[1:]:
        page.sheet_state = "hidden"  # what is visible is read as records
    sheet.cell(2, 3).value = name
    sheet.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _column(pages: list[Worksheet], number: int, word: str, field: Field | None, lang: str) -> None:
    sheet, page, codes = pages
    form = _FORM.get(word.partition("@")[0])
    told = explained(field, lang) if field is not None else sentence(form, lang) if form else ""
    letter = get_column_letter(number)
    head = sheet.cell(1, number)
    head.value = word
    head.font = Font(bold=True)
    sheet.column_dimensions[letter].width = max(14, len(word) + 3)
    for rows in range(2, _ROWS):
        sheet.cell(rows, number).number_format = "@"
    required = field.required if field is not None else word in FORM
    if required:
        head.fill = _REQUIRED
    if told:
        head.comment = Comment(told[:500], "cybercoop", height=160, width=360)
    page.append([word, sentence("template-required", lang) if required else "", told])
    if field is not None and field.codes:
        for row, (code, texts) in enumerate(field.codes.items(), 2):
            codes.cell(row, number).value = code
            page.append(["", code, in_language(texts, lang)])
        codes.cell(1, number).value = word
        choice = DataValidation("list", f"{_CODES}!${letter}$2:${letter}${len(field.codes) + 1}", allow_blank=True)
        choice.showErrorMessage = False
        sheet.add_data_validation(choice)
        choice.add(f"{letter}2:{letter}{_ROWS}")


_FORM = {"source": "template-source", "id": "template-id", "section": "template-source", "because": "template-because"}
