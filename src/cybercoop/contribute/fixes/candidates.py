"""What may mend a problem: candidates by its code, each a replacement in the text, still to be judged."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cybercoop.contribute.fixes.meanings import NAMELESS, Known, countries_of, renamed
from cybercoop.contribute.fixes.spans import Spot, spots
from cybercoop.contribute.fixes.syntax import repairs
from cybercoop.documents.csv import lines
from cybercoop.problems.problem import Edit, Mend, Problem, Where, sentences, visible
from cybercoop.records import yaml as yaml_reader
from cybercoop.records.layout import plain
from cybercoop.records.misread import day_of, in_a_zone, parts, stated_date, stated_number, western
from cybercoop.records.reading import Fields, Node, Places, Scalar, listed
from cybercoop.records.table import SEPARATOR, divided
from cybercoop.terms import names
from cybercoop.terms.context import LANGUAGE, LINK, Term
from cybercoop.terms.literals import date_type, well_formed
from cybercoop.terms.names import XSD

_DATES = (XSD + "date", XSD + "gYearMonth", XSD + "gYear")
_TRUE = ("true", "yes", "oui", "vrai", "نعم")
_FALSE = ("false", "no", "non", "faux", "لا")
_OURS = ("description", "because", "scope")
_ALIKE = dict(zip("асеһіјкмоԁрѕтухАВСЕНІЈКМОРЅТУХο‐‑‒–—―−", "acehijkmodpstyxABCEHIJKMOPSTYXo-------", strict=True))
"""Signs that look like a letter or hyphen of an id: Cyrillic and Greek ones, and dashes."""
_UNSEEN = re.compile("[\u00ad\u180e\u200b\u2060\ufeff]")


@dataclass(frozen=True)
class Page:
    """One text that has problems: its name, what it says, and what the graph knows; looked through once."""

    file: str
    text: str
    known: Known

    @cached_property
    def spots(self) -> dict[tuple[int, int], Spot]:
        """The pieces of the text by line and column."""
        return spots(self.text, self.file)

    @cached_property
    def place(self) -> Places:
        """Lines and columns of the text."""
        return Places(self.text, self.file)

    @cached_property
    def whole(self) -> dict[str, list[Mend]]:
        """The mends of the text as a whole, by the code of the problem that they are for."""
        made = {cure: list(cure(self)) for cure in dict.fromkeys(_WHOLE.values())}
        return {code: made[cure] for code, cure in _WHOLE.items()}

    @cached_property
    def records(self) -> list[Fields]:
        """The records of a text in YAML, none of any other."""
        trees = yaml_reader.documents(self.text, self.file)[0] if self.file.endswith((".yaml", ".yml")) else []
        return [tree for tree in trees if isinstance(tree, Fields)]

    @cached_property
    def told(self) -> tuple[set[str], set[str]]:
        """The sources that the text names as such, and the languages of its texts."""
        if not self.file.endswith((".yaml", ".yml", ".csv")):
            marked = re.findall(r'"@language"\s*:\s*"([A-Za-z-]+)"|@(en|fr|ar)\b', self.text)
            return set(), {tag for pair in marked for tag in pair if tag}
        pieces = self.spots.values()
        sources = {spot.value for spot in pieces if spot.path == ("source",) and not spot.is_key}
        return sources, {spot.value.split("@")[1] for spot in pieces if spot.is_key and "@" in spot.value}

    def term(self, word: str) -> Term | None:
        """Return the term that a word of a record is."""
        return self.known.workspace.context.terms.get(word)


def cures(found: Problem, page: Page) -> Iterator[Mend]:
    """Yield what may mend a problem, the likeliest first."""
    yield from page.whole.get(found.code, ())
    for code, edits in repairs(found, page.text):
        yield Mend(tuple(edits), sentences(code))
    spot = page.spots.get((found.where.line, found.where.column))
    if spot is None:
        return
    if (trimmed := spot.value.strip()) != spot.value:
        yield _written(page, spot, trimmed)
    cure = _BY_CODE.get(found.code)
    for text in [cure(found, spot, page)] if cure else _value(found, spot, page):
        if text is not None and text != spot.value:
            yield _written(page, spot, text)
    if found.code == "language-missing":
        yield from _language(found, spot, page)
    if found.code in (*NAMELESS, "several-values"):
        yield from _several(found, spot, page)
    if spot.tail or found.code.endswith(("-is-stated", "-has-a-language")):
        yield from _typed(found, spot, page)


def _replaced(found: Problem, spot: Spot, page: Page) -> str | None:
    """Return the present address of a thing: whole where the former one is whole or prefixed, else its path."""
    return names.expand(found.nearest or "") if ":" in spot.value else found.nearest


def _unknown_word(found: Problem, spot: Spot, page: Page) -> str | None:
    terms = page.known.workspace.context.terms
    words = {name: term.iri for name, term in terms.items() if term.iri not in names.COMPUTED}
    return _in_the_manner_of(spot.value, words, page)


def _in_the_manner_of(value: str, words: Mapping[str, str], page: Page) -> str | None:
    """Return the word that is meant: bare, with its language (`@en`), or as an IRI or prefixed name."""
    bare, at, language = value.partition("@")
    if not re.search("[:/#]", bare):
        word = page.known.word(bare.strip(), words, words)
        return f"{word}{at}{language}" if word else None
    local = re.split("[:/#]", bare)[-1]
    start = bare.removesuffix(local)
    word = page.known.word(local, words, words)
    if word is None:
        return None
    iri = words[word]
    short = names.short(iri)
    if "//" in start or short.startswith(start):
        return iri if "//" in start else short
    declared = re.search(rf"prefix {short.partition(':')[0]}: *<{re.escape(iri.removesuffix(local))}>", page.text, re.I)
    return (short if declared else iri) if word == local else None


def _bad_literal(found: Problem, spot: Spot, page: Page) -> str | None:
    term = _term_of(spot, page)
    kind = term.kind if term else ""
    text = western(spot.value).strip()
    if kind == XSD + "date":
        return stated_date(text)
    if kind in (XSD + "integer", XSD + "decimal"):
        number = stated_number(text, kind)
        return number if number and well_formed(number, kind) else None
    truth = "true" if text.casefold() in _TRUE else "false" if text.casefold() in _FALSE else None
    return truth if kind == XSD + "boolean" else None


def _plainly(found: Problem, spot: Spot, page: Page) -> str | None:
    """Return a name without what is not seen, and with the letters and hyphens that the signs in it look like."""
    return "".join("" if unicodedata.category(char) == "Cf" else _ALIKE.get(char, char) for char in spot.value)


def _value(found: Problem, spot: Spot, page: Page) -> Iterator[str | None]:
    """Yield what a value may mean under a constraint: a thing by its name or code, or another case of a code."""
    if (pattern := page.known.pattern(found.code)) is not None:
        text = western(spot.value).strip()
        fitting = {form for form in (text, text.upper(), text.lower()) if re.search(pattern, form)}
        yield fitting.pop() if len(fitting) == 1 else None
    term = _term_of(spot, page)
    classes = page.known.classes(found.code)
    if not classes and term is not None and term.kind == LINK and found.code in NAMELESS:
        classes = page.known.classes_of(term)
    written = _written_as(found, spot)
    countries = countries_of(found.thing, page.text, page.file, page.known) if classes and written else frozenset()
    meant = {thing for kind in classes if written and (thing := page.known.thing(written, kind, countries))}
    if len(meant) == 1:
        yield _reference(meant.pop(), spot, term)


def _term_of(spot: Spot, page: Page) -> Term | None:
    """Return the innermost word of the context that a spot stands under."""
    return next((term for word in reversed(spot.path) if (term := page.term(word))), None)


def _written_as(found: Problem, spot: Spot) -> str | None:
    """Return what a reference says: the IRI that it was read as, else its text; None where something else stands."""
    if found.term is None or not found.term.startswith("<"):
        return spot.value
    iri = found.term[1:-1]
    return iri if re.split("[/:#]", spot.value)[-1] == re.split("[/:#]", iri)[-1] else None


def _reference(iri: str, spot: Spot, term: Term | None) -> str | None:
    if "://" in spot.value:
        return iri
    if term is not None and iri.startswith(term.base):
        return iri.removeprefix(term.base)
    if ":" in spot.value:
        start, local = spot.value.split(":", 1)
        old = iri.rsplit("/", 1)
        kept = local.rsplit("/", 1)
        return f"{start}:{kept[0]}/{old[1]}" if len(kept) > 1 and iri.split("/")[-2] == kept[0].split("/")[-1] else None
    return names.short(iri) if term is None or term.base == names.ID else iri


def _language(found: Problem, spot: Spot, page: Page) -> Iterator[Mend]:
    """Yield the text with the language that its source, or all other texts of its record, are said to have."""
    language = _implied(found.where, page, spot.path[0] if spot.path else "")
    if language is None or (re.search("[\u0600-\u06ff]", spot.value) is not None) != (language in ("ar", "fa", "ur")):
        return
    if page.file.endswith((".yaml", ".yml")):
        yield _written(page, spot, spot.value, f"{{{language}: {plain(spot.value)}}}", language)
    elif page.file.endswith(".csv") and (title := _title(spot.path[0], page)):
        yield _written(page, title, f"{title.value}@{language}", said=language)
    elif page.file.endswith((".json", ".jsonld")):
        yield _written(page, spot, spot.value, f'{{"{language}": {spot.write(spot.value)}}}', language)


def _title(word: str, page: Page) -> Spot | None:
    return next((spot for spot in page.spots.values() if spot.is_key and spot.value == word), None)


def _implied(where: Where, page: Page, word: str = "") -> str | None:
    """Return the language that the other texts of a record have, or else its source; our own words need the former."""
    sources, tags = page.told
    if begun := bisect_right(page.records, where, key=lambda each: each.where):
        record = page.records[begun - 1]
        source = record.get("source")
        sources = {source.text} if isinstance(source, Scalar) else set()
        tags = set(_languages(record, page))
    stated = {page.known.language(source) for source in sources}
    if len(tags) == 1 and stated - {None} <= tags:
        return next(iter(tags))
    return next(iter(stated)) if not tags and len(stated) == 1 and word not in _OURS else None


def _languages(node: Node, page: Page) -> Iterator[str]:
    for key, value in node if isinstance(node, Fields) else ():
        term = page.term(key.text)
        if term is not None and term.kind == LANGUAGE and isinstance(value, Fields) and key.text != "because":
            yield from (language.text for language, _ in value)
        for item in listed(value):
            if isinstance(item, Fields):
                yield from _languages(item, page)


def _typed(found: Problem, spot: Spot, page: Page) -> Iterator[Mend]:
    """Yield a Turtle literal with the datatype or language that it lacks, and the date in our notation."""
    length = spot.length if not spot.tail else spot.tail[-1].offset + len(spot.tail[-1].text) - spot.start
    whole = Spot(spot.start, length, page.text[spot.start : spot.start + length], spot.write)
    date = stated_date(western(spot.value)) or (None if in_a_zone(spot.value) else day_of(spot.value))
    kind = spot.tail[1].text if len(spot.tail) == 2 else ""
    prefix = kind.rpartition(":")[0] if not kind.startswith("<") else ""
    if date is not None and (
        kind.endswith(("date", "gYear", "gYearMonth", "date>", "dateTime", "dateTime>"))
        or found.code.endswith("stated")
    ):
        meant = date_type(date) or ""
        name = f"{prefix}:{meant.removeprefix(XSD)}" if prefix else f"<{meant}>"
        yield _written(page, whole, f"{spot.write(date)}^^{name}", f"{spot.write(date)}^^{name}")
    if not spot.tail and found.code.endswith("-has-a-language") and (language := _implied(found.where, page)):
        text = f"{spot.write(spot.value)}@{language}"
        yield _written(page, whole, text, text, language)


def _written(page: Page, spot: Spot, new: str, raw: str | None = None, said: str = "") -> Mend:
    edit = Edit(page.place(spot.start), spot.length, spot.write(new) if raw is None else raw)
    if said:
        return Mend((edit,), sentences("mend-language", language=said))
    under = f"{spot.path[-1]}: " if spot.path and page.file.endswith((".yaml", ".yml")) else ""
    return Mend((edit,), sentences("mend-write", old=visible(spot.value), new=visible(under + new)))


def _without_unseen(page: Page) -> Iterator[Mend]:
    edits = [Edit(page.place(match.start()), 1, "") for match in _UNSEEN.finditer(page.text)]
    if edits:
        yield Mend(tuple(edits), sentences("mend-unseen"))


def _with_commas(page: Page) -> Iterator[Mend]:
    rows, broken, other = divided(page.text)
    told = [[cell.text for cell in row] if any(cell.text.strip() for cell in row) else [] for row in rows]
    if told and told[0][:1] == ["sep="]:  # the first line with which spreadsheet programs say what divides the cells
        told[0] = []  # every other line keeps its number
    if other is not None and broken is None and len({len(row) for row in told if row}) == 1:
        yield Mend((Edit(Where(page.file, 1, 1), len(page.text), lines(told)),), sentences("mend-commas"))


def _several(found: Problem, spot: Spot, page: Page) -> Iterator[Mend]:
    """Yield a list in place of values that stand in one text, where each of them is the name of a thing."""
    term = _term_of(spot, page)
    kinds = page.known.classes_of(term) if term is not None and term.kind == LINK else []
    countries = countries_of(found.thing, page.text, page.file, page.known) if kinds else frozenset()
    each = [
        {thing for kind in kinds if (thing := page.known.thing(part, kind, countries))} for part in parts(spot.value)
    ]
    if len(each) > 1 and all(len(meant) == 1 for meant in each):
        said = [_reference(meant.pop(), replace(spot, value="x"), term) or "" for meant in each]
        listed = f" {SEPARATOR} ".join(said) if page.file.endswith(".csv") else f"[{', '.join(said)}]"
        if page.file.endswith((".json", ".jsonld")):
            listed = f"[{', '.join(map(spot.write, said))}]"
        yield _written(page, spot, listed, listed)


_WHOLE: dict[str, Callable[[Page], Iterator[Mend]]] = {
    "csv-separator": _with_commas,
    "hidden-character": _without_unseen,
}
_BY_CODE: dict[str, Callable[[Problem, Spot, Page], str | None]] = {
    "address-replaced": _replaced,
    "bad-literal": _bad_literal,
    "date-with-time": lambda found, spot, _: None if in_a_zone(spot.value) else found.nearest,  # elsewhere, another day
    "id-form": lambda found, _, page: renamed(found, page.text, page.file, page.known),
    "id-of-another-kind": lambda found, _, page: renamed(found, page.text, page.file, page.known),
    "strange-character": _plainly,
    "unknown-class": lambda _, spot, page: _in_the_manner_of(spot.value, page.known.workspace.context.classes, page),
    "unknown-term": _unknown_word,
}
