"""What is refused, in words, and what it costs to know the formats."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.export import FORMATS, export
from cybercoop.export.facts import ExportError
from cybercoop.terms.names import ID, NS, RDF

EDITORS = ox.NamedNode(ID + "source/cybercoop-editors")
THING = ox.NamedNode(ID + "thing/one")


@pytest.mark.parametrize("name", FORMATS)
def test_what_no_published_graph_holds_is_refused_in_words(name: str, exported: Any) -> None:
    """A blank node, a triple as a term, a text with a direction and a fact without a source never leave the house."""
    about = ox.NamedNode(NS + "about")
    triple = ox.Triple(THING, about, THING)
    direction = ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL)
    for quad in (
        ox.Quad(ox.BlankNode("b"), about, THING, EDITORS),
        ox.Quad(THING, about, ox.BlankNode("b"), EDITORS),
        ox.Quad(THING, about, triple, EDITORS),
        ox.Quad(THING, about, direction, EDITORS),
        ox.Quad(THING, about, THING),
        ox.Quad(THING, about, THING, ox.BlankNode("b")),
    ):
        with pytest.raises(ExportError, match="coop:about: "):
            exported(name, [quad])


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_rdfxml_names_the_character_that_xml_forbids(character: str, exported: Any) -> None:
    """RDF/XML is refused with thing, property and character; the other formats carry the text."""
    quads = [ox.Quad(THING, ox.NamedNode(NS + "section"), ox.Literal(f"a{character}b"), EDITORS)]
    with pytest.raises(ExportError, match=rf"thing/one coop:section: .*U\+{ord(character):04X}"):
        exported("rdfxml", quads)
    for name in FORMATS.keys() - {"rdfxml"}:
        assert exported(name, quads)


@pytest.mark.parametrize("predicate", [NS + "123", "https://example.org/", RDF + "li", RDF + "Description"])
def test_rdfxml_names_the_property_that_it_cannot_write(predicate: str, exported: Any) -> None:
    """A property whose IRI does not end in an XML name, or that RDF/XML keeps for itself, is refused with its name."""
    with pytest.raises(ExportError, match=r"thing/one .*: RDF/XML has no way to write this property"):
        exported("rdfxml", [ox.Quad(THING, ox.NamedNode(predicate), THING, EDITORS)])


def test_an_unknown_format_is_refused_with_the_names_of_all() -> None:
    """A wrong name is an error that lists the right ones."""
    with pytest.raises(ValueError, match="'turtel' is not a format; the formats are turtle, trig, "):
        export("turtel", [], {}, io.BytesIO())


def test_importing_the_table_is_cheap() -> None:
    """A command that exports nothing does not pay for the exporters."""
    code = "import sys, cybercoop.export; print([m for m in sys.modules if m in ('pyoxigraph', 'zipfile', 'csv')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
