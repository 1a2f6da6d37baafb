"""A thing that has another address is found at the former one, by every way in, which says the present one."""

from __future__ import annotations

from pathlib import Path

import pytest

import cybercoop
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
    assert [(each.where.line, each.nearest) for each in found] == [(1, NOW)]


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
