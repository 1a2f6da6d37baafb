"""A thing that has another address is found at the former one, by every way in, which says the present one."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import cybercoop
from cybercoop import records
from cybercoop.graph import Graph
from cybercoop.terms.names import BASE, ID, REPLACED

OLD, NOW = "treaty-action/ets-185-ma-entry-into-force", "entry-into-force/ets-185-ma"
SAID = "treaty-action/ets-185-ma-entry-into-force is entry-into-force/ets-185-ma now."

RECORD = """\
source: cybercoop-editors
because: {en: An example., fr: Un exemple., ar: مثال.}
id: project/example
type: Project
prefLabel: {en: Example, fr: Exemple, ar: مثال}
concerns: treaty-action/ets-185-ma-entry-into-force
"""


def test_a_former_address_leads_to_the_thing(graph: Graph) -> None:
    """`explain` and the parameters of questions take it, and say the present one."""
    with pytest.warns(UserWarning, match="is entry-into-force/ets-185-ma now"):
        assert graph.explain(OLD).thing == ID + NOW
    with pytest.warns(UserWarning, match="is entry-into-force/ets-185-ma now"):
        found = graph.query("where-stated", thing=ID + OLD)
    assert found.rows == graph.query("where-stated", thing=NOW).rows != []
    told = []
    for lang, text in (("fr", "est désormais"), ("ar", "صار")):
        with pytest.warns(UserWarning) as warned:
            cybercoop.open(lang=lang).explain(OLD)
        told.append(text in warned[0].message.texts[lang])  # type: ignore[union-attr]
    assert told == [True, True]


def test_former_addresses_are_published(graph: Graph) -> None:
    """Every export says where the thing is now, and each former address leads to a thing that is described."""
    rows = graph.sparql(f"SELECT ?was ?now {{ ?was <{REPLACED}> ?now }}").rows
    assert (f"<{ID}{OLD}>", f"<{ID}{NOW}>") in {tuple(map(str, row)) for row in rows}
    assert graph.sparql(f"ASK {{ ?was <{REPLACED}> ?now MINUS {{ ?now a ?class }} }}").rows[0][0].value == "false"  # type: ignore[union-attr]
    assert f"<{ID}{OLD}> <{REPLACED}> <{ID}{NOW}> ." in graph.export("ntriples").decode()
    assert f"id/{OLD}" in graph.describe(ID + OLD, "turtle").decode()


def test_validate_says_the_present_address(graph: Graph, tmp_path: Path) -> None:
    """A record that refers to a former address is told the present one, once; a mend writes it."""
    path = tmp_path / "record.yaml"
    path.write_text(RECORD, "utf-8")
    found = [each for each in graph.validate(path).problems if each.code == "address-replaced"]
    assert [(each.where.line, each.value, each.nearest) for each in found] == [(6, OLD, NOW)]
    assert "thing-instrument-is-known" in {each.code for each in found[0].follows}
    own = RECORD.replace("id: project/example", f"id: {OLD}").replace(f"concerns: {OLD}\n", "")
    path.write_text(
        own.replace("cybercoop-editors", "legilux-ma").replace("because:", "at: {section: notice} #"), "utf-8"
    )
    found = [each for each in graph.validate(path).problems if each.code == "address-replaced"]
    assert [(each.where.line, each.nearest) for each in found] == [(3, NOW)]


PLACE, THERE = "place/rabat-sale", "place/rabat"
WORKSHOP = f"""\
source: coe-cybersouth-plus-page
at: {{section: example}}
id: activity/2024-06-01-example
type: Activity
prefLabel: {{en: Example workshop, fr: Atelier d’exemple, ar: ورشة عمل نموذجية}}
activityKind: workshop
heldIn: {PLACE}
startDate: 2024-06-01
"""
TABLE = """\
source,section,id,type,prefLabel@en,prefLabel@fr,prefLabel@ar,activityKind,heldIn,startDate
coe-cybersouth-plus-page,example,activity/2024-06-01-example,Activity,Example,Exemple,مثال,workshop,{},2024-06-01
"""
WRITTEN = ("rabat-sale", PLACE, ID + PLACE)
RDF = {"ttl": "TURTLE", "nt": "N_TRIPLES", "nq": "N_QUADS", "trig": "TRIG", "jsonld": "JSON_LD", "rdf": "RDF_XML"}


@pytest.fixture(scope="module")
def moved(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The graph as it is, but that Rabat had another address."""
    folder = tmp_path_factory.mktemp("moved")
    for name in ("ontology", "shapes", "queries"):
        (folder / name).symlink_to(root / name)
    shutil.copytree(root / "data", folder / "data")
    with (folder / "data" / "former-addresses.csv").open("a", encoding="utf-8") as file:
        file.write(f"cybercoop-editors,{PLACE},FormerAddress,{THERE},An example.,Un exemple.,مثال.\n")
    return cybercoop.open(folder)


def spellings(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield one record that refers to the former address in each format, in each way of writing it there."""
    for number, text in enumerate(WRITTEN):
        yield f"{number}.yaml", WORKSHOP.replace(PLACE, f'"{text}"' if "/" in text else text)
        yield f"{number}.csv", TABLE.format(text)
        yield f"several-{number}.csv", TABLE.format(f"casablanca|{text}")
        yield f"list-{number}.yaml", WORKSHOP.replace(PLACE, f"[casablanca, {text}]")
    quads = list(records.read(WORKSHOP.encode(), "a.yaml", graph.workspace.context).quads())
    for suffix, name in RDF.items():
        form = getattr(ox.RdfFormat, name)
        said = quads if form.supports_datasets else [quad.triple for quad in quads]
        text = (ox.serialize(said, format=form) or b"").decode()
        yield f"whole.{suffix}", text if suffix != "jsonld" else json.dumps(json.loads(text), indent=1)
        if suffix in ("ttl", "trig"):
            prefixes = {"place": ID + "place/"}
            yield f"prefixed.{suffix}", (ox.serialize(said, format=form, prefixes=prefixes) or b"").decode()
            yield f"relative.{suffix}", f"@base <{ID}> .\n" + text.replace(f"<{ID}{PLACE}>", f"<{PLACE}>")
    own = {"@context": BASE + "context.jsonld", "id": "source/coe-cybersouth-plus-page", "@graph": []}
    record = {"id": "record/coe-cybersouth-plus-page--activity-2024-06-01-example", "type": "Record"}
    record |= {"source": "coe-cybersouth-plus-page", "about": "activity/2024-06-01-example"}
    record |= {"passage": "passage/coe-cybersouth-plus-page--example"}
    passage = {"id": record["passage"], "type": "Passage", "section": "example"}
    names = {"en": "Example", "fr": "Exemple", "ar": "مثال"}
    thing = {"id": record["about"], "type": "Activity", "prefLabel": names, "startDate": "2024-06-01"}
    for number, text in enumerate(WRITTEN):
        held = {**thing, "activityKind": "workshop", "heldIn": text}
        yield f"own-{number}.jsonld", json.dumps({**own, "@graph": [record, passage, held]}, ensure_ascii=False)


def test_a_former_address_is_mended_in_every_format(moved: Graph, tmp_path: Path) -> None:
    """Each spelling is told once and mended to the present address, whatever the format, but in XML told only."""
    for name, text in spellings(moved):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        mended = moved.mend(path)
        told = [(each.code, each.value, each.nearest) for each in mended.report.problems]
        assert told == [("address-replaced", PLACE, THERE)], name
        if path.suffix == ".rdf":
            assert mended.count == 0
            continue
        path.write_bytes(next(iter(mended.contents().values())))
        assert "rabat-sale" not in path.read_text("utf-8"), name
        assert not moved.validate(path).problems, name


def test_a_record_of_a_former_address_is_mended(moved: Graph, tmp_path: Path) -> None:
    """A record that is about the former address is about the present one, once mended."""
    path = tmp_path / "place.yaml"
    names = "prefLabel: {en: Rabat, fr: Rabat, ar: الرباط}"
    path.write_text(
        f"source: jt-2014\nat: {{section: example}}\nid: {PLACE}\ntype: Place\ninCountry: MA\n{names}\n", "utf-8"
    )
    mended = moved.mend(path)
    assert "address-replaced" in {each.code for each in mended.report.problems}
    assert f"id: {THERE}\n" in mended.after[path]


def test_a_cell_of_a_workbook_is_mended(moved: Graph, tmp_path: Path) -> None:
    """The workbook that comes back has the present address in its cell."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(TABLE.format("rabat-sale"))):
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    back = openpyxl.load_workbook(io.BytesIO(moved.mark(tmp_path / "book.xlsx").content)).active
    assert back["I2"].value in ("rabat", THERE)
    assert back["I2"].comment


def test_pages_send_on(graph: Graph) -> None:
    """The former name and the former page are answered with 301, Moved Permanently (RFC 9110, 15.4.2)."""
    pytest.importorskip("starlette")
    from starlette.testclient import TestClient

    from cybercoop.interfaces.web.app import made

    with TestClient(made(graph, "http://localhost/"), base_url="http://localhost", follow_redirects=False) as client:
        for path, there in (
            (f"/id/{OLD}", f"/id/{NOW}"),
            (f"/id/{OLD}.ttl", f"/id/{NOW}.ttl"),
            (f"/fr/{OLD}", f"/fr/{NOW}"),
            ("/scheme/role/closing-chair", "/scheme/role/closing-presence"),
        ):
            answer = client.get(path)
            assert answer.status_code == 301, path
            assert str(answer.url.join(answer.headers["location"])).endswith(there)
        assert client.get(f"/ar/{NOW}").status_code == 200
        assert BASE in client.get(f"/data/{OLD}.ttl").text
