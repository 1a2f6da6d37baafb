"""The benchmark of questions asks what it says it asks, and writes its own part of the page only."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import cybercoop
from bench import cases as asked
from bench import commands, large, large_page, questions_page
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


def facts(records: int, seconds: float) -> dict[str, object]:
    """A measurement in which each command took so long in this code, half of it in the engine; it was run thrice."""
    runs = {
        "this": [[9 * seconds, seconds, 50.0]] * 2 + [[seconds, 10 * seconds, 50.0]],
        "alone": [[1.0, 0.5 * seconds, 7]],
    }
    return {
        **{"day": "2026-11-30", "commit": "abc", "ours": "abc", "cores": 2, "versions": "Python", "load": [1.0, 2.0]},
        **{"records": records, "disk": 100.0, "cases": {case.shown: runs for case in commands.CASES}},
    }


def test_costs_are_medians_and_what_was_not_tried_is_marked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The page has medians, the growth between the largest graphs, and what others wrote; other costs have a mark."""
    pages = {name: tmp_path / f"{name}.md" for name in ("BENCHMARKS", "SCALE")}
    for name, path in pages.items():
        monkeypatch.setattr(large_page, name, path)
    pages["BENCHMARKS"].write_text("# Old\n\n12 s\n\n## Validation\n\nlast\n", "utf-8")
    pages["SCALE"].write_text("# Scale\n\n## What it costs\n\n12 s\n\n## A cluster\n\nslow\n", "utf-8")
    sizes = {"100": facts(100, 1.0), "10000": facts(10_000, 100.0), "10000000": facts(9_000_000, 90_000.0)}
    sizes["10000"]["cases"]["`query parties --format csv`, with columns at hand"] = {"this": [[3.0, 2.0, 70.0]]}  # type: ignore[index]
    for runs in sizes["10000000"]["cases"].values():  # type: ignore[attr-defined]
        runs.pop("alone", None)
    before = facts(10_000, 4.0)
    before["cases"] = {"`validate --no-cache`": {"this": [[2.0, 2.0, 10.0]], "before": [[9.0, 8.0, 40.0]]}}
    large_page.write({"sizes": sizes, "beside": {"10000": before}})
    text, scale = (path.read_text("utf-8") for path in pages.values())
    assert "| `validate --no-cache` | 1.00 | 100.00 | 90,000.00 | 1.0 | 3 |" in text
    engines = text.partition("### Engines beside commands\n")[2]
    assert engines.index("\n100 statements:\n") < engines.index("\n10,000 statements:\n"), "where they were timed alone"
    assert "9,000,000 statements:" not in engines
    assert "| `validate --no-cache` | 900.00 | 1.00 | 900.00 | 100.00 | 50.00 | 2.00 | 50 | 7 |" in text
    assert "| `validate --no-cache` | 8.00 | 2.00 | 4.0 | 9.00 | 2.00 | 4.5 | 40 | 10 | 4.0 | 1 and 1 |" in text
    assert "## Every question, 10,000 statements\n" in text
    assert "| `query parties --format csv` | 3.00 | 2.00 | 70 |" in text
    assert text.endswith("\n\n## Validation\n\nlast\n")
    assert "12 s" not in text + scale
    assert scale.startswith("# Scale\n\n## What it costs\n\n")
    assert scale.endswith("\n\n## A cluster\n\nslow\n")
    tried, *worked = [line for line in scale.splitlines() if "000,000 |" in line]
    assert "≈" not in tried
    assert [line.count("≈") for line in worked] == [10, 10]
    assert "≈ 1,000,000 |" in worked[0], (
        "a hundred million take eleven times what nine million take, of which one digit is said"
    )


def test_every_question_is_typed_with_what_it_needs() -> None:
    """Each question of the catalogue is a command, with an example for whatever it cannot do without."""
    lines = [case.line for case in large.questions()]
    assert len(lines) == len(cybercoop.open().workspace.questions)
    assert "query project-countries --project cybersouth-plus --format csv" in lines


def test_a_command_is_timed_whole(tmp_path: Path) -> None:
    """Time, processor time and memory are those of the process; one that fails has none."""
    code = "import time; kept = bytearray(150_000_000); time.sleep(0.3)"
    run = large.timed([sys.executable, "-c", code], {})
    assert run
    seconds, processor, memory = run
    assert seconds >= 0.3 > 0 < processor
    assert 143 < memory < 300
    assert large.timed([sys.executable, "-c", "raise SystemExit(2)"], {}) is None
    two = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code.replace('0.3', '1')!r}]); {code}"
    both = large.timed([sys.executable, "-c", f"kept = bytearray(150_000_000); {two}"], {})
    assert both
    assert 286 < both[2] < 600, "what it and the process that it starts hold together"


def test_nothing_measured_writes_no_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a fresh checkout where two codes alone were compared."""
    for name, value in (("FOLDER", tmp_path), ("MEASURED", tmp_path / "none.json"), ("write", pytest.fail)):
        monkeypatch.setattr(large, name, value)
    monkeypatch.setattr("sys.argv", ["bench.large", "--write"])
    with pytest.raises(SystemExit) as ended:
        large.main()
    assert not ended.value.code
    assert "--sizes" in capsys.readouterr().err


def test_the_union_has_each_triple_once(tmp_path: Path) -> None:
    """What two sources state stands once, without them."""
    (tmp_path / "a.nq").write_text(
        '<x:s> <x:p> "a <b> ." <x:g> .\n<x:s> <x:p> "a <b> ." <x:h> .\n<x:t> <x:p> <x:o> <x:g> .\n'
    )
    large.union(tmp_path / "a.nq", tmp_path / "b.nt")
    assert (tmp_path / "b.nt").read_text() == '<x:s> <x:p> "a <b> ." .\n<x:t> <x:p> <x:o> .\n'
