"""The benchmark of questions asks what it says it asks, and writes its own part of the page only."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import cases as asked
from bench import questions_page
from cybercoop.graph import Graph

FREE = Path(__file__).parent.parent / "bench" / "free_queries"


def test_every_question_and_the_free_queries_are_asked(graph: Graph) -> None:
    """A question of the catalogue or a free query is missing, or gives nothing on the shipped graph."""
    cases = asked.cases(graph.workspace)
    assert {case.name for case in cases if case.catalogued} == graph.questions.keys()
    free = [case for case in cases if not case.catalogued]
    assert {case.name for case in free} == {f"free: {path.stem}" for path in FREE.glob("*.rq")}
    assert len(free) >= 10
    for case in free:
        assert graph.sparql(case.text).rows, case.name


@pytest.mark.parametrize("old", ["", "## Questions on large graphs\n\noutdated\n\n"])
def test_page_keeps_the_parts_of_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: str) -> None:
    """Writing the part on questions changes another part of the page, or leaves its own old one."""
    path = tmp_path / "benchmarks.md"
    monkeypatch.setattr(questions_page, "PAGE", path)
    monkeypatch.setattr(questions_page, "PICTURE", tmp_path / "picture.svg")
    path.write_text(f"# Benchmarks\n\n## One\n\nfirst\n\n{old}## Validation\n\nlast\n", "utf-8")
    times = {"median": 0.5, "rows": 3, "memory": 1.0, "fault": ""}
    found = {
        10: {
            name: {"size": 12, "limit": 5.0, "cases": {"sources": times}}
            for name in (questions_page.OURS, questions_page.RAW)
        }
    }
    questions_page.write(found, [questions_page.OURS, questions_page.RAW])
    text = path.read_text("utf-8")
    assert text.startswith("# Benchmarks\n\n## One\n\nfirst\n\n## Questions on large graphs\n")
    assert text.endswith("\n## Validation\n\nlast\n")
    assert "outdated" not in text
    assert "the time that a query has: 5 s;" in text
    assert "| sources | 3 | 500.0 | 500.0 |" in text
    first = (tmp_path / "picture.svg").read_bytes()
    questions_page.write(found, [questions_page.OURS, questions_page.RAW])
    assert (tmp_path / "picture.svg").read_bytes() == first, "the same figures draw the same picture"
