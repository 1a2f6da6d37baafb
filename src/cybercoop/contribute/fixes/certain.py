"""What is certain: the one rule that says when a wrong reference is mended.

A mend is certain only if nobody could have meant anything else. When in doubt there is none.

1. A thing is meant by its id in another case or with other separators, by its code, by an address that the graph has
   as `schema:sameAs`, or by its whole name in any language. Both the kind that stands in the text
   (`country/Libye`) and the class that is asked for must be its own: a country is no place, and a place no country.
2. A name names nothing where several things bear it, where it is a part of the name of another country (Congo, Korea,
   Guinea, Samoa, Virgin Islands …), or where it is generic: the name of a body or law of a country must say of which
   (“Ministry of Justice” does not), that of a part of a body or of a protocol must say what it belongs to. A number is
   no name: 504 is Morocco, and how to telephone to Honduras.
3. A body or law of a country is meant only in a record of which that country is a beneficiary or the venue.
4. A misspelling has one letter missing, doubled, wrong or swapped with its neighbour, in one word, after its first
   letter; the word is long and no known word; no other thing is spelt or called nearly so. All else must stand as it
   is in the id: digits, parts of up to three letters (codes of countries), names of countries and places. Names of
   countries are never taken for misspelt, nor are places of a country that the record has nothing to do with.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from cybercoop.ask.parameters import instances
from cybercoop.terms import names
from cybercoop.terms.labels import NAME, OTHER_NAME, distance, fold, words_of
from cybercoop.terms.names import NS, SAME_AS
from cybercoop.terms.term import iri_of

_COUNTRY, _PLACE = NS + "Country", NS + "Place"
OF_COUNTRIES = (NS + "inCountry", NS + "jurisdiction", NS + "partnerCountry", NS + "benefits", NS + "heldIn")
_BELONGS = (NS + "unitOf", NS + "supplements")
_BODY, _LAW = names.ID + "organisation/", names.ID + "instrument/"
_OF_A_COUNTRY = (_BODY, _LAW)
"""Where the things begin that are of a country."""

_NAMED = (_BODY, _LAW, names.SCHEME, *(f"{names.ID}{kind}/" for kind in ("country", "place", "project", "programme")))
"""What has names that may be meant; activities and their like are called as many others are."""

LONG, LONG_IN_A_LIST = 7, 5
_SHORT_NAME = 4
_LIMIT = 160
_NEAR = 2
_CODE = 3
_OTHER_WORDS = frozenset({"ar", "et", "na", "no", "BRN"})
"""Codes of countries that are something else as well: words, a language, the Olympic code of Bahrain."""

_PLAIN = re.compile(r"[^\W_]+(?:[\s_.’'\-\u2010-\u2015]+[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Things:
    """The things of a class: by their ids as these are compared, and by their names."""

    words: Mapping[str, tuple[str, ...]]
    by_id: Mapping[tuple[str, ...], set[str]]
    by_name: Mapping[str, set[str]]
    words_of_names: Mapping[str, tuple[str, ...]]


class Certain:
    """The things of a graph, as the rule sees them."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store
        self._things: dict[str, Things] = {}
        self._countries_of: dict[str, frozenset[str]] = {}

    def thing(self, written: str, class_iri: str, countries: Collection[str] = ()) -> str | None:
        """Return the IRI of the thing of a class that a text means for certain, in a record of some countries.

        `written` is what a reference says, as an IRI where it could be read as one; `countries` are IRIs.
        """
        path = names.class_path(class_iri)
        if path is None or not path.startswith((names.ID, names.SCHEME)) or len(written) > _LIMIT:
            return None
        if "://" in written and not written.startswith(names.BASE):
            return self._at_address(written, class_iri)
        text = local(written, path)
        if text is None:
            return None
        exact = self._exact(text, class_iri)
        found = exact or (None if class_iri == _COUNTRY else self._misspelt(text, class_iri, path))
        if found is None:
            return None
        of_it = self.countries_of(found)
        if found.startswith(_OF_A_COUNTRY) and not of_it <= set(countries):
            return None
        if class_iri == _PLACE and not exact and countries and not of_it <= set(countries):
            return None
        return found

    def countries_of(self, iri: str) -> frozenset[str]:
        """Return the countries of a thing: as they are stated, and those in the id and the names of a body or law."""
        if iri not in self._countries_of:
            stated = {value for predicate in OF_COUNTRIES for value in self._values(iri, predicate)}
            found = stated & self._countries.words.keys()
            for place in stated - found:
                found |= set(self._values(place, OF_COUNTRIES[0]))
            if iri.startswith(_OF_A_COUNTRY):
                found |= self._said_in(iri)
            self._countries_of[iri] = frozenset(found)
        return self._countries_of[iri]

    def _said_in(self, iri: str) -> set[str]:
        parts = iri.rsplit("/", 1)[-1].upper().split("-")
        code = f"{names.ID}country/{parts[-1] if iri.startswith(_BODY) else parts[0]}"
        text = "".join(f" {' '.join(words_of(name))} |" for name in self._names(iri))
        called = self._countries.words_of_names.items()
        found = {of for name, words in called if f" {' '.join(words)} " in text for of in self._countries.by_name[name]}
        return found | ({code} & self._countries.words.keys())

    def _at_address(self, address: str, class_iri: str) -> str | None:
        match = ox.NamedNode(SAME_AS)
        try:
            quads = self.store.quads_for_pattern(None, match, ox.NamedNode(address), ox.DefaultGraph())
        except ValueError:
            return None
        found = {iri_of(quad.subject) for quad in quads}
        return found.pop() if len(found) == 1 and found <= self.of(class_iri).words.keys() else None

    def _exact(self, text: str, class_iri: str) -> str | None:
        if class_iri == _COUNTRY and len(text) <= 3 and text.isascii():
            return self._by_code(text)
        known = self.of(class_iri)
        same = known.by_id.get(words_of(text), set()) if class_iri != _COUNTRY and _PLAIN.fullmatch(text) else set()
        meant = same or known.by_name.get(fold(text), set())
        if len(meant) != 1 or fold(text).isdigit():
            return None
        iri = next(iter(meant))
        is_id = bool(same) and not re.search(r"\s", text.strip()) and self._is_no_country(text, class_iri)
        return iri if is_id or self._names_it_alone(text, iri, class_iri) else None

    def _by_code(self, text: str) -> str | None:
        """Return the country of a code: of two letters in either case, of three in capitals, or a short name."""
        iri = f"{names.ID}country/{text.upper()}"
        if text in _OTHER_WORDS or (text.lower() in _OTHER_WORDS and not text.isupper()):
            return None
        if len(text) == 2 and iri in self._countries.words:
            return iri
        coded = self.store.quads_for_pattern(None, ox.NamedNode(NS + "alpha3"), ox.Literal(text), ox.DefaultGraph())
        found = {iri_of(quad.subject) for quad in coded}
        found = found or (self._countries.by_name.get(fold(text), set()) if text.isupper() else set())
        return next(iter(found)) if len(found) == 1 else None

    def _names_it_alone(self, text: str, iri: str, class_iri: str) -> bool:
        """Whether a name that one thing of a class bears is borne by no other, and is not generic."""
        name = fold(text)
        if class_iri == _COUNTRY:
            return name not in self.of(_PLACE).by_name and not self._stands_in_another(name, iri, class_iri)
        if class_iri == _PLACE:
            return self._is_no_country(text, class_iri)
        if not iri.startswith(_OF_A_COUNTRY):
            return True
        above = [*self.countries_of(iri), *(each for word in _BELONGS for each in self._values(iri, word))]
        generic = len(name) < _SHORT_NAME or not all(_mentions(name, self._names(each)) for each in above)
        return not generic and not (iri.startswith(_LAW) and self._stands_in_another(name, iri, NS + "Instrument"))

    def _is_no_country(self, text: str, class_iri: str) -> bool:
        """Whether a text that is to name a place is not the name of a country: Singapore is both."""
        return class_iri != _PLACE or fold(text) not in self._countries.by_name

    def _stands_in_another(self, name: str, iri: str, class_iri: str) -> bool:
        """Whether all words of the name of a thing stand in a longer name of another one of a class."""
        known, words = self.of(class_iri), set(words_of(name))
        return any(words < set(other) and {iri} != known.by_name[text] for text, other in known.words_of_names.items())

    def _misspelt(self, text: str, class_iri: str, path: str) -> str | None:
        if fold(text) in self._countries.by_name:
            return None
        long, known = LONG_IN_A_LIST if path.startswith(names.SCHEME) else LONG, self.of(class_iri)
        found = misspelt(text, known.words, long, self._geography)
        return found if found is None or not self._is_nearly_called(text, found, known) else None

    def _is_nearly_called(self, text: str, iri: str, known: Things) -> bool:
        """Whether a text is nearly a name of another thing than `iri`, as CyberEastq is of CyberEast and CyberEast+."""
        word = fold(text)
        alike = (name for name, of in known.by_name.items() if of != {iri} and abs(len(name) - len(word)) <= 1)
        return any(distance(word, name) <= 1 for name in alike)

    def of(self, class_iri: str) -> Things:
        """Return the things of a class."""
        if class_iri not in self._things:
            path = names.class_path(class_iri) or names.BASE
            every = [iri for thing in instances(class_iri, self.store) if (iri := thing.value).startswith(path)]
            by_id: dict[tuple[str, ...], set[str]] = {}
            by_name: dict[str, set[str]] = {}
            for iri in every:
                by_id.setdefault(words_of(iri[len(path) :]), set()).add(iri)
                for name in self._names(iri) if path.startswith(_NAMED) else ():
                    by_name.setdefault(fold(name), set()).add(iri)
            words = {iri: words_of(iri[len(path) :]) for iri in every}
            self._things[class_iri] = Things(words, by_id, by_name, {name: words_of(name) for name in by_name})
        return self._things[class_iri]

    @property
    def _countries(self) -> Things:
        return self.of(_COUNTRY)

    @cached_property
    def _geography(self) -> set[str]:
        """The words of the names of countries and places."""
        known = (self._countries, self.of(_PLACE))
        said = [words for each in known for words in (*each.words.values(), *each.words_of_names.values())]
        return {word for words in said for word in words}

    def _values(self, iri: str, predicate: str, kind: type[ox.NamedNode | ox.Literal] = ox.NamedNode) -> list[str]:
        quads = self.store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(predicate), None, ox.DefaultGraph())
        return [quad.object.value for quad in quads if isinstance(quad.object, kind)]

    def _names(self, iri: str) -> list[str]:
        return [text for predicate in (NAME, OTHER_NAME) for text in self._values(iri, predicate, ox.Literal)]


def local(written: str, path: str) -> str | None:
    """Return what a reference says below the path of a class, or None where it says that it is of another kind.

    A kind may stand there twice, where a reader has put it before one that was written out.
    """
    text = written.strip().removeprefix(names.ID).removeprefix(names.SCHEME)
    kind = path.rstrip("/").rsplit("/", 1)[-1]
    while text.casefold().startswith(kind + "/"):
        text = text[len(kind) + 1 :]
    return text if text and "/" not in text and ":" not in text else None


def misspelt(text: str, known: Mapping[str, tuple[str, ...]], long: int, fixed: Collection[str] = ()) -> str | None:
    """Return the one key of `known` whose words a text misspells in one letter of one word of at least `long` letters.

    The words in `fixed` must stand as they are; None where another key is nearly spelt so.
    """
    words = words_of(text)
    if not words or not _PLAIN.fullmatch(text):
        return None
    wrong = {*words} - {word for others in known.values() for word in others} - {*fixed}
    meant = [key for key, others in known.items() if _one_slip(words, others, wrong, long, fixed)]
    if len(meant) != 1:
        return None
    whole, letters = "".join(words), Counter("".join(words))
    for key, others in known.items():
        other = "".join(others)
        near = abs(len(other) - len(whole)) <= _NEAR and (letters - Counter(other)).total() <= _NEAR
        if near and _short(words) == _short(others) and key != meant[0] and distance(whole, other) <= _NEAR:
            return None
    return meant[0]


def _short(words: Iterable[str]) -> list[str]:
    """Return the parts of an id that may be codes of countries: no slip changes these."""
    return [word for word in words if len(word) <= _CODE]


def _one_slip(
    words: tuple[str, ...], others: tuple[str, ...], wrong: set[str], long: int, fixed: Collection[str]
) -> bool:
    """Whether some words are others but for one slip in one of the `wrong` ones."""
    if len(words) != len(others):
        return False
    unlike = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(unlike) != 1:
        return False
    word, other = unlike[0]
    plain = len(other) >= long and word.isalpha() and other.isalpha() and word[0] == other[0]
    free = word in wrong and (other not in fixed or len(words) == 1)
    return plain and free and distance(word, other) == 1


def _mentions(name: str, called: Iterable[str]) -> bool:
    """Whether a name, as it is compared, has a name in it, or an adjective made from a name of one word."""
    said = words_of(name)
    for text in called:
        words = words_of(fold(text))
        if words and f" {' '.join(words)} " in f" {' '.join(said)} ":
            return True
        stem = words[0].removeprefix("ال")[: max(4, len(words[0]) - 2)] if len(words) == 1 else ""
        if len(stem) > 3 and any(word.removeprefix("لل").removeprefix("ال").startswith(stem) for word in said):
            return True
    return False
