"""How anything wrong is said: a code, a place, what is wrong and how to mend it, in three languages."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

LANGUAGES = ("en", "fr", "ar")
ERROR, WARNING, INFO = "error", "warning", "info"

UNSEEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, separators of lines, overrides of direction, and what has no width.

The joiners and the marks of direction that Arabic and Persian are written with are not among them.
"""

SHOWN = 160
"""How much of a text is shown at most, in characters."""
_ALIKE = 0.65
"""How alike two words must be for the one to have been meant, of 1."""
_NEGATED = re.compile(r"(?:^|/)(?:no|not)-")


class Where(NamedTuple):
    """A place in a file: line and column count from 1; 0 means the file as a whole.

    In a workbook they count rows and columns of a sheet, and `cell` is its address: `Sheet1!C4`.
    """

    file: str
    line: int = 0
    column: int = 0
    cell: str = ""

    @property
    def page(self) -> str:
        """The file, or the sheet of a workbook: what lines are counted in."""
        return f"{self.file}:{self.cell.rpartition('!')[0]}" if self.cell else self.file

    def __str__(self) -> str:
        if self.cell:
            return f"{self.file}:{self.cell}"
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Excerpt(NamedTuple):
    """The line that a problem points into, the column in it, and the title of that column in a table."""

    line: str
    column: int
    title: str = ""


class Edit(NamedTuple):
    """One replacement in the text of a file: `length` characters from `where` on become `text`.

    `end` is where they end, if that is not on the same line.
    """

    where: Where
    length: int
    text: str
    end: Where | None = None

    def region(self) -> dict[str, int]:
        """Return where the replaced text begins and ends, in the words that editors have for it."""
        end = self.end or self.where._replace(column=self.where.column + self.length)
        starts = {"startLine": self.where.line, "startColumn": self.where.column}
        return {**starts, "endLine": end.line, "endColumn": end.column}


class Mend(NamedTuple):
    """A certain cure: edits of one file, and what they do, in three languages."""

    edits: tuple[Edit, ...]
    title: Mapping[str, str]

    def to_dict(self, lang: str) -> dict[str, Any]:
        """Return the mend as plain values, with its title in `lang`."""
        edits = [{"file": each.where.file, **each.region(), "text": each.text} for each in self.edits]
        return {"title": in_language(self.title, lang), "edits": edits}


class Problem(NamedTuple):
    """One thing that is wrong, ready to be said by any face of the product.

    `thing` is the short name of what it is about and `record` where the record of that begins; `property` is an IRI;
    `term` and `component` are what a standard validation report calls the value and the constraint component; `choices`
    is what may be written instead, `called` what each of these is called by language.
    """

    code: str
    where: Where
    message: Mapping[str, str]
    cure: Mapping[str, str]
    severity: str = ERROR
    thing: str | None = None
    value: str | None = None
    nearest: str | None = None
    choices: tuple[str, ...] = ()
    called: tuple[Mapping[str, str], ...] = ()
    property: str | None = None
    record: Where | None = None
    term: str | None = None
    component: str | None = None
    excerpt: Excerpt | None = None
    mend: Mend | None = None
    follows: tuple[Problem, ...] = ()

    def chosen(self, lang: str) -> list[str]:
        """Return what may be written instead, each with what it is called in `lang`."""
        names = (in_language(texts, lang) for texts in self.called or ({},) * len(self.choices))
        return [f"{choice}  {name}" if name else choice for choice, name in zip(self.choices, names, strict=True)]

    def certain(self, lang: str) -> str | None:
        """Return what its mend does, where it has one, in `lang`."""
        return in_language(self.mend.title, lang) if self.mend else None

    def remedy(self, lang: str) -> str:
        """Return its one cure in `lang`: what its mend does, else what may help in general."""
        return self.certain(lang) or in_language(self.cure, lang)

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return the problem as plain values, with message and cure in `lang`."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.where.file,
            "line": self.where.line,
            "column": self.where.column,
            "cell": self.where.cell or None,
            "message": in_language(self.message, lang),
            "cure": in_language(self.cure, lang),
            "thing": self.thing,
            "record": self.record.line if self.record else None,
            "property": self.property,
            "value": self.value,
            "nearest": self.nearest,
            "choices": self.chosen(lang),
            "excerpt": self.excerpt._asdict() if self.excerpt else None,
            "help": help_link(self.code),
            "mends": [self.mend.to_dict(lang)] if self.mend else [],
            "follows": [found.to_dict(lang) for found in self.follows],
        }


class Refusal(Exception):
    """A request that cannot be met as it was asked; the problem says why and what to do instead.

    >>> import cybercoop
    >>> try:
    ...     cybercoop.open().query("treaty-status", country="Atlantis")
    ... except cybercoop.Refusal as refusal:
    ...     print(refusal.problem.code, refusal.problem.message["fr"])
    no-such-thing « Atlantis » n’est ni un nom ni un code connu ici (pays).
    """

    def __init__(self, problem: Problem, line: str | None = None) -> None:
        super().__init__(problem.message.get("en", problem.code))
        self.problem = problem
        self.line = line


class Notice(UserWarning):
    """A warning, its text taken from the sentences of `messages.yaml`: in English, and for each language in `texts`."""

    def __init__(self, code: str, **values: object) -> None:
        self.texts = sentences(code, **values)
        super().__init__(self.texts["en"])


def problem(code: str, where: Where, *, severity: str = ERROR, **values: str | Mapping[str, str]) -> Problem:
    """Return the problem of that code from `messages.yaml`, its placeholders filled with `values`.

    A value may be a text for each language. The values `thing`, `value` and `nearest` are kept on the problem as well.
    """
    said = entry("problems", code)

    def filled(texts: Mapping[str, str]) -> dict[str, str]:
        return {lang: worded(text, lang, _spoken(values, lang)) for lang, text in texts.items()}

    kept = _spoken(values, "en")
    return Problem(
        code,
        where,
        filled(said["message"]),
        filled(said["cure"]),
        severity,
        kept.get("thing"),
        kept.get("value"),
        kept.get("nearest") or None,
    )


def _spoken(values: Mapping[str, str | Mapping[str, str]], lang: str) -> dict[str, str]:
    """Return values as they are shown in a language."""
    return {
        name: visible(value if isinstance(value, str) else in_language(value, lang)) for name, value in values.items()
    }


def refuse(
    code: str,
    where: Where | None = None,
    *,
    line: str | None = None,
    choices: Mapping[str, Mapping[str, str]] | None = None,
    **values: str | Mapping[str, str],
) -> Refusal:
    """Return a `Refusal` to raise, for a request that is wrong in itself.

    `line` is the text that `where` points at; `choices` is what may have been meant, with its names by language.
    """
    found = problem(code, where or Where("cybercoop"), severity=ERROR, **values)
    called = tuple({lang: visible(name) for lang, name in names.items()} for names in (choices or {}).values())
    return Refusal(found._replace(choices=tuple(map(visible, choices or ())), called=called), line)


def sentence(code: str, lang: str, **values: object) -> str:
    """Return a sentence of the user interface in `lang`, from `messages.yaml`."""
    return worded(in_language(entry("sentences", code), lang), lang, values)


def sentences(code: str, **values: object) -> dict[str, str]:
    """Return a sentence of the user interface in each language."""
    return {lang: sentence(code, lang, **values) for lang in LANGUAGES}


def in_language(texts: Mapping[str, str], lang: str) -> str:
    """Return the text in `lang`, else in English, else any."""
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")


def seen(text: str) -> str:
    """Return a text with a mark for each character that cannot be seen."""
    return text if text.isprintable() else re.sub(UNSEEN, "\N{REPLACEMENT CHARACTER}", text)


def visible(text: str) -> str:
    """Return a text as a terminal may show it: not too long, in one line, with marks for characters not to be seen."""
    whole = seen(text[:SHOWN].replace("\n", " / "))
    return whole if len(text) <= SHOWN else whole + "…"


def is_text(text: str) -> bool:
    """Return whether a text can be written down: it holds no byte that was none, and no half of a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or an empty string when none is alike or the word is no word.

    A word is never taken for its contrary: “signed” is not like “not-signed”.
    """
    from difflib import SequenceMatcher

    if len(word) > SHOWN:
        return ""
    most, found, likeness = _ALIKE, "", SequenceMatcher[str]()
    likeness.set_seq2(word)
    begun, ended = word[: len(word) // 2], word[len(word) // 2 :]
    for each in sorted(known, key=lambda each: not (each.startswith(begun) or each.endswith(ended))):
        if bool(_NEGATED.search(each)) == bool(_NEGATED.search(word)):
            likeness.set_seq1(each)  # what is likely to be most alike came first: most others are left by their letters
            if likeness.real_quick_ratio() >= most and likeness.quick_ratio() >= most:
                most, found = max((most, found), (likeness.ratio(), each))
    return found


def one_of(value: str, known: Collection[str]) -> str:
    """Return a value that is known; raises `Refusal` for another, with the nearest."""
    if value not in known:
        raise refuse("unknown-choice", value=value, nearest=nearest(value, known), known=" ".join(known))
    return value


def known_language(value: str) -> str:
    """Return a language that the product speaks; raises `Refusal` for another."""
    return one_of(value, LANGUAGES)


def help_link(code: str) -> str:
    """Return where more is said of the problems of a code."""
    return f"docs/problems.md#{code}"


def entry(section: str, code: str) -> dict[str, Any]:
    """Return one entry of `problems` or `sentences`. Raises `KeyError` where there is none of that code."""
    found: dict[str, Any] = catalogue()[section][code]
    return found


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return all entries, by section and code, from what `scripts/generate.py` makes of `messages.yaml`."""
    text = Path(__file__).with_name("messages.json").read_text(encoding="utf-8")
    whole: dict[str, dict[str, Any]] = json.loads(text)
    return whole


def worded(text: str, lang: str, values: Mapping[str, object]) -> str:
    r"""Return a text of `messages.yaml` with its placeholders filled; what is counted stands in the form of its number.

    The forms are those of Unicode CLDR (Language Plural Rules) for whole numbers, in its order, `#` for the number:
    one and other in English and French; zero, one, two, few, many and other in Arabic.

    >>> worded("{rows:# row|# rows}", "en", {"rows": 1})
    '1 row'
    >>> worded("{rows:# ligne|# lignes}", "fr", {"rows": 0})
    '0 ligne'
    >>> worded("{rows:# ligne|# lignes}", "fr", {"rows": "100,000"})
    '100\u202f000 lignes'
    """
    return text.format(**{name: _Said(value, lang) for name, value in values.items()})


def listed(texts: Iterable[object], lang: str, mark: str = ",") -> str:
    """Return texts as a list that stands in a sentence of a language, divided by its comma or, as `mark`, semicolon.

    >>> listed(["MA", "TN"], "ar")
    'MA، TN'
    """
    return f"{_MARKS.get((lang, mark), mark)} ".join(map(str, texts))


_MARKS = {("ar", ","): "،", ("ar", ";"): "؛", ("fr", ";"): "\N{NO-BREAK SPACE};"}


_GROUPED = re.compile("[0-9]{1,3}(,[0-9]{3})+")


class _Said:
    """A value and the language of the text in which it stands."""

    def __init__(self, value: object, lang: str) -> None:
        self._value, self._lang = value, lang

    def __format__(self, spec: str) -> str:
        forms = spec.split("|")
        if len(forms) == 1:
            return format(self._value, spec)
        shown = str(self._value)
        if self._lang == "fr" and _GROUPED.fullmatch(shown):
            shown = shown.replace(",", "\N{NARROW NO-BREAK SPACE}")
        return forms[_plural(int(shown), self._lang) if shown.isdecimal() else -1].replace("#", shown)


def _plural(number: int, lang: str) -> int:
    """Return which of the forms of a language a number takes."""
    if lang != "ar":
        return int(number > 1 if lang == "fr" else number != 1)
    return number if number < 3 else 3 if 3 <= number % 100 <= 10 else 4 if number % 100 > 10 else 5
