"""A reasoner of OWL 2 reads the ontology as it is, and finds no contradiction with our data and others' axioms."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from cybercoop.graph import Graph
from cybercoop.terms.names import OWL, RDF_TYPE, XSD

ROOT = Path(__file__).parents[1]
ONTOLOGY = ROOT / "ontology"
AXIOMS = sorted((ROOT / "tests" / "fixtures" / "axioms").glob("*.ttl"))
CALENDAR = {f"{XSD}{name}" for name in ("date", "gYearMonth", "gYear")}
"""Datatypes that OWL 2 does not have (OWL 2 Structural Specification, section 4); the shapes judge their values."""

WRONG = {
    "a country becomes a concept": "country:MA skos:exactMatch <http://eurovoc.europa.eu/2160> .",
    "a text is given as a date": 'source:coe-cybersouth-plus-page coop:readOn "in May" .',
    "a country has a budget": "country:MA coop:budget <https://w3id.org/cybercoop/id/amount/eur-1> .",
    "a project follows itself": "project:cybersouth coop:follows project:cybersouth .",
}
PREFIXES = """@prefix coop: <https://w3id.org/cybercoop/ns#> .
@prefix country: <https://w3id.org/cybercoop/id/country/> .
@prefix project: <https://w3id.org/cybercoop/id/project/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix source: <https://w3id.org/cybercoop/id/source/> .
"""


def judged(file: Path) -> str:
    """Return what HermiT prints of the classes that nothing can be a member of."""
    if not (java := shutil.which("java")):
        pytest.skip("no Java for the reasoner: apt install default-jre-headless")
    package = find_spec("owlready2")
    assert package and package.origin
    folder = Path(package.origin).parent / "hermit"
    path = f"{folder}{':' if '/' in str(folder) else ';'}{folder / 'HermiT.jar'}"
    command = [java, "-cp", path, "org.semanticweb.HermiT.cli.CommandLine", "-k", "-U", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def read(path: Path, form: ox.RdfFormat) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=str(path), format=form)]


@pytest.fixture(scope="module")
def everything(graph: Graph) -> list[ox.Triple]:
    """The ontology, what SKOS, PROV-O, ORG and FOAF say of their terms, and all claims but their calendar dates."""
    found = read(ONTOLOGY / "cybercoop.owl", ox.RdfFormat.RDF_XML)
    found += [triple for file in AXIOMS for triple in read(file, ox.RdfFormat.TURTLE)]
    said = (quad.triple for quad in graph.quads() if not str(quad.graph_name)[1:-1].endswith("/ns"))
    return found + [t for t in said if not (isinstance(t.object, ox.Literal) and t.object.datatype.value in CALENDAR)]


def written(triples: list[ox.Triple], folder: Path) -> Path:
    file = folder / "everything.rdf"
    ox.serialize(dict.fromkeys(triples), str(file), format=ox.RdfFormat.RDF_XML)
    return file


def test_the_catalogue_leads_to_every_ontology() -> None:
    """Each IRI that the header imports, and its version, stands in the catalogue, with the file that holds it."""
    header = read(ONTOLOGY / "cybercoop.ttl", ox.RdfFormat.TURTLE)
    wanted = {str(t.object)[1:-1] for t in header if t.predicate.value in (OWL + "imports", OWL + "versionIRI")}
    entries = ElementTree.parse(ONTOLOGY / "catalog-v001.xml").getroot()
    files = {entry.attrib["name"]: ONTOLOGY / entry.attrib["uri"] for entry in entries}
    assert wanted <= files.keys()
    for name, file in files.items():
        triples = read(file, ox.RdfFormat.TURTLE)
        assert any(
            f"<{name}>" in (str(t.subject), str(t.object)) and t.predicate.value.startswith((OWL, RDF_TYPE))
            for t in triples
        )


def test_the_whole_imports_nothing() -> None:
    """One file holds the whole under one header, so that no tool has to fetch anything."""
    triples = read(ONTOLOGY / "cybercoop.owl", ox.RdfFormat.RDF_XML)
    assert not [triple for triple in triples if triple.predicate.value == OWL + "imports"]
    assert len([triple for triple in triples if str(triple.object) == f"<{OWL}Ontology>"]) == 1


def test_a_reasoner_loads_the_ontology_without_repair() -> None:
    """HermiT reads the file as it is; every class can have members."""
    assert judged(ONTOLOGY / "cybercoop.owl").split()[-1] == "owl:Nothing"


def test_the_data_are_consistent(everything: list[ox.Triple], tmp_path: Path) -> None:
    """The claims contradict neither our axioms nor those of the vocabularies that we build on."""
    assert judged(written(everything, tmp_path)).split()[-1] == "owl:Nothing"


@pytest.mark.parametrize("wrong", WRONG)
def test_a_contradiction_is_found(everything: list[ox.Triple], tmp_path: Path, wrong: str) -> None:
    """One false statement more, and the reasoner refuses the whole."""
    said = [quad.triple for quad in ox.parse((PREFIXES + WRONG[wrong]).encode(), format=ox.RdfFormat.TURTLE)]
    assert "Inconsistent ontology" in judged(written(everything + said, tmp_path))
