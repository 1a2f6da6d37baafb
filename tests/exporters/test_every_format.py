"""What every format promises: the same facts, the same bytes, the notice, and words where it cannot."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
import zipfile
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cybercoop.export import FORMATS, export
from cybercoop.export.facts import ExportError
from cybercoop.terms.labels import NAME, OTHER_NAME, one_name
from cybercoop.terms.names import ID, NS, XSD

PARSERS = {name: parser for name, form in FORMATS.items() if (parser := ox.RdfFormat.from_media_type(form.media_type))}
"""What reads each format that is RDF; the others are no such formats, and are held to what every format promises."""
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
UNION = [name for name, parser in PARSERS.items() if not parser.supports_datasets]
EDITORS = ox.NamedNode(ID + "source/cybercoop-editors")

iris = st.sampled_from(
    [
        *(
            ID + path
            for path in ("activity/2024-a", "country/MA", "country/NO", "amount/eur-5.005", "place/x.", "x/../y")
        ),
        *("https://w3id.org/cybercoop/scheme/theme/dark-web", NS + "Activity", NS + "a.b", NS + "-x", NS, ID),
        *("https://example.org/é?a=1&b=2#c", "https://example.org/a'(b);c,d", "urn:x:y", "mailto:a@example.org"),
        *("https://example.org/%20#", "http://example.org//a", "https://w3id.org/cybercoop/id/a:b", "tag:a,b:c"),
    ]
).map(ox.NamedNode)
words = (
    *("coop:benefits", "coop:budget", "coop:headcount", "coop:estimated", "coop:currency", "coop:heldIn", "coop:theme"),
    *("schema:startDate", "skos:prefLabel", "dct:description", "https://example.org/terms/x", "urn:example:linked"),
)
datatypes = st.sampled_from(
    [XSD + name for name in ("string", "boolean", "date", "decimal", "double", "gYear", "gYearMonth", "integer")]
    + ["https://example.org/terms/odd"]
).map(ox.NamedNode)
forms = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["1.50", "070", "-0", "+5", "true", "TRUE", "1", "2024", "2024-05", "2024-02-30", "1E3", "-7.6"]),
)
literals = st.one_of(
    st.builds(ox.Literal, forms),
    st.builds(lambda form, datatype: ox.Literal(form, datatype=datatype), forms, datatypes),
    st.builds(
        lambda form, lang: ox.Literal(form, language=lang), forms, st.sampled_from(["en", "fr", "ar", "zh-hant"])
    ),
)


@pytest.fixture(scope="session")
def predicates(context: dict[str, Any]) -> list[ox.NamedNode]:
    whole = []
    for word in words:
        prefix, _, local = word.partition(":")
        whole.append(ox.NamedNode(context[prefix] + local if prefix in context else word))
    return whole


def facts_of(quads: list[ox.Quad], name: str) -> set[str]:
    return {str(quad.triple) for quad in one_name(quads)} if name in UNION else set(map(str, quads))


def with_rdflib(content: bytes, name: str) -> set[str]:
    """Return what rdflib reads, literals as they are written."""
    graph = rdflib.Dataset() if name in ("jsonld", "trig") else rdflib.Graph()
    graph.parse(data=content, format={"jsonld": "json-ld", "rdfxml": "xml"}.get(name, name))
    if isinstance(graph, rdflib.Dataset):
        return {
            str(ox.Quad(_term(s), _term(p), _term(o), _term(g))) for s, p, o, g in graph.quads((None, None, None, None))
        }
    return {str(ox.Triple(_term(s), _term(p), _term(o))) for s, p, o in graph}


def _term(term: Any) -> Any:
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype or XSD + "string")))


@pytest.mark.parametrize("name", PARSERS)
def test_an_export_read_back_is_the_graph(name: str, whole: Any) -> None:
    """Every format keeps every fact, each literal as it was written."""
    read = list(ox.parse(whole.export(name), format=PARSERS[name]))
    assert facts_of(read, name) == facts_of(whole.quads, name)
    assert len(read) == len(facts_of(whole.quads, name)), "a fact is written twice"


@pytest.mark.parametrize("name", UNION)
def test_a_union_has_one_preferred_name_per_language(name: str, whole: Any) -> None:
    """By SKOS (S13, S14) a thing has one preferred name in a language, which is none of its other names."""
    preferred: dict[tuple[str, str | None], list[str]] = {}
    others: dict[tuple[str, str | None], list[str]] = {}
    for triple in ox.parse(whole.export(name), format=PARSERS[name]):
        names = {NAME: preferred, OTHER_NAME: others}.get(triple.predicate.value)
        if names is not None and isinstance(triple.object, ox.Literal):
            names.setdefault((str(triple.subject), triple.object.language), []).append(triple.object.value)
    assert preferred and not [entry for entry in preferred.items() if len(entry[1]) > 1]
    assert not [thing for thing, names in preferred.items() if set(names) & set(others.get(thing, ()))]


def test_no_name_is_lost_in_a_union(shipped: Any) -> None:
    """What any source calls a thing is one of its names in the union; the editors' name is the preferred one."""
    said = [q for q in shipped.quads if q.predicate.value in (NAME, OTHER_NAME)]
    read = {
        (str(t.subject), str(t.object), t.predicate.value)
        for t in ox.parse(shipped.export("turtle"), PARSERS["turtle"])
    }
    assert {(str(q.subject), str(q.object)) for q in said} == {r[:2] for r in read if r[2] in (NAME, OTHER_NAME)}
    editors = {
        (str(q.subject), str(q.object), NAME) for q in said if q.graph_name == EDITORS and q.predicate.value == NAME
    }
    assert len(editors) > 100 and editors <= read
    moved = {(str(q.subject), str(q.object), NAME) for q in said if q.predicate.value == NAME} - read
    assert len(moved) > 50


@pytest.mark.parametrize("name", ["jsonld", "rdfxml", "trig", "turtle"])
def test_rdflib_reads_the_same_graph(name: str, whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second, independent reader makes the same facts of an export; scoped bases of JSON-LD included."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    assert with_rdflib(whole.export(name), name) == facts_of(whole.quads, name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_any_graph_survives(data: st.DataObject, predicates: list[ox.NamedNode], context: dict[str, Any]) -> None:
    """Whatever terms meet under whatever property, each format gives them back or says why it cannot."""
    quad = st.builds(ox.Quad, iris, st.sampled_from(predicates), st.one_of(iris, literals), st.just(EDITORS) | iris)
    quads = data.draw(st.lists(quad, max_size=8))
    forbidden = any(isinstance(q.object, ox.Literal) and NOT_XML.search(q.object.value) for q in quads)
    for name, parser in PARSERS.items():
        out = io.BytesIO()
        if forbidden and name == "rdfxml":
            with pytest.raises(ExportError, match=r"no way to write the character U\+"):
                export(name, quads, context, out)
        else:
            export(name, quads, context, out)
            assert facts_of(list(ox.parse(out.getvalue(), format=parser)), name) == facts_of(quads, name)


DIGESTS = """
import hashlib, io, json, random, sys
import pyoxigraph as ox
from cybercoop.export import FORMATS, export
for graph in sys.argv[2:]:
    quads = list(ox.parse(path=f"{graph}.nq", format=ox.RdfFormat.N_QUADS))
    random.Random(sys.argv[1]).shuffle(quads)
    context = json.load(open(f"{graph}.json", encoding="utf-8"))
    for name in FORMATS:
        out = io.BytesIO()
        export(name, quads, context, out)
        print(graph, name, hashlib.sha256(out.getvalue()).hexdigest())
"""


@pytest.fixture(scope="module")
def written(small: Any, shipped: Any, tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """The digests of both graphs in every format, as processes of other hash seeds and this one write them."""
    folder = tmp_path_factory.mktemp("digests")
    graphs = {"small": small, "shipped": shipped}
    for name, whole in graphs.items():
        (folder / f"{name}.nq").write_bytes(ox.serialize(whole.quads, format=ox.RdfFormat.N_QUADS) or b"")
        (folder / f"{name}.json").write_text(json.dumps(whole.context), encoding="utf-8")
    running = []
    for seed in ("0", "1", "4294967295"):
        command = [sys.executable, "-c", DIGESTS, seed, *graphs]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        running.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True))
    here = {
        f"{name} {form} {hashlib.sha256(whole.export(form)).hexdigest()}"
        for name, whole in graphs.items()
        for form in FORMATS
    }
    return [here, *(set(process.communicate()[0].splitlines()) for process in running)]


@pytest.mark.parametrize("name", ["small", "shipped"])
def test_the_same_bytes_under_every_hash_seed(name: str, written: list[set[str]]) -> None:
    """Neither the hash seed nor the order of the facts changes a byte of any format."""
    results = {frozenset(line for line in lines if line.startswith(f"{name} ")) for lines in written}
    assert len(results) == 1
    assert len(results.pop()) == len(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_repetition_and_order_do_not_matter(name: str, quads: list[ox.Quad], exported: Any) -> None:
    """A fact that is handed over twice, or elsewhere, is written once, in its place."""
    again = [*quads, *quads]
    random.Random(7).shuffle(again)
    digests = {hashlib.sha256(exported(name, given)).digest() for given in (quads, again)}
    assert len(digests) == 1


@pytest.mark.parametrize("name", FORMATS)
def test_the_notice_leaves_with_the_name(name: str, whole: Any) -> None:
    """Whoever gets a designation in an export gets its notice in the same file, in every language that has one."""
    content = whole.export(name)
    if name == "csv":
        archive = zipfile.ZipFile(io.BytesIO(content))
        texts = [archive.read(entry).decode() for entry in archive.namelist()]
    else:
        texts = [content.decode()]
    notice = {
        quad.object.value
        for quad in whole.quads
        if quad.predicate.value == NS + "designationNotice"
        and quad.graph_name == EDITORS
        and str(quad.subject).endswith("/country/PS>")
    } or {quad.object.value for quad in whole.quads if quad.predicate.value == NS + "designationNotice"}
    assert len(notice) == 3
    starred = [text for text in texts if "Palestine*" in text]
    assert starred
    for text in starred:
        for words in notice:
            assert words in text


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_graph_is_a_valid_export(name: str, exported: Any) -> None:
    """Nothing to say is said without an error."""
    content = exported(name, [])
    if name == "csv":
        assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["README.txt", "claims.csv", "csv-metadata.json"]
    else:
        assert not list(ox.parse(content, format=PARSERS[name]))


def test_rdfxml_has_no_document_type(quads: list[ox.Quad], exported: Any) -> None:
    """Readers that refuse document types, as ours does, take our RDF/XML."""
    assert b"<!DOCTYPE" not in exported("rdfxml", quads)
    assert b"<!ENTITY" not in exported("rdfxml", quads)


def test_each_format_has_one_name_one_extension_and_a_writer() -> None:
    """The table of formats is complete, and no two files could be mistaken for each other."""
    assert all(name == form.name and callable(form.writer()) for name, form in FORMATS.items())
    assert len({form.extension for form in FORMATS.values()}) == len(FORMATS)
    assert len({form.media_type for form in FORMATS.values()}) == len(FORMATS)
