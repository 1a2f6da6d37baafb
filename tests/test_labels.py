"""What things are called, and which notice a name carries."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest

from cybercoop.engines.store import union
from cybercoop.export import export
from cybercoop.graph import Graph
from cybercoop.terms.labels import NAME, NOTICE, OTHER_NAME, Labels, Register, of_quads, of_store, write
from cybercoop.terms.names import DCT, EDITORS, ID, NS, RDF_TYPE

THING = ID + "country/PS"


def said(source: str, predicate: str, text: str, language: str | None, thing: str = THING) -> ox.Quad:
    value = ox.Literal(text, language=language) if language else ox.Literal(text)
    return ox.Quad(ox.NamedNode(thing), ox.NamedNode(predicate), value, ox.NamedNode(source))


@pytest.fixture
def labels() -> Labels:
    return of_quads(
        [
            said(ID + "source/b", NAME, "B", "en"),
            said(ID + "source/a", NAME, "A2", "en"),
            said(ID + "source/a", NAME, "A1", "en"),
            said(EDITORS, NAME, "É", "fr"),
            said(ID + "source/a", NAME, "A", "fr"),
            said(ID + "source/a", OTHER_NAME, "Palestine*", "fr"),
            said(ID + "source/a", NOTICE, "* a notice", "en"),
            said(ID + "source/a", NAME, "Star*", "en", ID + "thing/without-notice"),
            said(ID + "source/a", NAME, "Nur hier", "de", ID + "thing/german"),
            said(ID + "source/a", NAME, "plain", None, ID + "thing/plain"),
        ]
    )


def test_the_editors_name_goes_first_then_that_of_the_first_source(labels: Labels) -> None:
    """One display name per language, whatever the order of the statements."""
    assert labels.get(THING, "fr") == "É"
    assert labels.get(THING, "en") == "A1"


def test_a_missing_language_falls_back(labels: Labels) -> None:
    """The language, English, any other, the end of our IRI, the whole of another."""
    assert labels.get(THING, "ar") == "A1"
    assert labels.get(ID + "thing/german", "ar") == "Nur hier"
    assert labels.get(ID + "thing/plain", "ar") == "plain"
    assert labels.get(ID + "activity/unnamed", "ar") == "unnamed"
    assert labels.get("https://example.org/ns#Word", "en") == "https://example.org/ns#Word"
    assert labels.get("https://example.org/folder/", "en") == "https://example.org/folder/"


def test_a_name_of_ones_own_is_never_a_fallback(labels: Labels) -> None:
    """Who asks for the Arabic name learns that there is none."""
    assert labels.own(THING, "fr") == "É"
    assert labels.own(THING, "ar") is None


def test_a_notice_is_found_in_any_language(labels: Labels) -> None:
    """Better the notice in another language than the name without it."""
    assert labels.notice(THING, "ar") == "* a notice"
    assert labels.notice(ID + "thing/german", "en") is None


def test_a_starred_name_in_a_text_leads_to_its_bearer(labels: Labels) -> None:
    """Other names count; a star without a notice does not."""
    assert labels.bearers("Launch in Palestine* and elsewhere") == [THING]
    assert labels.bearers("Palestine") == []
    assert labels.bearers("Star* and *") == []


def test_who_asks_while_names_are_looked_up_is_told_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads share a register: none is told that a thing has no name because another one is looking it up."""
    store, told = ox.Store(), list[Labels]()
    store.extend([said(ID + "source/a", NAME, "A", "en")])
    register, found = Register(store), Register._found

    def meanwhile(self: Register, things: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        monkeypatch.undo()
        told.append(self.of(things))
        return found(self, things)

    monkeypatch.setattr(Register, "_found", meanwhile)
    assert register.of([THING]) == told[0]
    assert dict(told[0].names[THING]) == {"en": "A"}


@pytest.mark.parametrize("room", [100_000, 0])
def test_a_register_says_what_the_store_says(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again, for more things, or after it forgot, it has the same names and notices; those given out stay."""
    monkeypatch.setattr("cybercoop.terms.labels.ROOM", room)
    store = ox.Store()
    for thing in ("country/PS", "country/XX", "country/YY"):
        store.add(said(ID + "source/a", NAME, f"{thing}*", "en", ID + thing))
    store.extend(union([notice := said(ID + "source/a", NOTICE, "* a notice", "en")]))
    store.add(notice)
    register = Register(store)
    asked = ([ID + "country/XX"], [ID + "country/XX", ID + "country/YY"], [ID + "country/unnamed"], [THING], [])
    given = [(things, register.of(things)) for things in asked]
    for things, found in given:
        expected = of_store(store, things)
        assert {thing: found.get(thing, "en") for thing in things} == {t: expected.get(t, "en") for t in things}
        assert found.noticed(things, ["country/PS*"], "en") == expected.noticed(things, ["country/PS*"], "en") != []


def test_a_register_looks_each_thing_up_once() -> None:
    """A name is as it was when it was first asked for; a thing met later is looked up then."""
    store = ox.Store()
    store.add(said(ID + "source/a", NAME, "one", "en", ID + "thing/one"))
    register = Register(store)
    assert register.of([ID + "thing/one"]).get(ID + "thing/one", "en") == "one"
    store.update(f'INSERT DATA {{ GRAPH <{ID}source/b> {{ <{ID}thing/two> <{NAME}> "two"@en }} }}')
    store.update(f'INSERT DATA {{ GRAPH <{EDITORS}> {{ <{ID}thing/one> <{NAME}> "changed"@en }} }}')
    found = register.of([ID + "thing/one", ID + "thing/two"])
    assert [found.get(ID + f"thing/{name}", "en") for name in ("one", "two")] == ["one", "two"]


@pytest.mark.parametrize("look_up", [0, 10_000])
def test_a_table_of_names_says_what_the_store_says(
    look_up: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sought one by one or read as a whole: with the choice between sources, escapes, and any language."""
    monkeypatch.setattr("cybercoop.terms.labels._LOOK_UP", look_up)
    quads = [
        *(
            said(ID + f"source/{name}", NAME, f"{name} {number}", "en", ID + f"thing/{number}")
            for name in "ba"
            for number in range(50)
        ),
        said(EDITORS, NAME, 'a "quoted"\\\n name\t\u2028', "fr", ID + "thing/1"),
        said(ID + "source/a", NAME, "plain <b> .", None, ID + "thing/2"),
        said(ID + "source/a", OTHER_NAME, f"mentions <{NAME}> ", "en", ID + "thing/3"),
        ox.Quad(ox.NamedNode(ID + "thing/4"), ox.NamedNode(NAME), ox.NamedNode(NAME), ox.NamedNode(EDITORS)),
        ox.Quad(ox.BlankNode("b"), ox.NamedNode(NAME), ox.Literal("blank"), ox.NamedNode(EDITORS)),
    ]
    store = ox.Store()
    store.extend(quads)
    table = tmp_path / "names.tsv"
    with table.open("w", encoding="utf-8", newline="\n") as out:
        write(sorted(f"{quad} .\n" for quad in quads), out, {ID + "source/b": 0, ID + "source/a": 1, EDITORS: 2}.get)
    things = [ID + f"thing/{number}" for number in (*range(50), "nameless")]
    names = of_store(store, things, {ID + "source/b": 0, ID + "source/a": 1, EDITORS: 2}.get).names
    assert dict(Register(ox.Store(), table=table).of(things).names) == {**names, ID + "thing/nameless": {}}
    assert [*names[ID + "thing/1"].items()] == [("en", "b 1"), ("fr", 'a "quoted"\\\n name\t\u2028')]


def test_a_language_of_a_region_is_that_language() -> None:
    """Who reads English is shown the name that is tagged `en-GB`, not that of another language."""
    tagged = {"en-GB": "Programme", "fr-FR": "Programme de formation", "ar-MA": "برنامج التكوين"}
    thing, name = ox.NamedNode(ID + "thing/tagged"), ox.NamedNode(NAME)
    found = of_quads([ox.Quad(thing, name, ox.Literal(text, language=tag)) for tag, text in tagged.items()])
    for tag, text in tagged.items():
        assert found.get(thing.value, tag[:2]) == text
        assert found.own(thing.value, tag[:2]) == text
    assert found.get(thing.value, "es") == "Programme"


def test_tables_show_texts_of_a_region_in_the_columns_of_their_language(graph: Graph) -> None:
    """What is tagged `en-GB` stands in the English columns of the tables; the table of claims keeps the tag."""
    thing, source = ox.NamedNode(ID + "place/tagged"), ox.NamedNode(ID + "source/a")
    texts = {(NAME, "en-GB"): "Programme", (NAME, "ar-EG"): "برنامج", (DCT + "description", "fr-CA"): "Texte"}
    quads = [ox.Quad(thing, ox.NamedNode(RDF_TYPE), ox.NamedNode(NS + "Place"), source)]
    quads += [
        ox.Quad(thing, ox.NamedNode(predicate), ox.Literal(text, language=tag), source)
        for (predicate, tag), text in texts.items()
    ]
    out = io.BytesIO()
    export("csv", quads, graph.workspace.context.source, out)
    tables = zipfile.ZipFile(out)
    (row,) = told(tables.read("places.csv"))
    assert [row[f"name_{lang}"] for lang in ("en", "fr", "ar")] == ["Programme", "", "برنامج"]
    assert row["description_fr"] == "Texte"
    claims = told(tables.read("claims.csv"))
    assert {claim["language"] for claim in claims} == {"", "en-gb", "ar-eg", "fr-ca"}
    assert {claim["thing_name"] for claim in claims} == {"Programme"}


def told(table: bytes) -> list[dict[str, str]]:
    """Return the rows of a table by its headings."""
    return list(csv.DictReader(io.StringIO(table.decode(), newline="")))
