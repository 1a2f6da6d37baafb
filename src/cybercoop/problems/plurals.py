"""What is counted or listed, in the forms of its language: English, French and Arabic by Unicode CLDR."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def worded(text: str, lang: str, values: Mapping[str, object]) -> str:
    """Return a text of `messages.yaml` with its placeholders filled; what is counted stands in the form of its number.

    The forms are those of Unicode CLDR (Language Plural Rules) for whole numbers, in its order, `#` for the number:
    one and other in English and French; zero, one, two, few, many and other in Arabic.

    >>> worded("{rows:# row|# rows}", "en", {"rows": 1})
    '1 row'
    >>> worded("{rows:# ligne|# lignes}", "fr", {"rows": 0})
    '0 ligne'
    """
    return text.format(**{name: _Said(value, lang) for name, value in values.items()})


def listed(texts: Iterable[object], lang: str, mark: str = ",") -> str:
    """Return texts as a list that stands in a sentence of a language, divided by its comma or, as `mark`, semicolon.

    >>> listed(["MA", "TN"], "ar")
    'MA، TN'
    """
    return f"{_MARKS.get((lang, mark), mark)} ".join(map(str, texts))


_MARKS = {("ar", ","): "،", ("ar", ";"): "؛", ("fr", ";"): "\N{NO-BREAK SPACE};"}


class _Said:
    """A value and the language of the text in which it stands."""

    def __init__(self, value: object, lang: str) -> None:
        self._value, self._lang = value, lang

    def __format__(self, spec: str) -> str:
        forms = spec.split("|")
        if len(forms) == 1:
            return format(self._value, spec)
        shown = str(self._value)
        return forms[_plural(int(shown), self._lang) if shown.isdecimal() else -1].replace("#", shown)


def _plural(number: int, lang: str) -> int:
    """Return which of the forms of a language a number takes."""
    if lang != "ar":
        return int(number > 1 if lang == "fr" else number != 1)
    return number if number < 3 else 3 if 3 <= number % 100 <= 10 else 4 if number % 100 > 10 else 5
