"""An edition of the graph as a folder of files that needs nothing else: the same bytes wherever it is made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pyoxigraph as ox

from cybercoop.judge.compare import GONE, VOCABULARY, Comparison, compare
from cybercoop.judge.reports.changes import as_json, as_markdown, as_patch
from cybercoop.judge.sides import Side, classes, repository
from cybercoop.judge.sides import side as side_of
from cybercoop.problems.problem import LANGUAGES, refuse
from cybercoop.terms.names import BASE, DERIVED, RDF_TYPE, SH, SHAPES, short
from cybercoop.terms.patch import canonical, digest
from cybercoop.workspace.revisions import NOTE, WHOLE, Known, changed, commit, dated, known, stated_digest
from cybercoop.workspace.workspace import FOLDERS, Workspace

_TITLE = "cybercoop: the knowledge graph of international cooperation against cybercrime"
_ABOUT = "Who funds, runs, signs and attends what against cybercrime, since when, and on whose word."
_LICENCES = {"data and vocabulary": "CC-BY-4.0", "code": "Apache-2.0"}
_MOST = 200
"""How many things of each kind of change are told of in words; the JSON tells all."""
_TYPES = {
    "cff": "text/yaml",
    "csv": "text/csv",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "md": "text/markdown",
    "nq": "application/n-quads",
    "nt": "application/n-triples",
    "owl": "application/rdf+xml",
    "rdf": "application/rdf+xml",
    "rdfp": "application/rdf-patch",
    "rq": "application/sparql-query",
    "ru": "application/sparql-update",
    "trig": "application/trig",
    "ttl": "text/turtle",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "zip": "application/zip",
}


def facts(graph: Workspace, version: str, date: str | None = None) -> Known:
    """Return what an edition of a graph is known by; its commit is that of the checkout, its day that of the commit.

    Raises `Refusal` where the version is none, the folders hold what is in no commit, or no day can be known.
    """
    if not all(part.isascii() and part.isdecimal() for part in version.split(".")) or version.count(".") != 2:
        raise refuse("version-form", value=version)
    folder = repository(graph)
    if changed(folder, FOLDERS):
        raise refuse("release-uncommitted", value=str(folder))
    head = commit(folder, "HEAD") or ""
    day = date or (dated(folder, head) if head else "")
    if not day:
        raise refuse("release-undated", value=version)
    quads = graph.stored.quads()
    stated = sum(quad.graph_name != ox.NamedNode(DERIVED) for quad in quads)
    return Known(version, day, head, stated, stated_digest(quads))


def previous(graph: Workspace, version: str) -> str | None:
    """Return the edition before a version among those that are kept note of."""
    order = tuple(map(int, version.split(".")))
    return next((each.version for each in reversed(known(graph).values()) if each.order < order), None)


def release(
    home: Workspace, graph: Workspace, made: Known, contents: Mapping[str, bytes], before: str | None
) -> dict[str, bytes]:
    """Return the files of a release of a graph, by their paths in its folder, beside the `contents` given.

    `before` is what it is compared with: an edition, or the folder of its release. Raises `Refusal` where words of the
    vocabulary are gone, and neither the version nor a query that mends the data of others says so.
    """
    files = {**contents, **dict(_folders(graph))}
    files["policy.yaml"] = (graph.root / "data" / "policy.yaml").read_bytes()
    lines = canonical(graph.stored.quads())
    files[WHOLE] = "".join(f"{line}\n" for line in lines).encode()
    if before is not None:
        files |= _changes(home, graph, made, before)
    files[NOTE] = note(graph, made, before)
    files["CITATION.cff"] = _citation(made).encode()
    files["README.md"] = _document(home, "reuse.md")
    files["ro-crate-metadata.json"] = _written(_crate(made, files))
    sums = "".join(f"{_sha(content)}  {name}\n" for name, content in sorted(files.items()))
    return {**files, "SHA256SUMS": sums.encode()}


def note(graph: Workspace, made: Known, before: str | None) -> bytes:
    """Return what is kept of an edition: what it is known by, all that it says with its hash, things by class."""
    quads = graph.stored.quads()
    lines = canonical(quads)
    whole = {"statements": len(lines), "sha256": digest(lines)}
    things = {short(kind): len(found) for kind, found in sorted(classes(quads).items())}
    return _written({**made._asdict(), "before": before, "whole": whole, "things": things})


def _folders(graph: Workspace) -> Iterator[tuple[str, bytes]]:
    """Yield vocabulary and shapes by module, and whole: Turtle after Turtle, shapes by what engine they need."""
    modules: dict[str, list[bytes]] = {"vocabulary.ttl": [], "house-style-shapes.ttl": []}
    shapes: list[ox.Triple] = []
    for folder in ("ontology", "shapes"):
        for path in graph.files(folder, ""):
            name, content = path.relative_to(graph.root).as_posix(), path.read_bytes()
            yield name, content
            if path.suffix != ".ttl" or name.startswith(("ontology/alignments/", "ontology/logic/")):
                continue
            if folder == "ontology" or path.name.startswith("house-style"):
                whole = "vocabulary.ttl" if folder == "ontology" else "house-style-shapes.ttl"
                modules[whole].append(f"# {name}\n".encode() + content)
            if name == "ontology/cybercoop.ttl" or (folder == "shapes" and not path.name.startswith("house-style")):
                quads = ox.parse(content, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
                shapes += [quad.triple for quad in quads]
    yield from ((name, b"\n".join(contents)) for name, contents in modules.items())
    yield from _by_engine(shapes)


def _by_engine(shapes: list[ox.Triple]) -> Iterator[tuple[str, bytes]]:
    """Yield shapes of SHACL Core, which every engine knows, and the constraints in SPARQL beside them (SHACL 5)."""
    rules = {triple.object for triple in shapes if triple.predicate.value == SH + "sparql"}
    asking = {triple.subject for triple in shapes if triple.predicate.value == SH + "sparql"}
    prefixes = {triple.object for triple in shapes if triple.predicate.value == SH + "declare"}
    own = [triple for triple in shapes if triple.subject in rules | prefixes or triple.predicate.value in _ASKED]
    heads = [
        each for each in shapes if each.subject in asking and each.predicate.value.startswith((SH + "t", RDF_TYPE))
    ]
    ours = {triple.subject for triple in shapes if _is_ours(triple.subject)}
    core = [triple for triple in shapes if triple not in own and (triple.subject in ours or _blank(triple.subject))]
    for name, triples in (("data-shapes.ttl", core), ("rules-shapes.ttl", [*own, *heads])):
        dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_256)
        told = (quad.triple for quad in sorted(dataset, key=str))
        yield name, ox.serialize(told, format=ox.RdfFormat.TURTLE) or b""


_ASKED = (SH + "sparql", SH + "declare")


def _is_ours(term: object) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith(SHAPES)


def _blank(term: object) -> bool:
    return isinstance(term, ox.BlankNode)


def _changes(home: Workspace, graph: Workspace, made: Known, before: str) -> Iterator[tuple[str, bytes]]:
    """Yield what changed since the edition before: in words, for programs, and as a patch."""
    earlier, now = side_of(home, before), Side(made.version, graph.stored.quads(), graph)
    for lang in LANGUAGES:
        found = compare(home, earlier, now, lang)
        if lang == "en":
            _allowed(graph, made, known(home).get(before), found)
            yield "changes.rdfp", as_patch(found).encode()
            yield "changes.json", as_json(found).encode()
        yield f"changes.{lang}.md", as_markdown(found, _MOST).encode()


def _allowed(graph: Workspace, made: Known, before: Known | None, found: Comparison) -> None:
    """Raise `Refusal` where words are gone, and the version, or a query that mends the data of others, is missing."""
    gone = [told.thing for told in found.told if told.kind == VOCABULARY and told.state == GONE]
    mends = graph.root / "ontology" / "migrations" / f"{made.version}.ru"
    counts = 1 if made.order[0] else 2  # before 1.0.0 the second number counts (Semantic Versioning 2.0.0, 4)
    low = before is not None and made.order[:counts] == before.order[:counts]
    if gone and (low or not mends.is_file()):
        raise refuse("release-breaks", value=made.version, choices={short(iri): {} for iri in gone[:8]})


def _document(graph: Workspace, name: str) -> bytes:
    """Return a document that goes with the graph, in a checkout or in the library."""
    there = (graph.root / "docs" / name, graph.root / name)
    return next((path.read_bytes() for path in there if path.is_file()), b"")


def _citation(made: Known) -> str:
    """Return the file by which the edition is cited (Citation File Format 1.2.0)."""
    return f"""cff-version: 1.2.0
message: Cite the edition by this file, and a single fact with its source as well.
type: dataset
title: "{_TITLE}"
abstract: {_ABOUT}
authors:
  - name: The contributors to cybercoop
    website: {BASE}contributors
version: {made.version}
date-released: {made.date}
url: {BASE}
license: {_LICENCES["data and vocabulary"]}
identifiers:
  - type: other
    value: "urn:sha256:{made.sha256}"
    description: Hash of what is stated in this edition (RDFC-1.0, SHA-256)
"""


def _crate(made: Known, files: Mapping[str, bytes]) -> dict[str, object]:
    """Return the description of the folder for programs (RO-Crate 1.1)."""
    licence = "https://creativecommons.org/licenses/by/4.0/"
    parts = [
        {
            "@id": name,
            "@type": "File",
            "name": name,
            "encodingFormat": _TYPES.get(name.rpartition(".")[2], "text/plain"),
            "contentSize": str(len(content)),
            "sha256": _sha(content),
        }
        for name, content in sorted(files.items())
    ]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": _TITLE,
        "description": _ABOUT,
        "version": made.version,
        "datePublished": made.date,
        "license": {"@id": licence},
        "hasPart": [{"@id": part["@id"]} for part in parts],
    }
    head = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }
    named = {"@id": licence, "@type": "CreativeWork", "name": "Creative Commons Attribution 4.0 International"}
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [head, root, named, *parts]}


def _written(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _sha(content: bytes) -> str:
    from hashlib import sha256

    return sha256(content).hexdigest()
