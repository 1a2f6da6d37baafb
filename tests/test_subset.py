"""A part of the graph says of its things what the whole says of them, and can be read by itself."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.terms.labels import NAME, NOTICE
from cybercoop.terms.literals import last_day
from cybercoop.terms.names import BASE, DERIVED, ID, NS, RDF_TYPE, RDFS
from tests.test_web import SOME

PARTNERS = ["DZ", "EG", "JO", "LB", "LY", "MA", "PS", "TN"]
"""The partners of CyberSouth+."""

_NAMED = f"""{{ VALUES ?named {{ <CHOSEN> }} }} UNION {{ ?named ?any <CHOSEN>
  FILTER(STRSTARTS(STR(?named), "{BASE}") && !REGEX(STR(?named), "/id/(record|passage|citation)/")) }}"""
_OF = """?record coop:about ?{0}, ?{1} FILTER(STRENDS(STR(?record), CONCAT("--", REPLACE(REPLACE(STR(?{2}),
  "^https://w3id.org/cybercoop/(id|scheme)/", ""), "[^A-Za-z0-9.-]+", "-"))))"""
_NEAR = f"""{{ {{ {_NAMED} }} BIND(?named AS ?near) }}
  UNION {{ {{ {_NAMED} }} {_OF.format("named", "near", "near")} }}"""
CONSTRUCT = f"""PREFIX coop: <{NS}>
CONSTRUCT {{ ?thing ?property ?value }} WHERE {{
  {{ SELECT DISTINCT ?thing {{
    {{ {{ {_NEAR} }} BIND(?near AS ?thing) }}
    UNION {{ {{ SELECT DISTINCT ?near {{ {_NEAR} }} }} {_OF.format("near", "thing", "near")} }} }} }}
  ?thing ?property ?value
}}"""
"""All that is said of a thing, of what names it, of what these stand inside of, and of what stands inside of those."""


@pytest.fixture(scope="module")
def full(graph: Graph) -> set[ox.Quad]:
    return read(graph.export("nquads"))


@pytest.fixture(scope="module")
def store(full: set[ox.Quad]) -> ox.Store:
    """The export of the whole, in a store that knows nothing of the product."""
    made = ox.Store()
    made.bulk_extend(full)
    made.bulk_extend({ox.Quad(quad.subject, quad.predicate, quad.object) for quad in full})
    return made


def read(content: bytes) -> set[ox.Quad]:
    return set(ox.parse(content, format=ox.RdfFormat.N_QUADS))


def objects(quads: Iterable[ox.Quad], predicate: str) -> defaultdict[Any, set[Any]]:
    found: defaultdict[Any, set[Any]] = defaultdict(set)
    for quad in quads:
        if quad.predicate.value == predicate:
            found[quad.subject].add(quad.object)
    return found


def is_closed(part: set[ox.Quad], full: set[ox.Quad]) -> None:
    """Hold a part against what a reader needs: cards of sources, records, passages, names, classes, notices."""
    subjects = {quad.subject for quad in part}
    described = {quad.subject for quad in full}
    assert {quad.graph_name for quad in part} & described <= subjects
    mentioned = {quad.object for quad in part if isinstance(quad.object, ox.NamedNode)} | subjects
    for predicate in (NAME, NOTICE, RDF_TYPE):
        have, own = objects(full, predicate), objects(part, predicate)
        assert not [thing for thing in mentioned if have[thing] and not own[thing]], predicate
    for predicate in ("passage", "citation", "cites"):
        for values in objects(part, NS + predicate).values():
            assert values <= subjects
    noticed = objects(full, NOTICE)
    starred = {quad.object.value: quad.subject for quad in full if quad.subject in noticed and "*" in str(quad.object)}
    texts = "\n".join(quad.object.value for quad in part if isinstance(quad.object, ox.Literal))
    assert {bearer for name, bearer in starred.items() if name in texts} <= objects(part, NOTICE).keys()


def chosen(graph: Graph) -> list[Any]:
    projects = sorted(str(row[0])[1:-1].removeprefix(f"{ID}project/") for row in graph.things("Project").rows)
    return [("project", each) for each in projects[:: 11 if SOME > 1 else 1]] + [
        ("country", each) for each in PARTNERS[:: 5 if SOME > 1 else 1]
    ]


def test_each_project_and_partner_is_what_the_whole_says_of_it(
    graph: Graph, full: set[ox.Quad], store: ox.Store
) -> None:
    """Read back, a part is equal to a CONSTRUCT over the whole, statement by statement, and closed.

    One project in eleven and one partner in five are tried, or all by `PAGES=all`.
    """
    for name, value in chosen(graph):
        part = read(graph.export("nquads", **{name: value}))
        rows = store.query(CONSTRUCT.replace("CHOSEN", f"{ID}{name}/{value}"))
        wanted = set(rows)
        things = {triple.subject for triple in wanted}
        assert {quad.triple for quad in part if quad.subject in things} == wanted, value
        assert part == {quad for quad in part if quad in full}, value
        assert {quad for quad in full if quad.subject in things} <= part, value
        about = {quad.subject for quad in full if quad.predicate.value == NS + "about" and quad.object in things}
        assert {quad for quad in full if quad.subject in about} <= part, value
        is_closed(part, full)


@pytest.mark.parametrize("form", ["turtle", "trig", "jsonld", "rdfxml", "csv"])
def test_every_format_can_be_cut(form: str, graph: Graph) -> None:
    """The part is smaller than the whole in each format, counts what it holds, and keeps the notice with the name."""
    part = graph.export(form, country="PS", vocabulary=False)
    assert 100 < part.statements < 10_000
    assert b"Palestine*" in part
    assert b"without prejudice to the individual positions" in part


def test_choices_go_together(graph: Graph, full: set[ox.Quad]) -> None:
    """What is chosen by two options fits both; several values of one widen it."""
    kinds = objects(full, RDF_TYPE)

    def things(**given: Any) -> set[Any]:
        found = read(graph.export("nquads", vocabulary=False, **given))
        described = {quad.object for quad in found if quad.predicate.value == NS + "about"}
        return {each for each in described if ox.NamedNode(NS + "Activity") in kinds[each]}

    both = things(class_="Activity", country="MA", project="cybersouth-plus")
    assert both and both <= things(class_="Activity", country="MA") & things(
        class_="Activity", project="cybersouth-plus"
    )
    assert things(class_="Activity", country=["MA", "DZ"]) == things(class_="Activity", country="MA,Algeria")
    assert len(things(class_="Activity", country="MA,DZ")) > len(things(class_="Activity", country="MA"))
    assert things(thing="activity/2024-05-21-casablanca-dark-web") == {
        ox.NamedNode(f"{ID}activity/2024-05-21-casablanca-dark-web")
    }


def test_a_source_and_a_graph_alone(graph: Graph, full: set[ox.Quad]) -> None:
    """What one source says is there whole, with names; concepts and vocabulary are graphs, too."""
    said = {quad for quad in full if quad.graph_name.value == f"{ID}source/lesafr-2024"}  # type: ignore[union-attr]
    part = read(graph.export("nquads", source="lesafr-2024"))
    assert said and said <= part
    is_closed(part, full)
    for name in ("ns", "scheme"):
        whole = {quad for quad in full if quad.graph_name.value == BASE + name}  # type: ignore[union-attr]
        assert whole and whole <= read(graph.export("nquads", graph=name))


def test_words_that_are_used_come_with_the_vocabulary(graph: Graph) -> None:
    """A class of the part is described in it, with those above; a word that it does not use is not."""
    part = read(graph.export("nquads", thing="ets-189"))
    words = {quad.subject.value for quad in part if quad.graph_name.value == BASE + "ns"}  # type: ignore[union-attr]
    assert {NS + "Protocol", NS + "Treaty", NS + "Instrument", NS + "supplements"} <= words
    assert NS + "headcount" not in words
    above = {(q.subject.value, q.object.value) for q in part if q.predicate.value == f"{RDFS}subClassOf"}  # type: ignore[union-attr]
    assert (NS + "Treaty", NS + "Instrument") in above
    assert not [
        q for q in read(graph.export("nquads", thing="ets-189", vocabulary=False)) if "/ns>" in str(q.graph_name)
    ]


def test_by_a_day(graph: Graph, full: set[ox.Quad]) -> None:
    """What sources date later is left out, with records, passages and verdicts; what has no date stays."""
    then = read(graph.export("nquads", as_of="2018-07"))
    assert then < full
    dated = re.compile("(actionDate|entryDate|invitationDate|startDate|asOf|noLaterThan)>")
    later = {last_day(q.object.value) for q in full - then if dated.search(str(q.predicate))}  # type: ignore[union-attr]
    assert later and min(later) > "2018-07-31"
    assert all(q.object.value <= "2018-07-31" for q in then if "noLaterThan>" in str(q.predicate))  # type: ignore[union-attr]
    subjects = {quad.subject for quad in then}
    assert not {q.object for q in then if isinstance(q.object, ox.NamedNode)} & {q.subject for q in full} - subjects
    answer = graph.query("treaty-status", country="MA", instrument="ets-185", as_of="2018-07")
    acts = {row[answer.columns.index("statement")] for row in answer.rows if row[answer.columns.index("statement")]}
    assert acts and acts <= {quad.subject for quad in then} | {None}
    assert {quad for quad in full if quad.graph_name.value.endswith("/scheme")} <= then  # type: ignore[union-attr]
    assert read(graph.export("nquads", as_of="2100")) == full
    assert DERIVED in {quad.graph_name.value for quad in then}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "code", "nearest"),
    [
        ({"country": "Morroco"}, "no-such-thing", "Morocco"),
        ({"project": "cybersouth-pluss"}, "no-such-thing", "cybersouth-plus"),
        ({"class_": "Activty"}, "no-such-thing", "activity"),
        ({"graph": "schemes"}, "no-such-thing", ""),
        ({"thing": "ets-1855"}, "nothing-called", "ets-185"),
        ({"as_of": "2018-13"}, "no-such-day", ""),
        ({"as_of": "2018,2019"}, "one-value", ""),
        ({"contry": "MA"}, "unknown-choice", "country"),
        ({"country": ""}, "no-such-thing", ""),
    ],
)
def test_what_is_unknown_is_said(given: dict[str, str], code: str, nearest: str, graph: Graph) -> None:
    """A choice or a value that does not exist is refused in words, with the nearest that does."""
    with pytest.raises(Refusal) as refused:
        graph.export("turtle", **given)
    assert refused.value.problem.code == code
    assert (refused.value.problem.nearest or "") == nearest


def test_a_file_that_ends_in_gz_is_compressed(graph: Graph, tmp_path: Path) -> None:
    """The content is the export; the same call gives the same bytes, without the time at which it was made."""
    made = graph.export("nquads", tmp_path / "a.nq.gz", country="LY")
    graph.export("nquads", tmp_path / "b.nq.gz", country="LY")
    assert gzip.decompress((tmp_path / "a.nq.gz").read_bytes()) == made == graph.export("nquads", country="LY")
    assert (tmp_path / "a.nq.gz").read_bytes() == (tmp_path / "b.nq.gz").read_bytes()


def test_an_empty_part_is_said(graph: Graph) -> None:
    """Where nothing fits, the export is a valid document without a statement, and that is said."""
    assert not read(graph.export("nquads", project="cybersouth-plus", as_of="1990"))
    line = ("export", "turtle", "--project", "cybersouth-plus", "--as-of", "1990", "--lang", "fr")
    done = subprocess.run([sys.executable, "-m", "cybercoop", *line], capture_output=True, check=True)
    assert not list(ox.parse(done.stdout, format=ox.RdfFormat.TURTLE))
    assert "Rien dans le graphe" in done.stderr.decode()
