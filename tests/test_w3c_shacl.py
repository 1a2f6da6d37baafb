"""Both engines pass the W3C test suite for SHACL, but for the deviations that are listed."""

from __future__ import annotations

import tarfile
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml

from cybercoop.shapes import Shapes
from cybercoop.shapes.engines import ENGINES, engine
from cybercoop.terms.names import RDF_TYPE, SH

HERE = Path(__file__).parent
SUITE = HERE.parent.parent / "shared" / "w3c" / "shacl-tests.tar.gz"
DEVIATIONS = yaml.safe_load((HERE / "w3c-shacl-deviations.yaml").read_text("utf-8"))
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
BASE = "https://example.org/suite/"
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Found = tuple[str, str, str, str]


@cache
def texts() -> dict[str, bytes]:
    """Every file of the suite, by its path."""
    with tarfile.open(SUITE) as archive:
        members = [member for member in archive if member.isfile() and member.name.endswith(".ttl")]
        return {member.name: archive.extractfile(member).read() for member in members}


def triples(name: str) -> list[ox.Triple]:
    quads = ox.parse(texts()[name], format=ox.RdfFormat.TURTLE, base_iri=BASE + name)
    return [quad.triple for quad in quads]


def values(graph: list[ox.Triple], subject: Term, predicate: str) -> list[Term]:
    return [t.object for t in graph if t.subject == subject and t.predicate.value == predicate]


def cases() -> list[str]:
    """The path of each file that holds a test; none where the suite is not beside this checkout."""
    return sorted(name for name, text in texts().items() if b"sht:Validate" in text) if SUITE.is_file() else []


def plain(term: Term | str) -> str:
    text = str(term)
    return "_:" if text.startswith("_:") else text


def outcome(name: str, judge: str) -> tuple[object, object]:
    """What an engine finds in a test, and what the suite expects."""
    graph = triples(name)
    test = next(
        t.subject for t in graph if t.predicate.value == RDF_TYPE and t.object == ox.NamedNode(SHT + "Validate")
    )
    action, result = values(graph, test, MF + "action")[0], values(graph, test, MF + "result")[0]
    data, shapes = (
        triples(str(values(graph, action, SHT + kind)[0])[1:-1].removeprefix(BASE))
        for kind in ("dataGraph", "shapesGraph")
    )
    expected: object = "failure"
    if result != ox.NamedNode(SHT + "Failure"):
        expected = sorted(
            {
                tuple(
                    next(map(plain, values(graph, node, SH + word)), "")
                    for word in ("focusNode", "resultPath", "value", "sourceConstraintComponent")
                )
                for node in values(graph, result, SH + "result")
            }
        )
    try:
        results = engine(judge)(list(dict.fromkeys(data)), Shapes(shapes))
    except Exception:
        return "failure", expected
    return sorted(
        {(plain(r.focus), plain(r.path), plain(r.value), f"<{r.component}>") for r in results}
    ), without_long_paths(expected)


def without_long_paths(expected: object) -> object:
    if not isinstance(expected, list):
        return expected
    return sorted((focus, "" if path == "_:" else path, value, component) for focus, path, value, component in expected)


@pytest.mark.skipif(not SUITE.is_file(), reason="the W3C suite (../shared/w3c) is not beside this checkout")
@pytest.mark.parametrize("judge", ENGINES)
def test_an_engine_deviates_where_it_is_known_to(judge: str) -> None:
    """An engine finds what the suite expects in every test but those that are listed, and in none of those."""
    deviating = set()
    for name in cases():
        found, expected = outcome(name, judge)
        if found != expected:
            deviating.add(name.removeprefix("tests/").removesuffix(".ttl"))
    assert deviating == set(DEVIATIONS[judge]), f"mend tests/w3c-shacl-deviations.yaml: {sorted(deviating)}"
    assert len(cases()) == 121
