"""From what people type to the terms that a question takes: codes, names in three languages, IRIs, dates."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping

import pyoxigraph as ox

from cybercoop import names
from cybercoop.labels import NAME, OTHER_NAME
from cybercoop.literals import date_type, first_day, last_day, well_formed
from cybercoop.names import RDF_TYPE, RDFS, XSD
from cybercoop.problems import Refusal, nearest, refuse
from cybercoop.query import Parameter, Question

Terms = Mapping[str, list[ox.NamedNode | ox.Literal]]


def resolve(question: Question, given: Mapping[str, str], store: ox.Store) -> Terms:
    """Return the terms for what was given (parameter name → text; several values joined by commas).

    Raises `Refusal` for an unknown parameter, a missing one, or a value that names nothing, with the nearest name.
    """
    known = question.parameters
    wanted = {name.replace("_", "-"): text for name, text in given.items()}
    for name in wanted:
        if name not in known:
            listed = " ".join(f"--{parameter}" for parameter in known) or "–"
            raise refuse("unknown-parameter", value=name, known=listed, nearest=nearest(name, known))
    for name, parameter in known.items():
        if name not in wanted and not parameter.optional:
            raise refuse("parameter-missing", value=name, example=parameter.example or "…")
    terms = {name: list(_terms(known[name], text, store)) for name, text in wanted.items()}
    for name, values in terms.items():
        if not values:
            raise refuse("empty-value", value=f"--{name}")
    return terms


def _terms(parameter: Parameter, text: str, store: ox.Store) -> Iterable[ox.NamedNode | ox.Literal]:
    if parameter.kind == "string":
        return [ox.Literal(text)]
    if parameter.kind == "iri":
        try:
            return [_thing(text.strip(), parameter, store)]
        except Refusal:
            parts = [part.strip() for part in text.split(",") if part.strip()]
            if len(parts) < 2:
                raise
            return [_thing(part, parameter, store) for part in parts]
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [_LITERALS[parameter.kind](part, parameter) for part in parts]


def _day(bound: Callable[[str], str]) -> Callable[[str, Parameter], ox.Literal]:
    def day(text: str, parameter: Parameter) -> ox.Literal:
        if date_type(text) is None:
            raise refuse("bad-literal", value=text, term=f"--{parameter.name}", form="xsd:date")
        return ox.Literal(bound(text), datatype=ox.NamedNode(XSD + "date"))

    return day


def _integer(text: str, parameter: Parameter) -> ox.Literal:
    if not well_formed(text, XSD + "integer"):
        raise refuse("bad-literal", value=text, term=f"--{parameter.name}", form="xsd:integer")
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "integer"))


_LITERALS: dict[str, Callable[[str, Parameter], ox.Literal]] = {
    "date": _day(last_day),
    "first-day": _day(first_day),
    "integer": _integer,
}
"""Kind of parameter → how its text becomes a term; a month or year given as `date` means its last day."""


def _thing(text: str, parameter: Parameter, store: ox.Store) -> ox.NamedNode:
    path = names.class_path(parameter.class_iri) if parameter.class_iri else None
    for candidate in _candidates(text, path):
        try:
            node = ox.NamedNode(candidate)
        except ValueError:
            continue
        if (path is None or candidate.startswith(path)) and _exists(node, store):
            return node
    wanted = fold(text)
    named: dict[str, ox.NamedNode] = {}
    for thing in _instances(parameter.class_iri, store):
        slug = thing.value.rsplit("/", 1)[-1]
        if path is None and slug.casefold() == text.casefold():
            return thing
        named.setdefault(slug, thing)
        for predicate in (NAME, OTHER_NAME):
            for quad in store.quads_for_pattern(thing, ox.NamedNode(predicate), None, ox.DefaultGraph()):
                if isinstance(quad.object, ox.Literal):
                    if fold(quad.object.value) == wanted:
                        return thing
                    named.setdefault(quad.object.value, thing)
    kind = names.short(parameter.class_iri or names.OWL + "Thing")
    raise refuse("no-such-thing", value=text, kind=kind, nearest=nearest(text, named))


def _candidates(text: str, path: str | None) -> list[str]:
    found = [names.expand(text)] if ":" in text or "/" in text else []
    return [*found, *([path + text, path + text.upper(), path + text.lower()] if path else [])]


def _exists(node: ox.NamedNode, store: ox.Store) -> bool:
    return next(iter(store.quads_for_pattern(node, ox.NamedNode(RDF_TYPE), None, ox.DefaultGraph())), None) is not None


def _instances(class_iri: str | None, store: ox.Store) -> Iterable[ox.NamedNode]:
    if class_iri is None:
        pattern = "SELECT DISTINCT ?thing { ?thing a ?class }"
    else:
        pattern = f"SELECT DISTINCT ?thing {{ ?thing a/<{RDFS}subClassOf>* <{class_iri}> }}"
    return (row["thing"] for row in store.query(pattern) if isinstance(row["thing"], ox.NamedNode))  # type: ignore[union-attr]


def fold(text: str) -> str:
    """Return `text` as it is compared: without case, accents, Arabic vowel signs and tatweel, alef and ya made one."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char) and char != "\u0640")
    return " ".join(plain.translate(_ARABIC).replace("*", "").split())


_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})
