"""The graph describes itself as a data set: as DCAT-AP asks, with counts, sizes and digests that are true."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SH, VOID, XSD

from cybercoop.ask.selection import described
from cybercoop.export import ABOUT, FORMATS, NOTE
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.terms.names import BASE, ID, NS

SHAPES = Path(__file__).with_name("dcat-ap-3.ttl")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
WHOLE = rdflib.URIRef(BASE)


@pytest.fixture(scope="module")
def made(graph: Graph) -> dict[str, bytes]:
    """Each description, and the formats that they measure, written once."""
    return {name: described(graph.workspace, name, "https://example.org/") for name in ABOUT}


@pytest.fixture(scope="module")
def dcat(made: dict[str, bytes]) -> rdflib.Graph:
    return rdflib.Graph().parse(data=made["dcat"], format="turtle")


@pytest.fixture(scope="module")
def main(dcat: rdflib.Graph) -> rdflib.Graph:
    """The description without its partitions, which DCAT-AP says nothing of."""
    kept = rdflib.Graph()
    for triple in dcat:
        if (
            triple[1] not in (VOID.classPartition, VOID.propertyPartition, VOID.subset)
            and "#" not in str(triple[0])[30:]
        ):
            kept.add(triple)
    for subject in {*dcat.subjects(RDF.type, SPDX.Checksum), *dcat.objects(WHOLE, DCTERMS.temporal)}:
        kept += dcat.triples((subject, None, None))  # type: ignore[arg-type]
    for subject in dcat.objects(WHOLE, DCTERMS.provenance):
        kept += dcat.triples((subject, None, None))  # type: ignore[arg-type]
    return kept


def judged(data: rdflib.Graph) -> list[str]:
    _, report, _ = pyshacl.validate(data, shacl_graph=rdflib.Graph().parse(SHAPES))
    assert isinstance(report, rdflib.Graph)
    return sorted(
        f"{report.value(each, SH.focusNode)} {report.value(each, SH.resultPath)}"
        for each in report.subjects(RDF.type, SH.ValidationResult)
    )


def test_the_description_is_as_dcat_ap_asks(main: rdflib.Graph) -> None:
    """No result by shapes that were written from the specification of DCAT-AP 3.0."""
    assert judged(main) == []
    kinds = (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService, FOAF.Agent, SPDX.Checksum)
    assert all((None, RDF.type, kind) in main for kind in (*kinds, DCTERMS.PeriodOfTime, DCTERMS.Location))


def test_the_shapes_notice_what_is_missing_or_wrong(main: rdflib.Graph) -> None:
    """Each property that DCAT-AP makes mandatory is missed, and a value outside of its range is noticed."""
    catalogue, file = rdflib.URIRef(BASE + "catalog"), rdflib.URIRef("https://example.org/data/cybercoop.ttl")
    for subject, predicate in (
        (catalogue, DCTERMS.title),
        (catalogue, DCTERMS.publisher),
        (WHOLE, DCTERMS.description),
        (file, DCAT.accessURL),
        (rdflib.URIRef(f"{file}#checksum"), SPDX.checksumValue),
        (rdflib.URIRef(f"{ID}organisation/cybercoop"), FOAF.name),
        (rdflib.URIRef("https://example.org/sparql"), DCAT.endpointURL),
    ):
        less = rdflib.Graph()
        less += main
        less.remove((subject, predicate, None))
        assert f"{subject} {predicate}" in judged(less)
    more = rdflib.Graph()
    more += main
    more.add((WHOLE, DCTERMS.accessRights, rdflib.URIRef("https://example.org/open")))
    more.set((file, DCAT.byteSize, rdflib.Literal("large")))
    assert {f"{WHOLE} {DCTERMS.accessRights}", f"{file} {DCAT.byteSize}"} <= set(judged(more))


def test_counts_are_those_of_the_graph(graph: Graph, dcat: rdflib.Graph) -> None:
    """Statements, things, classes and properties are counted by SPARQL over the export, and are as many."""
    store = ox.Store()
    quads = list(ox.parse(graph.export("nquads"), format=ox.RdfFormat.N_QUADS))
    store.bulk_extend({ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads})
    store.bulk_extend(quads)

    def count(text: str) -> int:
        return int(next(iter(store.query(f"SELECT (COUNT({text} }}")))[0].value)  # type: ignore[union-attr, arg-type]

    def said(predicate: Any) -> int:
        return int(str(dcat.value(WHOLE, predicate)))

    assert said(VOID.triples) == count("*) AS ?n) { ?s ?p ?o")
    assert said(VOID.distinctSubjects) == count("DISTINCT ?s) AS ?n) { ?s ?p ?o")
    assert said(VOID.properties) == count("DISTINCT ?p) AS ?n) { ?s ?p ?o")
    assert said(VOID.classes) == count("DISTINCT ?o) AS ?n) { ?s a ?o")
    for kind in ("Activity", "Agent", "Protocol"):
        part = dcat.value(None, VOID["class"], rdflib.URIRef(NS + kind))
        assert int(str(dcat.value(part, VOID.entities))) == count(f"DISTINCT ?s) AS ?n) {{ ?s a <{NS}{kind}>")
    graphs = {quad.graph_name.value for quad in quads}  # type: ignore[union-attr]
    parts = list(dcat.objects(WHOLE, VOID.subset))
    assert {str(dcat.value(part, DCTERMS.source)) for part in parts} == graphs
    assert all(dcat.value(part, DCTERMS.license) for part in parts)
    assert sum(int(str(dcat.value(part, VOID.triples))) for part in parts) == len(quads)


def test_files_have_the_size_and_digest_that_are_told(graph: Graph, dcat: rdflib.Graph, made: dict[str, bytes]) -> None:
    """Each distribution is what `export` writes: its size, and its SHA-256."""
    said = {str(each["contentUrl"]): each for each in json.loads(made["schema-org"])["distribution"]}
    for form in FORMATS.values():
        content = graph.export(form.name)
        address = rdflib.URIRef(f"https://example.org/data/cybercoop.{form.extension}")
        digest = hashlib.sha256(content).hexdigest()
        assert str(dcat.value(rdflib.URIRef(f"{address}#checksum"), SPDX.checksumValue)).lower() == digest
        assert int(str(dcat.value(address, DCAT.byteSize))) == len(content)
        assert said[str(address)]["sha256"] == digest


def test_coverage_and_licence_are_told(dcat: rdflib.Graph, made: dict[str, bytes]) -> None:
    """Where and when, what it conforms to, in three languages, and for search engines."""
    assert {str(each.language) for each in dcat.objects(WHOLE, DCTERMS.title)} == {"en", "fr", "ar"}  # type: ignore[attr-defined]
    assert rdflib.URIRef(BASE + "shapes") in set(dcat.objects(WHOLE, DCTERMS.conformsTo))
    period = dcat.value(WHOLE, DCTERMS.temporal)
    first, last = (dcat.value(period, word) for word in (DCAT.startDate, DCAT.endDate))
    assert first and last and first.datatype == XSD.date and str(first) < "2005" and str(last) > "2026"  # type: ignore[attr-defined]
    places = set(dcat.objects(WHOLE, DCTERMS.spatial))
    morocco = rdflib.URIRef("http://publications.europa.eu/resource/authority/country/MAR")
    assert morocco in places and len(places) > 50
    told = json.loads(made["schema-org"])
    assert (told["@type"], told["license"]) == ("Dataset", "https://creativecommons.org/licenses/by/4.0/")
    assert told["temporalCoverage"] == f"{first}/{last}"
    assert len(told["spatialCoverage"]) == len(places)


def test_the_licence_of_each_source_is_told_or_said_not_to_be_stated(graph: Graph, dcat: rdflib.Graph) -> None:
    """Each source that states something has the licence of its card, or the statement that none is stated."""
    query = (
        "SELECT ?s ?l { ?s coop:sourceKind ?k OPTIONAL { ?s dct:license ?l } FILTER EXISTS { GRAPH ?s { ?a ?b ?c } } }"
    )
    cards = {(row[0].value, row[1].value if row[1] else None) for row in graph.sparql(query).rows}  # type: ignore[union-attr]
    unstated = rdflib.URIRef(BASE + "catalog#licence-not-stated")
    for source, licence in cards:
        told = rdflib.URIRef(source)
        assert (told, DCTERMS.rights, unstated) in dcat or licence
        assert licence is None or (told, DCTERMS.license, rdflib.URIRef(licence)) in dcat
        assert licence is None or (rdflib.URIRef(licence), RDF.type, DCTERMS.LicenseDocument) in dcat
        assert (told, DCTERMS.rights, unstated) not in dcat or licence is None
    assert {str(text.language) for text in dcat.objects(unstated, RDFS.label)} == {"en", "fr", "ar"}  # type: ignore[attr-defined]
    by = {source.rpartition("/")[2]: licence for source, licence in cards}
    assert by["geonames"] == by["cybercoop-editors"] == "https://creativecommons.org/licenses/by/4.0/"
    assert by["country-codes-dataset"] == "http://opendatacommons.org/licenses/pddl/1.0/"
    assert sum(licence is None for licence in by.values()) > 300


def test_each_question_runs_as_it_is_told(graph: Graph, made: dict[str, bytes]) -> None:
    """The SPARQL of each `sh:SPARQLExecutable` runs by itself, and gives rows for its example."""
    told = rdflib.Graph().parse(data=made["questions"], format="turtle")
    found = {
        str(each).rpartition("/")[2]: str(told.value(each, SH.select))
        for each in told.subjects(RDF.type, SH.SPARQLSelectExecutable)
    }
    assert found.keys() == graph.questions.keys()
    store = graph.workspace.stored.open()
    empty = [name for name, text in found.items() if not list(store.query(text))]
    assert empty == []


@pytest.mark.parametrize("form", ["turtle", "trig", "rdfxml"])
def test_a_file_says_what_it_is(form: str, graph: Graph) -> None:
    """Licence, description and the rule of the asterisk stand first where the format has comments."""
    head = graph.export(form, thing="ets-185").decode()[:900]
    assert all(line in head for line in NOTE)


def test_a_description_is_of_the_whole(graph: Graph) -> None:
    """A part has no description of its own; that is refused with the formats that it has."""
    with pytest.raises(Refusal) as refused:
        graph.export("dcat", country="MA")
    assert refused.value.problem.code == "unknown-choice"
