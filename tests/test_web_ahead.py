"""Pages made ahead: the same bytes as those made when they are asked for, made once, whatever the address."""

from __future__ import annotations

import gzip
import os
import subprocess
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cybercoop.graph import Graph
from cybercoop.interfaces.web import ahead, folder
from cybercoop.interfaces.web.app import made
from cybercoop.interfaces.web.kept import ANYWHERE, Kept, Shelf
from cybercoop.interfaces.web.site import Site
from cybercoop.problems.problem import LANGUAGES

BASE = "https://graph.example/a&b/"
PARTS = [
    ["", "about"],
    ["ask/planned-actions"],
    ["country/", "country/MA"],
    ["instrument/ets-185", "project/cybersouth-plus"],
]


@pytest.fixture
def shelf(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf with a few pages of each kind."""
    monkeypatch.setattr(folder, "parts", lambda _: PARTS)
    found = Shelf(tmp_path / "pages" / "now", BASE)
    ahead.make(Site(graph, ANYWHERE), found)
    return found


def test_they_are_those_that_are_made_when_asked_for(graph: Graph, shelf: Shelf) -> None:
    """A page from disk is, byte for byte, the page that the server makes, at its own address."""
    assert shelf.whole
    app = made(graph, BASE)
    with TestClient(app, base_url="https://graph.example") as client:
        for path in (path for part in PARTS for path in part):
            for lang in LANGUAGES:
                kept = shelf.get(f"{lang}/{path}")
                assert kept is not None
                asked = client.get(f"/{lang}/{path}").content
                assert gzip.decompress(kept) == asked, path
                assert ANYWHERE.encode() not in asked


def test_they_are_made_once(graph: Graph, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who begins anew makes only what is not there, and sweeps up what was made for another edition."""
    asked = []
    maker = folder.maker
    monkeypatch.setattr(folder, "maker", lambda path: asked.append(path) or maker(path))
    shelf.file("fr/about").unlink()
    others = [shelf.folder.parent / name for name in ("old", "new")]
    for each in others:
        each.mkdir()
    os.utime(others[0], (0, 0))
    ahead.make(Site(graph, ANYWHERE), shelf)
    assert set(asked) == {"about"}
    assert shelf.get("fr/about")
    assert [each.exists() for each in others] == [False, True]


def test_a_server_takes_them_and_no_other_file(graph: Graph, shelf: Shelf) -> None:
    """What is asked for is looked up by the digest of its address, so that no address leads out of the folder."""
    app = made(graph, BASE)
    app.state.kept = Kept(shelf=shelf)
    shelf.file("en/about").write_bytes(gzip.compress(b"from the shelf"))
    (shelf.folder / "about.gz").write_bytes(gzip.compress(b"another"))
    with TestClient(app, base_url="https://graph.example") as client:
        assert client.get("/en/about").text == "from the shelf"
        assert client.get("/en/about?x=1").text != "from the shelf"
        for path in ("/en/%2e%2e/about", "/en/..%2fabout", "/en/about.gz"):
            assert client.get(path).text not in ("another", "from the shelf")


def test_their_process_ends_with_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process is begun where pages are missing, and does not outlive what is done beside it; else there is none."""
    shelf = Shelf(tmp_path, BASE)
    idle = tmp_path / "idle"
    idle.write_text("#!/bin/sh\nexec sleep 600\n", "utf-8")
    idle.chmod(0o755)
    monkeypatch.setattr(ahead.sys, "executable", str(idle))
    begun = []
    start = subprocess.Popen
    monkeypatch.setattr(ahead.subprocess, "Popen", lambda *a, **b: begun.append(start(*a, **b)) or begun[-1])
    with ahead.making(shelf):
        assert begun[0].poll() is None
    assert begun[0].poll() is not None
    shelf.mark.touch()
    with ahead.making(shelf):
        assert len(begun) == 1


def test_without_a_shelf_pages_are_made(tmp_path: Path) -> None:
    """Neither a folder that is not there nor an address that is none ends in an error."""
    kept = Kept(shelf=Shelf(tmp_path / "none", BASE))
    assert kept.get("en/about") is None
    assert kept.get("") is None
    assert kept.put("en/about", b"made") == kept.get("en/about")
