"""A term of RDF as one text that SQL can take apart, and back.

The first character is the kind: `<` an IRI, `_` a blank node, `"` a plain literal, `@` one with a language, `^` one
with a datatype. A literal's characters stand behind the first `"`, as they are: nothing is escaped.
https://www.w3.org/TR/rdf11-concepts/#section-Graph-Literal
"""

from __future__ import annotations

from functools import lru_cache

import pyoxigraph as ox

from cybercoop.sparql.tree import Iri, Literal
from cybercoop.terms.names import XSD
from cybercoop.terms.term import Term


class Unsupported(Exception):
    """A form of SPARQL that is not translated, by its name."""


INTEGER = f'^{XSD}integer"'
BOOLEAN = f'^{XSD}boolean"'


def coded(term: Term) -> str:
    """Return the text of a term. Raises `ValueError` for a triple, which no snapshot holds.

    >>> coded(ox.Literal("so", language="en")), coded(ox.Literal(5))
    ('@en"so', '^http://www.w3.org/2001/XMLSchema#integer"5')
    """
    if isinstance(term, ox.NamedNode):
        return f"<{term.value}"
    if isinstance(term, ox.BlankNode):
        return f"_{term.value}"
    if not isinstance(term, ox.Literal):
        raise ValueError(f"{term} is a triple")
    if term.language:
        return f'@{term.language}"{term.value}'
    datatype = term.datatype.value
    return f'"{term.value}' if datatype == XSD + "string" else f'^{datatype}"{term.value}'


def decoded(text: str) -> Term:
    """Return the term of a text.

    >>> str(decoded('@en"so'))
    '"so"@en'
    """
    kind = text[0]
    if kind == "<":
        return ox.NamedNode(text[1:])
    if kind == "_":
        return ox.BlankNode(text[1:])
    about, _, value = text[1:].partition('"') if kind != '"' else ("", "", text[1:])
    if kind == "@":
        return ox.Literal(value, language=about)
    return ox.Literal(value, datatype=ox.NamedNode(about)) if about else ox.Literal(value)


def written(node: Iri | Literal) -> str:
    """Return the text of a term of a query, in the form in which the store keeps it: `01` is `1`.

    Raises `Unsupported` for what is no term, such as an IRI that is not absolute.
    """
    try:
        if isinstance(node, Iri):
            return coded(ox.NamedNode(node.value))
        if node.language:
            return coded(ox.Literal(node.value, language=node.language))
        return kept(ox.Literal(node.value, datatype=ox.NamedNode(node.datatype)))
    except ValueError as error:
        raise Unsupported(str(error)) from None


def kept(term: Term) -> str:
    """Return the text of a term in the form in which the store keeps it. Raises `ValueError` for a triple.

    >>> kept(ox.Literal("01", datatype=ox.NamedNode(XSD + "integer")))
    '^http://www.w3.org/2001/XMLSchema#integer"1'
    """
    text = coded(term)
    return _kept(text) if text[0] == "^" else text


@lru_cache(maxsize=1 << 16)
def _kept(text: str) -> str:
    store, thing = ox.Store(), ox.NamedNode("x:")
    store.add(ox.Quad(thing, thing, decoded(text)))
    return coded(next(iter(store)).object)
