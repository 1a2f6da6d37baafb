"""What things are called in a language, how names are compared, and the notice that a name carries with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

import pyoxigraph as ox

from cybercoop.terms.names import BASE, DCT, EDITORS, ID, NS, PREFIXES, SCHEME, SKOS
from cybercoop.terms.sorting import sought
from cybercoop.terms.term import iri_of, plain

NAME = SKOS + "prefLabel"
OTHER_NAME = SKOS + "altLabel"
NOTICE = NS + "designationNotice"
NAMED_BY = (NAME, OTHER_NAME, DCT + "title", SKOS + "notation")
"""The properties by whose values a thing is looked for."""

TOLD = (DCT + "description", PREFIXES["schema"] + "startDate")
"""The properties by whose values a thing is looked for where no name has what is looked for."""

ROOM = 100_000
"""How many things a register knows the names of at most before it begins anew."""

_LOOK_UP = 10_000
"""How many characters of a table are read in the time that one thing is looked up in a store."""

Order = Callable[[str], int]
"""Gives the place of a source among those that name a thing; the lowest goes first."""

Said = tuple[Any, Any, Any, Any]
"""Who says what of which thing: thing, predicate, text, source, as terms."""

_Texts = dict[str, set[str]]
_NOTHING: Mapping[str, str] = {}


class Labels(NamedTuple):
    """Names and notices by IRI and language; `marked` holds the starred names of things that have a notice."""

    names: Mapping[str, Mapping[str, str]]
    notices: Mapping[str, Mapping[str, str]]
    marked: Mapping[str, tuple[str, ...]] = {}

    def get(self, iri: str, lang: str) -> str:
        """Return the name in `lang`, else in English, else in any language; without one, the end of our IRI."""
        texts = self.names.get(iri, {})
        return texts.get(lang) or _in_language(texts, lang) or _end(iri)

    def own(self, iri: str, lang: str) -> str | None:
        """Return the name that is in `lang` itself, or in it as a region writes it, else None."""
        texts = self.names.get(iri, {})
        return None if (tag := _tag(texts, lang)) is None else texts[tag]

    def notice(self, iri: str, lang: str) -> str | None:
        """Return the designation notice of a thing in `lang`, else in English, else in any; None where it has none."""
        return _in_language(self.notices.get(iri, {}), lang)

    def bearers(self, text: str) -> list[str]:
        """Return the things whose starred name stands in `text`, such as a title that says “Palestine*”."""
        if "*" not in text:
            return []
        return sorted({iri for name, bearers in self.marked.items() if name in text for iri in bearers})

    def noticed(self, things: Iterable[str], texts: Iterable[str], lang: str) -> list[tuple[str, str]]:
        """Return (name, notice) for each of the things, and of those whose starred name is in a text, that has one."""
        met = {thing for thing in chain(things, *map(self.bearers, texts)) if thing in self.notices}
        found = ((thing, self.notice(thing, lang)) for thing in sorted(met))
        return [(self.get(thing, lang).rstrip("*"), notice) for thing, notice in found if notice]


def alike(_source: str) -> int:
    """Return the place of a source where there is no policy: the same for all."""
    return 0


def of_quads(quads: Iterable[ox.Quad], order: Order = alike) -> Labels:
    """Return the names that `quads` give: the editors' own, else that of the source first in `order`, then A to Z."""
    return _labels(((quad.subject, quad.predicate, quad.object, quad.graph_name) for quad in quads), order)


def of_store(store: ox.Store, things: Iterable[str], order: Order = alike) -> Labels:
    """Return the names of some things in a store, and of everything in it that has a notice."""
    return _labels(chain(_named(store, things), _noticed(store)), order)


class Register:
    """The names of things in one store, each looked up once; those met before are forgotten when they are too many.

    They stand in the `table` that `write` made of the same statements, where it is there: read as a whole for many
    things, else sought there.
    """

    def __init__(self, store: ox.Store, order: Order = alike, table: Path | None = None) -> None:
        self.store = store
        self._order = order
        self._table = table if table and table.is_file() and table.stat().st_size else None
        self._noticed = of_store(store, (), order)
        self._names: dict[str, Mapping[str, str]] = {}

    def of(self, things: Iterable[str]) -> Labels:
        """Return what `of_store` does."""
        wanted = set(things)
        if len(self._names) > ROOM:
            self._names = {}
        known = self._names  # others may ask meanwhile: nothing stands there before it is found
        if missing := {thing for thing in wanted if thing not in known}:
            known |= {**dict.fromkeys(missing, _NOTHING), **self._found(missing)}
        names = dict(zip(wanted, map(known.__getitem__, wanted), strict=True))
        return self._noticed._replace(names={**names, **self._noticed.names})

    def _found(self, things: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        if self._table is None:
            return _labels(_named(self.store, things), self._order).names
        return (_read if len(things) * _LOOK_UP > self._table.stat().st_size else _sought)(self._table, things)


def _named(store: ox.Store, things: Iterable[str]) -> Iterator[Said]:
    wanted = " ".join(str(ox.NamedNode(thing)) for thing in set(things))
    return _texts(store, NAME, f"VALUES ?thing {{ {wanted} }}")


def _noticed(store: ox.Store) -> Iterator[Said]:
    """Yield all names and notices of the things in a store that have a notice."""
    bearer = f"?thing <{NOTICE}> ?notice ."
    return (said for predicate in (NAME, OTHER_NAME, NOTICE) for said in _texts(store, predicate, bearer))


def _texts(store: ox.Store, predicate: str, things: str) -> Iterator[Said]:
    """Yield the texts that each source gives to some things."""
    asked = f"SELECT DISTINCT ?thing ?text ?source {{ {things} GRAPH ?source {{ ?thing <{predicate}> ?text }} }}"
    term, found = ox.NamedNode(predicate), cast("ox.QuerySolutions", store.query(asked))
    for thing, text, source in found:
        yield thing, term, text, source


def _labels(statements: Iterable[Said], order: Order) -> Labels:
    """Return what statements (thing, predicate, text, source) say of names and notices; others are passed over."""
    names: dict[tuple[str, str], _Texts] = {}
    notices: dict[tuple[str, str], _Texts] = {}
    starred: dict[str, set[str]] = {}
    for subject, term, text, graph in statements:
        predicate = term.value
        if predicate not in (NAME, OTHER_NAME, NOTICE) or not isinstance(text, ox.Literal):
            continue
        if not isinstance(subject, ox.NamedNode):
            continue
        thing, value = subject.value, text.value
        if predicate != NOTICE and "*" in value:
            starred.setdefault(value, set()).add(thing)
        if predicate != OTHER_NAME:
            source = graph.value if isinstance(graph, ox.NamedNode) else ""
            said = (names if predicate == NAME else notices).setdefault((thing, text.language or ""), {})
            said.setdefault(value, set()).add(source)
    noticed = _by_thing(notices, order)
    marked = {name: tuple(sorted(things & noticed.keys())) for name, things in sorted(starred.items())}
    return Labels(_by_thing(names, order), noticed, {name: things for name, things in marked.items() if things})


def _by_thing(said: Mapping[tuple[str, str], _Texts], order: Order) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for (thing, language), choice in sorted(said.items()):
        texts.setdefault(thing, {})[language] = _first(choice, order)
    return texts


def _first(choice: _Texts, order: Order) -> str:
    """Return the editors' text, else that of the first source; `order` is asked only where there is a choice."""
    own = [text for text, sources in choice.items() if EDITORS in sources]
    if own or len(choice) == 1:
        return min(own or choice)
    return min((order(source), source, text) for text, sources in choice.items() for source in sources)[2]


def chosen(said: Iterable[tuple[str, str, str]], order: Order) -> dict[str, str]:
    """Return the name of a thing in each language, of what sources call it: language, text and source."""
    texts: dict[str, _Texts] = {}
    for language, text, source in said:
        texts.setdefault(language, {}).setdefault(text, set()).add(source)
    return {language: _first(choice, order) for language, choice in sorted(texts.items())}


def write(statements: Iterable[str], out: TextIO, order: Order) -> None:
    """Write the names that `of_quads` gives: a line for each thing, its IRI and its names, each behind its language.

    `statements` are lines of N-Quads, those of one thing together; names keep the escapes that they have there.
    https://www.w3.org/TR/n-quads/#grammar-production-STRING_LITERAL_QUOTE
    """
    for subject, own in groupby(statements, key=lambda line: line.partition(" ")[0]):
        said = []
        for line in own:
            _, predicate, rest = line.split(" ", 2)
            if predicate == f"<{NAME}>" and rest.startswith('"') and subject.startswith("<"):
                value, _, source = rest.removesuffix("> .\n").rpartition(" <")
                text, _, tag = value[1:].rpartition('"')
                said.append((tag[1:] if tag.startswith("@") else "", text, source))
        if said:
            names = (f'{tag}"{name}' for tag, name in chosen(said, order).items())
            out.write("\t".join((subject[1:-1], *names)) + "\n")


def write_searched(statements: Iterable[str], out: TextIO, told: TextIO) -> None:
    """Write what things of ours are looked for by: a line for each name, as it is compared, its thing, and as it is.

    `statements` are lines of N-Quads about names and what else is `told`: of that, a line has the text as it is
    compared, and the thing. What is compared stands apart by U+001F, which is in none of it.
    """
    before = ""
    for line in statements:
        subject, predicate, rest = line.split(" ", 2)
        value = rest.rpartition(" <")[0]
        if value[0] == '"' and subject.startswith((f"<{ID}", f"<{SCHEME}")) and (key := f"{subject} {value}") != before:
            before = key
            if predicate[1:-1] in TOLD:
                told.write(f"{fold(plain(value))}\t{subject[1:-1]}\n")
            else:
                out.write(f"{AND.join(folded(plain(value)))}\t{subject[1:-1]}\t{value}\n")


def folded(name: str) -> tuple[str, ...]:
    """Return a name and what stands in its brackets, as they are compared."""
    return tuple(fold(part) for part in (name, *_BRACKETS.findall(name)))


AND = "\x1f"
_BRACKETS = re.compile(r"\(([^()]+)\)")


class _Line(Mapping[str, str]):
    """The names of a thing in a line that `write` wrote; a long answer asks each thing for that in one language."""

    __slots__ = ("_line",)

    def __init__(self, line: bytes) -> None:
        self._line = line

    def __getitem__(self, tag: str) -> str:
        before = b'\t%b"' % tag.encode()
        start = self._line.find(before)
        if start < 0:
            raise KeyError(tag)
        start += len(before)
        end = self._line.find(b"\t", start)
        text = self._line[start : end if end >= 0 else -1].decode()
        return plain(f'"{text}"') if "\\" in text else text

    def __iter__(self) -> Iterator[str]:
        return (each.partition(b'"')[0].decode() for each in self._line.split(b"\t")[1:])

    def __len__(self) -> int:
        return self._line.count(b"\t")

    def __bool__(self) -> bool:
        return True  # a line has a name


def _read(table: Path, things: Iterable[str]) -> dict[str, _Line]:
    """Return the names of some things from a table that `write` wrote."""
    wanted = {thing.encode("utf-8", "surrogatepass"): thing for thing in things}
    with table.open("rb") as lines:
        return {wanted[thing]: _Line(line) for line in lines if (thing := line.partition(b"\t")[0]) in wanted}


def _sought(table: Path, things: Iterable[str]) -> dict[str, _Line]:
    """Return what `_read` does, each thing sought by halves: lines stand as those of its sorted statements do."""
    from mmap import ACCESS_READ, mmap

    found = {}
    with table.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as lines:
        for thing in things:
            wanted = thing.encode("utf-8", "surrogatepass")
            for line in sought(lines, wanted + b">", lambda line: line.partition(b"\t")[0] + b">"):
                found[thing] = _Line(line)
    return found


def spoken(texts: Collection[str], lang: str) -> str | None:
    """Return the tag, among those of some texts, of the one for who reads a language: of that, of English, else any."""
    if lang in texts:
        return lang
    return next((tag for tag in (_tag(texts, lang), _tag(texts, "en")) if tag is not None), next(iter(texts), None))


def base_of(tag: str) -> str:
    """Return the language of a tag without its region (`en-gb`: `en`; RFC 5646, 2.2.1)."""
    return tag.partition("-")[0]


def _tag(texts: Collection[str], lang: str) -> str | None:
    """Return the tag that is a language, or it as a region writes it (RFC 4647, 3.3.1); None where none is."""
    return lang if lang in texts else min((tag for tag in texts if tag.startswith(f"{lang}-")), default=None)


def _in_language(texts: Mapping[str, str], lang: str) -> str | None:
    tag = spoken(texts, lang)
    return None if tag is None else texts[tag]


def _end(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2] if iri.startswith(BASE) else iri


def one_name(quads: Iterable[ox.Quad], order: Order | None = None) -> list[ox.Quad]:
    """Return the quads with one preferred name a thing and language, as a graph has by SKOS (Reference, S13 and S14).

    The name that is shown stays preferred: the editors', else that of the source first in `order`. What other sources
    prefer becomes another name, and no name is both.
    """
    every = list(quads)
    shown = of_quads(every, order or alike).names
    found = []
    for quad in every:
        if quad.predicate.value in (NAME, OTHER_NAME) and isinstance(quad.object, ox.Literal):
            first = shown.get(iri_of(quad.subject), {}).get(quad.object.language or "")
            if (quad.object.value == first) != (quad.predicate.value == NAME):
                if quad.predicate.value == OTHER_NAME:
                    continue
                quad = ox.Quad(quad.subject, ox.NamedNode(OTHER_NAME), quad.object, quad.graph_name)
        found.append(quad)
    return found


def fold(text: str) -> str:
    """Return `text` as it is compared: without case, accents and tatweel.

    Forms of alef, ya, kaf and digits are made one, and so are apostrophes, and hyphens with dashes.
    """
    if text.isascii():
        text = text.lower()
        if "`" in text or "*" in text:
            text = text.replace("`", "'").replace("*", "")
        return " ".join(text.split())
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS).casefold())
    return " ".join(plain.translate(_PLAIN).split())


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared."""
    return tuple(re.findall(r"[^\W_]+", fold(text)))


def distance(one: str, other: str) -> int:
    """Return how many letters are left out, put in, changed or swapped with the next between two words."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            line.append(min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != wanted)))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                line[-1] = min(line[-1], before[column - 2] + 1)
        before, last = last, line
    return last[-1]


_MARKS = str.maketrans(dict.fromkeys("’‘ʼʻ`´′＇ʹʾʿ‛", "'") | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه"}
    | {ord("٠") + digit: str(digit) for digit in range(10)}
    | {ord("۰") + digit: str(digit) for digit in range(10)}
)


class _Plain(dict[int, str | int | None]):
    """What each character becomes, found when it is first met."""

    def __missing__(self, code: int) -> str | int | None:
        self[code] = None if unicodedata.combining(chr(code)) or chr(code) in "\u0640*" else _ARABIC.get(code, code)
        return self[code]


_PLAIN = _Plain()
