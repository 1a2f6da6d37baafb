"""The words: every term is defined, ordered, said in three languages, and free of contradiction."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import owlrl
import pyhornedowl
import pyoxigraph as ox
import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

ONTOLOGY = Path(__file__).parents[1] / "ontology"
FILES = sorted(ONTOLOGY.rglob("*.ttl"))
SCHEMES = sorted(path for path in (ONTOLOGY / "schemes").glob("*.ttl") if "." not in path.stem)
ALIGNMENTS = sorted((ONTOLOGY / "alignments").glob("*.ttl"))
BORROWING = sorted(ONTOLOGY.glob("borrowed*.ttl"))

COOP = Namespace("https://w3id.org/cybercoop/ns#")
SH = Namespace("http://www.w3.org/ns/shacl#")
EXAMPLE = Namespace("https://w3id.org/cybercoop/id/example/")
HEADER = URIRef("https://w3id.org/cybercoop/ns")
HOME = "https://w3id.org/cybercoop/"
LANGUAGES = ["ar", "en", "fr"]
ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
CHARACTERISTICS = {OWL[f"{name}Property"] for name in ("Asymmetric", "Functional", "Irreflexive", "Transitive")}
LOGICAL = (RDFS.subClassOf, RDFS.subPropertyOf, OWL.equivalentClass, OWL.equivalentProperty)
MAPPINGS = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)
W3C = tuple(str(namespace) for namespace in (OWL, RDF, RDFS, XSD))

RULER = re.compile(r"^#### .+ ####$")
SUBJECT = re.compile(r"^(?P<term>[a-z][\w-]*:[\w-]+) ")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
ARABIC = re.compile("[\u0621-\u064a]")


def read(path: Path) -> Graph:
    return Graph().parse(path, format="turtle")


ALL = Graph()
for each in FILES:
    ALL.parse(each, format="turtle")
BORROWED = Graph()
for each in BORROWING:
    BORROWED.parse(each, format="turtle")
OUR_TERMS = sorted({s for s in ALL.subjects(RDF.type) if isinstance(s, URIRef) and s.startswith(COOP)})
BORROWED_TERMS = sorted(s for s in BORROWED.subjects(SKOS.prefLabel) if isinstance(s, URIRef))
CONCEPTS = sorted(s for s in ALL.subjects(RDF.type, SKOS.Concept) if isinstance(s, URIRef))
CLASSES = sorted(t for t in OUR_TERMS if (t, RDF.type, OWL.Class) in ALL)


def name(value: object) -> str:
    if isinstance(value, Path):
        return value.relative_to(ONTOLOGY).as_posix()
    return str(value).replace(str(COOP), "coop:").removeprefix(HOME)


def languages(graph: Graph, subject: Node, predicate: URIRef) -> list[str]:
    return sorted(str(value.language) for value in graph.objects(subject, predicate) if isinstance(value, Literal))


def sections(path: Path) -> list[list[str]]:
    """Return the terms that begin a stanza, section by section."""
    found: list[list[str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if RULER.match(line):
            found.append([])
        elif stanza := SUBJECT.match(line):
            assert found, f"{name(path)}: put a ruler, #### Title ####, above {stanza['term']}"
            found[-1].append(stanza["term"])
    return found


def classes(term: Node, predicate: URIRef) -> list[Node]:
    """Return the class that is the domain or range of a term, else those whose union is."""
    unions = [ALL.value(node, OWL.unionOf) for node in ALL.objects(term, predicate) if isinstance(node, BNode)]
    together = [kind for union in unions for kind in Collection(ALL, union)]
    return [node for node in ALL.objects(term, predicate) if isinstance(node, URIRef)] + together


def closure(*facts: tuple[Node, Node, Node]) -> Graph:
    """Return all that follows by OWL RL from the ontology, without its texts, and some facts."""
    graph = Graph()
    for fact in itertools.chain(facts, (fact for fact in ALL if not isinstance(fact[2], Literal))):
        graph.add(fact)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return graph


def contradictions(graph: Graph) -> list[str]:
    impossible = [f"{name(thing)} is an owl:Nothing" for thing in graph.subjects(RDF.type, OWL.Nothing)]
    return [str(message) for message in graph.objects(None, ERROR)] + impossible


def specimens() -> list[tuple[Node, Node, Node]]:
    """Return one thing of each class, and our links and dates in use between them."""
    facts: list[tuple[Node, Node, Node]] = [(EXAMPLE[c.removeprefix(COOP)], RDF.type, c) for c in CLASSES]
    for term in OUR_TERMS:
        kinds = [(classes(term, predicate) or [COOP.Project])[0] for predicate in (RDFS.domain, RDFS.range)]
        subject, value = (EXAMPLE[kind.removeprefix(COOP)] for kind in kinds)
        if (term, RDF.type, OWL.ObjectProperty) in ALL:
            facts.append((subject, term, value if kinds[1] in CLASSES else EXAMPLE.Project))
        elif kinds[1] == COOP.StatedDate:
            facts.append((subject, term, Literal("2024-05", datatype=XSD.gYearMonth)))
    return facts


@pytest.fixture(scope="module")
def inferred() -> Graph:
    return closure(*specimens())


def test_there_is_something_to_test() -> None:
    """The ontology folder holds modules, schemes and alignments."""
    assert OUR_TERMS and BORROWED_TERMS and CONCEPTS and SCHEMES and ALIGNMENTS


@pytest.mark.parametrize("file", FILES, ids=name)
def test_two_parsers_read_the_same(file: Path) -> None:
    """Two parsers find the same number of triples in every file."""
    assert len(read(file)) == len(set(ox.parse(path=str(file), format=ox.RdfFormat.TURTLE)))


@pytest.mark.parametrize("file", FILES, ids=name)
def test_files_are_short(file: Path) -> None:
    """No file has 300 lines or more."""
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines < 300, f"{name(file)} has {lines} lines: make two of it, by theme"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_terms_stand_from_a_to_z(file: Path) -> None:
    """Inside each section of a file terms stand from A to Z, each once."""
    for terms in sections(file):
        assert terms, f"{name(file)} has a ruler with nothing under it"
        ordered = sorted(set(terms), key=str.casefold)
        assert terms == ordered, f"{name(file)}: the order should be {ordered}"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_text_is_clean(file: Path) -> None:
    """Arabic is in Arabic letters, French has its apostrophe, no text hides controls, tabs or outer blanks."""
    for subject, predicate, value in read(file):
        if isinstance(value, Literal):
            where = f"{name(subject)} {name(predicate)} {value!r}"
            assert str(value) == str(value).strip() and "\t" not in value and not INVISIBLE.search(value), where
            assert value.language != "ar" or ARABIC.search(value), where
            assert value.language != "fr" or "'" not in value, f"write ’ for ' in {where}"


def test_no_blank_node() -> None:
    """Everything has a name, so that one new fact is one new line; only axioms for reasoners may do without."""
    for file in (file for file in FILES if file.parent.name != "logic"):
        assert not [node for triple in read(file) for node in triple if isinstance(node, BNode)], name(file)


@pytest.mark.parametrize("term", OUR_TERMS, ids=name)
def test_term_is_defined(term: URIRef) -> None:
    """Each term of ours has one label and one definition in each language, an example, and is defined by the header."""
    assert languages(ALL, term, SKOS.prefLabel) == LANGUAGES
    assert languages(ALL, term, SKOS.definition) == LANGUAGES
    assert languages(ALL, term, SKOS.scopeNote) in ([], LANGUAGES)
    assert ALL.value(term, SKOS.example), f"give {name(term)} a skos:example"
    assert list(ALL.objects(term, RDFS.isDefinedBy)) == [HEADER]
    assert all(str(text).endswith(".") for text in ALL.objects(term, SKOS.definition))


@pytest.mark.parametrize("term", OUR_TERMS, ids=name)
def test_term_has_one_kind(term: URIRef) -> None:
    """Each term of ours is of one OWL kind, and each property takes one kind of value and at most one of subject."""
    kinds = list(set(ALL.objects(term, RDF.type)) - CHARACTERISTICS)
    assert len(kinds) == 1, kinds
    if kinds[0] in (OWL.ObjectProperty, OWL.DatatypeProperty):
        named = [value for value in ALL.objects(term, RDFS.range) if isinstance(value, URIRef)]
        assert len(named) == 1, f"give {name(term)} one rdfs:range"
        domains = list(ALL.objects(term, RDFS.domain))
        assert len(domains) <= 1, f"two domains of {name(term)} would both hold"
        reasons = [text.language for text in ALL.objects(term, RDFS.comment) if isinstance(text, Literal)]
        why = f"give {name(term)} an rdfs:domain, there or in ontology/logic/owl.ttl, or say there why it has none"
        assert sorted(map(str, reasons)) == ([] if domains else LANGUAGES), why


@pytest.mark.parametrize("term", BORROWED_TERMS, ids=name)
def test_borrowed_term_is_explained(term: URIRef) -> None:
    """Each borrowed term says in each language how we use it, has an example, and stays its own vocabulary's."""
    assert not term.startswith(HOME)
    assert languages(BORROWED, term, SKOS.prefLabel) == LANGUAGES
    assert languages(BORROWED, term, SKOS.scopeNote) == LANGUAGES
    assert BORROWED.value(term, SKOS.example)
    home = BORROWED.value(term, RDFS.isDefinedBy)
    assert home is not None and term.startswith(str(home)), f"{name(term)} is not from {home}"
    assert (term, RDFS.domain, None) not in ALL and (term, RDFS.range, None) not in ALL


def test_matches_are_between_concepts() -> None:
    """Whatever SKOS says of a match holds: a class, property or country of ours never becomes a concept by one."""
    matched = [subject for predicate in MAPPINGS for subject in ALL.subjects(predicate)]
    assert matched and set(matched) <= set(CONCEPTS), "write rdfs:seeAlso of a term, schema:sameAs of a thing"


@pytest.mark.parametrize("file", sorted(set(ONTOLOGY.glob("*.ttl")) - {ONTOLOGY / "cybercoop.ttl"}), ids=name)
def test_stanzas_end_with_where_they_are_defined(file: Path) -> None:
    """The last line of every term is rdfs:isDefinedBy."""
    for stanza in re.split(r"\n\n+", file.read_text(encoding="utf-8").strip()):
        if SUBJECT.match(stanza):
            assert stanza.splitlines()[-1].startswith("    rdfs:isDefinedBy <"), stanza.splitlines()[0]


def test_nothing_is_used_without_a_term() -> None:
    """Every property and class that the ontology uses is ours, the W3C's own, or explained in borrowed.ttl."""
    used = set(ALL.predicates()).union(*(ALL.objects(None, role) for role in (RDF.type, RDFS.domain, RDFS.range)))
    known = {*OUR_TERMS, *BORROWED_TERMS}
    strange = {u for u in used - known if not isinstance(u, BNode) and not str(u).startswith(W3C)}
    assert not strange, f"explain in borrowed.ttl: {sorted(map(name, strange))}"


def test_header_brings_everything_together() -> None:
    """The header imports exactly the ontologies of the folder, and has a title in each language and a licence."""
    others = set(ALL.subjects(RDF.type, OWL.Ontology)) - {HEADER}
    assert set(ALL.objects(HEADER, OWL.imports)) == others
    assert languages(ALL, HEADER, DCTERMS.title) == languages(ALL, HEADER, DCTERMS.description) == LANGUAGES
    assert all(ALL.value(ontology, DCTERMS.license) for ontology in (HEADER, *others))


def test_header_says_what_it_is() -> None:
    """The header names its version (that of the library), prefix, namespace, creators and dates."""
    with (ONTOLOGY.parent / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert list(ALL.objects(HEADER, OWL.versionInfo)) == [Literal(version)]
    assert list(ALL.objects(HEADER, OWL.versionIRI)) == [URIRef(f"{HEADER}/{version}")]
    assert list(ALL.objects(HEADER, VANN.preferredNamespacePrefix)) == [Literal("coop")]
    assert list(ALL.objects(HEADER, VANN.preferredNamespaceUri)) == [Literal(str(COOP))]
    creator = ALL.value(HEADER, DCTERMS.creator)
    assert creator and languages(ALL, creator, SKOS.prefLabel) == LANGUAGES
    assert str(ALL.value(HEADER, DCTERMS.created)) <= str(ALL.value(HEADER, DCTERMS.modified))


def test_header_declares_the_prefixes_of_the_shapes() -> None:
    """Each prefix that shapes use is declared once on the header, with its namespace as xsd:anyURI."""
    nodes = list(ALL.objects(HEADER, SH.declare))
    declared = {str(ALL.value(node, SH.prefix)): ALL.value(node, SH.namespace) for node in nodes}
    assert sorted(declared) == ["coop", "coopsh", "dct", "foaf", "owl", "prov", "rdf", "rdfs", "schema", "skos", "xsd"]
    assert {value.datatype for value in declared.values() if isinstance(value, Literal)} == {XSD.anyURI}
    assert str(declared["coop"]) == str(COOP)


@pytest.mark.parametrize("concept", CONCEPTS, ids=name)
def test_concept_is_complete(concept: URIRef) -> None:
    """Each concept has its class, its scheme, its slug as notation, and label and definition in each language."""
    scheme, slug = concept.rsplit("/", 1)
    kind = COOP["".join(word.capitalize() for word in scheme.rsplit("/", 1)[1].split("-"))]
    assert kind in CLASSES and set(ALL.objects(concept, RDF.type)) == {SKOS.Concept, kind}
    assert list(ALL.objects(concept, SKOS.inScheme)) == [URIRef(scheme)]
    assert [str(notation) for notation in ALL.objects(concept, SKOS.notation)] == [slug]
    assert languages(ALL, concept, SKOS.prefLabel) == languages(ALL, concept, SKOS.definition) == LANGUAGES


@pytest.mark.parametrize("file", SCHEMES, ids=name)
def test_scheme_is_one_tree(file: Path) -> None:
    """A file and its branches hold the scheme it is named after; every concept leads to a top one, labels differ."""
    graph = Graph()
    for part in (file, *file.parent.glob(f"{file.stem}.*.ttl")):
        graph.parse(part, format="turtle")
    scheme = URIRef(f"{HOME}scheme/{file.stem}")
    assert list(graph.subjects(RDF.type, SKOS.ConceptScheme)) == [scheme]
    assert languages(graph, scheme, SKOS.prefLabel) == LANGUAGES
    tops = set(graph.objects(scheme, SKOS.hasTopConcept))
    assert tops == set(graph.subjects(SKOS.topConceptOf, scheme))
    for concept in graph.subjects(SKOS.inScheme, scheme):
        above = list(graph.transitive_objects(concept, SKOS.broader))
        assert (concept in tops) == (len(above) == 1) and above[-1] in tops, name(concept)
        assert (concept, SKOS.broader, concept) not in graph and set(above) <= set(graph.subjects(SKOS.inScheme))
    labels = [label for concept in graph.subjects(SKOS.inScheme) for label in graph.objects(concept, SKOS.prefLabel)]
    assert len(labels) == len(set(labels)), [label for label in labels if labels.count(label) > 1]


@pytest.mark.parametrize("file", ALIGNMENTS, ids=name)
def test_alignment_says_what_it_aligns_with(file: Path) -> None:
    """Each alignment has a title, the version it was made against in each language, and the vocabulary's address."""
    graph = read(file)
    ontology = URIRef(f"{HOME}ns/alignments/{file.stem}")
    assert (ontology, RDF.type, OWL.Ontology) in graph
    assert languages(graph, ontology, DCTERMS.title) == languages(graph, ontology, DCTERMS.description) == LANGUAGES
    assert all(re.search(r"\d", str(text)) for text in graph.objects(ontology, DCTERMS.description)), "name the version"
    assert graph.value(ontology, RDFS.seeAlso)


@pytest.mark.parametrize("file", ALIGNMENTS, ids=name)
def test_alignment_leads_outside(file: Path) -> None:
    """An alignment leads from a term or concept of ours to an outside one, declared there where logic follows."""
    graph = read(file)
    links = (*LOGICAL, *MAPPINGS, SKOS.note, RDFS.seeAlso)
    mapped = [
        fact for link in links for fact in graph.triples((None, link, None)) if not fact[0].startswith(f"{HEADER}/")
    ]
    assert mapped
    for subject, predicate, value in mapped:
        assert subject in (*OUR_TERMS, *CONCEPTS), f"{name(subject)} is not ours"
        assert isinstance(value, Literal) or not str(value).startswith(HOME), f"{name(value)} is not outside"
        if predicate in LOGICAL:
            kinds = set(ALL.objects(subject, RDF.type)) - CHARACTERISTICS
            assert set(graph.objects(value, RDF.type)) == kinds, f"declare {name(value)} as {kinds} in {name(file)}"


def test_schema_is_consistent(inferred: Graph) -> None:
    """No contradiction follows from the ontology with a thing of each class and every property in use."""
    assert not contradictions(inferred)


def test_contradiction_would_be_found() -> None:
    """A thing that is both an activity and a project is a contradiction."""
    impossible = EXAMPLE.impossible
    assert contradictions(closure((impossible, RDF.type, COOP.Activity), (impossible, RDF.type, COOP.Project)))


def test_inference_types_nothing_wrongly(inferred: Graph) -> None:
    """No thing becomes a member of a class of ours that is not its own or above its own."""
    for kind in CLASSES:
        own = set(ALL.transitive_objects(kind, RDFS.subClassOf))
        given = {c for c in inferred.objects(EXAMPLE[kind.removeprefix(COOP)], RDF.type) if c in CLASSES}
        assert given <= own, f"a {name(kind)} becomes a {sorted(map(name, given - own))}"


def test_owl_tool_loads_everything() -> None:
    """An OWL tool finds every class and property of ours."""
    whole = (ONTOLOGY / "cybercoop.owl").read_text(encoding="utf-8")
    ontology = pyhornedowl.open_ontology_from_string(whole, serialization="rdf")
    found = {*ontology.get_classes(), *ontology.get_object_properties(), *ontology.get_data_properties()}
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    wanted = {str(term) for term in OUR_TERMS if ALL.value(term, RDF.type) in kinds}
    assert wanted <= {str(iri) for iri in found}, sorted(wanted - {str(iri) for iri in found})
