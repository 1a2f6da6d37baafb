"""The small pieces of a page, each made once on it: a value with its language, who says so, a source, a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from cybercoop.problems.problem import sentence

if TYPE_CHECKING:
    from cybercoop.terms.places import Cited, Place

RTL = frozenset({"ar", "fa", "he", "ur"})
_LETTER = "A-Za-zÀ-ÖØ-öø-ɏ"
_LATIN = re.compile(
    rf"(?<![&#{_LETTER}0-9])[{_LETTER}](?:[{_LETTER}0-9+./-]|’(?=[{_LETTER}]))*"
    rf"(?: [{_LETTER}0-9](?:[{_LETTER}0-9+./-]|’(?=[{_LETTER}]))*)*(?!;)"
)
_SHORT = 20
"""How many characters stay together on one line."""
_KEPT = 1 << 12
"""How many pieces of a kind are kept for the pages that have them, too."""
_PLACES = 6
"""How many places in a source a note names before they are counted."""


@lru_cache(1 << 14)
def said(lang: str, code: str, **values: object) -> str:
    """Return a sentence of the pages."""
    return sentence(f"web-{code}", lang, **values)


class Shown(NamedTuple):
    """A value as a page shows it: a text with its language, and where it leads; `note` names who says so."""

    text: str
    lang: str = ""
    href: str = ""
    note: str = ""
    unknown: bool = False

    @property
    def short(self) -> bool:
        """Whether it is a date, a number or a few words, which stay on one line."""
        return len(self.text) <= _SHORT

    @property
    def direction(self) -> str:
        """The direction of its script: `rtl` or `ltr` where its language is known, else `auto`."""
        return ("rtl" if self.lang in RTL else "ltr") if self.lang else "auto"


class Card(NamedTuple):
    """A source as people tell it from others; `read` is the day on which it was."""

    source: Shown
    about: tuple[Shown, ...]
    page: str
    read: str = ""


class Note(NamedTuple):
    """Who says so, once for all values of a page that rest on the same."""

    name: str
    numbers: Sequence[int]
    cited: Sequence[Cited]
    why: str


class Notes:
    """The notes of one page, and its sources, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.notes: dict[tuple[tuple[Cited, ...], str], Note] = {}
        self.by_name: dict[str, Note] = {}

    def note(self, cited: Iterable[Cited], why: str = "") -> str:
        """Return the name of the note on some sources, with the places in each and the reason for the order."""
        key = tuple(cited), why
        if not key[0]:
            return ""
        if key not in self.notes:
            numbers = [self.numbers.setdefault(each.source, len(self.numbers) + 1) for each in key[0]]
            note = self.notes[key] = Note(f"n{len(self.notes) + 1}", numbers, *key)
            self.by_name[note.name] = note
        return self.notes[key].name


class Row(NamedTuple):
    """The cells of a row, and the name of the note on what it rests on."""

    cells: Sequence[Shown]
    note: str


class Grid(NamedTuple):
    """Headings and rows of a table; one that was not asked for with its sources has no column for them."""

    headings: Sequence[str]
    rows: Sequence[Row]
    sourced: bool = True


class Part(NamedTuple):
    """Rows that belong together: what they share with its heading, and the verdict that they begin with."""

    heading: str
    head: Shown | None
    lead: Shown | None
    rows: Sequence[Row]


class Folded(NamedTuple):
    """A table for a page: what all rows share; headings of the others; the column of what rows are about; parts."""

    above: Sequence[tuple[str, Shown]]
    headings: Sequence[str]
    title: int | None
    parts: Sequence[Part]
    open: bool
    sourced: bool


class Pieces:
    """Pieces that all pages of a language have which lie at one depth, each made once for them.

    `link` gives where a value leads from there, `source` the card of one, `tongue` what a language is called.
    """

    def __init__(
        self, lang: str, link: Callable[[Shown], str], source: Callable[[str], Card], tongue: Callable[[str], str]
    ) -> None:
        self.lang = lang
        self.link = link
        self.tongue = tongue
        self._source = source
        self._only = Markup(' <small class="tongue"{}>{}</small>')
        self.plain = lru_cache(_KEPT)(self._plain)
        self.card = lru_cache(_KEPT)(self._card)
        self.place = lru_cache(_KEPT)(self._place)
        self.t = partial(said, lang)

    def _plain(self, shown: Shown) -> Markup:
        """Return a value: where it leads, the language where that is another than the page's."""
        if shown.unknown:
            return _raw(f'<span class="unknown">{escape(shown.text)}</span>')
        made = str(text(shown))
        if shown.href and (there := self.link(shown)):
            away = ' rel="external noreferrer"' if "://" in shown.href else ""
            made = f'<a href="{escape(there)}"{away}>{made}</a>'
        if shown.lang and shown.lang != self.lang:
            alone = Markup(' title="{}"').format(self.t("language-only")) if shown.href else ""
            made += str(self._only.format(alone, self.tongue(shown.lang)))
        return _raw(made)

    def of_source(self, source: str) -> Markup:
        """Return the card of a source."""
        return self.card(self._source(source))

    def _card(self, card: Card) -> Markup:
        """Return a source with its kind, publisher and date, and where it is on the web."""
        made = f'<a href="{escape(self.link(card.source))}">{text(card.source)}</a>'
        if card.about:
            made += f' <span class="card">({" · ".join(map(text, card.about))})</span>'
        if card.page:
            named = escape(self.t("on-the-web"))
            made += f' <a class="out" href="{escape(card.page)}" rel="external noreferrer">{named}</a>'
        return _raw(made)

    def _place(self, place: Place) -> Markup:
        told = ""
        if place.first is not None:
            characters = escape(self.t("characters", first=place.first, end=place.end))
            told = f' <span class="chars">{characters}</span>'
        return _raw(f"<li><bdi>{escape(place.section)}</bdi>{told}</li>\n")


class Cards:
    """Pieces of one page, which has these notes."""

    def __init__(self, pieces: Pieces, notes: Notes) -> None:
        self._pieces = pieces
        self._notes = notes
        self._t = pieces.t
        self.text = text
        self.card = pieces.card
        self.says = cache(self._says)

    def value(self, shown: Shown) -> Markup:
        """Return a value, and who says so."""
        if not shown.note:
            return self._pieces.plain(shown)
        return _raw(f"{self._pieces.plain(shown._replace(note=''))} {self.says(shown.note)}")

    def _says(self, name: str) -> Markup:
        """Return the button that opens a note: the number of sources; in print, their numbers."""
        numbers = self._notes.by_name[name].numbers
        label = escape(self._t("who-says-count", count=len(numbers)))
        printed = "".join(f" [{number}]" for number in numbers)
        return _raw(
            f'<button type="button" class="says" popovertarget="{name}" aria-label="{label}">{len(numbers)}'
            f'<span class="print">{printed}</span></button>'
        )

    def note(self, note: Note) -> Markup:
        """Return who says so, which its button opens: each source with its places, the reason for the order."""
        head = escape(self._t("who-says"))
        parts = [
            f'<div class="note" popover id="{note.name}" tabindex="-1" role="note" aria-label="{head}">\n'
            f'<p class="head">{head}</p>\n<ul>\n'
        ]
        for each in note.cited:
            parts.append(f"<li>{self._pieces.of_source(each.source)}\n")
            if each.places:
                shown = "".join(map(self._pieces.place, each.places[:_PLACES]))
                more = len(each.places) - _PLACES
                rest = f"<li>{escape(self._t('more', count=more))}</li>\n" if more > 0 else ""
                parts.append(f'<ul class="places">\n{shown}{rest}</ul>\n')
            parts.append("</li>\n")
        why = f'<p class="why">{escape(self._t("reason") + self._t("colon"))} {escape(note.why)}</p>\n'
        return _raw("".join([*parts, "</ul>\n", why if note.why else "", "</div>\n"]))

    def table(self, whole: Folded, caption: str = "") -> Markup:
        """Return a table: what all rows share above it, its parts as disclosures."""
        said_once = [f"{escape(head + self._t('colon'))} {self.value(shown)}" for head, shown in whole.above]
        made = [f'<p class="same">{"".join(f"<span>{each}</span> " for each in said_once)}</p>\n'] if said_once else []
        for part in whole.parts:
            if part.head is None:
                made.append(self._table(whole, part.rows, caption))
                continue
            lead = f' <span class="lead">{self.text(part.lead)}</span>' if part.lead else ""
            kind = f'class="part{" led" if lead else ""}"{" open" if whole.open and not lead else ""}'
            made.append(
                f"<details {kind}>\n<summary><b>{self.text(part.head)}</b> "
                f'<span class="number">{len(part.rows)}</span>{lead}</summary>\n'
                f"{self._own(part.head)}"
            )
            made.append(f"{self._table(whole, part.rows, f'{caption} {part.head.text}')}</details>\n")
        return _raw("".join(made))

    def _own(self, shown: Shown) -> str:
        """Return the link to the page of what a part is about, if it has one; its summary opens the part instead."""
        if not (shown.href and (led := self._pieces.link(shown))):
            return ""
        named = f"{self._t('own-page')}{self._t('colon')} {shown.text}"
        link = f'<a href="{escape(led)}" aria-label="{escape(named)}">{escape(self._t("own-page"))}</a>'
        return f'<p class="same">{link}</p>\n'

    def _table(self, whole: Folded, rows: Sequence[Row], caption: str) -> str:
        """Return a table in a region of its own, which can be scrolled by keyboard."""
        says = escape(self._t("who-says"))
        nobody = f'<span class="unknown">{escape(self._t("nobody"))}</span>'
        heads = [escape(heading) for heading in whole.headings]
        parts = [f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}">\n<table>\n<thead><tr>']
        parts += [f'<th scope="col">{head}</th>' for head in heads]
        parts += [f'<th scope="col" class="rests">{says}</th>'] if whole.sourced else []
        parts.append("</tr></thead>\n<tbody>\n")
        for row in rows:
            parts.append("<tr>")
            for index, (head, cell) in enumerate(zip(heads, row.cells, strict=True)):
                kind = ' class="title"' if index == whole.title else ' class="short"' if cell.short else ""
                parts.append(f'<td data-label="{head}"{kind}>{self.value(cell)}</td>')
            if whole.sourced:
                parts.append(
                    f'<td class="rests" data-label="{says}">{self.says(row.note) if row.note else nobody}</td>'
                )
            parts.append("</tr>\n")
        return "".join([*parts, "</tbody>\n</table>\n</div>"])


@lru_cache(_KEPT)
def text(shown: Shown) -> Markup:
    """Return a text with its language and direction."""
    lang = f' lang="{escape(shown.lang)}"' if shown.lang else ""
    return _raw(f'<bdi{lang} dir="{shown.direction}">{apart(shown.text, shown.lang)}</bdi>')


def _raw(made: str) -> Markup:
    """Return what was escaped piece by piece."""
    return Markup(made)  # noqa: S704


def apart(text: str, lang: str) -> Markup:
    """Return a text in which, where it runs from right to left, each Latin name keeps its own order: CyberSouth+."""
    if lang not in RTL:
        return escape(text)
    return Markup(_LATIN.sub(r'<bdi dir="ltr">\g<0></bdi>', str(escape(text))))  # noqa: S704  (escaped before)


def marked(text: str, lang: str) -> str:
    """Return a text for documents without elements, in which each Latin name keeps its own order (UAX #9, 2.6)."""
    return _LATIN.sub("\\g<0>\N{LEFT-TO-RIGHT MARK}", text) if lang in RTL else text
