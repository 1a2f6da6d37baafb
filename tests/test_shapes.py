"""The shapes: each constraint speaks three languages, has a bad example, and finds that and nothing else."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import RDFS, SH, Literal, Namespace, URIRef
from rdflib import Graph as RdfGraph

from cybercoop.graph import Graph
from cybercoop.judge.reports import with_followers
from cybercoop.problems.problem import LANGUAGES
from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import engine
from cybercoop.terms.context import LINK
from cybercoop.terms.literals import first_day, last_day
from cybercoop.terms.names import COMPUTED, KINDS, PREFIXES, RDF_TYPE

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
HOUSE = sorted((ROOT / "shapes").glob("house-style*.ttl"))
FILES = sorted((ROOT / "shapes").glob("*.ttl"))
ONTOLOGY = [
    path for path in sorted((ROOT / "ontology").rglob("*.ttl")) if path.parent.name not in ("alignments", "logic")
]
INVALID = sorted((FIXTURES / "invalid").iterdir())
VALID = sorted((FIXTURES / "valid").iterdir())
UNSTYLISH = sorted((FIXTURES / "house-style").iterdir())

COOP = Namespace("https://w3id.org/cybercoop/ns#")
COOPSH = "https://w3id.org/cybercoop/shapes#"
RULER = re.compile(r"^#### .+ ####$")
STANZA = re.compile(r"^coopsh:(?P<name>[\w-]+) a \w+:(?P<kind>\w+)")
MARKED = re.compile(r"[#:]([\w-]*)>?(?: a \w+:\w+)? ;  # wrong$", re.MULTILINE)
ARABIC = re.compile("[\u0621-\u064a]")
EXAMPLE = re.compile(r"(?:^Write|, such as) (?P<term>\w+): (?P<value>[\w./-]+\w)(?=[,;. ])")
DATES = ["2023", "2023-12", "2023-12-31", "2024", "2024-01", "2024-01-01", "2024-02-29", "2024-12", "2025-01-01"]


@cache
def read(*paths: Path) -> RdfGraph:
    graph = RdfGraph()
    for path in paths:
        graph.parse(path, format="turtle")
    return graph


@cache
def triples(*paths: Path) -> tuple[ox.Triple, ...]:
    every = (quad.triple for path in paths for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    return tuple({str(triple): triple for triple in every}.values())


@cache
def house_style() -> Shapes:
    return Shapes(triples(*HOUSE, ROOT / "ontology" / "cybercoop.ttl"))


def constraints(*paths: Path) -> list[URIRef]:
    """The shapes and rules that a problem can be named after: those that bear a message."""
    return sorted({node for node in read(*paths).subjects(SH.message) if isinstance(node, URIRef)})


def code(node: URIRef) -> str:
    return node.removeprefix(COOPSH)


def expected(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# expects: ")


DATA_FILES = [path for path in FILES if path not in HOUSE]
SHAPES = read(*DATA_FILES)
CONSTRAINTS = constraints(*DATA_FILES)
RULES = {code(node): str(text) for node, text in SHAPES.subject_objects(SH.select) if isinstance(node, URIRef)}


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_two_parsers_read_the_same(file: Path) -> None:
    """Two parsers find the same number of triples in every file."""
    assert len(read(file)) == len(triples(file))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_files_are_short(file: Path) -> None:
    """No file has 300 lines or more."""
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines < 300, f"{file.name} has {lines} lines: make two of it, by theme"


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_constraints_stand_from_a_to_z(file: Path) -> None:
    """Inside each section the shapes that only gather come first, then the constraints from A to Z."""
    known = {code(node) for node in constraints(file)}
    sections: list[list[str]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if RULER.match(line):
            sections.append([])
        elif stanza := STANZA.match(line):
            assert sections, f"{file.name}: put a ruler, #### Title ####, above {stanza['name']}"
            sections[-1].append(stanza["name"])
    for names in sections:
        assert names, f"{file.name} has a ruler with nothing under it"
        ordered = [name for name in names if name not in known] + sorted(name for name in names if name in known)
        assert names == ordered, f"{file.name}: the order should be {ordered}"


@pytest.mark.parametrize("node", constraints(*FILES), ids=code)
def test_a_constraint_speaks_three_languages(node: URIRef) -> None:
    """Each constraint says what is wrong and what to write instead, once in each language, in its own letters."""
    for predicate in (SH.message, COOP.cure):
        texts = [text for text in read(*FILES).objects(node, predicate) if isinstance(text, Literal)]
        assert sorted(str(text.language) for text in texts) == sorted(LANGUAGES)
        assert all(str(text) == text.strip() and text.endswith(".") for text in texts)
        assert all(text.language != "ar" or ARABIC.search(text) for text in texts)


@pytest.mark.parametrize("node", CONSTRAINTS, ids=code)
def test_a_constraint_has_a_bad_example(node: URIRef) -> None:
    """Each constraint has a file that breaks it."""
    have = {expected(path) for path in INVALID}
    assert code(node) in have, f"add tests/fixtures/invalid/{code(node)}.yaml"


@pytest.mark.parametrize("path", [*INVALID, *UNSTYLISH], ids=lambda path: path.stem)
def test_a_bad_example_is_called_what_it_breaks(path: Path) -> None:
    """The name up to its first dot and the first line of a bad example are the code of a constraint."""
    name = path.name.partition(".")[0]
    assert expected(path) == name, f"begin {path.name} with the line: # expects: {name}"
    assert name in {code(node) for node in constraints(*FILES)}, f"no shape is called {name}"


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_bad_example_breaks_one_constraint(graph: Graph, path: Path) -> None:
    """A bad example breaks the constraint that it is named after, and no other, in each line marked `# wrong`."""
    problems = with_followers(graph.validate(path).problems)
    assert {found.code for found in problems} == {expected(path)}
    lines = {found.where.line for found in problems if found.where.file.endswith(path.name)}
    text = path.read_text("utf-8").splitlines()
    marked = {number for number, line in enumerate(text, 1) if line.endswith("  # wrong")}
    assert lines == marked if marked else lines - {1}


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_good_example_has_no_problem(graph: Graph, path: Path) -> None:
    """A full good record passes."""
    assert not [found.to_dict() for found in graph.validate(path).problems]


def test_each_class_has_a_good_example(graph: Graph) -> None:
    """There is a full good record of a thing of each class."""
    types = {str(s.quad.object) for s in graph.workspace.read(VALID).statements if s.quad.predicate.value == RDF_TYPE}
    wanted = {name for name, place in KINDS.items() if place.startswith("id/")} - {"Instrument"}
    missing = sorted(name for name in wanted if f"<{COOP[name]}>" not in types)
    assert not missing, f"add tests/fixtures/valid/{missing[0].lower()}.yaml"


@pytest.mark.parametrize("name", ["fast", "pyshacl"])
def test_ontology_and_shapes_are_in_the_house_style(name: str) -> None:
    """Ontology and shapes meet the constraints on their own style."""
    assert not engine(name)(triples(*ONTOLOGY, *DATA_FILES), house_style())


@pytest.mark.parametrize("path", UNSTYLISH, ids=lambda path: path.stem)
def test_house_style_is_enforced(path: Path) -> None:
    """A stanza that breaks the house style is found when it is added to a copy of ontology and shapes.

    What is found are exactly the things named in the lines marked `# wrong`, if there are any.
    """
    found = engine("fast")(triples(*ONTOLOGY, *DATA_FILES, path), house_style())
    assert {code(URIRef(result.shape)) for result in found} == {expected(path)}
    if marked := set(MARKED.findall(path.read_text("utf-8"))):
        assert {re.split("[#/]", result.focus.strip("<>"))[-1] for result in found} == marked


@pytest.mark.parametrize("node", constraints(*HOUSE), ids=code)
def test_house_style_has_bad_examples(node: URIRef) -> None:
    """Each constraint on style has a stanza that breaks it."""
    assert code(node) in {expected(path) for path in UNSTYLISH}, f"add tests/fixtures/house-style/{code(node)}.ttl"


def test_shapes_know_every_property() -> None:
    """Each property of ours that can stand in a record is met by a shape or a rule."""
    terms = {str(term) for term in read(*ONTOLOGY).subjects(RDFS.range)}
    ours = {term for term in terms if term.startswith(COOP)} - COMPUTED - {str(COOP.cure)}
    met = {str(term) for kind in (SH.path, SH.targetSubjectsOf) for term in SHAPES.objects(None, kind)}
    assert ours <= met, f"no shape speaks of {sorted(ours - met)}"


def test_shapes_and_ontology_agree_on_domains() -> None:
    """The properties of ours kept to one kind of thing are exactly those with that domain in the ontology."""
    domains = {(prop, kind) for prop, kind in read(*ONTOLOGY).subject_objects(RDFS.domain)}
    kept = {
        (prop, SHAPES.value(shape, SH["class"]))
        for shape in SHAPES.subjects(SH["class"])
        for prop in SHAPES.objects(shape, SH.targetSubjectsOf)
    }
    assert {(prop, kind) for prop, kind in kept if str(prop).startswith(COOP)} == domains


def references() -> list[tuple[str, str]]:
    """The terms and values that the cures of references tell people to write."""
    nodes = [node for node in CONSTRAINTS if SHAPES.value(node, SH["class"])]
    cures = [str(cure) for node in nodes for cure in SHAPES.objects(node, COOP.cure)]
    return sorted({(found["term"], found["value"]) for cure in cures if (found := EXAMPLE.search(cure))})


@pytest.mark.parametrize(("word", "value"), references())
def test_a_cure_points_at_something_real(graph: Graph, word: str, value: str) -> None:
    """What the cure of a reference tells people to write is there to be pointed at."""
    term = graph.workspace.context.terms[word]
    things = {str(quad.subject) for quad in graph.workspace.stored.quads()}
    assert term.kind == LINK
    assert f"<{value if '://' in value else term.base + value}>" in things


def judged(rule: str, facts: list[tuple[str, str, str]]) -> set[str]:
    """The things that a rule finds in facts whose objects are dates, or names with a slash for things."""
    store = ox.Store()
    base = "https://w3id.org/cybercoop/id/"
    for subject, predicate, value in facts:
        prefix, _, local = predicate.partition(":")
        is_link = "/" in value or value.startswith(COOP)
        target = ox.NamedNode(value if "://" in value else base + value) if is_link else ox.Literal(value)
        store.add(ox.Quad(ox.NamedNode(base + subject), ox.NamedNode(PREFIXES[prefix] + local), target))
    rows = store.query(RULES[rule], prefixes=PREFIXES)
    return {row["this"].value.removeprefix(base) for row in rows}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("rule", "mine", "theirs", "late"),
    [
        ("activity-ends-no-later-than-its-project", "endDate", "endDate", True),
        ("activity-starts-before-its-project-ends", "startDate", "endDate", True),
        ("activity-starts-no-earlier-than-its-project", "startDate", "startDate", False),
    ],
)
def test_only_certain_breaches_of_a_project_s_dates_count(rule: str, mine: str, theirs: str, late: bool) -> None:
    """An activity is outside its project's dates exactly when no day that the two stated dates allow is inside."""
    facts, outside = [], set()
    for number, (date, bound) in enumerate(itertools.product(DATES, DATES)):
        activity, project = f"activity/{number}", f"project/{number}"
        facts += [
            (activity, "rdf:type", COOP.Activity),
            (activity, "coop:partOf", project),
            (activity, f"schema:{mine}", date),
            (project, f"schema:{theirs}", bound),
        ]
        if first_day(date) > last_day(bound) if late else last_day(date) < first_day(bound):
            outside.add(activity)
    assert judged(rule, facts) == outside


def test_only_a_certain_end_before_the_start_counts() -> None:
    """A thing ends before it starts exactly when no day of its end can follow a day of its start."""
    facts, wrong = [], set()
    for number, (start, end) in enumerate(itertools.product(DATES, DATES)):
        thing = f"project/{number}"
        facts += [(thing, "rdf:type", COOP.Project), (thing, "schema:startDate", start), (thing, "schema:endDate", end)]
        if first_day(start) > last_day(end):
            wrong.add(thing)
    assert judged("thing-does-not-end-before-it-starts", facts) == wrong


def test_one_source_that_allows_it_is_enough() -> None:
    """An activity within the dates that any one source states for its project is not outside them."""
    facts = [
        ("activity/late", "rdf:type", COOP.Activity),
        ("activity/late", "coop:partOf", "project/moved"),
        ("activity/late", "schema:endDate", "2021-03-01"),
        ("project/moved", "schema:endDate", "2020-06-30"),
        ("project/moved", "schema:endDate", "2021-12"),
    ]
    assert not judged("activity-ends-no-later-than-its-project", facts)
    assert judged("activity-ends-no-later-than-its-project", facts[:-1]) == {"activity/late"}
