"""From what people type to the terms that a question takes: codes, names in three languages, IRIs, dates."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import pyoxigraph as ox

from cybercoop.engines.store import lines_with
from cybercoop.problems.problem import LANGUAGES, Notice, Refusal, entry, is_text, nearest, refuse
from cybercoop.terms import names
from cybercoop.terms.labels import AND, NAME, OTHER_NAME, fold, of_store
from cybercoop.terms.names import RDF_TYPE, RDFS, XSD, candidates
from cybercoop.terms.term import iri_of

if TYPE_CHECKING:
    from datetime import date

    from cybercoop.engines.store import Stored
    from cybercoop.sparql.question import Parameter

_CHOICES, _TELLING = 12, 2
"""How many names that hold the words of a text are offered where none is that text, and what is too short for that."""

_REPLACED = ox.NamedNode(names.REPLACED)
_YEARS = range(1900, 2101)
"""The years that may be asked for."""


Terms = Mapping[str, list[ox.NamedNode | ox.Literal]]

Given: TypeAlias = "str | int | date | Sequence[str | int | date] | Set[str | int | date]"
"""What a parameter may be given: a text, a whole number or a day, or several."""


def resolve(
    known: Mapping[str, Parameter], given: Mapping[str, Given], store: ox.Store, stored: Stored | None = None
) -> Terms:
    """Return the terms for what was given: parameter name → one text, or several, joined by commas or in a list.

    `known` are the parameters that there are, by name. Where `from` and `to` are among them, `date` stands for both:
    `2018..2020`, `2018..`, `2018`. Raises `Refusal` for an unknown parameter, a missing one, several days where one is
    meant, or a value that names nothing, with the nearest name. Names are sought as `find` does it.
    """
    wanted = {name.replace("_", "-"): texts_of(texts) for name, texts in given.items()}
    if "date" not in known and known.keys() >= {"from", "to"} and "date" in wanted:
        wanted |= _period(wanted.pop("date"))
    for name in wanted:
        if name not in known:
            listed = " ".join(f"--{parameter}" for parameter in known) or "–"
            raise refuse("unknown-parameter", value=name, known=listed, nearest=nearest(name, known))
    for name, parameter in known.items():
        if name not in wanted and not parameter.optional:
            raise refuse("parameter-missing", value=name, example=parameter.example or "…")
    for name, texts in wanted.items():
        if not all(map(is_text, texts)):
            raise refuse("not-text", value=name)
    terms = {
        name: list(dict.fromkeys(term for text in texts for term in _terms(known[name], text, store, stored)))
        for name, texts in wanted.items()
    }
    for name, values in terms.items():
        if not values:
            raise refuse("empty-value", value=f"--{name}")
        if len(values) > 1 and known[name].kind in ("date", "first-day"):
            given_, example = ", ".join(texts_of(wanted[name])), known[name].example or "…"
            raise refuse("one-value", value=given_, term=f"--{name}", example=example)
    if (begin := terms.get("from")) and (end := terms.get("to")) and begin[0].value > end[0].value:
        value = "..".join(",".join(texts_of(wanted[name])) for name in ("from", "to"))
        raise refuse("bad-range", value=value, term="--from")
    return terms


def _terms(
    parameter: Parameter, text: str, store: ox.Store, stored: Stored | None
) -> Iterable[ox.NamedNode | ox.Literal]:
    if parameter.kind == "string":
        return [ox.Literal(text)]
    if parameter.kind == "iri":
        try:
            return [_thing(text, store, parameter, stored)]
        except Refusal:
            parts = [part for part in text.split(",") if part.strip()]
            if len(parts) < 2:
                raise
            return [_thing(part, store, parameter, stored) for part in parts]
    parts = [part.strip() for whole in text.split(",") for part in _expanded(whole, parameter) if part.strip()]
    return [_LITERALS[parameter.kind](part, parameter) for part in parts]


def _thing(text: str, store: ox.Store, parameter: Parameter, stored: Stored | None) -> ox.NamedNode:
    """Return the thing that a text means: one that the parameter takes besides its class, else one of the class."""
    wanted = fold(text.strip())
    besides = {
        fold(form): iri for name, iri in parameter.besides.items() for form in (name, iri, iri.rsplit("/", 1)[-1])
    }
    if wanted in besides:
        return ox.NamedNode(besides[wanted])
    return find(text.strip(), store, parameter.class_iri, stored)


def texts_of(given: object) -> list[str]:
    """Return what was given as the texts it is made of; a day as ISO 8601 writes it.

    Raises `Refusal` for what is neither text, whole number or day, nor several of these.
    """
    several = isinstance(given, (Sequence, Set)) and not isinstance(given, (str, bytes))
    return [_text(part) for part in (given if several else [given])]  # type: ignore[attr-defined]


def _text(value: object) -> str:
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    if (day := getattr(value, "isoformat", None)) is not None:
        return str(day())[:10]
    raise refuse("not-a-value", value=repr(value))


def _period(texts: list[str]) -> dict[str, list[str]]:
    """Return a period as its first and last day: of `2018`, the same; an open end is left out."""
    first, dots, last = ",".join(texts).partition("..")
    return {name: [text] for name, text in (("from", first), ("to", last if dots else first)) if text.strip()}


def _expanded(text: str, parameter: Parameter) -> list[str]:
    """Return the years from one to another where a text is a range of them, else the text alone."""
    range_ = re.fullmatch(r"\s*([0-9]{1,9})\.\.([0-9]{1,9})\s*", text) if parameter.kind == "year" else None
    if range_ is None:
        return [text]
    first, last = map(int, range_.groups())
    if first > last:
        raise refuse("bad-range", value=text, term=f"--{parameter.name}")
    return [str(number) for number in (first, *range(max(first + 1, _YEARS.start), min(last, _YEARS.stop)), last)]


def _day(text: str, parameter: Parameter) -> ox.Literal:
    """Return the day that a date means as a bound: its last, or its first where that is asked for."""
    from cybercoop.terms import literals

    if literals.date_type(text) is None:
        raise refuse("no-such-day", value=text, term=f"--{parameter.name}")
    day = literals.first_day(text) if parameter.kind == "first-day" else literals.last_day(text)
    return ox.Literal(day, datatype=ox.NamedNode(XSD + "date"))


def _year(text: str, parameter: Parameter) -> ox.Literal:
    if not re.fullmatch("[0-9]{4}", text) or int(text) not in _YEARS:
        first, last = str(_YEARS.start), str(_YEARS.stop - 1)
        raise refuse("no-such-year", value=text, term=f"--{parameter.name}", first=first, last=last)
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "integer"))


_LITERALS: dict[str, Callable[[str, Parameter], ox.Literal]] = {"date": _day, "first-day": _day, "year": _year}
"""Kind of parameter → how its text becomes a term; a month or year given as `date` means its last day."""


def find(text: str, store: ox.Store, class_iri: str | None = None, stored: Stored | None = None) -> ox.NamedNode:
    """Return the thing that a text means: its IRI, path or code, else one of its names in any language.

    An address that it had before leads to it, with a warning that says the present one.

    Without a class, things of every class are looked through, then the words of the ontology; where the store is that
    of `stored`, first what is called so by its tables. Raises `Refusal` where nothing is meant, with what is alike, and
    where several things are, with these.
    """
    path = names.class_path(class_iri) if class_iri else None
    for candidate in candidates(text, path):
        try:
            node = ox.NamedNode(candidate)
        except ValueError:
            continue
        if now := next(iter(store.quads_for_pattern(node, _REPLACED, None, ox.DefaultGraph())), None):
            told = Notice("address-moved", value=names.short(candidate), now=names.short(iri_of(now.object)))
            warnings.warn(told, stacklevel=2)
            return ox.NamedNode(iri_of(now.object))
        if (path is None or candidate.startswith(path)) and _exists(node, store):
            return node
    things = _bearing(text, class_iri, store, stored) if stored else {}
    if not (meant := next(filter(None, _readings(text, things, store)), None)):
        things = {thing.value: thing for thing in instances(class_iri, store) if not names.source_of_parts(thing.value)}
        meant = next(filter(None, _readings(text, things, store)), None)
    if meant and len(meant) == 1:
        return things[meant.pop()]
    if meant:
        choices = _choices(meant, store)
        raise refuse("several-things", value=text, example=min(map(names.short, meant)), choices=choices)
    named = _named(things, store, NAME) | _named(things, store, OTHER_NAME)
    slugs = {iri.rsplit("/", 1)[-1]: {iri} for iri in things}
    words = fold(text).split() if len(text) > _TELLING else []
    holding = sorted((name for name in named if words and _holds(fold(name), words)), key=len)
    choices = _choices({iri for name in holding[:_CHOICES] for iri in named[name]}, store)
    alike = "" if choices else nearest(text, named | slugs)
    if class_iri is None:
        raise refuse("nothing-called", value=text, nearest=alike, choices=choices)
    kind = of_store(store, [class_iri]).names.get(class_iri, {"en": names.short(class_iri)})
    kind = entry("sentences", "class") if class_iri == names.OWL + "Class" else kind
    raise refuse("no-such-thing", value=text, kind=kind, nearest=alike, choices=choices)


def _bearing(text: str, class_iri: str | None, store: ox.Store, stored: Stored) -> dict[str, ox.NamedNode]:
    """Return the things of ours, of a class and its subclasses, whose code, end of the IRI or name a text may be."""
    wanted, paths = fold(text), {*names.KINDS.values()} if names.SLUG.fullmatch(text) else set()
    found = {names.BASE + path + form for path in paths for form in (text, text.lower(), text.upper())}
    found.update(coded(text, store))
    for end in (AND, "\t") if wanted else ():
        for compared, thing, _ in (line.split("\t", 2) for line in lines_with(stored.searched, wanted + end)):
            found.update([thing] if compared.split(AND)[0] == wanted else [])
    things = {iri: ox.NamedNode(iri) for iri in found if not names.source_of_parts(iri)}
    of_class = f"a/<{RDFS}subClassOf>* <{class_iri}>"
    return {
        iri: thing
        for iri, thing in things.items()
        if _exists(thing, store) and (class_iri is None or bool(store.query(f"ASK {{ {thing} {of_class} }}")))
    }


def _holds(name: str, words: Iterable[str]) -> bool:
    return all(word in name for word in words)


def _readings(text: str, things: Mapping[str, ox.NamedNode], store: ox.Store) -> Iterator[set[str]]:
    """Yield what a text may mean, the best reading first: the end of an IRI, a name, another name; then words."""
    ours = {iri: thing for iri, thing in things.items() if iri.startswith((names.ID, names.SCHEME))}
    wanted = fold(text)
    yield {iri for iri in coded(text, store) if iri in things}
    yield _wholes({iri for iri in ours if iri.rsplit("/", 1)[-1].casefold() == text.casefold()}, store)
    for among in (ours, {iri: thing for iri, thing in things.items() if iri not in ours}):
        yield {iri for iri in among if among is not ours and re.split("[/#]", iri)[-1] == text}
        for predicate in (NAME, OTHER_NAME):
            named = _named(among, store, predicate)
            yield {iri for name, iris in named.items() if fold(name) == wanted for iri in iris}


def coded(text: str, store: ox.Store) -> Iterator[str]:
    """Yield the things that have a code, of a country by ISO 3166 or the United Nations, or an address elsewhere."""
    codes: list[tuple[str, ox.NamedNode | ox.Literal]] = []
    with suppress(ValueError):  # bytes that are no text, or no IRI
        codes.append((names.NS + "m49", ox.Literal(text)))
        codes.append((names.NS + "alpha3", ox.Literal(text.upper())))
        codes.append((names.SAME_AS, ox.NamedNode(text)))
    for predicate, code in codes:
        for quad in store.quads_for_pattern(None, ox.NamedNode(predicate), code, ox.DefaultGraph()):
            yield iri_of(quad.subject)


def _wholes(meant: set[str], store: ox.Store) -> set[str]:
    """Return the one among some things that leads to all others, such as a project to its objective; else all."""
    leading = {
        iri
        for iri in meant
        if all(
            next(iter(store.quads_for_pattern(ox.NamedNode(iri), None, ox.NamedNode(other), None)), None)
            for other in meant - {iri}
        )
    }
    return leading if len(leading) == 1 else meant


def _named(things: Mapping[str, ox.NamedNode], store: ox.Store, predicate: str) -> dict[str, set[str]]:
    """Return the things that bear each name."""
    found: dict[str, set[str]] = {}
    for iri, thing in things.items():
        for quad in store.quads_for_pattern(thing, ox.NamedNode(predicate), None, ox.DefaultGraph()):
            if isinstance(quad.object, ox.Literal):
                found.setdefault(quad.object.value, set()).add(iri)
    return found


def _choices(meant: Iterable[str], store: ox.Store) -> dict[str, Mapping[str, str]]:
    """Return things to choose from: the path of each with its names by language."""
    named = of_store(store, meant)
    return {names.short(iri): {lang: named.get(iri, lang) for lang in LANGUAGES} for iri in sorted(meant)}


def _exists(node: ox.NamedNode, store: ox.Store) -> bool:
    return next(iter(store.quads_for_pattern(node, ox.NamedNode(RDF_TYPE), None, ox.DefaultGraph())), None) is not None


_TYPE, _FOLLOWING = ox.NamedNode(RDF_TYPE), (ox.DefaultGraph(), ox.NamedNode(names.DERIVED))


def own_classes(thing: ox.NamedNode, store: ox.Store) -> list[str]:
    """Return the classes that sources state of a thing, A to Z; where none does, those that follow."""
    found = list(store.quads_for_pattern(thing, _TYPE, None, None))
    own = [quad for quad in found if quad.graph_name not in _FOLLOWING]
    return sorted({iri_of(quad.object) for quad in own or found})


def instances(class_iri: str | None, store: ox.Store) -> Iterable[ox.NamedNode]:
    """Return the things of a class and of its subclasses; without a class, of every class."""
    if class_iri is None:
        pattern = "SELECT DISTINCT ?thing { ?thing a ?class }"
    else:
        pattern = f"SELECT DISTINCT ?thing {{ ?thing a/<{RDFS}subClassOf>* <{class_iri}> }}"
    return (row["thing"] for row in store.query(pattern) if isinstance(row["thing"], ox.NamedNode))  # type: ignore[union-attr]
