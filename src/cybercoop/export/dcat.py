"""What the graph is as a data set, counted in it: DCAT-AP 3 with VoID, schema.org, its questions as SHACL names them.

See https://semiceu.github.io/DCAT-AP/releases/3.0.0/, https://www.w3.org/TR/void/, https://schema.org/Dataset and, for
`sh:SPARQLExecutable`, https://www.w3.org/TR/shacl/#SPARQLExecutable.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

import pyoxigraph as ox

from cybercoop.export import FORMATS, LICENCE
from cybercoop.export.facts import text_of
from cybercoop.export.statements import BLOCKS
from cybercoop.export.whole import Whole
from cybercoop.problems.problem import LANGUAGES, sentence
from cybercoop.terms.labels import NAME, of_quads
from cybercoop.terms.names import BASE, DCT, ID, NS, RDF_TYPE, SAME_AS, SHAPES, short
from cybercoop.terms.sorting import in_order

QUESTION = BASE + "question/"
_PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_EU = "http://publications.europa.eu/resource/authority/"
_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"
_MEDIA = "https://www.iana.org/assignments/media-types/"
_CODES = ("RDF_TURTLE", "RDF_TRIG", "RDF_N_TRIPLES", "RDF_N_QUADS", "JSON_LD", "RDF_XML", "CSV")
_FILE_TYPES = dict(zip(FORMATS, _CODES, strict=True))
"""Format → its code in the table of file types of the EU Publications Office, which DCAT-AP asks for."""

_TONGUES = {"en": "ENG", "fr": "FRA", "ar": "ARA"}
_LEADING = ("actionBy", "attendedBy", "benefits", "entryFor", "inCountry", "jurisdiction", "listedCountry")
_WORLDLY = {NS + name for name in (*_LEADING, "partnerCountry")}
"""Properties that lead to the countries and territories that the graph covers."""

_LICENCE = DCT + "license"
_NOT_STATED = f"{BASE}catalog#licence-not-stated"
_DAYS = (NS + "firstDay", NS + "lastDay")
_DATED = tuple(f"{ID}{kind}/" for kind in ("activity", "entry-into-force", "project", "treaty-action"))
_KEYWORDS = ("cybercrime", "Budapest Convention", "technical cooperation", "capacity building", "treaties")


class File(NamedTuple):
    """One way in which the whole is given away: its format, its size in bytes and its digest (SHA-256)."""

    form: str
    size: int
    sha256: str


class Asked(NamedTuple):
    """A question of the catalogue: its wording by language, its tags, and its SPARQL for an example."""

    name: str
    wording: Mapping[str, str]
    tags: Sequence[str]
    example: str
    command: str


class Facts:
    """What is counted in the statements of the graph, read thing by thing, and what its places and sources are called.

    Different values are counted in temporary files.
    """

    def __init__(self, graph: Whole) -> None:
        self.triples = self.subjects = 0
        self.properties, self.classes, self.graphs = Counter[str](), Counter[str](), Counter[str]()
        self.licences: dict[str, list[str]] = {}
        self.first = self.last = ""
        self._same, self._countries = dict[str, str](), set[str]()
        self.objects = sum(1 for _ in groupby(in_order(self._values(graph), BLOCKS)))
        sources = sorted(iri for iri in self.graphs if iri.startswith(f"{ID}source/"))
        self.licences = {iri: self.licences.get(iri, []) for iri in sources}
        self.places = [(iri, self._same.get(iri, iri)) for iri in sorted(self._countries)]
        named = (quad for iri in (*self._countries, *self.graphs) for quad in graph.said.values(graph.lines(iri)))
        self.labels = of_quads(quad for quad in named if quad.predicate.value == NAME)

    def _values(self, graph: Whole) -> Iterator[str]:
        """Count what is said of each thing, whoever says it; yield a line for each value."""
        for thing, rows in graph.said.blocks():
            self.subjects += 1
            self.graphs.update(source for *_, source in rows)
            for predicate, value in dict.fromkeys((predicate, value) for predicate, value, _ in rows):
                self.triples += 1
                self.properties[predicate] += 1
                self._met(thing, predicate, value)
                yield f"{value}\n"

    def _met(self, thing: str, predicate: str, value: str) -> None:
        if predicate == RDF_TYPE:
            self.classes[text_of(value)] += 1
        elif predicate == _LICENCE:
            self.licences.setdefault(thing, []).append(text_of(value))
        elif predicate == SAME_AS and value.startswith(f"<{_EU}country/"):
            self._same[thing] = text_of(value)
        elif predicate in _WORLDLY and value.startswith(f"<{ID}country/"):
            self._countries.add(text_of(value))
        elif predicate in _DAYS and value[0] == '"' and thing.startswith(_DATED):
            day = text_of(value)
            self.first, self.last = min(self.first or day, day), max(self.last, day)


def catalogue(facts: Facts, files: Sequence[File], base: str, version: str) -> str:
    """Return the description of the graph in Turtle: DCAT-AP 3.0 with the counts of VoID, one subset a source.

    A subset is under our licence; its source is under that which its card names, or it is told that none is stated.
    `base` is the address below which the files lie.
    """
    return "".join((_head(), *_catalogue(facts, files, base, version)))


def _catalogue(facts: Facts, files: Sequence[File], base: str, version: str) -> Iterator[str]:
    publisher, endpoint = f"<{ID}organisation/cybercoop>", f"<{base}sparql>"
    titles, leads = (
        [("dct:" + word, _text(sentence(code, lang), lang)) for lang in LANGUAGES]
        for word, code in (("title", "web-home-title"), ("description", "web-home-lead"))
    )
    tongues = [("dct:language", f"<{_EU}language/{code}>") for code in _TONGUES.values()]
    common = [*titles, *leads, ("dct:publisher", publisher), ("dct:license", f"<{LICENCE}>"), *tongues]
    homepage = ("foaf:homepage", f"<{base}>")
    yield _block(
        f"<{BASE}catalog>",
        [("a", "dcat:Catalog"), *common, homepage, ("dcat:dataset", f"<{BASE}>"), ("dcat:service", endpoint)],
    )
    yield _block(publisher, [("a", "foaf:Agent"), ("foaf:name", _text("cybercoop"))])
    yield _block(f"<{LICENCE}>", [("a", "dct:LicenseDocument"), ("dct:title", _text("CC BY 4.0"))])
    yield _block(
        f"<{BASE}>",
        [
            ("a", "dcat:Dataset"),
            ("a", "void:Dataset"),
            *common,
            ("dcat:landingPage", f"<{base}>"),
            ("dct:identifier", _text(BASE)),
            ("dcat:version", _text(version)),
            ("dct:accessRights", f"<{_EU}access-right/PUBLIC>"),
            ("dct:accrualPeriodicity", f"<{_EU}frequency/IRREG>"),
            *(("dct:conformsTo", f"<{iri}>") for iri in (NS.rstrip("#"), SHAPES.rstrip("#"))),
            *(("dcat:theme", f"<{_EU}data-theme/{code}>") for code in ("INTR", "JUST")),
            *(("dcat:keyword", _text(word, "en")) for word in _KEYWORDS),
            ("dct:provenance", f"<{BASE}catalog#provenance>"),
            *([("dct:temporal", f"<{BASE}catalog#period>")] if facts.first else []),
            *(("dct:spatial", f"<{place}>") for _, place in facts.places),
            *(("dcat:distribution", f"<{_address(file, base)}>") for file in files),
            ("void:triples", str(facts.triples)),
            ("void:distinctSubjects", str(facts.subjects)),
            ("void:distinctObjects", str(facts.objects)),
            ("void:classes", str(len(facts.classes))),
            ("void:properties", str(len(facts.properties))),
            ("void:uriSpace", _text(ID)),
            ("void:vocabulary", f"<{NS}>"),
            ("void:exampleResource", f"<{ID}instrument/ets-185>"),
            ("void:sparqlEndpoint", endpoint),
            *(("void:dataDump", f"<{_address(file, base)}>") for file in files if file.form != "csv"),
            *(("void:classPartition", f"<{_part('class', iri)}>") for iri in sorted(facts.classes)),
            *(("void:propertyPartition", f"<{_part('property', iri)}>") for iri in sorted(facts.properties)),
            *(("void:subset", f"<{_part('graph', iri)}>") for iri in sorted(facts.graphs)),
        ],
    )
    yield _block(
        f"<{BASE}catalog#provenance>",
        [
            ("a", "dct:ProvenanceStatement"),
            *(("rdfs:label", _text(sentence("dataset-provenance", lang), lang)) for lang in LANGUAGES),
        ],
    )
    if facts.first:
        dates = (("dcat:startDate", facts.first), ("dcat:endDate", facts.last))
        yield _block(
            f"<{BASE}catalog#period>",
            [("a", "dct:PeriodOfTime"), *((word, f'"{day}"^^xsd:date') for word, day in dates)],
        )
    for iri, place in facts.places:
        said = [("rdfs:label", _text(facts.labels.get(iri, lang), lang)) for lang in LANGUAGES]
        yield _block(f"<{place}>", [("a", "dct:Location"), *said])
    for iri, code in ((NS.rstrip("#"), "dataset-vocabulary"), (SHAPES.rstrip("#"), "dataset-shapes")):
        said = [("dct:title", _text(sentence(code, lang), lang)) for lang in LANGUAGES]
        yield _block(f"<{iri}>", [("a", "dct:Standard"), *said])
    yield _block(
        endpoint,
        [
            ("a", "dcat:DataService"),
            ("dct:title", _text("SPARQL 1.1", "en")),
            ("dcat:endpointURL", endpoint),
            ("dcat:servesDataset", f"<{BASE}>"),
            ("dct:conformsTo", f"<{_PROTOCOL}>"),
        ],
    )
    yield _block(f"<{_PROTOCOL}>", [("a", "dct:Standard"), ("dct:title", _text("SPARQL 1.1 Protocol", "en"))])
    for file in files:
        yield from _distribution(file, base)
    for kind, counted in (("class", facts.classes), ("property", facts.properties)):
        number = "entities" if kind == "class" else "triples"
        for iri, count in sorted(counted.items()):
            yield _block(f"<{_part(kind, iri)}>", [(f"void:{kind}", f"<{iri}>"), (f"void:{number}", str(count))])
    for iri, count in sorted(facts.graphs.items()):
        known = [("dct:title", _text(name, lang)) for lang in LANGUAGES if (name := facts.labels.own(iri, lang))]
        own = [("dct:source", f"<{iri}>"), ("dct:license", f"<{LICENCE}>"), ("void:triples", str(count))]
        yield _block(f"<{_part('graph', iri)}>", [("a", "void:Dataset"), *known, *own])
        if iri in facts.licences:
            rights = [("dct:license", f"<{each}>") for each in sorted(facts.licences[iri])]
            yield _block(f"<{iri}>", [*known, *(rights or [("dct:rights", f"<{_NOT_STATED}>")])])
    for each in sorted({*chain(*facts.licences.values())} - {LICENCE}):
        yield _block(f"<{each}>", [("a", "dct:LicenseDocument")])
    said = [("rdfs:label", _text(sentence("dataset-licence-not-stated", lang), lang)) for lang in LANGUAGES]
    yield _block(f"<{_NOT_STATED}>", [("a", "dct:RightsStatement"), *said])


def _distribution(file: File, base: str) -> Iterator[str]:
    form, address = FORMATS[file.form], _address(file, base)
    yield _block(
        f"<{address}>",
        [
            ("a", "dcat:Distribution"),
            ("dct:title", _text(form.title, "en")),
            ("dcat:accessURL", f"<{address}>"),
            ("dcat:downloadURL", f"<{address}>"),
            ("dct:license", f"<{LICENCE}>"),
            ("dct:format", f"<{_EU}file-type/{_FILE_TYPES[file.form]}>"),
            ("dcat:mediaType", f"<{_MEDIA}{'text/csv' if file.form == 'csv' else form.media_type}>"),
            *([("dcat:packageFormat", f"<{_MEDIA}{form.media_type}>")] if file.form == "csv" else []),
            ("dcat:byteSize", f'"{file.size}"^^xsd:nonNegativeInteger'),
            ("spdx:checksum", f"<{address}#checksum>"),
            ("dct:conformsTo", f"<{NS.rstrip('#')}>"),
        ],
    )
    yield _block(
        f"<{address}#checksum>",
        [
            ("a", "spdx:Checksum"),
            ("spdx:algorithm", "spdx:checksumAlgorithm_sha256"),
            ("spdx:checksumValue", f'"{file.sha256}"^^xsd:hexBinary'),
        ],
    )


def schema_org(facts: Facts, files: Sequence[File], base: str, version: str) -> str:
    """Return the description of the graph as a schema.org Dataset in JSON-LD, which search engines for data read."""
    whole = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": BASE,
        "name": sentence("web-home-title", "en"),
        "alternateName": [sentence("web-home-title", lang) for lang in LANGUAGES[1:]],
        "description": f"{sentence('web-home-lead', 'en')} {sentence('dataset-provenance', 'en')}",
        "url": base,
        "version": version,
        "license": LICENCE,
        "isAccessibleForFree": True,
        "inLanguage": list(LANGUAGES),
        "keywords": list(_KEYWORDS),
        "creator": {"@type": "Organization", "@id": f"{ID}organisation/cybercoop", "name": "cybercoop"},
        "temporalCoverage": f"{facts.first}/{facts.last}",
        "spatialCoverage": [
            {"@type": "Place", "name": facts.labels.get(iri, "en"), "sameAs": place} for iri, place in facts.places
        ],
        "size": f"{facts.triples} triples",
        "distribution": [
            {
                "@type": "DataDownload",
                "name": FORMATS[file.form].title,
                "encodingFormat": FORMATS[file.form].media_type,
                "contentUrl": _address(file, base),
                "contentSize": f"{file.size} B",
                "sha256": file.sha256,
            }
            for file in files
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def executables(questions: Iterable[Asked], base: str) -> str:
    """Return the questions in Turtle, each as a SPARQL query that runs as it stands, for the values of an example."""
    return _head() + "".join(
        _block(
            f"<{QUESTION}{asked.name}>",
            [
                ("a", "sh:SPARQLExecutable"),
                ("a", "sh:SPARQLSelectExecutable"),
                *(("rdfs:label", _text(asked.wording[lang], lang)) for lang in LANGUAGES),
                *(("schema:keywords", _text(tag)) for tag in asked.tags),
                ("rdfs:comment", _text(asked.command, "en")),
                ("schema:target", f"<{base}sparql>"),
                ("sh:select", _text(asked.example)),
            ],
        )
        for asked in questions
    )


def _address(file: File, base: str) -> str:
    return f"{base}data/cybercoop.{FORMATS[file.form].extension}"


def _part(kind: str, iri: str) -> str:
    return f"{BASE}catalog#{kind}-{short(iri).replace(':', '-').replace('/', '-')}"


def _head() -> str:
    return "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in sorted(_PREFIXES.items()))


def _block(subject: str, pairs: Iterable[tuple[str, str]]) -> str:
    return f"\n{subject}\n" + "".join(f"    {verb} {value} ;\n" for verb, value in pairs) + ".\n"


def _text(text: str, lang: str | None = None) -> str:
    return str(ox.Literal(text, language=lang) if lang else ox.Literal(text))
