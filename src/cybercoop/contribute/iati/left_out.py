"""What a proposal leaves out of a file: each thing told, what many share in one line."""

from __future__ import annotations

from collections.abc import Iterator

from cybercoop.problems.problem import listed, sentence

WHOLE = {"iati-no-identifier", "iati-twice", "iati-not-asked", "iati-no-theme", "iati-no-partner"}
"""Why a whole activity is left out."""
_SHOWN = 3


class LeftOut:
    """Reasons, as sentences and what they are filled with, and the activities that each holds for."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, tuple[tuple[str, str | tuple[str, ...]], ...]], list[str]] = {}

    def tell(self, shown: str, code: str, **values: str | tuple[str, ...]) -> None:
        """Note that a reason holds for an activity; several texts of one value are listed."""
        self.told.setdefault((code, tuple(values.items())), []).append(shown)

    def lines(self, lang: str) -> Iterator[str]:
        """Yield a line for each reason, of whole activities first; of many activities the first few are named."""
        for (code, values), shown in sorted(self.told.items(), key=lambda entry: entry[0][0] not in WHOLE):
            each = shown if code in WHOLE else list(dict.fromkeys(shown))
            named = listed(each[:_SHOWN], lang)
            if len(each) > _SHOWN:
                named = sentence("iati-and-more", lang, value=named, count=len(each) - _SHOWN)
            filled = {name: text if isinstance(text, str) else listed(text, lang) for name, text in values}
            yield sentence("iati-line", lang, value=named, reason=sentence(code, lang, **filled))
