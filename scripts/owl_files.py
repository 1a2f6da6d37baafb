"""What OWL tools load instead of fetching: a catalogue of our ontologies, and the whole in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pyoxigraph as ox

from cybercoop.terms import names

HEADER = ox.NamedNode(names.BASE + "ns")
IMPORTS, VERSION = ox.NamedNode(names.OWL + "imports"), ox.NamedNode(names.OWL + "versionIRI")
_IS_ONTOLOGY = (ox.NamedNode(names.RDF_TYPE), ox.NamedNode(names.OWL + "Ontology"))


def catalogue_text(folder: Path) -> str:
    """Return catalog-v001.xml (OASIS XML Catalogs 1.1, section 6.5): the file of each ontology, by its IRI."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">']
    for path in _files(folder):
        for triple in _triples(path):
            is_header = (triple.predicate, triple.object) == _IS_ONTOLOGY
            name = triple.subject if is_header else triple.object if triple.predicate == VERSION else None
            if isinstance(name, ox.NamedNode):
                uri = path.relative_to(folder).as_posix()
                lines.append(f"  <uri name={quoteattr(name.value)} uri={quoteattr(uri)}/>")
    return "\n".join([*lines, "</catalog>", ""])


def whole_text(folder: Path) -> str:
    """Return cybercoop.owl: modules, alignments and concepts under the one header, as RDF/XML.

    RDF/XML is the one syntax that every OWL 2 tool must read (OWL 2 Conformance, section 2.1).
    """
    every = [triple for path in _files(folder) for triple in _triples(path)]
    modules = {triple.subject for triple in every if (triple.predicate, triple.object) == _IS_ONTOLOGY} - {HEADER}
    kept = {str(t): t for t in every if t.subject not in modules and t.predicate != IMPORTS}
    prefixes = {**names.PREFIXES, "vann": "http://purl.org/vocab/vann/"}
    lines = [triple for _, triple in sorted(kept.items())]
    text = ox.serialize(lines, format=ox.RdfFormat.RDF_XML, prefixes=prefixes).decode()  # type: ignore[union-attr]
    root = re.search(r"<rdf:RDF( [^>]+)>", text)
    assert root
    return text.replace(root[1], " " + " ".join(sorted(root[1].split())), 1)  # as the writer knows no order of prefixes


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.ttl"))


def _triples(path: Path) -> Iterator[ox.Triple]:
    """Yield the triples of a file; the first unnamed node in it is called 0, the next 1, and so on."""
    called: dict[ox.BlankNode, ox.BlankNode] = {}

    def named(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> ox.NamedNode | ox.BlankNode | ox.Literal:
        if isinstance(term, ox.BlankNode):
            return called.setdefault(term, ox.BlankNode(f"{path.stem}{len(called):04}"))
        assert not isinstance(term, ox.Triple)
        return term

    for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
        subject = named(quad.subject)
        assert not isinstance(subject, ox.Literal)
        yield ox.Triple(subject, quad.predicate, named(quad.object))
