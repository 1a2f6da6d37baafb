"""A reference is written in one of several ways, and they all mean the same, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cybercoop.ask.parameters import find
from cybercoop.engines.store import Stored
from cybercoop.graph import Graph
from cybercoop.problems.problem import Refusal
from cybercoop.terms import names
from cybercoop.terms.labels import fold
from cybercoop.terms.names import NS

FACTS = {
    "partOf": "project/cybersouth-plus",
    "heldIn": "place/algiers",
    "organiser": "organisation/council-of-europe",
    "benefits": "country/DZ",
    "theme": "theme/dark-web",
    "activityKind": "activity-kind/workshop",
}
RECORD = {"source": "coe-cybersouth-plus-page", "id": "activity/2024-06-13-algiers-workshop", "type": "Activity"}
RECORD |= {"section": "activities", "startDate": "2024-06-13"}
TEXTS = {"prefLabel@en": "A workshop", "prefLabel@fr": "Un atelier", "prefLabel@ar": "ورشة عمل"}
WAYS = {
    "slug": lambda path: path if path.startswith("project/") else path.split("/")[1],
    "path": lambda path: path,
    "iri": names.expand,
}


def statements(graph: Graph, path: Path) -> set[str]:
    """What a file says, without a problem."""
    reading = graph.workspace.read([path])
    assert not reading.problems
    return {str(each.quad) for each in reading.statements}


@pytest.mark.parametrize("form", ["yaml", "csv", "jsonld"])
def test_every_way_of_writing_says_the_same(form: str, graph: Graph, tmp_path: Path) -> None:
    """Slug, path and address of a thing are taken in every property; the path and address of a source, too."""
    said = []
    for name, way in WAYS.items():
        path = tmp_path / f"{name}.{form}"
        source = names.short(names.source(RECORD["source"])) if name == "path" else RECORD["source"]
        facts = {**RECORD, "source": names.source(source) if name == "iri" else source}
        facts |= {word: way(thing) for word, thing in FACTS.items()}
        path.write_text(WRITTEN[form](facts), encoding="utf-8")
        assert graph.validate(path).conforms
        said.append(statements(graph, path))
    assert said[0] == said[1] == said[2]


def as_yaml(facts: dict[str, str]) -> str:
    """The facts as a document."""
    lines = [f"{word}: {value}" for word, value in facts.items() if word != "section"]
    labels = ", ".join(f"{word[-2:]}: {text}" for word, text in TEXTS.items())
    return "\n".join([*lines, f"at: {{section: {facts['section']}}}", f"prefLabel: {{{labels}}}", ""])


def as_csv(facts: dict[str, str]) -> str:
    """The facts as a row."""
    every = {**facts, **TEXTS}
    return ",".join(every) + "\n" + ",".join(every.values()) + "\n"


def as_jsonld(facts: dict[str, str]) -> str:
    """The facts as JSON-LD, with the record and its passage as things of their own."""
    passage = f"passage/{RECORD['source']}--activities"
    thing = {word: value for word, value in facts.items() if word not in ("source", "section")}
    thing["prefLabel"] = {word[-2:]: text for word, text in TEXTS.items()}
    record = {
        "id": f"record/{RECORD['source']}--{RECORD['id'].replace('/', '-')}",
        "type": "Record",
        "about": RECORD["id"],
        "source": facts["source"],
        "passage": passage,
    }
    section = {"id": passage, "type": "Passage", "section": facts["section"]}
    return json.dumps({"@context": names.CONTEXT, "@graph": [thing, record, section]})


WRITTEN = {"yaml": as_yaml, "csv": as_csv, "jsonld": as_jsonld}


@pytest.mark.parametrize("mark", "'’‘ʼ`´′")
def test_apostrophes_are_one(mark: str, graph: Graph) -> None:
    """A name is found with whatever apostrophe a keyboard has, where it is asked for, searched and mended."""
    name = f"Conseil de l{mark}Europe"
    body = "organisation/council-of-europe"
    assert graph.search(name).rows[0][-1].value == body
    assert names.short(find(name, graph.workspace.stored.open()).value) == body
    assert fold(name) == fold("conseil de l’europe")


@pytest.mark.parametrize("mark", "-‐‑‒–—−")
def test_hyphens_and_dashes_are_one(mark: str, graph: Graph) -> None:
    """A name is found with whatever hyphen or dash it was copied with."""
    found = find(f"North{mark}South Centre", graph.workspace.stored.open(), names.NS + "Organisation")
    assert names.short(found.value) == "organisation/north-south-centre"


@pytest.mark.parametrize(
    "code",
    [
        "MAR",
        "mar",
        "504",
        "country/MA",
        "http://publications.europa.eu/resource/authority/country/MAR",
        "http://www.wikidata.org/entity/Q1028",
    ],
)
def test_a_country_is_found_by_its_codes_and_addresses(code: str, graph: Graph) -> None:
    """What the graph holds as a code or an address of a country is taken where a country is asked for."""
    store = graph.workspace.stored.open()
    assert find(code, store, names.NS + "Country").value == names.ID + "country/MA"
    with pytest.raises(Refusal):
        find(code, store, names.NS + "Place")


@pytest.mark.parametrize("class_iri", [None, NS + "Agent"])
@pytest.mark.parametrize(
    "text",
    ["mar", "CYBERSOUTH", "Budapest Convention", "royaume du maroc", "European Union", "startDate", "zz-no-such"],
)
def test_tables_lead_to_what_is_found_without_them(graph: Graph, text: str, class_iri: str | None) -> None:
    """A code, the end of an IRI, a name or another name in any case, what several bear, and what nothing does."""
    stored = graph.workspace.stored

    def found(*tables: Stored) -> object:
        try:
            return find(text, stored.open(), class_iri, *tables)
        except Refusal as refusal:
            return refusal.problem

    assert found(stored) == found()
