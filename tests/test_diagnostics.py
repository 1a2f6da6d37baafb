"""A report on a broken copy of a real record names the exact line, the right record, and hardly anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import mutate_records
from bench.mutants import breakages
from cybercoop.graph import Graph

ROOT = Path(__file__).parent.parent

EVERY, FAULTS, TOGETHER = 24, 24, 1
SHARE, PER_FAULT = 99.0, 1.3


def test_a_sample_of_broken_records(graph: Graph) -> None:
    """Of a sample in each format, every fault is found on its line and in its record, mostly as one problem."""
    found = mutate_records.scores(graph, breakages.copies(graph.workspace, EVERY), FAULTS, TOGETHER)
    for form in breakages.FORMS:
        score = mutate_records.total(found[form].values())
        told = [score.faults, score.found, score.line, score.record]
        assert told == [FAULTS] * 4, (form, score.missed)
        assert score.problems <= PER_FAULT * FAULTS, (form, score.missed)


def test_a_fault_that_is_not_told_counts(graph: Graph) -> None:
    """A report without a problem, or with its problem on another line, is no success."""
    copy = breakages.Copy("yaml", "a", "id: x\n", frozenset(), frozenset())
    broken = breakages.Broken("kind", copy, "id: y\n", frozenset({1}), range(1, 2), "x")
    score = mutate_records.Score()
    score.add(broken, [])
    assert (score.faults, score.found, score.line, score.record) == (1, 0, 0, 0)
    assert score.missed == ["kind in a at [1]: nothing"]


@pytest.mark.parametrize("form", ["YAML", "CSV", "Turtle", "JSON-LD", "all"])
def test_the_published_figures_are_good_enough(form: str) -> None:
    """docs/diagnostics.md holds at least 500 faults, 99 % on the exact line in each format, all in the right record."""
    text = (ROOT / "docs" / "diagnostics.md").read_text("utf-8")
    row = re.search(rf"(?m)^\| {form} \| (\d+) \| ([\d.]+) % \| ([\d.]+) % \| ([\d.]+) % \| ([\d.]+) \|$", text)
    assert row
    faults, _, line, record, problems = map(float, row.groups())
    assert faults >= (500 if form == "all" else 125)
    assert line >= SHARE
    assert record == 100
    assert problems <= PER_FAULT


def test_what_a_source_lacks_is_told_at_its_card(graph: Graph, tmp_path: Path) -> None:
    """A kind of source that is none is told at the card; what records of the source must say goes by it and follows."""
    card = (ROOT / "data" / "sources" / "cybercoop-editors.yaml").read_text("utf-8")
    path = tmp_path / "card.yaml"
    path.write_text(re.sub("sourceKind: .*", "sourceKind: editorial-judgment", card), "utf-8")
    (found,) = graph.validate(path).problems
    assert found.code == "source-kind-is-known"
    assert "record-says-where" in {each.code for each in found.follows}
