"""In an editor, the schema of records completes words and codes, and says what they mean."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "docs" / "schemas" / "record.json"
INSTALLED = ROOT / "build" / "editor" / "node_modules" / ".bin" / "yaml-language-server"
RECORD = """\
# yaml-language-server: $schema={schema}
source: coe-cybersouth-plus-page
at: {{section: example}}
id: activity/example
type: Activity
activityKind: workshop
heldIn: rabat
agendaTopic:
  - {topic}
{word}
"""


class Editor:
    """A language server and the few words that an editor speaks with it."""

    def __init__(self, server: str) -> None:
        command = [server, "--stdio"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.number = 0
        capabilities = {"textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}}}
        self.ask("initialize", {"processId": None, "rootUri": ROOT.as_uri(), "capabilities": capabilities})
        self.tell("initialized", {})

    def tell(self, method: str, params: object) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object) -> Any:
        self.number += 1
        self._write({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        for message in self._messages():
            if message.get("id") == self.number and "method" not in message:
                return message.get("result")
        raise AssertionError(f"the server ended without an answer to {method}")

    def problems(self, path: Path) -> list[str]:
        for message in self._messages():
            params = message.get("params") or {}
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == path.as_uri():
                return [found["message"] for found in params["diagnostics"]]
        return []

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def _messages(self) -> Iterator[dict[str, Any]]:
        out = _pipe(self.process.stdout)
        while header := out.readline():
            length = int(header.split(b":")[1])
            while out.readline().strip():
                pass
            message = json.loads(out.read(length))
            if "id" in message and message.get("method"):
                items = (message.get("params") or {}).get("items", [])
                result: list[object] = [{} for _ in items]
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": result})
            yield message

    def _write(self, message: object) -> None:
        body = json.dumps(message).encode()
        pipe = _pipe(self.process.stdin)
        pipe.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        pipe.flush()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    server = shutil.which("yaml-language-server") or (str(INSTALLED) if INSTALLED.exists() else None)
    if server is None or shutil.which("node") is None:
        pytest.skip("no yaml-language-server: npm install --prefix build/editor yaml-language-server")
    started = Editor(server)
    yield started
    started.close()


def opened(editor: Editor, path: Path, word: str, topic: str = "dark-web") -> tuple[dict[str, Any], list[str]]:
    """Open a record whose last line is a word, and return where that stands and its lines."""
    text = RECORD.format(schema=SCHEMA.as_uri(), word=word, topic=topic)
    path.write_text(text, encoding="utf-8")
    document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
    editor.tell("textDocument/didOpen", {"textDocument": document})
    return {"uri": path.as_uri()}, text.splitlines()


def test_words_are_completed(editor: Editor, tmp_path: Path) -> None:
    """A word that was begun is completed with those of the class, each with its definition."""
    document, lines = opened(editor, tmp_path / "word.yaml", "star")
    place = {"line": len(lines) - 1, "character": len(lines[-1])}
    found = editor.ask("textDocument/completion", {"textDocument": document, "position": place})
    items = {item["label"]: item for item in found["items"]}
    assert {"startDate", "prefLabel", "partOf"} <= set(items)
    assert "alpha2" not in items
    assert "commence le" in json.dumps(items["startDate"], ensure_ascii=False)


def test_codes_are_completed(editor: Editor, tmp_path: Path) -> None:
    """Where a code is expected, the concepts of its scheme are offered."""
    document, lines = opened(editor, tmp_path / "code.yaml", "theme: ")
    place = {"line": len(lines) - 1, "character": len(lines[-1])}
    found = editor.ask("textDocument/completion", {"textDocument": document, "position": place})
    assert {"cybercrime", "electronic-evidence"} <= {item["label"] for item in found["items"]}


def test_a_word_says_what_it_means(editor: Editor, tmp_path: Path) -> None:
    """Over a word stands its definition in the three languages."""
    document, lines = opened(editor, tmp_path / "hover.yaml", "")
    place = {"line": lines.index("heldIn: rabat"), "character": 2}
    shown = json.dumps(
        editor.ask("textDocument/hover", {"textDocument": document, "position": place}), ensure_ascii=False
    )
    assert "The place where an activity took place." in shown
    assert "Le lieu où une activité" in shown
    assert "المكان الذي جرى فيه النشاط" in shown


def test_a_wrong_word_is_marked(editor: Editor, tmp_path: Path) -> None:
    """A misspelt word and an unknown code are marked while one types; a good record is not."""
    path = tmp_path / "wrong.yaml"
    opened(editor, path, "startDat: 2024", topic="dark-wbe")
    problems = editor.problems(path)
    assert any("startDat" in found for found in problems)
    assert len(problems) >= 2
    good = tmp_path / "good.yaml"
    opened(editor, good, "startDate: 2024")
    assert editor.problems(good) == []


def test_shipped_records_meet_the_schema() -> None:
    """The schema knows every word that shipped records use, and each class."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    words = {
        line.split(":")[0]
        for path in (ROOT / "data").rglob("*.yaml")
        if path.name != "policy.yaml"
        for line in path.read_text("utf-8").splitlines()
        if line[:1].isalpha() and ":" in line
    }
    assert words <= set(schema["then"]["properties"])
